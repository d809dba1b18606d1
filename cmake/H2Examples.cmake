# Each examples/*.c is one program, on the public headers and libc alone.
file(GLOB H2_EXAMPLE_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
foreach(source ${H2_EXAMPLE_SOURCES})
    get_filename_component(name "${source}" NAME_WE)
    add_executable(example_${name} "${source}")
    set_target_properties(example_${name} PROPERTIES
        OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
    target_compile_definitions(example_${name} PRIVATE _POSIX_C_SOURCE=200809L)
    target_link_libraries(example_${name} PRIVATE h2_flags h2_static)
    list(APPEND H2_EXAMPLE_TARGETS example_${name})
endforeach()
