"""The JSON of each tool against its schema in docs/schema/, by Python's jsonschema."""

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


def validator(tool):
    path = os.path.join(SOURCE, "docs", "schema", f"{tool}.schema.json")
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == f"dsinspect.{tool}/1"
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


def calls(tool, folder):
    """The arguments of some runs, one of which has findings."""
    labels, tree = inputs(folder)
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
    with tempfile.TemporaryDirectory() as FOLDER:
        check(os.path.basename(SCHEMA).split(".")[0], FOLDER)
