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
