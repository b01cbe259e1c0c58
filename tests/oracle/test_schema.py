"""The JSON of each tool, and the baseline of check, against their schemas in docs/schema/,
by Python's jsonschema."""

import copy
import glob
import json
import os
import subprocess
import tempfile

import jsonschema
import numpy as np
from PIL import Image

BUILD, SOURCE = os.environ["DSI_BUILD"], os.environ["DSI_SOURCE"]


def validator(name):
    path = os.path.join(SOURCE, "docs", "schema", f"{name}.schema.json")
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == f"dsinspect.{name}/1"
    return jsonschema.Draft202012Validator(schema)


def run(tool, *args):
    done = subprocess.run([os.path.join(BUILD, "dsinspect"), tool, "--format=json",
                           *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def inputs(folder):
    """A sound array of labels, one with a class too few, an image and one that is none."""
    labels = os.path.join(folder, "labels.npy")
    np.save(labels, np.repeat([0, 1, 3], [20, 5, 1]))
    tree = os.path.join(folder, "tree")
    for name in "cats", "dogs", "none":
        os.makedirs(os.path.join(tree, name))
    Image.new("L", (4, 4)).save(os.path.join(tree, "cats", "a.png"))
    with open(os.path.join(tree, "dogs", "b\udcff\n.jpg"), "wb") as file:
        file.write(b"not an image")
    return labels, tree


def check_calls(folder, labels, tree):
    """Inputs alone, and a configuration that has every status and kind of value, with
    its baseline made and used."""
    pair = os.path.join(folder, "pair.npz")
    np.savez(pair, x=np.array([1, np.inf]), y=np.zeros(3, np.uint8))
    config = os.path.join(folder, "check.yaml")
    with open(config, "w", encoding="utf-8") as file:
        json.dump({  # JSON is YAML
            "datasets": {
                "tree": {"input": "tree", "tools": TREE_TOOLS, "warn_on": "off"},
                "labels \u00fc\n": {"input": "labels.npy", "tools": ["range", "info"]},
                "pair": {"diff": ["pair.npz", "pair.npz"]},
            },
            "baseline": "baseline.json",
            "checks": [
                {"dataset": "tree", "metric": "balance.rows[*].count", "max_change": 0},
                {"dataset": "tree", "metric": "images.unreadable", "max_change": "5%"},
                {"dataset": "tree", "metric": "range.advice", "equals": "scale"},
                {"dataset": "tree", "metric": "range.verdict", "equals": "other"},
                {"dataset": "tree", "metric": "range.rows[channel=R].std", "min": 1e300},
                {"dataset": "pair", "metric": "diff.rows[name=x].max_abs", "min": -1.5,
                 "severity": "off"},
                {"dataset": "pair", "metric": "diff.same", "max": 1, "name": "same",
                 "severity": "warning"},
            ]}, file)
    baseline = os.path.join(folder, "baseline.json")
    return [[labels], [tree], [config], ["--update-baseline", config], [config],
            ["--new-only", f"--baseline={baseline}", config]]


TREE_TOOLS = ["info", "balance", "labels", "missing", "range", "outliers", "dups",
              "images"]


def calls(tool, folder):
    """The arguments of some runs, one of which has findings."""
    labels, tree = inputs(folder)
    if tool == "check":
        return check_calls(folder, labels, tree)
    if tool == "images":
        return [[labels], [tree], ["--all", tree]]
    if tool != "diff":
        return [[labels], [tree]]
    other = os.path.join(folder, "other.npy")
    np.save(other, np.repeat([0, 2, 3], [20, 5, 1]))
    archive = os.path.join(folder, "archive.npz")
    np.savez(archive, half=np.array([1, np.inf], np.float16), text=np.array(["a", "b"]),
             turn=np.array([1 + 2j]), shape=np.zeros(2), only=np.zeros(1))
    changed = os.path.join(folder, "changed.npz")
    np.savez(changed, half=np.array([2, np.nan], np.float16), text=np.array(["a", "c"]),
             turn=np.array([1 - 2j]), shape=np.zeros(3), more=np.zeros(0))
    more = ["--metrics", "--tolerance-needed", "--explain"]
    return [["-v", labels, other], ["-v", *more, archive, changed], [labels, labels]]


def spoiled(report):
    """Copies with one thing wrong each, which the schema must not let pass."""
    for key in "schema", "rows", "findings", "summary", "input":
        wrong = copy.deepcopy(report)
        del wrong[key]
        yield wrong
    for change in ({"surprise": 1}, {next(iter(report["rows"][0])): [1]}):
        wrong = copy.deepcopy(report)
        wrong["rows"][0].update(change)
        yield wrong
    wrong = copy.deepcopy(report)
    wrong["findings"] = [{"rule": "x", "severity": "off", "source": None, "index": None,
                          "where": None, "detail": None}]
    yield wrong
    wrong = copy.deepcopy(report)
    count = next(key for key, value in report["summary"].items() if type(value) is int)
    wrong["summary"][count] = -1
    yield wrong


def check_results(report):
    """Each report in it by the schema of its own tool. The names of these tools."""
    tools = [result["report"]["schema"].split(".")[1].split("/")[0]
             for result in report["results"]]
    for tool, result in zip(tools, report["results"]):
        validator(tool).validate(result["report"])
        for row in result["report"]["rows"]:
            assert ("histogram" in row) == (tool == "range")
            assert tool != "range" or row["min"] == row["max"] or row["histogram"]
    return tools


def check_baseline(path):
    """As it stands, and not when it is spoiled."""
    schema = validator("baseline")
    with open(path, encoding="utf-8") as file:
        baseline = json.load(file)
    schema.validate(baseline)
    assert list(baseline["values"]) == sorted(baseline["values"], key=str.encode)
    assert baseline["findings"] == sorted(baseline["findings"]) != []
    for key, value in (("values", {"x": [1]}), ("values", {"x": True}),
                       ("findings", ["12"]), ("findings", baseline["findings"][:1] * 2),
                       ("schema", "dsinspect.baseline/2"), ("more", 1)):
        assert not schema.is_valid(dict(baseline, **{key: value}))


def check_nights(folder):
    """What is particular to check: results, ids, every status, and the baseline."""
    seen, statuses = set(), set()
    for args in calls("check", folder):
        report = run("check", *args)
        seen.update(check_results(report))
        statuses.update(row["status"] for row in report["rows"])
        for wrong in ({"results": [{"dataset": "x"}]}, {"results": [{"report": {}}]}):
            assert not validator("check").is_valid(dict(report, **wrong))
    assert seen == set(TREE_TOOLS) | {"diff"}
    assert statuses == {"passed", "warned", "failed", "skipped"}
    check_baseline(os.path.join(folder, "baseline.json"))


def check(tool, folder):
    schema = validator(tool)
    n_findings = n_rows = 0
    for args in calls(tool, folder):
        report = run(tool, *args)
        schema.validate(report)
        n_findings += len(report["findings"])
        n_rows += len(report["rows"])
        for wrong in spoiled(report) if report["rows"] else ():
            assert not schema.is_valid(wrong)
    assert n_findings and n_rows


for SCHEMA in sorted(glob.glob(os.path.join(SOURCE, "docs", "schema", "*.schema.json"))):
    NAME = os.path.basename(SCHEMA).split(".")[0]
    with tempfile.TemporaryDirectory() as FOLDER:
        if NAME != "baseline":  # no tool's, but a file of check's
            check(NAME, FOLDER)
        if NAME == "check":
            with tempfile.TemporaryDirectory() as OTHER:
                check_nights(OTHER)
