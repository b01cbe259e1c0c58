# What check's own command line says of data and findings reaches every tool that looks,
# and a plan names each metric as it is written.
try() {
    printf '$ check %s\n' "$*"
    dsinspect check -q "$@" 2>&1
    echo "[exit $?]"
}
cp -r "$SAMPLES/data/flowers" flowers

try --exclude='*violet*' --exclude='*daisy_07*' --severity=dup_conflict=off flowers
try --severity=truncated=note --severity=dup_conflict=warning flowers
try --limit-pixels=16 flowers/rose/rose_01.jpg
try --severity=belo_min=off flowers

# A severity in the file is for the tools that have the rule.
cat >own.yaml <<'YAML'
datasets:
  flowers:
    input: flowers
    tools: [dups]
    severity: [below_min=off, truncated=note, dup_conflict=warning]
checks:
  - {metric: 'balance.rows[class="a,b]\"c",split=].count', max: 3}
  - {metric: 'balance.rows[class="a,b]"].count', max: 3, severity: warning}
  - {metric: 'balance.rows.count', min: 1}
  - {metric: 'balance.summary.classes', equals: 4}
  - {metric: 'dups.findings.dup_conflict', max: 1}
YAML
try --dry-run own.yaml
try own.yaml
sed 's/below_min/belo_min/' own.yaml >misspelt.yaml
try misspelt.yaml
