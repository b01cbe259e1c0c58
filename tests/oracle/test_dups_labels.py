"""dups of files that hold data and labels: names and lengths join them, and what is
planted is found under its labels."""

import subprocess

import h5py
import numpy as np

from oracle import TestCase, main
from test_dups import DSINSPECT, dups, findings


class JoinedLabels(TestCase):
    """x and y of one file, which names and lengths bring together."""

    def conflicting(self, rng, n=40):
        """(x, y, pairs): rows that are there twice, of which the odd ones contradict."""
        x = rng.integers(0, 256, (n, 5, 4), np.uint8)
        y = rng.integers(0, 4, n)
        for i in range(4):
            x[n - 1 - i] = x[i]
            y[n - 1 - i] = y[i] + i % 2
        return x, y, [(1, n - 2), (3, n - 4)]

    def check_conflicts(self, report, source, y, pairs):
        found = sorted((f["index"], f["where"]) for f in findings(report, "dup_conflict"))
        self.assertEqual(found, sorted((b, f"{source}[{b}]") for _, b in pairs))
        for row in report["rows"]:
            if row["source"] == source:
                self.assertEqual(row["label"], str(y[row["index"]]))

    def test_splits_of_an_npz_and_of_hdf5(self):
        rng = np.random.default_rng(40)
        train, test = self.conflicting(rng), self.conflicting(rng, 30)
        npz, h5 = self.dir / "d.npz", self.dir / "d.h5"
        np.savez_compressed(npz, x_train=train[0], y_train=train[1], x_test=test[0],
                            y_test=test[1])
        with h5py.File(h5, "w") as file:
            for name, (x, y, _) in (("train", train), ("test", test)):
                file[f"{name}/images"] = x
                file[f"{name}/label"] = y
        for path, of_train, of_test in ((npz, "x_train", "x_test"),
                                        (h5, "/train/images", "/test/images")):
            report = dups(path)
            self.assertEqual(report["summary"]["label_conflicts"], 4)
            self.assertEqual(report["summary"]["samples"], 70)
            self.assertEqual(findings(report, "scalar_rows"), [])
            for source, (x, y, pairs) in ((of_train, train), (of_test, test)):
                source = f"{path}:{source}"
                self.assertEqual(len({r["source"] for r in report["rows"]}), 2)
                of = {**report, "rows": report["rows"],
                      "findings": [f for f in report["findings"] if f["source"] == source]}
                self.check_conflicts(of, source, y, pairs)
            # as --labels says of each
            alone = dups(f"--labels={path}:{of_test.replace('x_', 'y_').replace('images', 'label')}",
                         f"{path}:{of_test}")
            self.assertEqual(alone["summary"]["label_conflicts"], 2)

    def test_texts_and_missing_labels(self):
        rng = np.random.default_rng(41)
        x, y, pairs = self.conflicting(rng)
        words = np.array(["cat", "dog", "emu", "fox", "gnu"])[y]
        np.savez(self.dir / "w.npz", images=x, labels=words)
        report = dups(self.dir / "w.npz")
        self.check_conflicts(report, f"{self.dir}/w.npz:images", words, pairs)
        gone = y.astype(float)
        gone[pairs[0][0]] = np.nan
        np.savez(self.dir / "n.npz", images=x, labels=gone)
        report = dups(self.dir / "n.npz")
        self.assertEqual(report["summary"]["label_conflicts"], 1)
        labels = {r["index"]: r["label"] for r in report["rows"]}
        self.assertIsNone(labels[pairs[0][0]])

    def test_labels_with_nul(self):
        """Names that differ behind a NUL are told apart where they are told of."""
        np.save(self.dir / "x.npy", np.zeros((3, 2)))
        np.save(self.dir / "y.npy", np.array([b"cat\0a", b"cat\0b", b"cat"]))
        report = dups(f"--labels={self.dir}/y.npy", self.dir / "x.npy")
        self.assertEqual([row["label"] for row in report["rows"]],
                         ["cat\u2400a", "cat\u2400b", "cat"])
        found, = findings(report, "dup_conflict")
        self.assertIn("labelled 'cat\u2400b', not 'cat\u2400a'", found["detail"])

    def test_several_arrays_of_one_length(self):
        rng = np.random.default_rng(42)
        x, y, pairs = self.conflicting(rng)
        np.savez(self.dir / "s.npz", images=x, features=x[:, 0].astype(np.float32), y=y,
                 mean=np.zeros((5, 4)))
        report = dups(self.dir / "s.npz")
        self.assertEqual(report["summary"]["label_conflicts"], 4)
        self.assertEqual(report["summary"]["samples"], 85)
        self.assertEqual(findings(report, "length_mismatch"), [])

    def test_lengths_that_differ(self):
        rng = np.random.default_rng(43)
        x, y, pairs = self.conflicting(rng)
        for labels, n_compared in (y[:-5], 35), (np.append(y, [1, 2]), 40):
            np.savez(self.dir / "l.npz", x_train=x, y_train=labels)
            report = dups(self.dir / "l.npz")
            found = findings(report, "length_mismatch")
            self.assertEqual([f["detail"] for f in found],
                             [f"{len(labels)} labels for 40 samples"])
            self.assertEqual(report["summary"]["samples"], n_compared)

    def test_what_is_not_joined(self):
        """Names that do not tell, one-hot rows, and a file that was asked for by name."""
        rng = np.random.default_rng(44)
        x, y, _ = self.conflicting(rng)
        np.savez(self.dir / "a.npz", p=x, q=y)
        np.savez(self.dir / "b.npz", x=x, y=np.eye(6)[y])
        np.savez(self.dir / "c.npz", x=x, y=y)
        for name, n_groups in ("a.npz", 4), ("b.npz", None), ("c.npz:x", 4):
            report = dups(self.dir / name)
            self.assertEqual(report["summary"]["label_conflicts"], 0, name)
            if n_groups:
                self.assertEqual(report["summary"]["groups"], n_groups, name)
        self.assertEqual(len([f for f in findings(dups(self.dir / "b.npz"), "assumed")
                              if "one-hot" in f["detail"]]), 1)

    def test_in_shards(self):
        rng = np.random.default_rng(45)
        x, y, _ = self.conflicting(rng, 40000)
        np.savez(self.dir / "s.npz", images=x, labels=y)
        whole = subprocess.run([DSINSPECT, "dups", self.dir / "s.npz"],
                               capture_output=True, check=True)
        parts = [self.dir / f"p{i}" for i in range(3)]
        for i, part in enumerate(parts):
            subprocess.run([DSINSPECT, "dups", f"--shard={i + 1}/3", f"--partial={part}",
                            self.dir / "s.npz"], check=True)
        merged = subprocess.run([DSINSPECT, "merge", *parts], capture_output=True, check=True)
        self.assertEqual((merged.stdout, merged.stderr.replace(b"merge", b"dups")),
                         (whole.stdout, whole.stderr))


if __name__ == "__main__":
    main()
