# What report says of itself, and what it refuses.
try() {
    printf '$ report %s\n' "$*"
    dsinspect report "$@" 2>&1
    echo "[exit $?]"
}
try --help
cp "$SAMPLES/data/labels.npy" .
dsinspect balance -q --format=json labels.npy >balance.json
dsinspect balance -q --format=ndjson labels.npy >balance.ndjson
sed 's/balance.1/balance\/2/' balance.json >newer.json
sed 's/balance.1/spam\/1/' balance.json >other.json

# The page is the same in a file, on standard output and through a pipe.
dsinspect report -o page.html balance.json
dsinspect report balance.json | cmp - page.html
dsinspect report - <balance.json | sed 's/standard input/balance.json/' | cmp - page.html
mkfifo pipe
cat balance.json >pipe &
dsinspect report pipe | sed 's/>pipe</>balance.json</' | cmp - page.html
wait
rm pipe
dsinspect report balance.json >/dev/full
echo "[exit $?]" >&2

try
try none.json
dsinspect report labels.npy | grep -c '<section'
try labels.npy balance.json
try balance.ndjson
try newer.json
try other.json
try --limit-bytes=100 balance.json
try --max-rows=x balance.json
try -o balance.json balance.json
try -o none/page.html balance.json
try -o html:page.html balance.json
try balance.json newer.json
ls
