#!/bin/sh
# From a bare Debian 12 to the first answers: installs what is missing, builds, and runs
# the main tools on the bundled samples.
#
#   sh samples/quickstart.sh
set -eu
cd "$(dirname "$0")/.."

# The build's own output is of interest only when it fails.
quietly() {
    log=build/quickstart.log
    "$@" >"$log" 2>&1 && return 0
    cat "$log" >&2
    printf 'failed: %s\n' "$*" >&2
    exit 2
}

# Says what a command is for, then shows it and its output. The commands here only
# report, so whatever they find their exit code is 0; the one that judges prints its own.
show() {
    printf '\n# %s\n$ %s\n' "$1" "$2"
    sh -c "$2"
}

sh samples/install-packages.sh build
mkdir -p build
echo 'Building in build/ ...'
if [ ! -f build/CMakeCache.txt ]; then
    quietly cmake -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DDSI_TESTS=OFF
fi
quietly cmake --build build --parallel

show 'What is in these files: formats, types and shapes, from the headers alone.' \
    'build/dsinspect info samples/data/*.npy samples/data/*.csv samples/data/*ubyte samples/data/digits.*'
show 'One of these pictures is not what its name says.' \
    'build/dsinspect info samples/data/flowers/rose | head -n 8'
show 'How many samples each class has, and the weight that evens them out.' \
    'build/dsinspect balance samples/data/flowers'
show 'A class with no validation sample moves the indices of those after it.' \
    'build/dsinspect balance samples/data/splits'
show 'Pictures that are there twice: under two labels, or in both splits.' \
    'build/dsinspect dups -q samples/data/album'
show 'Labels in an array are counted the same way.' \
    'build/dsinspect balance samples/data/labels.npy'
show 'And in a table with a path and a label in each row.' \
    'build/dsinspect balance samples/data/labels.csv'
show 'In a file of many arrays their names tell which ones hold labels, of which split.' \
    'build/dsinspect balance samples/data/digits.h5 | head -n 5'
show 'Masks: the classes are the values of the pixels, 255 is not counted.' \
    'build/dsinspect balance --pixels --ignore-label=255 samples/data/masks'

show 'All that suits a dataset in one scan, with a verdict: exit code 1, it has errors.' \
    'build/dsinspect check -q samples/data/flowers || echo "exit code $?"'

printf '\nThe program is build/dsinspect; "build/dsinspect help" lists the tools.\n'
