# ccache where it is installed. Paths are taken relative to the source tree and the working folder is left out of the
# hash, so that build/dev and build/ci (and two clones) share what they compile. The sloppiness is what ccache asks for before it
# remembers files compiled with a precompiled header.
set(VARIOMETER_CCACHE FALSE)
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(VARIOMETER_CCACHE TRUE)
  return()
endif()
find_program(VARIOMETER_CCACHE_PROGRAM ccache)
if(VARIOMETER_CCACHE_PROGRAM)
  set(VARIOMETER_CCACHE TRUE)
  set(_launcher ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
    CCACHE_SLOPPINESS=pch_defines,time_macros ${VARIOMETER_CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${_launcher})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${_launcher})
endif()
