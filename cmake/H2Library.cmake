# The library, static and shared, from one set of objects. libh2::h2 is the static one unless BUILD_SHARED_LIBS.
add_library(h2_objects OBJECT ${H2_SOURCES})
target_link_libraries(h2_objects PRIVATE $<BUILD_INTERFACE:h2_flags>)
target_include_directories(h2_objects
    PUBLIC "${PROJECT_SOURCE_DIR}/include"
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
set_target_properties(h2_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden)
# For scripts/mutants: tests see private parts through the shared library, too.
option(H2_TESTS_SHARED "Link the tests with the shared library, all its names open" OFF)
if(H2_TESTS_SHARED)
    set_target_properties(h2_objects PROPERTIES C_VISIBILITY_PRESET default)
endif()

# Until 1.0 a minor version may change the interface: programs that need another one must not be given this.
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(H2_SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
else()
    set(H2_SOVERSION ${PROJECT_VERSION_MAJOR})
endif()

add_library(h2_static STATIC $<TARGET_OBJECTS:h2_objects>)
add_library(h2_shared SHARED $<TARGET_OBJECTS:h2_objects>)
set_target_properties(h2_shared PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${H2_SOVERSION}
    EXPORT_NAME h2)
# The instrumented library leaves the runtime's symbols open, so this holds for plain builds alone.
if(NOT H2_SANITIZE)
    target_link_options(h2_shared PRIVATE -Wl,--no-undefined)
endif()

foreach(library h2_static h2_shared)
    set_target_properties(${library} PROPERTIES OUTPUT_NAME h2 LINKER_LANGUAGE C)
    target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:h2_flags>)
    target_include_directories(${library} PUBLIC
        "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
        "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    if(H2_TOP_LEVEL)
        set_target_properties(${library} PROPERTIES
            ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
            LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
    endif()
endforeach()

add_library(libh2::h2_static ALIAS h2_static)
add_library(libh2::h2_shared ALIAS h2_shared)
if(BUILD_SHARED_LIBS)
    add_library(libh2::h2 ALIAS h2_shared)
    set(unused h2_static)
else()
    add_library(libh2::h2 ALIAS h2_static)
    set(unused h2_shared)
endif()
if(NOT H2_TOP_LEVEL)
    set_target_properties(${unused} PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
