# What `make install` puts where: headers, both libraries, pkg-config file, CMake package, the licence, the command
# and its manual page.
include(CMakePackageConfigHelpers)

install(FILES ${H2_HEADERS} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/h2")
install(TARGETS h2_static h2_shared EXPORT libh2Targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(TARGET h2_command)
    install(TARGETS h2_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    install(FILES "${PROJECT_SOURCE_DIR}/docs/h2.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
endif()

# The prefix is written relative to the file, so that an installed tree can be moved; not that of the system, whose
# folders pkg-config leaves out when it knows them by their names, and not with folders that were given whole.
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(H2_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(H2_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr" OR IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(H2_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
    set(H2_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
    set(H2_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
    file(RELATIVE_PATH H2_PC_PREFIX "/prefix/${pkgconfig_dir}" "/prefix")
    string(REGEX REPLACE "/$" "" H2_PC_PREFIX "\${pcfiledir}/${H2_PC_PREFIX}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/libh2.pc.in" "${PROJECT_BINARY_DIR}/libh2.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/libh2.pc" DESTINATION "${pkgconfig_dir}")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/libh2")
install(EXPORT libh2Targets NAMESPACE libh2:: DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/libh2Config.cmake.in"
    "${PROJECT_BINARY_DIR}/libh2Config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/libh2ConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/libh2Config.cmake" "${PROJECT_BINARY_DIR}/libh2ConfigVersion.cmake"
    DESTINATION "${package_dir}")
