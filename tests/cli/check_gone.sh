# A row that the baseline has, and tonight has not, is a change: a class that is renamed.
# One that is named, or that another check selects, is told once.
cp -r "$SAMPLES/data/flowers" flowers
cat >gone.yaml <<'YAML'
baseline: baseline.json
datasets: {'a, "b" %': {input: flowers, fail_on: off, warn_on: off}}
checks:
  - {metric: 'balance.rows[*].count', max_change: 50%}
  - {metric: 'balance.rows[class=rose].count', max_change: 0, min: 1}
  - {metric: 'balance.rows[*].share', max: 1}
YAML
dsinspect check -q --update-baseline gone.yaml | cut -f1,2,6,9,10
mv flowers/tulip flowers/tulipa
dsinspect check -q gone.yaml | cut -f1,2,6,9,10
mv flowers/rose flowers/rosa
dsinspect check -q gone.yaml | cut -f1,2,6,9,10 | grep gone
