# On a terminal: a table in its width, colour unless NO_COLOR, no progress under -q.
command -v script >/dev/null || {
    echo "script is not installed" >&2
    exit 77
}
on_terminal() {
    script -qec "stty cols ${2:-80}; $1" /dev/null | tr -d '\r' | sed 's/\x1b/ESC/g'
}
export TERM=xterm
on_terminal 'toy_tool --warnings=1 --color=never x'
on_terminal 'NO_COLOR=1 toy_tool --warnings=1 x' >no_color
on_terminal 'toy_tool --warnings=1 --color=never x' | cmp - no_color
on_terminal 'TERM=dumb toy_tool --warnings=1 x' | cmp - no_color
on_terminal 'toy_tool --warnings=1 x' | grep -c ESC
toy_tool --color=always --format=table --warnings=1 x | grep -c "$(printf '\033')"
on_terminal 'toy_tool --format=tsv x'
on_terminal 'toy_tool --help' 60 | awk 'length > 60 && !/^  [0-9]/'

# Progress: at most 10 lines a second, the last one cleared; none when it is not wanted.
on_terminal 'toy_tool --slow x >/dev/null' >progress
grep -o 'of 50 steps' progress | wc -l | awk '$1 >= 1 && $1 <= 12 { print "some" }'
sed 's/.*%)/../' progress && echo
on_terminal 'timeout --foreground -s TERM 0.3 toy_tool --slow x >/dev/null' >progress
sed 's/.*%)/killed../' progress && echo
on_terminal 'toy_tool --slow -q x >/dev/null'
on_terminal 'toy_tool --slow x 2>file >/dev/null'
cat file
