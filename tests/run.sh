#!/bin/sh
# Every check of the project, as CI runs it. Installs the Debian packages that are
# missing, builds in build*/, writes nowhere else in the tree, and ends with the totals.
#
#   sh tests/run.sh            release build, house rules, ASan + UBSan (gcc and clang),
#                              ThreadSanitizer (clang)
#   sh tests/run.sh --quick    the release build alone
set -u
cd "$(dirname "$0")/.." || exit 2

quick=
case ${1-} in
'') ;;
--quick) quick=yes ;;
*)
    echo "usage: sh tests/run.sh [--quick]" >&2
    exit 2
    ;;
esac

# What the caller's shell happens to set must not change a result.
unset NO_COLOR OMP_NUM_THREADS OMP_THREAD_LIMIT OMP_TOOL_LIBRARIES CFLAGS CPPFLAGS LDFLAGS DESTDIR
exec </dev/null
jobs=$(nproc)
passed=0
failed=0
skipped=0
failures='' # a line for each, said again at the end

# A sanitizer's report must not look like an exit code of the program's own.
ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1:allocator_may_return_null=1
LSAN_OPTIONS=exitcode=99:suppressions=$PWD/tests/lsan.supp:print_suppressions=0
UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
TSAN_OPTIONS=exitcode=99:ignore_noninstrumented_modules=1
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

count() { # PASSED FAILED
    passed=$((passed + $1))
    failed=$((failed + $2))
}

remember() { # WHAT
    failures="$failures  $1
"
}

failure() {
    echo "FAILED: $1"
    remember "$1"
    count 0 1
}

# Configures and builds one directory with warnings as errors. Quiet unless it fails.
build() { # DIRECTORY COMPILER CMAKE-OPTIONS...
    dir=$1
    CC=$2
    export CC
    shift 2
    mkdir -p "$dir"
    {
        { [ -f "$dir/CMakeCache.txt" ] || set -- -G Ninja "$@"; } &&
            cmake --log-level=WARNING -B "$dir" -DDSI_WERROR=ON -DDSI_TESTS=ON "$@" &&
            cmake --build "$dir" --parallel "$jobs"
    } >"$dir/run.log" 2>&1 && return 0
    grep -v '^\[[0-9]*/[0-9]*\] ' "$dir/run.log"
    failure "$dir does not build"
    return 1
}

# Runs the tests of one directory and adds ctest's own count to the totals.
run() { # DIRECTORY CTEST-OPTIONS...
    dir=$1
    shift
    rc=0
    ctest --test-dir "$dir" --output-on-failure --no-tests=error --timeout 1500 \
        -j "$jobs" "$@" >"$dir/ctest.log" 2>&1 || rc=$?
    cat "$dir/ctest.log"
    total=$(sed -n 's/.*tests failed out of \([0-9]*\)$/\1/p' "$dir/ctest.log")
    bad=$(sed -n 's/.*, \([0-9]*\) tests failed out of.*/\1/p' "$dir/ctest.log")
    if [ -z "$total" ]; then
        failure "ctest of $dir gave no summary"
    else
        idle=$(grep -c '[*]Skipped' "$dir/ctest.log")
        skipped=$((skipped + idle))
        count $((total - bad - idle)) "$bad"
        # After this line ctest lists them, each as "NUMBER - NAME (REASON)".
        for name in $(sed '1,/tests FAILED:$/d' "$dir/ctest.log" |
            sed -n 's/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p'); do
            [ "$bad" = 0 ] || remember "$dir: $name"
        done
        [ "$rc" = 0 ] || [ "$bad" -gt 0 ] || failure "ctest of $dir ended with $rc"
    fi
}

suite() { # TITLE
    echo
    echo "== $1 ($(($(date +%s) - started)) s)"
}

tree() {
    git -c safe.directory='*' status --porcelain --untracked-files=all
}

started=$(date +%s)
sh samples/install-packages.sh build test || exit 2
before=$(tree)

suite 'release build, gcc: every test'
build build gcc -DCMAKE_BUILD_TYPE=Release -DDSI_SANITIZE= &&
    run build

if [ -z "$quick" ]; then
    suite 'house rules'
    sh tests/style.sh >build/style.log 2>&1
    cat build/style.log
    last=$(tail -n 1 build/style.log)
    case $last in
    *' passed, '*' failed')
        bad=${last#* passed, }
        count "${last%% *}" "${bad%% *}"
        [ "${bad%% *}" = 0 ] || remember "$(sed -n 's/^FAIL/tests\/style.sh:/p' build/style.log)"
        ;;
    *) failure 'tests/style.sh gave no count' ;;
    esac

    # As fast as the sanitizers allow, with the assertions left in.
    instrumented='-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1'

    # The oracles compare values, which the sanitizers do not change; what they would
    # find is in the unit tests, the fuzzers' corpora and the command line.
    for compiler in gcc clang; do
        suite "AddressSanitizer and UndefinedBehaviorSanitizer, $compiler"
        build build-asan-$compiler $compiler $instrumented \
            -DDSI_SANITIZE=address &&
            run build-asan-$compiler -R '^(unit|fuzz|cli)/'
    done

    suite 'ThreadSanitizer, clang'
    # It holds a handler back until the next call that it intercepts: a program that waits
    # on a pipe is then not ended by one signal, so cli/signals has no meaning here.
    # Archer is what tells ThreadSanitizer how OpenMP orders threads: without it every
    # barrier looks like a race.
    OMP_TOOL_LIBRARIES=/usr/lib/llvm-14/lib/libarcher.so
    export OMP_TOOL_LIBRARIES
    build build-tsan clang $instrumented -DDSI_SANITIZE=thread &&
        run build-tsan -R '^(unit|cli)/' -E '^cli/signals$'
fi

suite 'the work tree is as it was'
if [ "$(tree)" = "$before" ]; then
    count 1 0
else
    tree
    failure 'the tests changed the work tree'
fi

echo
if [ -n "$failures" ]; then
    printf 'Failed:\n%s' "$failures"
fi
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
