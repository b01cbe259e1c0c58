"""What balance makes of labels and masks that are not as they should be. Expected values
are counted by hand or by NumPy."""

import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import h5py
import numpy as np
from PIL import Image

from oracle import BUILD, SOURCE

PROGRAM = str(BUILD / "dsinspect")


class Odd(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def call(self, *words, stdin=None):
        return subprocess.run([PROGRAM, "balance", *map(str, words)], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def report(self, *words):
        done = self.call("--format=json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def classes(self, *words):
        return [(r["class"], r["index"], r["count"], r["split"])
                for r in self.report(*words)["rows"]]

    def rules(self, *words):
        return {(f["rule"], f["severity"]) for f in self.report(*words)["findings"]}

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return self.dir / name


class Tables(Odd):
    def test_what_labels_are_asked_for(self):
        y = np.arange(12) % 3
        np.savez(self.dir / "a.npz", X=np.zeros((12, 2)), y=y, labels=["a", "b", "c"])
        np.savez(self.dir / "b.npz", y=y, labels=y)
        np.save(self.dir / "m.npy", np.zeros((12, 3, 3), "u1"))
        np.save(self.dir / "y.npy", y)
        self.assertEqual(self.classes(self.dir / "a.npz"),
                         self.classes(self.dir / "a.npz:y.npy"))
        with h5py.File(self.dir / "link.h5", "w") as file:
            file["x"] = y
            file["y"] = h5py.ExternalLink("other.h5", "/y")
        for words, said in [
                (["b.npz"], b"with one of: y, labels"),
                (["a.npz:"], b"no name follows the colon"),
                (["--split=test", "y.npy"], b"has no split 'test'"),
                (["m.npy"], b"--pixels"),
                (["--pixels", "--labels=a.npz:z", "m.npy"], b"--labels=a.npz:z: has no"),
                (["link.h5"], b"may be in what cannot be read")]:
            done = subprocess.run([PROGRAM, "balance", *words], cwd=self.dir,
                                  capture_output=True)
            self.assertEqual((done.returncode, said in done.stderr), (2, True),
                             done.stderr)
        self.assertEqual(sum(c[2] for c in self.classes(self.dir / "link.h5:x")), 12)

    def test_splits_share_the_classes_of_the_table(self):
        path = self.write("a.csv", "f,label,split\n1,a,tr\n2,b,va\n3,b,tr\n")
        self.assertEqual(self.classes(path), [("a", 0, 1, "tr"), ("b", 1, 1, "tr"),
                                              ("a", 0, 0, "va"), ("b", 1, 1, "va")])
        self.assertIn(("class_set_mismatch", "error"), self.rules(path))

    def test_numbers_in_one_split_and_words_in_the_other(self):
        path = self.write("a.csv", "f,label,split\n1,2,tr\n2,10,tr\n3,x,va\n")
        self.assertEqual([c[:2] for c in self.classes(path)][:3],
                         [("10", 0), ("2", 1), ("x", 2)])

    def test_one_split_under_the_list_of_all(self):
        path = self.write("a.csv", "f,label,split\n1,a,tr\n2,b,va\n3,b,tr\n4,b,va\n")
        weights, plan = self.dir / "w.npy", self.dir / "p.npy"
        got = self.classes("--split=va", "--weights=inverse", path,
                           f"--sample-weights={weights}", "--resample=over",
                           f"--indices={plan}")
        self.assertEqual(got, [("a", 0, 0, None), ("b", 1, 2, None)])
        self.assertEqual(np.load(weights).tolist(), [0, 0.5, 0, 0.5])
        self.assertEqual(sorted(np.load(plan).tolist()), [1, 3])

    def test_a_split_that_is_not_there(self):
        path = self.write("a.csv", "f,label,split\n1,a,tr\n2,b,va\n")
        done = self.call("--split=val", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"tr, va", done.stderr)

    def test_numbers_sort_by_value_and_na_is_no_class(self):
        path = self.write("a.csv", "y\n10.0\n2.0\nNA\n1.0\n2.0\n")
        self.assertEqual([c[:3] for c in self.classes(path)],
                         [("1.0", 0, 1), ("2.0", 1, 2), ("10.0", 2, 1), ("NA", None, 1)])
        self.assertIn(("nan_label", "error"), self.rules(path))

    def test_na_among_words_is_a_word(self):
        path = self.write("a.csv", "y\nEU\nNA\nAS\n")
        self.assertEqual([c[0] for c in self.classes(path)], ["AS", "EU", "NA"])

    def test_a_sentinel_is_no_class_in_weights_and_plans(self):
        path = self.write("a.csv", "y\n0\n1\n1\n-9\n-9\n")
        weights, plan = self.dir / "w.npy", self.dir / "p.npy"
        self.report("--sentinel=-9", "--weights=inverse", path, "--resample=over",
                    f"--sample-weights={weights}", f"--indices={plan}")
        self.assertEqual(np.load(weights).tolist(), [1, 0.5, 0.5, 0, 0])
        self.assertEqual(sorted(np.load(plan).tolist()), [0, 0, 1, 2])

    def test_a_table_without_rows(self):
        path = self.write("a.csv", "filename,label\n")
        self.assertIn(("no_samples", "error"), self.rules(path))
        self.assertEqual(self.call("--fail-on=error", path).returncode, 1)


class Arrays(Odd):
    def test_nul_bytes_keep_labels_apart(self):
        labels = np.array([b"a\0b", b"a\0c", b"a\0c", b"a", b"\0x", b"\0y"], "S4")
        np.save(self.dir / "a.npy", labels)
        self.assertEqual([(c[0], c[2]) for c in self.classes(self.dir / "a.npy")],
                         [("␀x", 1), ("␀y", 1), ("a", 1), ("a␀b", 1),
                          ("a␀c", 2)])

    def test_labels_of_nineteen_digits(self):
        labels = np.array([1, 1, 1, 2, 3, 2**63 - 1])
        np.save(self.dir / "a.npy", labels)
        weights = self.dir / "w.npy"
        self.report("--weights=inverse", f"--sample-weights={weights}", self.dir / "a.npy")
        self.assertEqual(np.load(weights).tolist(), [1 / 3] * 3 + [1] * 3)

    def test_a_stream_gives_no_plan(self):
        np.save(self.dir / "a.npy", np.arange(300_000, dtype=np.int32) % 3)
        data = (self.dir / "a.npy").read_bytes()
        for option in ("--sample-weights=", "--resample=over --indices="):
            words = (option + str(self.dir / "out.npy")).split()
            done = self.call("-q", *words, "-", stdin=data)
            self.assertEqual(done.returncode, 2)
            self.assertFalse(os.path.exists(self.dir / "out.npy"))

    def test_an_empty_array(self):
        np.save(self.dir / "a.npy", np.zeros(0, np.int64))
        self.assertIn(("no_samples", "error"), self.rules(self.dir / "a.npy"))


class Splits(Odd):
    def test_a_class_that_only_one_split_has_shifts_the_others(self):
        found = self.report(SOURCE / "samples/data/splits")["findings"]
        details = {f["rule"]: (f["source"], f["detail"]) for f in found}
        self.assertIn("bird", details["class_set_mismatch"][1])
        self.assertEqual(details["index_shift"][0], "val")
        self.assertIn("'cat' has index 0 here and 1 in train", details["index_shift"][1])


class Masks(Odd):
    def save(self, name, values):
        Image.fromarray(np.array(values, np.uint8)).save(self.dir / name)

    def test_an_ignored_value_that_leaves_one_class(self):
        self.save("a.png", [[0, 0], [0, 255]])
        self.assertIn(("ignored_class", "warning"), self.rules("--pixels", self.dir / "a.png"))
        self.assertNotIn("ignored_class", {r for r, _ in self.rules(
            "--pixels", "--ignore-label=none", self.dir / "a.png")})

    def test_jpeg_masks_are_lossy(self):
        self.save("a.jpg", np.full((8, 8), 3))
        self.assertIn(("lossy_mask", "warning"), self.rules("--pixels", self.dir / "a.jpg"))

    def test_a_table_holds_no_masks(self):
        with open(self.dir / "a.csv", "w", newline="") as file:
            csv.writer(file).writerows([["id", "label"], ["img_0", 1]])
        self.assertEqual(self.classes("--pixels", self.dir / "a.csv"), [])
        self.assertIn(("not_a_mask", "warning"), self.rules("--pixels", self.dir / "a.csv"))


if __name__ == "__main__":
    unittest.main()
