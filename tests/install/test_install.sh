#!/bin/sh
# Installs into a temporary prefix and builds consumer.c against it by pkg-config and by
# find_package, shared and static: each must count the 1,000 labels of the samples.
#
#   sh tests/install/test_install.sh BUILD-DIRECTORY
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
labels=$here/../../samples/data/labels.npy
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Installed in one place and moved to another: nothing may remember the first.
cmake --install "$build" --prefix "$work/first" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
prefix=$work/a\ moved\ prefix
mv "$work/first" "$prefix"
libdir=$(dirname "$(find "$prefix" -name libdsinspect.a)")
flags='-std=c17 -Wall -Wextra -Werror'
: "${CC:=cc}"
export CC

expect() { # WANTED GOT WHAT
    [ "$1" = "$2" ] || { echo "$3: expected '$1', got '$2'"; exit 1; }
    echo "ok: $3"
}

library_of() { # prints the project's shared library a program loads, if any
    ldd "$1" | grep -o 'libdsinspect[^ ]*' | head -n 1 || :
}

# pkg-config quotes the space in the prefix as a shell wants it.
pc() {
    PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config "$@"
}
eval "$CC $flags $(pc --cflags dsinspect) '$here/consumer.c' \
    $(pc --libs dsinspect) -o '$work/pc_shared'"
expect 1000 "$(LD_LIBRARY_PATH=$libdir "$work/pc_shared" "$labels")" 'pkg-config, shared'
expect libdsinspect.so.0.1 "$(library_of "$work/pc_shared")" 'it loads the soname'

# The archive instead of the shared library beside it.
mkdir "$work/archive"
cp "$libdir/libdsinspect.a" "$work/archive"
eval "$CC $flags $(pc --cflags dsinspect) '$here/consumer.c' \
    -L'$work/archive' $(pc --static --libs-only-l --libs-only-other dsinspect) \
    -o '$work/pc_static'"
expect 1000 "$("$work/pc_static" "$labels")" 'pkg-config, static'
expect '' "$(library_of "$work/pc_static")" 'it loads no library of ours'

{
    cmake -S "$here" -B "$work/find" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags" &&
        cmake --build "$work/find"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
expect 1000 "$("$work/find/consumer_shared" "$labels")" 'find_package, shared'
expect 1000 "$("$work/find/consumer_static" "$labels")" 'find_package, static'
expect '' "$(library_of "$work/find/consumer_static")" 'it loads no library of ours'

# Nothing but the project's own names is exported.
foreign=$(nm -D --defined-only "$libdir/libdsinspect.so" | grep -v ' dsi_' || :)
expect '' "$foreign" 'only dsi_ names are exported'

# Every header stands on its own.
for header in "$prefix"/include/dsinspect/*.h "$prefix"/include/dsinspect.h; do
    printf '#include "%s"\nint nothing;\n' "$header" >"$work/alone.c"
    eval "$CC $flags" '-I"$prefix/include" -fsyntax-only "$work/alone.c"'
done
echo 'ok: every header stands on its own'

version=$("$prefix/bin/dsinspect" --version | head -n 1)
expect "dsinspect $(pc --modversion dsinspect)" "$version" 'program and library agree'

# HDF5 takes a second program, which the first finds wherever the tree was moved.
hdf5=$(env -u DSINSPECT_HDF5_HELPER "$prefix/bin/dsinspect" info --no-header -f tsv \
    "$here/../unit/support/small.h5" | cut -f 2 | tr '\n' ' ')
expect '/by_rows /chunked /contiguous /kind /part /record.x /record.label /unwritten ' \
    "$hdf5" 'the installed program reads HDF5'
