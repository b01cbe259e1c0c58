# What `cmake --install` puts where: the program, the library (shared and static) with its
# headers, the pkg-config file and the CMake package, completions and schemas.

install(TARGETS dsinspect RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS dsinspect-hdf5 RUNTIME DESTINATION ${helper_folder})

# The interface of the library. Headers stand side by side, so that the flat includes in
# them find each other.
set(public_headers
  formats/bytes.h formats/dtype.h formats/number.h formats/reader.h formats/source.h formats/status.h
  lib/stats/class_table.h lib/stats/class_weights.h lib/stats/content_hash.h lib/stats/imbalance.h lib/stats/values.h
  lib/report/report.h
  lib/dataset/address.h lib/dataset/block.h lib/dataset/channels.h lib/dataset/dataset.h
  lib/scan/check.h lib/scan/scan.h lib/checks/balance.h lib/checks/dups.h lib/checks/labels.h
  lib/checks/dups.h lib/checks/images.h lib/checks/missing.h lib/checks/outliers.h
  lib/checks/range.h)
install(FILES lib/dsinspect.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dsinspect)

# The packages and flags the rooms are linked with: all that a static library needs.
set(library_needs)
foreach(room ${rooms})
  get_target_property(links ${room} LINK_LIBRARIES)
  foreach(link ${links})
    if(link MATCHES "^PkgConfig::(.*)$")
      list(APPEND library_needs ${${CMAKE_MATCH_1}_LIBRARIES})
    endif()
  endforeach()
endforeach()
list(REMOVE_DUPLICATES library_needs)
list(APPEND library_needs m)
set(thread_flags -pthread)

get_target_property(room_objects dsi_whole INTERFACE_SOURCES)
foreach(kind shared static)
  string(TOUPPER ${kind} type)
  add_library(dsinspect_${kind} ${type} ${room_objects})
  set_target_properties(dsinspect_${kind} PROPERTIES
    OUTPUT_NAME dsinspect LINKER_LANGUAGE C VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_include_directories(dsinspect_${kind} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(dsinspect_shared PROPERTIES EXPORT_NAME dsinspect)
set_target_properties(dsinspect_static PROPERTIES EXPORT_NAME static)
target_link_libraries(dsinspect_shared PRIVATE ${library_needs})
target_link_options(dsinspect_shared PRIVATE ${thread_flags}
  -Wl,--no-undefined -Wl,--version-script=${CMAKE_SOURCE_DIR}/lib/dsinspect.map)
set_target_properties(dsinspect_shared PROPERTIES
  LINK_DEPENDS ${CMAKE_SOURCE_DIR}/lib/dsinspect.map)
target_link_libraries(dsinspect_static INTERFACE ${library_needs})
target_link_options(dsinspect_static INTERFACE ${thread_flags})

install(TARGETS dsinspect_shared dsinspect_static EXPORT dsinspect
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/dsinspect)
install(EXPORT dsinspect NAMESPACE dsinspect:: DESTINATION ${package_dir}
  FILE dsinspect-targets.cmake)
configure_package_config_file(lib/dsinspect-config.cmake.in
  ${CMAKE_BINARY_DIR}/dsinspect-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/dsinspect-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/dsinspect-config.cmake
  ${CMAKE_BINARY_DIR}/dsinspect-config-version.cmake DESTINATION ${package_dir})

list(TRANSFORM library_needs PREPEND -l OUTPUT_VARIABLE pc_libs_private)
list(APPEND pc_libs_private ${thread_flags})
string(REPLACE ";" " " pc_libs_private "${pc_libs_private}")
# Relative to where the file itself stands, so that an installed tree can be moved.
file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  ${CMAKE_INSTALL_PREFIX})
configure_file(lib/dsinspect.pc.in ${CMAKE_BINARY_DIR}/dsinspect.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/dsinspect.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The program prints its own completions from the option tables.
set(completions ${CMAKE_BINARY_DIR}/completions)
add_custom_command(OUTPUT ${completions}/dsinspect ${completions}/_dsinspect
    ${completions}/dsinspect.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
  COMMAND dsinspect completion bash > ${completions}/dsinspect
  COMMAND dsinspect completion zsh > ${completions}/_dsinspect
  COMMAND dsinspect completion fish > ${completions}/dsinspect.fish
  DEPENDS dsinspect VERBATIM)
add_custom_target(completions ALL DEPENDS ${completions}/dsinspect)
install(FILES ${completions}/dsinspect
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/_dsinspect
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completions}/dsinspect.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

file(GLOB schemas CONFIGURE_DEPENDS docs/schema/*.json docs/schema/*.xsd)
install(FILES ${schemas} DESTINATION ${CMAKE_INSTALL_DATADIR}/dsinspect/schemas)
