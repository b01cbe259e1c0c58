# Standard output that is full, closed, or read by somebody who leaves.
try() {
    "$@"
    echo "[exit $?]" >&2
}
try dsinspect --help >/dev/full
try dsinspect --version >/dev/full
try dsinspect help completion >/dev/full
try dsinspect completion zsh >/dev/full
try toy_tool x >/dev/full
try dsinspect --version >&-
try dsinspect --help <&- >/dev/null
try toy_tool --rows=200000 x | head -n 1
try toy_tool --rows=200000 --format=json x | head -n 1
try dsinspect help | true
# Standard input holds a picture, or an array.
picture=$SAMPLES/data/flowers/daisy/daisy_00.png
try dsinspect range - <"$picture"
cat "$picture" | try dsinspect missing -
cat "$picture" | try dsinspect info -
cat "$SAMPLES/data/labels.npy" | try dsinspect info -
