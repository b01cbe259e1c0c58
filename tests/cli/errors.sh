# What a wrong command line is told, and exit 2. Every line is one command.
try() {
    "$@"
    echo "[exit $?]" >&2
}
try dsinspect 2>short
head -n 1 short
tail -n 1 short
try dsinspect inof x
try dsinspect frobnicate
try dsinspect --helo
try dsinspect info --json x
try dsinspect range --json x
try dsinspect missing --tsv x
try dsinspect missing --max-share=5 x
try dsinspect outliers --max-share=-0.1 x
try dsinspect missing --fail-on=nan x
try dsinspect missing --severity=nan=off x
try dsinspect -x
try dsinspect help inof
try dsinspect help info completion
try dsinspect completion
try dsinspect completion bsh
try toy_tool
try toy_tool --fromat=json x
try toy_tool --format=jsn x
try toy_tool --threads=abc x
try toy_tool --exclude
try toy_tool --limit-bytes=12x x
try toy_tool --li=1 x
try toy_tool --output= x
try toy_tool --output=json: x
try toy_tool --output=json:- x
try toy_tool --output=jsn:report x
try toy_tool --output=yaml:report.txt x
try toy_tool --severity=imbalance x
try toy_tool --severity=imbalance=loud x
try toy_tool --severity=imbalanc=note x
try toy_tool --fail-on=imbalanc x
try toy_tool -0 x
try toy_tool --list --files-from=nowhere
try toy_tool "--$(printf 'a\nb\033')" x
try toy_tool --threads=5T x
try toy_tool --fail-on=imbalance,imbalanc x
try toy_tool --fail-on=imbalance, x
try dsinspect balance --threads 1
try toy_tool --list --files-from=/dev/null
try dsinspect balance --weights y.npy
try dsinspect balance --weights=efective:0.9 x
try dsinspect balance --weights=enet:0.5 x
try dsinspect balance --ignore-label=0,255 x
try dsinspect images --issues=drak x
try dsinspect images --issues=dark,frobnicate x
try dsinspect images --threshold=blury=0.3 x
try dsinspect images --threshold=blurry x
dsinspect help labels | grep 'other_source'
dsinspect help images | grep '(repeatable) *(repeatable)' || true
