# The h2 command: every source under tools/, on the public headers alone.
file(GLOB_RECURSE H2_TOOL_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/*.c")
if(NOT H2_TOOL_SOURCES)
    return()
endif()

set(hint "scripts/bootstrap installs it; -DH2_BUILD_TOOL=OFF builds the library alone")
find_package(PkgConfig)
if(NOT PkgConfig_FOUND)
    message(FATAL_ERROR "pkg-config is needed for the h2 command: ${hint}")
endif()
foreach(module libuv openssl)
    pkg_check_modules(H2_${module} IMPORTED_TARGET ${module})
    if(NOT H2_${module}_FOUND)
        message(FATAL_ERROR "${module} is needed for the h2 command: ${hint}")
    endif()
endforeach()
find_path(H2_HTTP_PARSER_INCLUDE http_parser.h)
find_library(H2_HTTP_PARSER_LIBRARY http_parser)
if(NOT H2_HTTP_PARSER_INCLUDE OR NOT H2_HTTP_PARSER_LIBRARY)
    message(FATAL_ERROR "http_parser is needed for the h2 command: ${hint}")
endif()

find_package(Threads REQUIRED)
add_executable(h2_command ${H2_TOOL_SOURCES})
set_target_properties(h2_command PROPERTIES
    OUTPUT_NAME h2
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
target_compile_definitions(h2_command PRIVATE _GNU_SOURCE)
target_include_directories(h2_command PRIVATE "${PROJECT_SOURCE_DIR}/tools")
target_include_directories(h2_command SYSTEM PRIVATE "${H2_HTTP_PARSER_INCLUDE}")
target_link_libraries(h2_command PRIVATE
    h2_flags h2_static PkgConfig::H2_libuv PkgConfig::H2_openssl "${H2_HTTP_PARSER_LIBRARY}" Threads::Threads)
