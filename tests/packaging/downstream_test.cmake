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
    -D CMAKE_CXX_FLAGS=${flags} -D studio=${studio})
run(${CMAKE_COMMAND} --build ${work}/build)
foreach(program train framework_only by_pkg_config)
  run(${work}/build/${program})
endforeach()

# The command with what the program added: help, training, evaluation, report, and its suggestions.
function(expect_in text)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${work} OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  string(FIND "${output}" "${text}" place)
  if(place EQUAL -1)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nprinted:\n${output}\nand not '${text}'")
  endif()
endfunction()
if(studio)
  set(mine ${work}/build/my_studio)
  expect_in("hello, you" ${mine} hello --whom you)
  expect_in("did you mean 'hello'" ${mine} helo)
  expect_in("--pull X|SCHEDULE" ${mine} train --help)
  expect_in("--skip-width" ${mine} models skip)
  expect_in("did you mean 'cubic-vae'" ${mine} train --model cubic-vea)
  expect_in("test size" ${mine} train --model cubic-vae --arch skip --skip-depth 1 --likelihood quarter
    --limit 256 --epochs 2 --latent 3 --progress none --out run)
  expect_in("code_size" ${mine} eval run --metrics code-size)
  expect_in("report.html" ${mine} report run)
  expect_in("did you mean 'stripes'" ${mine} train --data stripe)
  expect_in("cubic-vae on stripes" ${mine} train --data stripes --model cubic-vae --epochs 1 --hidden 8
    --latent 2 --progress none --out striped)
  expect_in("--pull means nothing" ${mine} train --model vae --pull 1)
endif()
file(REMOVE_RECURSE ${work})
