#!/bin/sh
# The house rules that a program can check, over the tracked files: a line for each rule,
# the offending places below it, and the count last. Exit 1 when a rule is broken.
#
#   sh tests/style.sh
set -u
cd "$(dirname "$0")/.." || exit 2
LC_ALL=C
export LC_ALL

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# Tracked files whose name matches. The repository may belong to another user.
git -c safe.directory='*' ls-files >"$work/tracked" || exit 2
files() {
    grep -E "$1" "$work/tracked" | while read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done
}
script='\.(py|sh|cmake|in)$|CMakeLists\.txt$|^\.ci/run$'
files '\.[ch]$' >"$work/c"
files "\\.[ch]\$|$script" >"$work/source"
files "\\.([ch]|md)\$|$script" >"$work/text"

# C files without comments and without what strings hold, as "file:line:code", so that
# a rule about code does not trip over prose.
awk '
    FNR == 1 { comment = 0 }
    {
        line = $0; out = ""
        while (line != "") {
            if (comment) {
                if (!(at = index(line, "*/"))) break
                line = substr(line, at + 2); comment = 0
            }
            if (!match(line, /\/\*|\/\/|"|\047/)) { out = out line; break }
            out = out substr(line, 1, RSTART - 1)
            mark = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            if (mark == "//") break
            if (mark == "/*") { comment = 1; continue }
            quoted = mark == "\"" ? "^([^\"\\\\]|\\\\.)*\"" : "^([^\047\\\\]|\\\\.)*\047"
            if (match(line, quoted)) line = substr(line, RLENGTH + 1)
            out = out mark mark
        }
        print FILENAME ":" FNR ":" out
    }' /dev/null $(cat "$work/c") >"$work/code"

# Code lines in the folders named that use one of these words.
uses() {
    grep -E "^($1)/" "$work/code" | grep -E "^[^:]*:[^:]*:(.*[^A-Za-z0-9_])?($2)"
}

# Reads the offending places; a rule without any is kept.
rule() {
    cat >"$work/found"
    if [ -s "$work/found" ]; then
        printf 'FAIL  %s\n' "$1"
        sed 's/^/        /' "$work/found"
        echo failed >>"$work/results"
    else
        printf 'ok    %s\n' "$1"
        echo passed >>"$work/results"
    fi
}

lengths() {
    [ ! -s "$work/source" ] || xargs wc -l <"$work/source" | awk '$2 != "total"'
}
lengths | awk '$1 > 400 && $1 <= 600 {
    print "note  " $2 " has " $1 " lines: is it still one idea?" }'
lengths | awk '$1 > 600 { print $2 ": " $1 " lines" }' | rule 'a file has at most 600 lines'

# Names a folder expects to repeat are let be.
sed 's,.*/,,' "$work/source" | sort | uniq -d | grep -vxE 'CMakeLists\.txt' |
    rule 'file names are unique in the tree'

uses 'formats|lib|tools' \
    '(strcpy|strcat|stpcpy|v?sprintf|gets|strtok|atoi|atol|atof|rand|srand|alloca)[ ]*\(' |
    rule 'no unbounded, unchecked or hidden-state C library calls'
uses 'formats|lib' '(time|clock|localtime|gmtime|setlocale)[ ]*\(' |
    rule 'no clock and no locale below tools/'
uses 'formats|lib' \
    '(v?printf|puts|putchar|perror|exit|_exit|_Exit|abort)[ ]*\(|(stdout|stderr)([^A-Za-z0-9_]|$)' |
    grep -vE '^formats/hdf5/helper(_jail)?\.c:.*_exit' | # a program of its own
    rule 'only tools print and exit'
uses 'formats|lib|tools' 'typedef (void \*|(struct|union) )' |
    rule 'no typedef hides a pointer or a struct'
grep -E '^(formats|lib|tools)/[^:]*\.[ch]:[^:]*:(#pragma omp|.*pthread_(create|mutex|cond))' "$work/code" |
    grep -vE '^lib/scan/[^:]*:[^:]*:.*pthread_|^(formats|lib/compare)/[^:]*:[^:]*:.*pthread_(mutex|cond)' |
    rule 'threads begin in lib/scan alone'

# An include may name a header of its own folder or of a folder further down.
rooms() {
    grep -E '^(formats|lib|tools)/' "$work/c" | awk -F/ '
        { room = $0; sub("/[^/]*$", "", room); print $NF, room }'
}
rooms >"$work/rooms"
grep -nE '^[ ]*#[ ]*include[ ]*"' /dev/null $(grep -E '^(formats|lib|tools)/' "$work/c") |
    awk -v rooms="$work/rooms" '
    BEGIN {
        rank["formats"] = 0; rank["formats/hdf5"] = 1; rank["lib/stats"] = 1; rank["lib/report"] = 1
        rank["lib/config"] = 1
        rank["lib/dataset"] = 2; rank["lib/gate"] = 2; rank["lib/page"] = 2; rank["lib/scan"] = 3;
        rank["lib/picture"] = 3; rank["lib/checks"] = 4; rank["lib/compare"] = 4
        rank["lib"] = 5; rank["tools"] = 6
        while ((getline line < rooms) > 0) { split(line, f, " "); room[f[1]] = f[2] }
    }
    {
        split($0, part, ":"); from = part[1]; sub("/[^/]*$", "", from)
        header = $0; sub(/^[^"]*"/, "", header); sub(/".*/, "", header)
        if (index(header, "/")) print $0 ": includes are flat"
        else if (!(header in room)) print $0 ": no such header"
        else if (room[header] != from && rank[room[header]] >= rank[from])
            print $0 ": is in " room[header]
    }' | rule 'includes point downwards: tools > lib > formats'

grep -E '\.h$' "$work/c" | while read -r file; do
    grep -qE '^#ifndef DSI_[A-Z0-9_]+_H$' "$file" || echo "$file"
done | rule 'every header has its guard'

tab=$(printf '\t')
grep -nE "$tab|[ ]\$|$(printf '\r')" /dev/null $(cat "$work/source") |
    rule 'no tabs, no spaces at the end of a line'
while read -r file; do
    [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done <"$work/source" | rule 'every file ends with a newline'

# Spelt so that this file does not find itself.
grep -nE '(^|[^A-Za-z])(TO''DO|FIX''ME|XX''X|HA''CK)([^A-Za-z]|$)' /dev/null $(cat "$work/text") |
    rule 'nothing is left marked as unfinished'

if command -v clang-format >/dev/null 2>&1; then
    while read -r file; do
        clang-format --dry-run --Werror "$file" >/dev/null 2>&1 ||
            echo "$file: clang-format -i $file"
    done <"$work/c"
else
    echo 'clang-format is not installed'
fi | rule 'the formatting is what .clang-format says'

failed=$(grep -c failed "$work/results")
printf '%d passed, %d failed\n' "$(grep -c passed "$work/results")" "$failed"
[ "$failed" -eq 0 ]
