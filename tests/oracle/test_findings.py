"""What range, missing and outliers say of channels: in which order, and of which."""

import json
import os
import subprocess

import numpy as np

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")


class Findings(TestCase):
    def found(self, tool, *words, rule=None, code=0):
        done = subprocess.run([PROGRAM, tool, "-fjson", *map(str, words)], cwd=self.dir,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return [f for f in json.loads(done.stdout)["findings"] if rule in (None, f["rule"])]

    def channels(self, *words, rule, **how):
        """The channels that findings of a rule begin with, in their order."""
        return [f["detail"].split("'")[1] for f in self.found(*words, rule=rule, **how)]


class Order(Findings):
    """As the rows stand: 2 before 10, and a table's columns as they come."""

    def test_columns_of_an_array(self):
        x = np.random.default_rng(1).normal(size=(200, 12))
        x[:, :] = np.where(np.arange(200)[:, None] % 10 == 0, 1e3, x)
        x[7] = np.inf
        np.save(self.dir / "x.npy", x)
        wanted = [str(c) for c in range(12)]
        self.assertEqual(self.channels("range", "x.npy", rule="infinite"), wanted)
        self.assertEqual(self.channels("outliers", "x.npy", rule="outliers"), wanted)
        self.assertEqual(self.channels("range", "--expect=p50=9", "x.npy", rule="expect",
                                       code=1), wanted)

    def test_kinds_stand_by_channel(self):
        x = np.ones((40, 11))
        for c in range(11):
            x[39 - c :, c] = np.nan
            x[0, c] = -9
        np.save(self.dir / "x.npy", x)
        found = self.found("missing", "--max-share=0", "--sentinel=-9", "x.npy", rule="missing")
        wanted = [(str(c), kind) for c in range(11) for kind in ("nan", "sentinel:-9")]
        self.assertEqual([(f["detail"].split("'")[1], f["detail"].split()[-1]) for f in found],
                         wanted)

    def test_a_table(self):
        (self.dir / "t.csv").write_text("z,a,m\n" + "1,1,1\n" * 9)
        self.assertEqual(self.channels("range", "t.csv", rule="constant"), ["z", "a", "m"])


class Records(Findings):
    def test_fields_that_are_no_numbers_are_named(self):
        x = np.zeros(9, [("a", "f4"), ("when", "M8[s]"), ("raw", "V3"), ("b", "f4")])
        np.save(self.dir / "x.npy", x)
        for tool, wanted in (("range", ["raw", "when"]), ("outliers", ["raw", "when"]),
                             ("missing", ["raw"])):
            self.assertEqual(sorted(self.channels(tool, "x.npy", rule="not_numeric")), wanted)

    def test_what_is_expected_of_each_field(self):
        x = np.zeros(9, [("a", "f4"), ("when", "M8[s]"), ("b", "f4")])
        x["b"] = 5
        np.save(self.dir / "x.npy", x)
        self.assertEqual(self.found("range", "--expect=mean=0/5", "x.npy", rule="expect"), [])
        self.assertEqual(self.channels("range", "--expect=mean=0/4", "x.npy", rule="expect",
                                       code=1), ["b"])


class Pictures(Findings):
    def test_named_one_by_one(self):
        """They are one source: the folder they are below, as os.path.commonpath has it."""
        from PIL import Image
        names = "a/b/1.png", "a/b/c/2.png", "a/bc/3.png", "4.png"
        for name in names:
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (4, 4), len(name)).save(path)
        whole = [str(self.dir / name) for name in names]
        for words in (names[:1], names[:2], names[:3], names, names[::-1], whole[:2],
                      whole[:3], ["a/b/1.png", "./4.png"]):
            done = subprocess.run([PROGRAM, "range", "-fjson", *words], cwd=self.dir,
                                  capture_output=True, timeout=60)
            (source,) = {row["source"] for row in json.loads(done.stdout)["rows"]}
            self.assertEqual(source, os.path.commonpath(words) or ".", words)


class Mixed(Findings):
    """Parts of one whole that were not scaled alike, and not labels beside scores."""

    def sources(self, *words):
        return [f["source"] for f in self.found("range", *words, rule="mixed")]

    def test_numbers_of_other_names(self):
        rng = np.random.default_rng(2)
        parts = {"y": rng.integers(0, 5, 99), "score": rng.random(99)}
        np.savez(self.dir / "x.npz", **parts)
        self.assertEqual(self.sources("x.npz"), [])
        for name, values in parts.items():
            np.save(self.dir / f"{name}.npy", values)
        self.assertEqual(self.sources("score.npy", "y.npy"), ["y.npy"])

    def test_numbers_of_one_name(self):
        import h5py
        x = np.random.default_rng(3).random(99)
        with h5py.File(self.dir / "x.h5", "w") as file:
            file["/train/y"], file["/test/y"], file["/test/id"] = x, x * 255, np.arange(99)
        (found,) = self.found("range", "x.h5", rule="mixed")
        self.assertEqual((found["source"], found["detail"]),
                         ("x.h5:/train/y", "the values: unit_0_1 here and raw_0_255 in "
                                           "x.h5:/test/y"))


main()
