# What a cache holds may be cut off or changed anywhere: it costs time, and nothing else.
cp -r "$SAMPLES/data/flowers" flowers
cp "$SAMPLES/data/features.npy" .
sleep 2.1 # a file that has just changed is not kept
cat >two.yaml <<'YAML'
datasets:
  flowers: {input: flowers, tools: [labels, images, dups, range]}
  table: {input: features.npy, tools: [missing, range, outliers]}
YAML
night() { dsinspect check -q --format=json two.yaml "$@" 2>/dev/null; }
night >full
night --cache=cache | cmp - full
night --cache=cache | cmp - full
kept() { find cache -type f | LC_ALL=C sort; }
kept | sed 's/cache.[0-9a-f]*/KEY/' | sort
for part in 0 1 3 7; do
    kept | while read -r file; do
        size=$(wc -c <"$file")
        printf '\377\177' | dd of="$file" bs=1 seek=$((size * part / 8)) conv=notrunc 2>/dev/null
    done
    night --cache=cache | cmp - full
    kept | while read -r file; do
        head -c $(($(wc -c <"$file") * part / 8)) "$file" >cut
        cat cut >"$file"
    done
    night --cache=cache | cmp - full
done
night --cache=two.yaml | cmp - full
dsinspect check -q --cache=two.yaml two.yaml 2>&1 >/dev/null | grep -c -e --cache
