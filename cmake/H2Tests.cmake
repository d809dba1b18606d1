# Tests, found by name and folder:
#   tests/{unit,tables,vectors,api,oom,attacks,transcripts,interop}/test_*.c   a cmocka program and a ctest test each;
#     test_x.c and test_x_long.c are linked with the sources in the folder x/ beside them, if there is one
#   tests/{attacks,interop,cli,project,python,consumers}/*.sh, *.py            a ctest test each; exit code 77 is a skip;
#     those in python/ and consumers/ use the Python package, which the test python/build builds before
#   tests/support/*.c                                                  helpers, linked into the programs that use them
# Names with _long run in `make test-long` only. Every test has its folder as a ctest label.
find_program(BASH_PROGRAM bash REQUIRED)
set(PYTHON_PROGRAM /usr/bin/python3)

function(h2_label_test name folder)
    set(labels ${folder})
    set(timeout 300)
    if(name MATCHES "_long")
        list(APPEND labels long)
        set(timeout 7200)
    endif()
    set_tests_properties(${name} PROPERTIES
        LABELS "${labels}"
        TIMEOUT ${timeout}
        SKIP_RETURN_CODE 77
        ENVIRONMENT "H2_BUILD_DIR=${PROJECT_BINARY_DIR};H2_SOURCE_DIR=${PROJECT_SOURCE_DIR};H2_SANITIZE=${H2_SANITIZE};CC=${CMAKE_C_COMPILER};PYTHONDONTWRITEBYTECODE=1")
endfunction()

function(h2_add_programs)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
    set(folders unit tables vectors api oom attacks transcripts)
    # MemorySanitizer does not see what a library that was built without it writes.
    if(NOT H2_SANITIZE MATCHES "memory")
        pkg_check_modules(NGHTTP2 IMPORTED_TARGET libnghttp2)
        list(APPEND folders interop)
    endif()
    find_package(Threads REQUIRED)

    add_library(h2_test_flags INTERFACE)
    target_compile_definitions(h2_test_flags INTERFACE
        _GNU_SOURCE SOURCE_DIR="${PROJECT_SOURCE_DIR}" BINARY_DIR="${PROJECT_BINARY_DIR}")
    # Release builds define NDEBUG; an assert in a test has to stay.
    target_compile_options(h2_test_flags INTERFACE -UNDEBUG)
    target_include_directories(h2_test_flags INTERFACE
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/tests/support")
    set(tested h2_static)
    if(H2_TESTS_SHARED)
        set(tested h2_shared)
    endif()
    target_link_libraries(h2_test_flags INTERFACE h2_flags ${tested} PkgConfig::CMOCKA Threads::Threads m)
    if(NGHTTP2_FOUND)
        target_link_libraries(h2_test_flags INTERFACE PkgConfig::NGHTTP2)
        target_compile_definitions(h2_test_flags INTERFACE HAVE_NGHTTP2=1)
    endif()

    file(GLOB support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c")
    if(support)
        add_library(h2_test_support STATIC ${support})
        target_link_libraries(h2_test_support PUBLIC h2_test_flags)
    endif()

    foreach(folder ${folders})
        file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${folder}/test_*.c")
        if(NOT NGHTTP2_FOUND AND H2_SANITIZE MATCHES "memory")
            list(FILTER sources EXCLUDE REGEX "nghttp2")
        endif()
        foreach(source ${sources})
            get_filename_component(base "${source}" NAME_WE)
            set(target ${folder}_${base})
            string(REGEX REPLACE "^test_|_long$" "" parts "${base}")
            file(GLOB parts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${folder}/${parts}/*.c")
            add_executable(${target} "${source}" ${parts})
            set_target_properties(${target} PROPERTIES
                OUTPUT_NAME ${base}
                RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/${folder}")
            if(support)
                target_link_libraries(${target} PRIVATE h2_test_support)
            endif()
            target_link_libraries(${target} PRIVATE h2_test_flags)
            string(REGEX REPLACE "^test_" "" short "${base}")
            add_test(NAME ${folder}/${short} COMMAND ${target} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
            h2_label_test(${folder}/${short} ${folder})
        endforeach()
    endforeach()
endfunction()

# The Python package, sanitized as the rest is.
function(h2_add_python_build)
    set(flags "")
    if(H2_SANITIZE)
        set(flags "-fsanitize=${H2_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer")
    endif()
    add_test(NAME python/build
        COMMAND "${CMAKE_COMMAND}" -E env "CFLAGS=${flags}" "LDFLAGS=${flags}"
            "${BASH_PROGRAM}" "${PROJECT_SOURCE_DIR}/scripts/build-python" "${PROJECT_BINARY_DIR}/python")
    h2_label_test(python/build python)
    set_tests_properties(python/build PROPERTIES FIXTURES_SETUP python)
endfunction()

function(h2_add_scripts)
    set(folders attacks interop cli project)
    # ThreadSanitizer and a Python that was built without it do not go together.
    if(NOT H2_SANITIZE MATCHES "thread")
        list(APPEND folders python)
        h2_add_python_build()
    endif()
    # Programs of other people's are not made for the sanitizers.
    if(NOT H2_SANITIZE)
        list(APPEND folders consumers)
    endif()
    foreach(folder ${folders})
        file(GLOB scripts CONFIGURE_DEPENDS
            "${PROJECT_SOURCE_DIR}/tests/${folder}/*.sh" "${PROJECT_SOURCE_DIR}/tests/${folder}/*.py")
        foreach(script ${scripts})
            get_filename_component(name "${script}" NAME)
            if(name MATCHES "\\.sh$")
                set(interpreter "${BASH_PROGRAM}")
            else()
                set(interpreter "${PYTHON_PROGRAM}")
            endif()
            add_test(NAME ${folder}/${name} COMMAND "${interpreter}" "${script}"
                WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
            h2_label_test(${folder}/${name} ${folder})
            if(folder MATCHES "python|consumers")
                set_tests_properties(${folder}/${name} PROPERTIES FIXTURES_REQUIRED python)
            endif()
        endforeach()
    endforeach()
endfunction()

if(H2_SOURCES)
    h2_add_programs()
    add_subdirectory("${PROJECT_SOURCE_DIR}/fuzz" fuzz)
endif()
if(NOT H2_SANITIZE MATCHES "memory")
    h2_add_scripts()
endif()
