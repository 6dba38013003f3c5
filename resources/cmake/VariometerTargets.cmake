# Flags of our own targets. Nothing here is global: libraries we use keep their own warnings.
function(variometer_target name)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers>)
  # Line numbers and names, not every type: LibTorch's headers make full debug information half of the compile time.
  target_compile_options(${name} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:RelWithDebInfo>>:-g1>)
  if(VARIOMETER_WERROR)
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  if(VARIOMETER_SANITIZE)
    target_compile_options(${name} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${VARIOMETER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined>)
    target_link_options(${name} PUBLIC -fsanitize=${VARIOMETER_SANITIZE})
  endif()
endfunction()

# One static library per set of floors; sources are listed by hand in each folder.
function(variometer_library name)
  add_library(${name} STATIC)
  variometer_target(${name})
endfunction()

# Headers that most files of a target include, compiled once. Whole headers of the standard library and of nlohmann_json
# take more time than most of our files.
set(VARIOMETER_COMMON_HEADERS <algorithm> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span>
    <sstream> <string> <vector> <nlohmann/json.hpp>)
function(variometer_precompile name)
  target_precompile_headers(${name} PRIVATE ${VARIOMETER_COMMON_HEADERS} ${ARGN})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)  # for ccache
  endif()
endfunction()

# The same headers as another target of the same kind, which has compiled them already.
function(variometer_precompile_from name other)
  target_precompile_headers(${name} REUSE_FROM ${other})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endfunction()
