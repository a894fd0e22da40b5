# `cmake --install` and `find_package(varve)`: an export set a library, so that a project may ask for
# one component. Headers go to include/varve/, where "framework/tensor/tensor.h" reads as in the tree.
include(CMakePackageConfigHelpers)

set(varve_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/varve)
foreach(library framework backends models)
  set_target_properties(varve_${library} PROPERTIES EXPORT_NAME ${library})
  install(TARGETS varve_${library} EXPORT varve_${library}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT varve_${library} FILE varve-${library}.cmake NAMESPACE varve::
          DESTINATION ${varve_cmake_dir} COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${library}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/varve COMPONENT development
          FILES_MATCHING PATTERN "*.h" PATTERN packaging EXCLUDE)
endforeach()

# The studio, where it is built: headers of apps/studio, and what its pictures need.
if(VARVE_BUILD_APPS)
  set_target_properties(varve_studio PROPERTIES EXPORT_NAME studio)
  install(TARGETS varve_studio EXPORT varve_studio
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT varve_studio FILE varve-studio.cmake NAMESPACE varve::
          DESTINATION ${varve_cmake_dir} COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/apps/studio
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/varve/apps COMPONENT development
          FILES_MATCHING PATTERN "*.h")
  get_directory_property(varve_write_gif DIRECTORY ${PROJECT_SOURCE_DIR}/apps DEFINITION gif)
endif()

# Whether a static link needs oneDNN and its OpenMP, and what opens libvulkan.
get_directory_property(onednn DIRECTORY ${PROJECT_SOURCE_DIR}/backends DEFINITION onednn)
get_directory_property(vulkan DIRECTORY ${PROJECT_SOURCE_DIR}/backends DEFINITION vulkan)
set(varve_pc_onednn "")
if(onednn)
  set(varve_pc_onednn " -ldnnl -fopenmp")
endif()
set(varve_pc_vulkan "")
if(vulkan)
  list(TRANSFORM CMAKE_DL_LIBS PREPEND " -l" OUTPUT_VARIABLE varve_pc_vulkan)
endif()

# The libraries of optional formats that a static link needs.
set(varve_read_formats "")
set(varve_pc_formats "")
foreach(format_library IN ITEMS JPEG:-ljpeg WEBP:-lwebp TIFF:-ltiff GIF:-lgif HDF5:HDF5)
  string(REPLACE ":" ";" pair ${format_library})
  list(GET pair 0 format)
  list(GET pair 1 flag)
  get_directory_property(read DIRECTORY ${PROJECT_SOURCE_DIR}/framework DEFINITION reads_${format})
  if(read)
    list(APPEND varve_read_formats ${format})
    if(format STREQUAL HDF5)
      get_directory_property(flag DIRECTORY ${PROJECT_SOURCE_DIR}/framework
        DEFINITION HDF5_LINK_LIBRARIES)
      string(REPLACE ";" " " flag "${flag}")
    endif()
    string(APPEND varve_pc_formats " ${flag}")
  endif()
endforeach()

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/config.cmake.in ${PROJECT_BINARY_DIR}/varve-config.cmake
  INSTALL_DESTINATION ${varve_cmake_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/varve-config-version.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH varve_prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/varve.pc.in ${PROJECT_BINARY_DIR}/varve.pc @ONLY)

install(FILES ${PROJECT_BINARY_DIR}/varve-config.cmake
              ${PROJECT_BINARY_DIR}/varve-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindLibZip.cmake
        DESTINATION ${varve_cmake_dir} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/varve.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
