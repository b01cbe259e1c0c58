# The file of --classes: names as they stand there, and what is refused.
try() {
    dsinspect balance -q --min-per-class=0 --classes=names in.csv:label "$@"
    echo "[exit $?]"
}
printf 'label\ncat\ndog\ncat\n' >in.csv

# A byte order mark, CRs, empty lines and a last line without its end are no names.
printf '\357\273\277dog\r\n\r\n\ncat\r\nemu' >names
try

# Blanks are part of a name, and so is a CR or a mark that stands elsewhere.
printf 'cat\ndog\ncat \n dog\n\357\273\277cat\n' >names
try --format=json | grep '"class":\|exit'

# A NUL would hide what follows it.
printf 'cat\nd\0og\nemu\n' >names
try 2>&1
printf '\0' >names
try 2>&1

# The first line that repeats another is told with it, however long the list is.
printf 'cat\n\ndog\r\nemu\ndog\ncat\n' >names
try 2>&1
{ seq 20000 && echo 15000 && echo cat && echo dog; } >names
try 2>&1
printf '\357\273\277cat\ndog\ncat' >names
try 2>&1

# No name at all.
printf '\357\273\277\r\n\n' >names
try 2>&1
: >names
try 2>&1

# From a pipe; from what holds nothing, and what never ends.
printf 'cat\ndog\n' | dsinspect balance -q --min-per-class=0 --classes=/dev/stdin in.csv:label
echo "[exit $?]"
dsinspect balance --classes=/dev/null in.csv:label 2>&1
dsinspect balance --classes=/dev/zero in.csv:label 2>&1
