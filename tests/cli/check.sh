# The nightly job: its help, a configuration with faults in it, and a night that fails.
dsinspect check --help
cat >wrong.yaml <<'END'
datasets:
  train:
    input: train
    tols: [balance]
checks:
  - {metric: balance.imbalance, max: 10}
  - {dataset: tran, metric: 'balance.rows[clas=a].count', min: 5}
END
dsinspect check wrong.yaml
echo "[exit $?]" >&2

cp -r "$SAMPLES/data/splits" splits
cat >dsinspect.yaml <<'END'
datasets:
  pets: {input: splits, warn_on: off}
checks:
  - {metric: balance.classes, equals: 3}
  - {metric: balance.imbalance_ratio, max: 1.5, severity: warning}
  - {name: enough cats, metric: 'balance.rows[class=cat].count', min: 5}
END
dsinspect check --dry-run
dsinspect check -o junit:check.xml -o check.prom -o check.md
echo "[exit $?]" >&2
cat check.xml
grep 'status="failed"' check.prom
cat check.md
dsinspect check --format=github
echo "[exit $?]" >&2
