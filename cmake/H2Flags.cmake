# Compiler flags that every target of the project shares, as the interface target h2_flags.
add_library(h2_flags INTERFACE)
target_compile_features(h2_flags INTERFACE c_std_11)
target_compile_options(h2_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
    $<$<BOOL:${H2_WERROR}>:-Werror>)

if(H2_SANITIZE)
    target_compile_options(h2_flags INTERFACE
        -fsanitize=${H2_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(h2_flags INTERFACE -fsanitize=${H2_SANITIZE})
    # GCC takes an array at the end of a struct for one without a bound, unless asked not to.
    if(H2_SANITIZE MATCHES "undefined" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
        target_compile_options(h2_flags INTERFACE -fsanitize=bounds-strict)
    endif()
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
