#!/bin/sh
# Installs the Debian packages the project needs, those that are missing and no others.
#
#   sh samples/install-packages.sh build         to build the program
#   sh samples/install-packages.sh build test    to run every test as well
#
# This is the one list of them; quickstart.sh and tests/run.sh call it. Exit 0: all are
# there. Exit 2: they could not be installed, and why.
set -eu

# group  package  what for
packages='
build gcc                   the C compiler, with OpenMP
build libc6-dev             the C library headers
build cmake                 configures the build
build ninja-build           runs it
build make                  runs it where a build was configured without -G Ninja
build pkg-config            finds the libraries
build libpng-dev            reads PNG
build libjpeg62-turbo-dev   reads JPEG
build zlib1g-dev            reads gzip
build libxxhash-dev         content hashes
build libdeflate-dev        inflates what is compressed in one piece
build libisal-dev           inflates what is read piece by piece
build libzip-dev            reads the directory of npz
build libhdf5-dev           reads HDF5
build libyaml-dev           reads the configuration of a nightly check
build libjansson-dev        reads the JSON of stored results
build libseccomp-dev        locks up the process that reads HDF5
test  git                   the list of files the style checks read
test  clang                 the second compiler
test  libclang-rt-14-dev    its sanitizers and its fuzzer
test  clang-format          checks the formatting
test  llvm-14               readable stacks in sanitizer reports
test  libomp-14-dev         OpenMP for clang, with its ThreadSanitizer support
test  libcmocka-dev         unit tests
test  libjpeg-turbo-progs   the reference for JPEG, beside Pillow
test  zsh                   tests its completion
test  fish                  tests its completion
test  jq                    reads the JSON the tools print
test  python3               runs the tests that compare with other programs
test  python3-numpy         the reference for arrays and statistics
test  python3-h5py          the reference for HDF5
test  python3-netcdf4       writes netCDF-4
test  hdf5-tools            the reference for what h5py cannot write
test  strace                shows which files are opened
test  python3-pil           the reference for images
test  python3-sklearn       the reference for class weights
test  python3-scipy         the cosine transform of perceptual hashes
test  python3-pandas        the reference for CSV
test  python3-jsonschema    checks the JSON against its schemas
test  python3-lxml          checks the JUnit XML against its schema
test  python3-prometheus-client reads the metrics as Prometheus would
test  cmark-gfm             reads the Markdown as GitHub does
test  python3-yaml          reads the recipes of GitLab and GitHub
test  systemd               verifies the units among the recipes
test  dataset-fashion-mnist 70,000 real images and labels as IDX
test  oxygen-icon-theme     8,813 real PNG pictures in a tree
test  marble-qt-data        323 real pictures in a tree, most of them JPEG
test  chromium              opens the page of dsinspect report
test  nodejs                drives it
test  npm                   fetches the checkers of pages that tests/page/ pins
'

say() {
    printf '%s\n' "$*" >&2
}

# What is installed by another name: nodejs of other makers brings its npm along.
provided=$(dpkg-query -W -f='${db:Status-Status} ${Provides}\n' 2>/dev/null |
    sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/[ :].*//' || :)

# Prints the packages of the groups named that are not installed, each with its reason.
missing_of() {
    for group; do
        printf '%s' "$packages" | while read -r g package reason; do
            [ "$g" = "$group" ] || continue
            state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || :)
            [ "$state" = installed ] ||
                printf '%s\n' "$provided" | grep -qxF -e "$package" ||
                printf '%s %s\n' "$package" "$reason"
        done
    done
}

# Runs a command with its output kept back; shows it only when the command fails.
quietly() {
    "$@" >"$log" 2>&1 </dev/null && return 0
    say "failed: $*"
    cat "$log" >&2
    return 1
}

for group; do
    case $group in
    build | test) ;;
    *)
        say "$0: no group '$group': build, test"
        exit 2
        ;;
    esac
done
if ! command -v dpkg-query >/dev/null 2>&1; then
    say "$0: not a Debian system; install the equivalents of these and build by hand:"
    say "$packages"
    exit 2
fi

missing=$(missing_of "$@")
[ -n "$missing" ] || exit 0
say 'Debian packages that are missing:'
printf '%s\n' "$missing" | while read -r package reason; do
    printf '  %-22s %s\n' "$package" "$reason" >&2
done
names=$(printf '%s\n' "$missing" | cut -d' ' -f1 | tr '\n' ' ')

as_root='env DEBIAN_FRONTEND=noninteractive'
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        say "$0: not root, and there is no sudo. As root, run:"
        say "  apt-get update && apt-get install --no-install-recommends $names"
        exit 2
    fi
    as_root="sudo $as_root"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say 'Installing them...'
# The words of as_root and names are separate arguments.
# shellcheck disable=SC2086
quietly $as_root apt-get update || exit 2
# shellcheck disable=SC2086
quietly $as_root apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 $names || exit 2
say 'Installed.'
