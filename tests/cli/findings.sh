# Findings on standard error, --severity, --fail-on, -q, -v, the cap at 20.
try() {
    echo "\$ $*" >&2
    toy_tool "$@" x >/dev/null
    echo "[exit $?]" >&2
}
try --notes=1 --warnings=1 --errors=1
try --notes=1 --warnings=1 --errors=1 --quiet
try --warnings=1 --odd-names
try --warnings=22
try --warnings=21 --verbose
try --warnings=1 --format=json
try --warnings=1 --format=ndjson
try --warnings=1 --fail-on=imbalance
try --warnings=1 --fail-on=warning -q
try --warnings=1 --fail-on=error -q
try --warnings=1 --fail-on=truncated -q
try --warnings=1 --fail-on=off -q
try --warnings=1 --errors=1 --severity=imbalance=off --fail-on=imbalance
try --warnings=1 --severity=imbalance=error --fail-on=error
try --errors=1 --severity=truncated=error --severity=truncated=note --fail-on=warning
try --warnings=2 --fail-on=error,imbalance -q
try --warnings=2 --errors=1 --fail-on=assumed --fail-on=off,imbalance,error -q
try --warnings=2 --fail-on=assumed --fail-on=off,error -q
