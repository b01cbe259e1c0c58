# What dups prints, says and refuses.
try() {
    printf '$ dups %s\n' "$*"
    dsinspect dups "$@" 2>&1
    echo "[exit $?]"
}
album=$SAMPLES/data/album
cp -r "$album" album
printf 'aa' >twice
mkdir -p same/k && for n in 1 2 3; do cp twice same/k/$n.png; done

try album
try --verify album
try -q --across --omit-first --no-header album
try -q --verify --by=bytes same
try -q --near=phash --distance=2 --format=csv album
try -q --top=1 --format=json album

# Labels in the file of the data, and no pictures to show.
cp "$SAMPLES/data/digits.npz" .
try --top=3 digits.npz:x_train
try --top=3 --severity=split_leak=off digits.npz
try --top=1 --severity=split_leak=off --contact-sheet=sheet.html digits.npz
grep -o '<h2>[^<]*\|<b>[^<]*' sheet.html

# The sheet: conflicts first, each group in a row of its own.
try -q --contact-sheet=sheet.html album
grep -o '<h2>[^<]*\|<b>[^<]*' sheet.html

# Usage.
try --distance=3 album
try --near=phash --distance=33 album
try --by=bytes --near=phash album
try --by=bytes --labels=y.npy album
try --verify --shard=1/2 --partial=p album
try --contact-sheet=sheet.gif album
try --verify - <"$SAMPLES/data/features.npy"
cat "$SAMPLES/data/features.npy" | dsinspect dups --verify - 2>&1
echo "[exit $?]"
try none.npy
try --fail-on=split_leak -q album
