"""outliers against NumPy: limits, counts, extremes and the worst samples, by every method,
of every type, in tables, pictures and scikit-learn's sets."""

import json
import subprocess

import h5py
import jsonschema
import numpy as np
from PIL import Image
from sklearn import datasets

from oracle import BUILD, SOURCE, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((SOURCE / "docs/schema/outliers.schema.json").read_text()))
REAL = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]
METHODS = ["iqr", "mad", "zscore", "percentile:2.5,90"]


def mad_of(x):
    median = np.percentile(x, 50)
    return median, np.percentile(np.abs(x - median), 50)


def limits(x, method):
    """(method, low, high) of finite float64 values, by the definitions of the docs."""
    if method.startswith("percentile"):
        low, high = np.percentile(x, [float(p) for p in method.split(":")[1].split(",")])
        return "percentile", low, high
    if method == "zscore":
        return method, x.mean() - 3 * x.std(), x.mean() + 3 * x.std()
    if method == "iqr":
        q1, q3 = np.percentile(x, [25, 75])
        if q1 != q3:
            return method, q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    median, mad = mad_of(x)
    if mad == 0:
        nothing = median if (x == x[0]).all() else np.nan
        return "mad", nothing, nothing
    return "mad", median - 3.5 * mad / 0.6745, median + 3.5 * mad / 0.6745


class Outliers(TestCase):
    def report(self, *words, code=0):
        done = subprocess.run([PROGRAM, "outliers", "-fjson", *map(str, words)],
                              cwd=self.dir, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        report = json.loads(done.stdout)
        SCHEMA.validate(report)
        return report

    def compare(self, row, column, method):
        """One row against NumPy on one column of any real type."""
        kept = column[~np.isnan(column)] if column.dtype.kind == "f" else column
        x = kept.astype(np.float64)
        how, low, high = limits(x, method)
        self.assertEqual(row["method"], how)
        # where a limit is rounded otherwise, values between the two roundings would count
        # otherwise; counts are therefore compared with the limits that were printed
        size = max(np.abs(x).max(), 1e-300)
        for name, expected in ("low", low), ("high", high):
            got = np.nan if row[name] is None else row[name]
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13 * size)
        n_low = n_high = 0
        if row["low"] is not None:
            n_low, n_high = int((x < row["low"]).sum()), int((x > row["high"]).sum())
        self.assertEqual((row["n_low"], row["n_high"]), (n_low, n_high))
        self.assertEqual(row["share"], (n_low + n_high) / len(x))
        present = np.where(np.isnan(column), np.inf, column) if kept is not column else column
        self.assertEqual((row["min"], row["argmin"]), (kept.min(), int(present.argmin())))
        if kept is not column:
            present = np.where(np.isnan(column), -np.inf, column)
        self.assertEqual((row["max"], row["argmax"]), (kept.max(), int(present.argmax())))

    def table(self, values, *words, method, path=None):
        if path is None:
            path = self.dir / "x.npy"
            np.save(path, values)
        rows = self.report(f"--method={method}", *words, path)["rows"]
        self.assertEqual(len(rows), values.shape[1])
        for c, row in enumerate(rows):
            with self.subTest(dtype=values.dtype, method=method, channel=c):
                self.compare(row, values[:, c], method)


