# Two checks of one metric have one value in the baseline, which reads back.
cp -r "$SAMPLES/data/flowers" flowers
cat >two.yaml <<'YAML'
baseline: baseline.json
datasets: {flowers: {input: flowers, fail_on: off, warn_on: off}}
checks:
  - {metric: balance.samples, min: 100, severity: warning}
  - {metric: balance.samples, min: 50, max_change: 0}
YAML
dsinspect check -q --update-baseline two.yaml
cat baseline.json
dsinspect check -q two.yaml
