# Compiles shaders/*.comp to SPIR-V that is part of the binary. A shader file declares its variants:
#
#     // variant: gather_f32 T=float
#     // variant: gather_i32 T=int ...
#
# a name and the macros that it is compiled with. shaders.h declares varve::vulkan::shaders::NAME.
# `// glslc: FLAGS` stands for other flags than -O.
function(varve_shaders target)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/vulkan_shaders)
  file(MAKE_DIRECTORY ${folder}/backends/vulkan)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/vulkan/shaders/*.comp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(declarations "")
  set(definitions "")
  set(binaries "")
  foreach(file IN LISTS files)
    file(STRINGS ${file} variants REGEX "^// variant: ")
    if(NOT variants)
      message(FATAL_ERROR "${file} declares no variant: // variant: NAME MACRO=VALUE ...")
    endif()
    set(flags -O)
    file(STRINGS ${file} wanted REGEX "^// glslc: ")
    if(wanted)
      string(REGEX REPLACE "^// glslc: " "" flags "${wanted}")
      separate_arguments(flags UNIX_COMMAND "${flags}")
    endif()
    foreach(variant IN LISTS variants)
      string(REGEX REPLACE "^// variant: " "" variant "${variant}")
      separate_arguments(macros UNIX_COMMAND "${variant}")
      list(POP_FRONT macros name)
      list(TRANSFORM macros PREPEND -D)
      add_custom_command(OUTPUT ${folder}/${name}.inc
        COMMAND ${VARVE_GLSLC} --target-env=vulkan1.2 ${flags} -Werror -mfmt=c -MD -MF ${folder}/${name}.d
                -MT ${folder}/${name}.inc ${macros} -o ${folder}/${name}.inc ${file}
        DEPENDS ${file} DEPFILE ${folder}/${name}.d
        COMMENT "Compiling shader ${name}" VERBATIM)
      list(APPEND binaries ${folder}/${name}.inc)
      string(APPEND declarations "extern const Shader ${name};\n")
      string(APPEND definitions
        "static const std::uint32_t words_${name}[] =\n#include \"${name}.inc\"\n    ;\n"
        "const Shader ${name}{\"${name}\", words_${name}};\n")
    endforeach()
  endforeach()
  string(CONCAT header "#pragma once\n\n#include \"backends/vulkan/pipelines.h\"\n\n"
         "namespace varve::vulkan::shaders {\n${declarations}}\n")
  string(CONCAT source "#include \"backends/vulkan/shaders.h\"\n\n"
         "namespace varve::vulkan::shaders {\n${definitions}}\n")
  file(CONFIGURE OUTPUT ${folder}/backends/vulkan/shaders.h CONTENT "${header}" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/shaders.cpp CONTENT "${source}" @ONLY)
  set_source_files_properties(${folder}/shaders.cpp PROPERTIES OBJECT_DEPENDS "${binaries}")
  target_sources(${target} PRIVATE ${folder}/shaders.cpp)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${folder}>)
endfunction()
