# Installs Varve into a temporary prefix, moves it, and builds and runs a project that finds it
# there, by find_package and by pkg-config.

set(work ${build}/packaging-test)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${build} --component development --prefix ${work}/staged)
file(RENAME ${work}/staged ${work}/prefix)

set(flags "-O1")
if(sanitize)
  string(APPEND flags " -fsanitize=${sanitize}")
endif()
run(${CMAKE_COMMAND} -G ${generator} -S ${CMAKE_CURRENT_LIST_DIR}/downstream -B ${work}/build
    -D CMAKE_PREFIX_PATH=${work}/prefix -D CMAKE_CXX_COMPILER=${compiler}
    -D CMAKE_CXX_FLAGS=${flags})
run(${CMAKE_COMMAND} --build ${work}/build)
foreach(program train framework_only by_pkg_config)
  run(${work}/build/${program})
endforeach()
file(REMOVE_RECURSE ${work})
