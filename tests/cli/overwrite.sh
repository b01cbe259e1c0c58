# What is to be written is refused where it would cost what is read, or cannot be
# written, before anything is read. Nothing is changed then.
try() {
    "$@"
    echo "[exit $?]" >&2
}
printf 'label\ncat\ndog\ncat\n' >in.csv
printf 'cat\ndog\n' >names
printf 'in.csv\n' >list
mkdir out
cp in.csv out/in.csv
ln -s in.csv link
ln in.csv hard
ln -s ../new.npy out/dangling
cksum in.csv names list >before

try dsinspect balance -o in.csv in.csv
try dsinspect balance -o tsv:./out/../in.csv in.csv:label
try dsinspect balance -o link in.csv
try dsinspect balance -o in.csv link
try dsinspect balance -o hard in.csv
try dsinspect balance --class-weights=in.csv in.csv
try dsinspect balance --labels=in.csv -o in.csv out/in.csv
try dsinspect balance --classes=names --sample-weights=names in.csv
try dsinspect balance --files-from=list -o list
try dsinspect balance --files-from=list --resample=over --indices=in.csv
try dsinspect balance --class-weights=w.npy --sample-weights=./w.npy in.csv
try dsinspect balance --class-weights=new.npy --sample-weights=out/dangling in.csv
try dsinspect balance --class-weights=w -o csv:w in.csv
try dsinspect balance -o w.tsv -o w.tsv in.csv
try dsinspect balance -o nowhere/w.tsv in.csv
try dsinspect balance --class-weights=nowhere/w.npy in.csv
try dsinspect balance -o names/w.tsv in.csv
try dsinspect balance -o out in.csv
cksum in.csv names list | cmp - before
ls . out

# What only looks like it: the same name elsewhere, an old output, a device twice.
touch w.tsv
try dsinspect balance -q --min-per-class=0 -o w.tsv -o out/w.tsv -o /dev/null \
    -o csv:/dev/null -o out/dangling in.csv
cmp w.tsv out/w.tsv && cmp w.tsv new.npy
[ -L out/dangling ] && echo 'the link stays'

# Nor is a picture of a tree, whichever way it is named; what else lies in a tree may be
# what was written there before.
mkdir -p tree/cat tree/dog
printf 'P' >tree/cat/a.png
printf 'Q' >tree/dog/b.JPG
ln -s ../tree/dog/b.JPG out/b.png
ln -s tree away
cksum tree/*/* >before
try dsinspect images -o tree/cat/a.png tree
try dsinspect dups -o tree/dog/../dog/b.JPG tree/
try dsinspect labels --contact-sheet=out/b.png tree
try dsinspect images --contact-sheet=tree/cat/a.png away/.
try dsinspect dups --shard=1/2 --partial=tree/cat/a.png tree
cksum tree/*/* | cmp - before
touch tree/report.tsv
try dsinspect labels -q --no-content -o tree/report.tsv tree
try dsinspect labels -q --no-content -o tree/cat/new.tsv -o tree/new.png tree
ls tree/*

# A configuration names files, too: the baseline, those of the tools' options, outputs.
mkdir night
cp in.csv names night
cd night || exit 2
night() { # LINES
    printf 'datasets: {a: {input: in.csv, tools: [balance], options: {balance: {%s}}}}\n%s\n' \
        "$1" "$2" >c.yaml
}
night 'classes: names' 'baseline: in.csv'
cksum in.csv names c.yaml >before
try dsinspect check --update-baseline c.yaml
try dsinspect check --update-baseline --baseline=c.yaml c.yaml
try dsinspect check --update-baseline --baseline=names c.yaml
try dsinspect check --baseline=b.json -o names c.yaml
cksum in.csv names c.yaml | cmp - before
night 'class_weights: names' 'baseline: b.json'
try dsinspect check -o json:names c.yaml
night '' 'baseline: b.json
outputs: [json:b.json]'
try dsinspect check c.yaml
try dsinspect check --update-baseline c.yaml
night '' 'baseline: nowhere/b.json'
try dsinspect check --update-baseline c.yaml
night '' 'baseline: b.json'
try dsinspect check -q --update-baseline c.yaml
try dsinspect check -q -o json:check.json --update-baseline c.yaml
ls