class Numbers(Outliers):
    def test_every_type(self):
        rng = np.random.default_rng(1)
        for dtype in REAL:
            wide = rng.standard_t(2, (2003, 3)) * 9 + 50
            for order in "<", ">":
                values = wide.astype(np.int64).astype(order + dtype) \
                    if dtype[0] != "f" else wide.astype(order + dtype)
                for method in METHODS:
                    self.table(values, method=method)

    def test_nan_ties_and_one_value(self):
        rng = np.random.default_rng(2)
        values = rng.normal(size=(501, 4))
        values[rng.random(values.shape) < 0.1] = np.nan
        values[:, 1] = np.round(values[:, 1])        # quartiles that are ties
        values[:, 2] = np.where(rng.random(501) < 0.8, 7.0, values[:, 2])  # MAD 0
        values[:, 3] = 3.25
        for method in METHODS:
            self.table(values, method=method)
        for method in METHODS:
            self.table(values[:1, 3:], method=method)

    def test_mostly_zeros(self):
        rng = np.random.default_rng(4)
        for dtype in "f4", "f8", "i4", "f2":
            values = (rng.standard_t(2, (1000, 8)) * 9).astype(dtype)
            for c, share in enumerate((0.2, 0.49, 0.5, 0.51, 0.7, 0.76, 0.9, 1)):
                values[rng.random(1000) < share, c] = 0
            values[:2, 7] = -0.0 if dtype[0] == "f" else 0
            values[5, :4] = 1e-40 if dtype == "f4" else 1  # in the bin of 0
            for method in METHODS:
                self.table(values, method=method)
                self.table(np.abs(values), method=method)
                self.table(values[:1], method=method)
                self.table(values[:7], method=method)

    def test_tables_of_scikit_learn(self):
        for name in "iris", "wine", "breast_cancer", "diabetes", "digits":
            values = getattr(datasets, "load_" + name)().data
            for method in METHODS:
                self.table(values, method=method)

    def test_infinities_are_outliers(self):
        values = np.arange(101.0)[:, None]
        values[50], values[70], values[71] = np.inf, -np.inf, np.nan
        for method in METHODS[:2]:
            np.save(self.dir / "x.npy", values)
            (row,) = self.report(f"--method={method}", "x.npy")["rows"]
            self.assertEqual((row["n_low"], row["n_high"]), (1, 1))
            self.assertEqual((row["min"], row["argmin"], row["max"], row["argmax"]),
                             (None, 70, None, 50))

    def test_options(self):
        values = np.random.default_rng(3).normal(size=(400, 1))
        np.save(self.dir / "x.npy", values)
        q1, q3 = np.percentile(values, [25, 75])
        (row,) = self.report("--k=0.5", "x.npy")["rows"]
        self.assertAlmostEqual(row["low"], q1 - 0.5 * (q3 - q1), 14)
        (row,) = self.report("--method=zscore", "--threshold=2", "x.npy")["rows"]
        self.assertAlmostEqual(row["high"], values.mean() + 2 * values.std(), 13)
        for words in (["--method=what"], ["--method=percentile:9,1"], ["--k=-1"],
                      ["--method=percentile:1"], ["--rows", "--top=1000001"], ["--top=5"],
                      ["--k=2", "--method=mad"], ["--method=percentile:1,9", "--threshold=2"]):
            done = subprocess.run([PROGRAM, "outliers", *words, "x.npy"], cwd=self.dir,
                                  capture_output=True)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)

    def test_sentinels_and_containers(self):
        rng = np.random.default_rng(4)
        values = rng.normal(size=(900, 2)).astype(np.float32)
        values[::9, 0] = -999
        with h5py.File(self.dir / "x.h5", "w") as file:
            file.create_dataset("x", data=values, chunks=(100, 2), compression="gzip")
        gone = np.where(values == -999, np.nan, values)
        for path in self.dir / "x.npy", self.dir / "x.h5":
            if path.suffix == ".npy":
                np.save(path, values)
            for method in METHODS:
                self.table(gone, "--sentinel=-999", method=method, path=path)

    def test_pictures(self):
        rng = np.random.default_rng(5)
        pixels = []
        (self.dir / "tree/a").mkdir(parents=True)
        for i in range(6):
            image = rng.normal(120, 9, (7 + i, 11, 3)).clip(0, 255).astype(np.uint8)
            image[0, 0] = 250 if i == 4 else image[0, 0]
            Image.fromarray(image).save(self.dir / f"tree/a/{i}.png")
            pixels.append(image.reshape(-1, 3))
        pixels = np.concatenate(pixels).astype(np.float64)
        for method in METHODS:
            rows = self.report(f"--method={method}", "tree")["rows"]
            for c, row in enumerate(rows):
                how, low, high = limits(pixels[:, c], method)
                np.testing.assert_allclose([row["low"], row["high"]], [low, high], 1e-12)
                self.assertEqual(row["n_low"], (pixels[:, c] < row["low"]).sum())
                self.assertEqual(row["n_high"], (pixels[:, c] > row["high"]).sum())
                self.assertEqual(row["argmax"], 4)


class NoNumbers(Outliers):
    def rules(self, *words):
        return {f["rule"]: f for f in self.report(*words)["findings"]}

    def test_texts_alone(self):
        (self.dir / "t.csv").write_text("a,b\nx,y\nz,w\n")
        self.assertEqual(self.rules("t.csv")["no_values"]["severity"], "error")

    def test_opaque_bytes(self):
        """NumPy writes bfloat16, which it has no type for, as |V2. 0x3f80 is 1."""
        np.save(self.dir / "x.npy", np.full(50, 0x3f80, "<u2").view("V2"))
        np.save(self.dir / "y.npy", np.zeros(50, "V3"))
        for tool in "outliers", "range", "missing":
            for name, advised in ("x.npy", True), ("y.npy", False):
                done = subprocess.run([PROGRAM, tool, "-fjson", name], cwd=self.dir,
                                      capture_output=True, timeout=60)
                (found,) = [f["detail"] for f in json.loads(done.stdout)["findings"]
                            if f["rule"] == "not_numeric"]
                self.assertEqual("--as-dtype=bfloat16" in found, advised, (tool, found))
        (row,) = self.report("--as-dtype=bfloat16", "x.npy")["rows"]
        self.assertEqual((row["min"], row["max"]), (1, 1))


class Rows(Outliers):
    def test_worst_first(self):
        rng = np.random.default_rng(6)
        values = rng.standard_t(2, (3000, 3))
        np.save(self.dir / "x.npy", values)
        q1, q3 = np.percentile(values, [25, 75], axis=0)
        low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
        score = np.maximum(low - values, values - high) / (q3 - q1)
        where = np.argwhere(score > 0)
        order = sorted(map(tuple, where), key=lambda at: (-score[at], at))
        rows = self.report("--rows", "--top=0", "x.npy")["rows"]
        self.assertEqual([(r["index"], int(r["channel"])) for r in rows], order)
        self.assertEqual([r["value"] for r in rows], [values[at] for at in order])
        np.testing.assert_allclose([r["score"] for r in rows], [score[at] for at in order],
                                   1e-12)
        self.assertEqual(self.report("--rows", "--top=7", "x.npy")["rows"], rows[:7])
        self.assertEqual(len(self.report("--rows", "x.npy")["rows"]), min(1000, len(rows)))

    def test_a_list_cut_short_says_so(self):
        np.save(self.dir / "x.npy", np.append(np.arange(20.0), [900, 800, 700]))
        rules = lambda top: [f["rule"] for f in self.report(
            "--rows", f"--top={top}", "x.npy")["findings"]]
        self.assertIn("top", rules(2))
        self.assertNotIn("top", rules(4))

    def test_a_sample_of_many_values_has_one_row(self):
        values = np.zeros((5, 40), np.float64) + np.arange(40) / 40
        values[3, 7], values[3, 9], values[1, 2] = 90, -100, 80
        np.save(self.dir / "x.npy", values)
        rows = self.report("--rows", "--channel-axis=none", "x.npy")["rows"]
        self.assertEqual([(r["index"], r["value"]) for r in rows], [(3, -100), (1, 80)])
        self.assertEqual(rows[0]["where"], "x.npy[3]")


main()
