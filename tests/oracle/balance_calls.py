"""Runs `dsinspect balance`, for the oracles of its results."""

import csv
import io
import json
import subprocess

import numpy as np

from oracle import BUILD


def call(*args, stdin=None, code=0):
    done = subprocess.run([BUILD / "dsinspect", "balance", *map(str, args)],
                          input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == code, (args, done.returncode, done.stderr.decode())
    return done


def rows(*args, **how):
    """The rows of the TSV, a dictionary each, with texts as they are printed."""
    text = call("--format=tsv", *args, **how).stdout.decode("utf-8", "surrogateescape")
    return list(csv.DictReader(io.StringIO(text, newline="\n"), delimiter="\t",
                               quoting=csv.QUOTE_NONE))


def report(*args, **how):
    return json.loads(call("--format=json", *args, **how).stdout)


def rules(found):
    return [finding["rule"] for finding in found["findings"]]


def three(table):
    return [(row["class"], row["index"], row["count"]) for row in table]


def skewed(rng, n, k):
    """n numbers below k, the low ones more often; every one at least once."""
    return np.concatenate([np.arange(k), (k * rng.random(n - k) ** 3).astype(np.int64)])
