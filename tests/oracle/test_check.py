"""dsinspect check: what rides together reports what each tool reports alone, reads its
data once, and tells everything that is wrong with a configuration.

What is expected comes from the tools by themselves, from strace, and by hand."""

import json
import os
import pathlib
import re
import subprocess
import unittest

import h5py
import numpy as np

from check_run import (FASHION, PROGRAM, SAMPLES, SCANNERS, exact, failed, picture, run,
                       write_config)
from oracle import TestCase, main, sanitized


def without_histograms(report):
    """The report of range alone has one where somebody sees it; no gate does."""
    return [(key, [[pair for pair in row if pair[0] != "histogram"] for row in value]
             if key == "rows" else value) for key, value in report]


class Parts(TestCase):
    """Every part of a check is what the tool prints alone."""

    def alone(self, tool, inputs, options):
        known = run(tool, "--help").stdout.decode()
        words = [f"--{key}={value}" for key, value in options.items() if f"--{key}=" in known]
        done = run(tool, "-q", "-f", "json", *words, "--", *inputs)
        return exact(done.stdout) if done.stdout else None

    def compare(self, name, inputs, tools=SCANNERS, **options):
        config = write_config(self.dir / f"{name}.yaml", {
            "datasets": {name: {"input": list(map(str, inputs)), "tools": tools,
                                "fail_on": "off", "warn_on": "off", **options}}})
        self.compare_config(config, name, [(tool, inputs) for tool in tools], options)

    def compare_config(self, config, name, looks, options):
        done = run("check", "-q", "-f", "json", config)
        self.check(done.stdout, f"{name}: {done.stderr}")
        parts = {}
        for part in dict(exact(done.stdout))["results"]:
            self.check(dict(part)["dataset"] == name)
            report = dict(part)["report"]
            parts[dict(report)["schema"].split(".")[1].split("/")[0]] = report
        wanted = {tool: self.alone(tool, inputs, options) for tool, inputs in looks}
        wanted = {tool: report for tool, report in wanted.items() if report}
        for tool in set(parts) - set(wanted):  # alone it says why, and prints nothing
            report = dict(parts.pop(tool))
            first = dict(report["findings"][0])
            said = run(tool, "-q", *dict(looks)[tool]).stderr.decode()
            self.check(report["rows"] == [] and first["severity"] == "error" and
                       first["detail"] in said, f"{report}, but alone {said}")
        self.check(sorted(parts) == sorted(wanted),
                   f"{name}: parts {list(parts)}, alone {list(wanted)}: {done.stderr}")
        for tool, report in wanted.items():
            for key, value in without_histograms(report):
                self.check(dict(without_histograms(parts[tool]))[key] == value,
                           f"{name}: {tool} {key}:\n"
                           f"{str(dict(parts[tool])[key])[:1500]}\nbut alone\n"
                           f"{str(value)[:1500]}")
            self.check([k for k, _ in report] == [k for k, _ in parts[tool]])
        for threads in (1, 2, 7):
            again = run("check", "-q", "-f", "json", f"-j{threads}", config)
            self.check((again.stdout, again.stderr, again.returncode) ==
                       (done.stdout, done.stderr, done.returncode),
                       f"{name} with {threads} threads")

    def test_sample_folders(self):
        for name in "flowers", "splits", "album", "photos", "masks":
            self.compare(name, [SAMPLES / name])

    def test_sample_arrays(self):
        for name in ("features.npy", "labels.npy", "structured.npy", "digits.npz",
                     "digits.h5", "labels.csv", "labels-idx1-ubyte", "after.h5",
                     "doubted.npy", "ported.npz"):
            self.compare(name, [SAMPLES / name])
        self.compare("two", [SAMPLES / "features.npy", SAMPLES / "doubted.npy"])

    def test_pictures_that_are_nowhere(self):
        """Beside class folders, of no class, unreadable, and of suffixes that lie."""
        root = self.dir / "tree"
        for i in range(6):
            picture(root / "ab"[i % 2] / f"{i}.png", i)
        picture(root / "outside.png", 10)
        picture(root / "a" / "deep" / "er.jpg", 11)
        picture(root / "b" / "lies.jpg", 12, format="png")
        cut = picture(root / "b" / "cut.jpg", 13)
        cut.write_bytes(cut.read_bytes()[:400])
        (root / "b" / "none.png").write_bytes(b"no picture")
        (root / "a" / "empty.jpg").write_bytes(b"")
        (root / "a" / "animated.gif").write_bytes(b"GIF89a")
        (root / "nothing").mkdir()
        self.compare("tree", [root])
        self.compare("excluded", [root], exclude="none.png")
        self.compare("relabelled", [root], classes=self.classes("b", "a", "nothing"))

    def classes(self, *names):
        path = self.dir / "classes"
        path.write_text("".join(f"{name}\n" for name in names))
        return path

    def test_several_inputs(self):
        for split in "train", "val":
            for i in range(4):
                picture(self.dir / split / "ab"[i % 2] / f"{i}.png", i)
        self.compare("splits", [self.dir / "train", self.dir / "val"])
        self.compare("one gone", [self.dir / "train", self.dir / "test"])
        self.compare("mixed", [self.dir / "train", SAMPLES / "labels.npy"])

    def test_fashion_mnist(self):
        images = FASHION / "t10k-images-idx3-ubyte.gz"
        labels = FASHION / "t10k-labels-idx1-ubyte.gz"
        if not images.exists():
            self.skipTest("dataset-fashion-mnist is not installed")
        self.compare("images", [images], ["info", "missing", "range", "outliers", "dups"])
        self.compare("labels", [labels])
        self.compare("both", [images], ["balance", "labels", "dups"], labels=str(labels))

    def test_odd_arrays(self):
        with h5py.File(self.dir / "odd.h5", "w") as f:
            f["x"] = np.array([[1, np.nan], [np.inf, -1], [0, 3]], "f4")
            f["label"] = np.array([0, 1, 1], "i8")
            f.create_dataset("empty", (0, 3), "f8")
            f["text"] = np.array([b"a", b"b", b"c"])
            f["group/y"] = np.arange(12, dtype="u1").reshape(3, 2, 2)
        self.compare("odd", [self.dir / "odd.h5"])
        self.compare("one", [f"{self.dir}/odd.h5:/x"])
        np.savez(self.dir / "odd.npz", x=np.zeros((4, 2), "f2"), y=np.array([1, 2, 3, 4]))
        self.compare("npz", [self.dir / "odd.npz"])
        self.compare("part", [f"{self.dir}/odd.npz:x"])
        np.save(self.dir / "scalar.npy", np.float64(3))
        np.save(self.dir / "none.npy", np.zeros((0, 4)))
        np.save(self.dir / "complex.npy", np.array([1j, 2]))
        for name in "scalar", "none", "complex":
            self.compare(name, [self.dir / f"{name}.npy"])
        (self.dir / "cut.npy").write_bytes((SAMPLES / "features.npy").read_bytes()[:999])
        self.compare("cut", [self.dir / "cut.npy"])
        self.compare("axis", [f"{self.dir}/odd.h5:/group/y"],
                     ["range", "outliers", "missing"], **{"channel-axis": 1})

    def test_pairs(self):
        for a, b in (("before.h5", "after.h5"), ("candidate", "benchmark"),
                     ("features.npy", "features.npy"), ("labels.npy", "features.npy")):
            pair = [SAMPLES / a, SAMPLES / b]
            config = write_config(self.dir / "diff.yaml", {
                "datasets": {a: {"diff": list(map(str, pair)), "fail_on": "off"}},
                "checks": [{"metric": "diff.compared", "min": 0}]})
            self.compare_config(config, a, [("diff", pair)], {})


main()
