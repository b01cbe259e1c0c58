# Formats on standard output, and files by --output: prefix, suffix, whole or not at all.
toy_tool x
toy_tool --format=csv --no-header --odd-names x
toy_tool --format=table x
toy_tool -z x | tr '\0' '!'
echo
toy_tool --format=ndjson --notes=1 x
toy_tool -q --notes=1 -o a.json -o b.tsv -o c.csv -o d.ndjson -o json:e.txt -o f \
    -o csv:g.json -o odd:name.json x
toy_tool -q --notes=1 --format=json x >want.json && cmp a.json want.json && cmp e.txt want.json
cmp want.json odd:name.json
toy_tool x >want.tsv && cmp b.tsv want.tsv && cmp f want.tsv
toy_tool --format=csv x >want.csv && cmp c.csv want.csv && cmp g.json want.csv
ls
mkdir dir.csv
toy_tool -o ./dir.csv/h x >got
cmp got dir.csv/h

# A target that cannot be written is trouble, which wins over --fail-on; where that can
# be known beforehand nothing is done at all.
toy_tool -q -o k.tsv -o ./nowhere/h x
echo "[exit $?]"
[ -e k.tsv ] || echo 'none of them'
toy_tool --notes=1 --fail-on=note -q -o /nowhere/x.json x
echo "[exit $?]"
toy_tool -o /dev/full x
echo "[exit $?]"
