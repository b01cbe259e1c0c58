#!/bin/sh
# Golden tests of the command line.
#
#   sh tests/cli/golden.sh [--bless] [NAME...]
#
# Runs each tests/cli/NAME.sh (all of them unless named) with sh in an empty temporary
# directory, with dsinspect and toy_tool on PATH, SAMPLES naming the folder of samples and
# nothing on standard input. What it prints must equal NAME.out, what it says on standard
# error NAME.err, and its exit code NAME.exit; a missing one stands for nothing, and 0.
# --bless writes these files instead: read their diff before it is committed.
#
# A script that exits 77 is skipped, with its standard error for the reason. The program
# is that of DSI_BUILD (default: build/). Exit 0 when all pass, 77 when all are skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 2
build=$(cd "${DSI_BUILD:-$here/../../build}" && pwd) || exit 2
for program in dsinspect tests/toy_tool; do
    [ -x "$build/$program" ] || { echo "no $build/$program" >&2; exit 2; }
done

bless=
[ "${1-}" != --bless ] || { bless=yes; shift; }

PATH=$build:$build/tests:$PATH
SAMPLES=$here/../../samples
LC_ALL=C
export PATH SAMPLES LC_ALL
unset COLUMNS NO_COLOR TERM OMP_NUM_THREADS

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

[ $# -gt 0 ] || set -- "$here"/*.sh
passed=0 failed=0 skipped=0

# expect NAME.SUFFIX FILE: FILE must be what was recorded, and nothing if nothing was.
expect() {
    if [ "$bless" ]; then
        if [ -s "$2" ]; then cp "$2" "$here/$1"; else rm -f "$here/$1"; fi
        return 0
    fi
    recorded=$here/$1
    [ -f "$recorded" ] || recorded=/dev/null
    diff -u --label "expected $1" --label "got" "$recorded" "$2"
}

for script in "$@"; do
    name=$(basename "$script" .sh)
    [ "$name" != golden ] || continue
    rm -rf "$work/in"
    mkdir "$work/in" || exit 2
    (cd "$work/in" && exec sh "$here/$name.sh") </dev/null >"$work/out" 2>"$work/err"
    code=$?
    if [ $code = 77 ]; then
        echo "SKIP $name: $(cat "$work/err")"
        skipped=$((skipped + 1))
        continue
    fi
    : >"$work/exit"
    [ $code = 0 ] || echo $code >"$work/exit"
    if expect "$name.out" "$work/out" && expect "$name.err" "$work/err" &&
        expect "$name.exit" "$work/exit"; then
        echo "ok   $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
[ $passed != 0 ] || exit 77
