# Inputs by operand, by --files-from, after "--", and names of every kind.
try() {
    toy_tool --list "$@"
    echo "[exit $?]"
}
printf 'b\n\nc d\n' >list
printf 'e\nf\0\0g\0' >nul
printf 'last' >open
: >empty
try a --files-from=list
try --files-from=nul -0
try --files-from=open
try --files-from=empty
try a --files-from=nul
printf 'h\ni\n' | try --files-from=-
try -- -a --list -
try --sentinel -999 --sentinel=-1 x
