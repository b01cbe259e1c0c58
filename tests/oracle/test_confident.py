"""labels --pred-probs against confident learning in NumPy (confident.py): the same
indices in the same order for every filter and score, and the same scores; and a small set
worked out by hand."""

import json
import subprocess

import h5py
import numpy as np
from PIL import Image

import confident
from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")


def draw(seed, n, k, dtype="f4", noise=0.15, sharp=3, quantum=None, missing=(), skew=False):
    """Labels of k classes, some of them wrong, and what a model makes of the samples."""
    rng = np.random.default_rng(seed)
    truth = np.minimum(rng.exponential(k / 6, n).astype(int), k - 1) if skew \
        else rng.integers(0, k, n)
    logits = rng.standard_normal((n, k))
    logits[np.arange(n), truth] += sharp
    probs = np.exp(logits)
    probs /= probs.sum(1, keepdims=True)
    if quantum:
        probs = np.round(probs * quantum) / quantum
    labels = np.where(rng.random(n) < noise, rng.integers(0, k, n), truth)
    for class_ in missing:
        labels[labels == class_] = (class_ + 1) % k
    return labels, probs.astype(dtype)


class Confident(TestCase):
    def run_labels(self, *words, code=0):
        done = subprocess.run([PROGRAM, "labels", *map(str, words)], cwd=self.dir,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def judge(self, labels="y.npy", probs="p.npy", *words):
        """Indices and scores."""
        self.run_labels("--top=0", f"--pred-probs={probs}", "--issues=i.npy",
                        "--scores=s.npy", *words, labels)
        return np.load(self.dir / "i.npy"), np.load(self.dir / "s.npy")

    def report(self, *words):
        return json.loads(self.run_labels("-fjson", *words).stdout)

    def issues(self, report):
        return [(r["index"], r["label"], r["other_label"]) for r in report["rows"]
                if r["rule"] == "label_issue"]

    def save(self, labels, probs):
        np.save(self.dir / "y.npy", labels)
        np.save(self.dir / "p.npy", probs)


class Reference(Confident):
    def compare(self, labels, probs, filters=confident.FILTERS, scores=confident.SCORES):
        self.save(labels, probs)
        for filter_by in filters:
            for name in scores:
                found, scored = self.judge("y.npy", "p.npy", f"--filter={filter_by}",
                                           f"--score={name}")
                expected = confident.issues(labels, probs, filter_by, name)
                what = f"{filter_by}, {name}, {probs.dtype}{probs.shape}"
                self.assertEqual(found.tolist(), expected.tolist(), what)
                apart = np.abs(scored - confident.score(labels, probs, name).astype(float))
                self.assertLessEqual(apart.max(), 1e-12, what)

    def test_every_filter_and_score(self):
        for dtype in "f8", "f4", "f2":
            self.compare(*draw(1, 2000, 10, dtype))
            self.compare(*draw(2, 300, 60, dtype, noise=0.4, sharp=1))

    def test_few_classes(self):
        for dtype in "f8", "f4", "f2":
            self.compare(*draw(3, 5000, 2, dtype, noise=0.3, sharp=1))

    def test_ties(self):
        """Probabilities of a few values, so that most are equal to others."""
        for dtype in "f8", "f4", "f2":
            self.compare(*draw(4, 3000, 6, dtype, quantum=2, sharp=1))
            self.compare(*draw(5, 2000, 7, dtype, quantum=16))

    def test_missing_classes(self):
        for dtype in "f8", "f4", "f2":
            self.compare(*draw(6, 1500, 12, dtype, missing=(0, 5, 11)))
            self.compare(*draw(7, 1500, 9, dtype, missing=(8,), quantum=8))

    def test_rare_classes(self):
        for dtype in "f8", "f4", "f2":
            self.compare(*draw(8, 4000, 25, dtype, noise=0.5, sharp=1, skew=True))
            self.compare(*draw(9, 30, 12, dtype, sharp=1))

    def test_many_classes(self):
        self.compare(*draw(10, 20000, 400), scores=["self_confidence"])

    def test_more_than_a_sum_takes_at_once(self):
        self.compare(*draw(11, 60000, 3, sharp=2), scores=["self_confidence"])

    def test_columns_that_do_not_fit(self):
        """So many pairs of classes that the widest margins alone are kept."""
        self.compare(*draw(12, 60000, 100, noise=0.6, sharp=1),
                     filters=["prune_by_noise_rate"], scores=["self_confidence"])
        labels, probs = draw(13, 60000, 100, noise=0.6, sharp=1, quantum=64)
        self.compare(labels, probs, filters=["both"], scores=["self_confidence"])


class ByHand(Confident):
    """Thresholds 0.5, 0.6; sample 2 is confidently of class 1 and sample 5 of class 0."""

    labels = np.array([0, 0, 0, 1, 1, 1])
    probs = np.array([[.7, .3], [.7, .3], [.1, .9], [.2, .8], [.1, .9], [.9, .1]])

    def test_filters(self):
        self.save(self.labels, self.probs)
        # Means of own probabilities: (.7 + .7 + .1) / 3 = .5, (.8 + .9 + .1) / 3 = .6.
        # Joint [[2, 1], [1, 2]], which adds up to the labels as it is: one of each class
        # is to be pruned.
        for filter_by in confident.FILTERS:
            found, _ = self.judge("y.npy", "p.npy", f"--filter={filter_by}")
            self.assertEqual(sorted(found.tolist()), [2, 5], filter_by)

    def test_scores(self):
        self.save(self.labels, self.probs)
        _, own = self.judge("y.npy", "p.npy")
        np.testing.assert_array_equal(own, [.7, .7, .1, .8, .9, .1])
        _, margin = self.judge("y.npy", "p.npy", "--score=normalized_margin")
        np.testing.assert_allclose(margin, [.7, .7, .1, .8, .9, .1], atol=1e-15)
        _, entropy = self.judge("y.npy", "p.npy", "--score=confidence_weighted_entropy")
        e = -(.9 * np.log(.9) + .1 * np.log(.1)) / np.log(2) / .1
        self.assertAlmostEqual(entropy[2], np.log(1 + e) / e, delta=1e-12)

    def test_rows(self):
        self.save(self.labels, self.probs)
        report = self.report("--pred-probs=p.npy", "y.npy")
        self.assertEqual(self.issues(report), [(2, "0", "1"), (5, "1", "0")])
        self.assertEqual(report["summary"]["label_issue"], 2)
        report = self.report("--pred-probs=p.npy", "--top=1", "y.npy")
        self.assertEqual(self.issues(report), [(2, "0", "1"), (None, None, None)])
        self.assertEqual(report["summary"]["label_issue"], 2)


class Containers(Confident):
    def test_the_same_from_everywhere(self):
        labels, probs = draw(20, 3000, 11)
        self.save(labels, probs)
        expected, scores = self.judge()
        np.save(self.dir / "big.npy", probs.astype(">f4"))
        np.save(self.dir / "fortran.npy", np.asfortranarray(probs))
        np.savez_compressed(self.dir / "p.npz", other=labels, probs=probs)
        with h5py.File(self.dir / "p.h5", "w") as file:
            file.create_dataset("a/probs", data=probs, chunks=(100, 4), compression="gzip")
        (self.dir / "y.csv").write_text("label\n" + "".join(f"{y}\n" for y in labels))
        for words in (("y.npy", "big.npy"), ("y.npy", "fortran.npy"), ("y.npy", "p.npz:probs"),
                      ("y.npy", "p.h5:/a/probs"), ("y.csv", "p.npy"),
                      ("y.npy", "p.npy", "-j1"), ("y.npy", "p.npy", "-j7")):
            found, scored = self.judge(*words)
            self.assertEqual(found.tolist(), expected.tolist(), words)
            self.assertEqual(scored.tobytes(), scores.tobytes(), words)

    def test_names(self):
        labels, probs = draw(21, 2000, 5)
        self.save(labels, probs)
        expected, _ = self.judge()
        names = np.array(["ant", "bee", "cow", "dog", "eel"])
        np.save(self.dir / "names.npy", names[labels])
        found, _ = self.judge("names.npy")
        self.assertEqual(found.tolist(), expected.tolist())
        report = self.report("--pred-probs=p.npy", "names.npy")
        self.assertEqual(self.issues(report)[0],
                         (found[0], names[labels[found[0]]], names[probs[found[0]].argmax()]))
        (self.dir / "c.txt").write_text("eel\ndog\ncow\nbee\nant\n")
        np.save(self.dir / "p.npy", probs[:, ::-1])
        found, _ = self.judge("names.npy", "p.npy", "--classes=c.txt")
        self.assertEqual(sorted(found.tolist()), sorted(expected.tolist()))

    def test_tree(self):
        """Rows in ImageFolder's order, columns in the order of class folders."""
        labels, probs = draw(22, 60, 3, "f8")
        order = np.argsort(labels, kind="stable")
        for i, sample in enumerate(order):
            folder = self.dir / "tree" / "abc"[labels[sample]]
            folder.mkdir(parents=True, exist_ok=True)
            Image.new("L", (1, 1)).save(folder / f"{i:03d}.png")
        self.save(labels[order], probs[order])
        expected, _ = self.judge()
        found, _ = self.judge("tree")
        self.assertEqual(found.tolist(), expected.tolist())
        self.assertTrue(len(found))

    def test_splits_of_a_table(self):
        labels, probs = draw(23, 500, 4)
        self.save(labels, probs)
        expected, _ = self.judge()
        with open(self.dir / "y.csv", "w", encoding="utf-8") as file:
            file.write("label,split\n")
            for i, label in enumerate(labels):
                file.write(f"{label},{('train', 'val')[i % 5 == 0]}\n")
        found, _ = self.judge("y.csv")
        self.assertEqual(found.tolist(), expected.tolist())


class BadData(Confident):
    def rules(self, *words):
        return {(r["rule"], r["index"]) for r in self.report(*words)["rows"]
                if r["rule"] != "label_issue"}

    def test_rows_that_are_no_probabilities(self):
        """They are told of and left out, as if they were not there."""
        labels, probs = draw(30, 1000, 5)
        bad = [17, 18, 400]
        kept = np.delete(np.arange(1000), bad)
        self.save(labels[kept], probs[kept])
        expected, _ = self.judge()
        probs[17, 2], probs[18, 0], probs[400, 4] = np.nan, -0.1, 1.5
        self.save(labels, probs)
        found, scores = self.judge()
        self.assertEqual(found.tolist(), kept[expected].tolist())
        self.assertEqual(np.flatnonzero(np.isnan(scores)).tolist(), bad)
        report = self.report("--pred-probs=p.npy", "y.npy")
        self.assertEqual(report["summary"]["not_probabilities"], 3)
        self.assertIn(("not_probabilities", 17), self.rules("--pred-probs=p.npy", "y.npy"))

    def test_labels_that_are_none(self):
        labels, probs = draw(31, 1000, 5)
        bad = {3: np.nan, 4: 5, 5: -1, 6: 0.5, 7: 1e30}
        kept = np.delete(np.arange(1000), list(bad))
        self.save(labels[kept], probs[kept])
        expected, _ = self.judge()
        labels = labels.astype(float)
        for at, value in bad.items():
            labels[at] = value
        self.save(labels, probs)
        self.assertEqual(self.judge()[0].tolist(), kept[expected].tolist())
        self.assertEqual(self.rules("--pred-probs=p.npy", "y.npy"),
                         {("nan_label", 3), ("out_of_range", 4), ("out_of_range", 5),
                          ("non_integral", 6), ("out_of_range", 7), ("index_gap", None)})

    def test_lengths(self):
        labels, probs = draw(32, 1000, 5)
        self.save(labels[:900], probs[:900])
        expected, _ = self.judge()
        for y, p in ((labels, probs[:900]), (labels[:900], probs)):
            self.save(y, p)
            found, scores = self.judge()
            self.assertEqual(found.tolist(), expected.tolist())
            self.assertEqual(len(scores), len(y))
            (row,) = [r for r in self.report("--pred-probs=p.npy", "y.npy")["rows"]
                      if r["rule"] == "length_mismatch"]
            self.assertIn(f"{len(p)} rows of probabilities for {len(y)} labels",
                          row["detail"])

    def test_too_few_columns(self):
        labels, probs = draw(33, 200, 4)
        np.save(self.dir / "y.npy", np.array(["a", "b", "c", "d"])[labels])
        np.save(self.dir / "p.npy", probs[:, :3])
        self.assertEqual(self.rules("--pred-probs=p.npy", "y.npy"),
                         {("length_mismatch", None)})

    def test_what_cannot_be_probabilities(self):
        labels, probs = draw(34, 50, 3)
        self.save(labels, probs)
        np.savez(self.dir / "two.npz", a=probs, b=probs)
        for name, values in {"i.npy": probs.astype(int), "v.npy": probs[0], "c.npy": probs[..., None],
                             "s.npy": probs.astype(str), "one.npy": probs[:, :1]}.items():
            np.save(self.dir / name, values)
        for name in "i.npy", "v.npy", "c.npy", "s.npy", "one.npy", "two.npz", "none.npy", "y.npy":
            done = self.run_labels(f"--pred-probs={name}", "y.npy", code=2)
            self.assertIn(name, done.stderr.decode())

    def test_truncated(self):
        labels, probs = draw(35, 1000, 5)
        self.save(labels[:600], probs[:600])
        expected, _ = self.judge()
        self.save(labels, probs)
        whole = (self.dir / "p.npy").read_bytes()
        (self.dir / "p.npy").write_bytes(whole[:128 + 600 * 20])
        found, scores = self.judge()
        self.assertEqual(found.tolist(), expected.tolist())
        self.assertEqual(np.isnan(scores).sum(), 400)


if __name__ == "__main__":
    main()
