#!/bin/bash
# The three ways to link: the installed pkg-config file and CMake package, from a prefix that was moved, and
# add_subdirectory.
. "$(dirname "$0")/../support/tap.sh"
[ -z "${H2_SANITIZE:-}" ] || { echo "ok linking is a matter of the plain build"; exit 0; }
[ -e "$H2_BUILD_DIR/libh2.so" ] || skip_all "no library in $H2_BUILD_DIR"

mkdir "$scratch/app"
cat >"$scratch/app/main.c" <<'C'
#include <h2/h2.h>
#include <stdio.h>
int main(void)
{
    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, H2_CLIENT);
    if (h2_connection_new(&conn, &config) != H2_OK || h2_initiate_connection(conn) != H2_OK)
        return 1;
    printf("%s %d\n", h2_version(), h2_output_pending(conn) > 24);
    h2_connection_free(conn);
    return 0;
}
C
version=$(sed -n 's/^#define H2_VERSION  *"\(.*\)"/\1/p' "$H2_SOURCE_DIR/include/h2/version.h")

cmake --install "$H2_BUILD_DIR" --prefix "$scratch/first" >"$scratch/install.log" 2>&1 || not_ok "install"
mv "$scratch/first" "$scratch/prefix"
export PKG_CONFIG_PATH=$scratch/prefix/lib/pkgconfig

equal "pkg-config --modversion" "$version" "$(pkg-config --modversion libh2)"
cd "$scratch/app" || exit 1
check "pkg-config compiles" cc -o shared main.c $(pkg-config --cflags --libs libh2)
equal "pkg-config runs" "$version 1" "$(LD_LIBRARY_PATH=$scratch/prefix/lib ./shared)"
soname=$(objdump -p "$H2_BUILD_DIR/libh2.so" | awk '$1 == "SONAME" { print $2 }')
check "pkg-config links the soname" grep -qF "$soname" shared
check "the static library compiles" cc -o static main.c $(pkg-config --cflags libh2) "$scratch/prefix/lib/libh2.a"
equal "the static library runs" "$version 1" "$(./static)"

cmake_build() { # NAME CONTENT OPTIONS...
    mkdir -p "$scratch/$1"
    printf 'cmake_minimum_required(VERSION 3.22)\nproject(app C)\n%s\n' "$2" >"$scratch/$1/CMakeLists.txt"
    cp main.c "$scratch/$1/"
    cmake -S "$scratch/$1" -B "$scratch/$1/build" "${@:3}" && cmake --build "$scratch/$1/build" -j 2
}

for target in h2 h2_static; do
    check "find_package, libh2::$target" cmake_build "found-$target" "find_package(libh2 ${version%.*} REQUIRED)
add_executable(app main.c)
target_link_libraries(app PRIVATE libh2::$target)" -DCMAKE_PREFIX_PATH="$scratch/prefix"
    equal "find_package runs, libh2::$target" "$version 1" "$("$scratch/found-$target/build/app")"
done
for shared in OFF ON; do
    check "add_subdirectory, shared $shared" cmake_build "sub-$shared" "add_subdirectory($H2_SOURCE_DIR libh2)
add_executable(app main.c)
target_link_libraries(app PRIVATE libh2::h2)" -DBUILD_SHARED_LIBS=$shared
    equal "add_subdirectory runs, shared $shared" "$version 1" "$("$scratch/sub-$shared/build/app")"
    equal "add_subdirectory builds the library alone, shared $shared" "" \
        "$(find "$scratch/sub-$shared/build" -name 'h2' -type f -perm /111 -o -name 'test_*' -type f)"
done

# What pkg-config says of an installation that a distribution made, and of one whose folders were given whole.
flags() { # OPTIONS...
    cmake -S "$H2_SOURCE_DIR" -B "$scratch/flags" -DH2_BUILD_TOOL=OFF -DH2_BUILD_TESTS=OFF "$@" >"$scratch/flags.log" 2>&1
    PKG_CONFIG_PATH=$scratch/flags pkg-config --cflags --libs libh2 | xargs
}
equal "pkg-config leaves out the folders of the system" "-lh2" \
    "$(flags -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib)"
equal "pkg-config knows folders that were given whole" "-I/a/include -L/b/lib -lh2" \
    "$(flags -DCMAKE_INSTALL_PREFIX=/c -DCMAKE_INSTALL_INCLUDEDIR=/a/include -DCMAKE_INSTALL_LIBDIR=/b/lib)"

check "make install obeys DESTDIR and PREFIX" \
    env DESTDIR="$scratch/dest" cmake --install "$H2_BUILD_DIR" --prefix /usr
check "the command is installed" "$scratch/dest/usr/bin/h2" --version
check "the licence is installed" test -e "$scratch/dest/usr/share/doc/libh2/LICENSE"
check "its manual page is installed" test -e "$scratch/dest/usr/share/man/man1/h2.1"
check "headers are installed" test -e "$scratch/dest/usr/include/h2/h2.h"
finish
