"""The numbers of range against NumPy, and against exact rational arithmetic: random bits of
every type, real tables and pictures, what lies far from 0, and sizes beyond memory.

Counts, extremes, their order statistics and indices are equal. Mean and standard deviation
are within 1e-14 of the exact ones, on random bits within 1e-13 of the larger of both."""

import json
import math
import os
import subprocess
from fractions import Fraction

import numpy as np
from PIL import Image
from sklearn import datasets

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
ALL = "DSI_ALL_SIZES" in os.environ  # gigabytes, and minutes
PERCENTS = {"p01": 1, "p25": 25, "p50": 50, "p75": 75, "p99": 99}
INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
FLOATS = ["f2", "f4", "f8"]


def exact_moments(values):
    """Mean and standard deviation as Fractions (of the variance) of finite numbers."""
    exact = [Fraction(int(x)) if isinstance(x, (int, np.integer)) else Fraction(float(x))
             for x in values]
    n = len(exact)
    mean = sum(exact) / n
    return mean, sum((x - mean) ** 2 for x in exact) / n


def sqrt_of(fraction):
    """The double nearest to the square root, or next to it."""
    if fraction == 0:
        return 0.0
    shift = max(0, 140 - fraction.numerator.bit_length() + fraction.denominator.bit_length())
    shift += shift % 2
    root = math.isqrt((fraction.numerator << shift) // fraction.denominator)
    return float(Fraction(root, 1 << shift // 2))


class Numbers(TestCase):
    def rows(self, *words):
        done = subprocess.run([PROGRAM, "range", "-fjson", *map(str, words)], cwd=self.dir,
                              capture_output=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["rows"]

    def near(self, got, exact, size, tolerance, what):
        error = abs(Fraction(got) - exact)
        rounding = Fraction(1, 2**1075)  # of the smallest doubles
        self.assertLessEqual(error, max(tolerance * size, rounding),
                             (what, got, float(exact)))

    def moments(self, row, values, tolerance=Fraction(1, 10**14), of_larger=False):
        if len(values) == 0:
            self.assertEqual((row["mean"], row["std"]), (None, None))
            return
        mean, variance = exact_moments(values)
        std = Fraction(sqrt_of(variance))
        larger = max(abs(mean), std)
        self.near(row["mean"], mean, larger if of_larger else abs(mean), tolerance, "mean")
        self.near(row["std"], std, larger if of_larger else std, tolerance, "std")

    def order(self, row, x, column):
        """x: the values that are not NaN; column: all of them."""
        finite = lambda v: None if isinstance(v, float) and math.isinf(v) else v
        self.assertEqual(row["n"], len(x))
        if len(x) == 0:
            self.assertEqual((row["min"], row["max"], row["p50"]), (None, None, None))
            return
        self.assertEqual(row["min"], finite(x.min().item()))
        self.assertEqual(row["max"], finite(x.max().item()))
        self.assertEqual(row["zeros"], int((x == 0).sum()))
        if x.dtype.kind == "f":
            x = x.astype(np.float64)  # exact; NumPy would interpolate in float16
        with np.errstate(all="ignore"):
            for name, percent in PERCENTS.items():
                expected = float(np.percentile(x, percent))
                if math.isfinite(expected):
                    self.assertEqual(row[name], expected, name)

    def table(self, values, *words, **how):
        np.save(self.dir / "x.npy", values)
        rows = self.rows(*words, "x.npy")
        columns = values.reshape(len(values), values.shape[1])
        self.assertEqual(len(rows), columns.shape[1])
        for c, row in enumerate(rows):
            column = columns[:, c]
            x = column[~np.isnan(column)] if column.dtype.kind == "f" else column
            with self.subTest(dtype=values.dtype, channel=c):
                self.order(row, x, column)
                self.moments(row, x[np.isfinite(x)] if x.dtype.kind == "f" else x, **how)


class RandomBits(Numbers):
    def test_floats(self):
        rng = np.random.default_rng(1)
        for dtype in FLOATS:
            for order in "<", ">":
                for shape in (1, 1), (7, 3), (1201, 4), (600, 30):
                    bits = rng.integers(0, 256, shape + (np.dtype(dtype).itemsize,),
                                        np.uint8)
                    values = bits.view(order + dtype)[..., 0]
                    self.table(values, tolerance=Fraction(1, 10**13), of_larger=True)

    def test_integers(self):
        rng = np.random.default_rng(2)
        for dtype in INTEGERS:
            info = np.iinfo(dtype)
            for shape in (1, 1), (1201, 4), (300, 70):
                values = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
                if dtype[1] == "8":
                    values //= 2  # where NumPy's own differences do not overflow
                self.table(values, tolerance=Fraction(1, 10**13), of_larger=True)
                self.table(np.asfortranarray(values), of_larger=True)

    def test_whole_range_of_64_bits(self):
        """NumPy's percentiles overflow here; extremes and moments do not."""
        rng = np.random.default_rng(3)
        for dtype in "i8", "u8":
            info = np.iinfo(dtype)
            values = rng.integers(info.min, info.max, 3000, dtype, endpoint=True)
            values[[5, 9]] = info.min, info.max
            np.save(self.dir / "x.npy", values)
            (row,) = self.rows("x.npy")
            self.assertEqual((row["min"], row["max"]), (info.min, info.max))
            self.moments(row, values, of_larger=True)

    def test_bool(self):
        values = np.random.default_rng(4).random((500, 2)) < 0.3
        np.save(self.dir / "x.npy", values)
        for c, row in enumerate(self.rows("x.npy")):
            self.moments(row, values[:, c].astype(int))
            self.assertEqual((row["min"], row["max"], row["zeros"]),
                             (0, 1, int((~values[:, c]).sum())))


class Special(Numbers):
    def test_nan_infinities_zeros_and_subnormals(self):
        rng = np.random.default_rng(5)
        for dtype in FLOATS:
            values = rng.normal(size=(900, 6)).astype(dtype)
            values[rng.random(values.shape) < 0.2] = np.nan
            values[::50, 0] = np.inf
            values[3::50, 0] = -np.inf
            values[:, 1] = np.nan
            values[:, 2] = np.where(rng.random(900) < 0.5, 0.0, -0.0)
            values[:, 3] = np.finfo(dtype).smallest_subnormal * rng.integers(-9, 9, 900)
            values[:, 4] = np.where(rng.random(900) < 0.5, np.inf, np.nan)
            self.table(values, of_larger=True)

    def test_ends_of_the_range(self):
        for dtype in FLOATS:
            most = np.finfo(dtype).max
            self.table(np.array([[most], [most], [-most], [1]], dtype), of_larger=True)
            self.table(np.array([[most], [most]], dtype))

    def test_values_too_close_for_squares(self):
        """Differences whose cube, or square, no double holds."""
        rng = np.random.default_rng(6)
        for size in 1e-120, 1e-170, 1e-300, 1e120, 1e200, 1e300:
            self.table(rng.normal(size=(700, 1)) * size, of_larger=True)
        values = np.zeros((2000, 1))
        values[512:] = 1e-200  # alike within each tile
        self.table(values)

    def test_few(self):
        self.table(np.zeros((0, 3)))
        self.table(np.array([[5.5, -1, 0]]))
        self.table(np.full((3000, 2), 0.1))
        self.table(np.full((3000, 2), 2**60 + 1))

    def test_first_samples(self):
        """argmin and argmax, which outliers prints; ties go to the first."""
        rng = np.random.default_rng(7)
        for dtype in INTEGERS + FLOATS:
            values = (rng.normal(size=(40_000, 3)) * 9).round().clip(
                0 if dtype[0] == "u" else -100, 100).astype(dtype)
            np.save(self.dir / "x.npy", values)
            done = subprocess.run([PROGRAM, "outliers", "-q", "-fjson", "x.npy"],
                                  cwd=self.dir, capture_output=True)
            for c, row in enumerate(json.loads(done.stdout)["rows"]):
                self.assertEqual((row["argmin"], row["argmax"]),
                                 (values[:, c].argmin(), values[:, c].argmax()), dtype)


class FarFromZero(Numbers):
    def test_mean_far_larger_than_std(self):
        rng = np.random.default_rng(8)
        for dtype in "f8", "i8", "f4":
            for mean in 1e8, 1e10, 1e12:
                values = rng.normal(mean, 1, (5000, 3)).astype(dtype)
                self.table(values)

    def test_the_double_nearest_to_the_mean(self):
        values = np.random.default_rng(9).normal(1e9, 1, 100_000)
        np.save(self.dir / "x.npy", values)
        (row,) = self.rows("--no-percentiles", "x.npy")
        self.assertEqual(row["mean"], float(sum(map(Fraction, values)) / len(values)))


class Real(Numbers):
    def test_tables_of_scikit_learn(self):
        """The means of diabetes are some 1e-18, of values of 0.05."""
        for name in "iris", "wine", "breast_cancer", "diabetes", "digits", "linnerud":
            data = getattr(datasets, "load_" + name)().data
            self.table(np.ascontiguousarray(data), "--channel-axis=1")

    def test_photographs(self):
        pictures = datasets.load_sample_images().images
        (self.dir / "tree/a").mkdir(parents=True)
        for i, pixels in enumerate(pictures):
            Image.fromarray(pixels).save(self.dir / f"tree/a/{i}.png")
        pixels = np.concatenate([p.reshape(-1, 3) for p in pictures])
        rows = self.rows("tree")
        self.assertEqual([r["channel"] for r in rows], ["R", "G", "B"])
        for c, row in enumerate(rows):
            x = pixels[:, c]
            n, s, s2 = len(x), int(x.sum(dtype=np.int64)), int((x.astype(np.int64)**2).sum())
            std = Fraction(sqrt_of(Fraction(s2, n) - Fraction(s, n) ** 2))
            self.near(row["mean"], Fraction(s, n), Fraction(s, n), Fraction(1, 10**15), "mean")
            self.near(row["std"], std, std, Fraction(1, 10**14), "std")
            self.order(row, x, x)


class Layouts(Numbers):
    def test_channel_first_and_last(self):
        rng = np.random.default_rng(10)
        for dtype in "u1", "i2", "f4", "f8", "u2":
            values = (rng.random((20, 3, 11, 13)) * 250).astype(dtype)
            for data, axis in (values, 1), (np.moveaxis(values, 1, -1), -1):
                np.save(self.dir / "x.npy", np.ascontiguousarray(data))
                rows = self.rows("x.npy")
                self.assertEqual(len(rows), 3)
                for c, row in enumerate(rows):
                    x = np.take(data, c, axis).ravel()
                    self.order(row, x, x)
                    self.moments(row, x)

    def test_structured_and_complex(self):
        rng = np.random.default_rng(11)
        x = np.zeros(500, [("a", "f4"), ("b", "i8"), ("c", "u1")])
        for name in x.dtype.names:
            x[name] = rng.normal(100, 20, 500)
        np.save(self.dir / "x.npy", x)
        for row in self.rows("x.npy"):
            self.order(row, x[row["channel"]], None)
            self.moments(row, x[row["channel"]])
        z = rng.normal(size=400) + 1j * rng.normal(size=400)
        np.save(self.dir / "x.npy", z)
        (row,) = self.rows("x.npy")
        sizes = np.array([math.hypot(x.real, x.imag) for x in z])  # NumPy's may be next to it
        self.assertEqual(row["max"], sizes.max())
        self.moments(row, sizes)


class Sizes(Numbers):
    def test_twenty_thousand_columns(self):
        values = np.random.default_rng(12).normal(size=(300, 20_000)).astype("f4")
        np.save(self.dir / "x.npy", values)
        rows = self.rows("x.npy")
        self.assertEqual(len(rows), 20_000)
        for c in range(0, 20_000, 97):
            self.order(rows[c], values[:, c], None)
            self.moments(rows[c], values[:, c])

    def test_more_than_memory(self):
        """A file of holes: all zeros, but for what stands at three places."""
        n = 2**31 + 5 if ALL else 2**27 + 5
        path = self.dir / "holes.npy"
        array = np.lib.format.open_memmap(path, "w+", "f4", (n,))
        array[[7, n // 2, n - 1]] = 3, -2, 0.5
        array.flush()
        del array
        (row,) = self.rows(path)
        self.assertEqual((row["n"], row["min"], row["max"], row["zeros"], row["p99"]),
                         (n, -2, 3, n - 3, 0))
        mean = Fraction(3, 2) / n
        variance = Fraction(9 + 4) / n + Fraction(1, 4) / n - mean * mean
        self.near(row["mean"], mean, mean, Fraction(1, 10**14), "mean")
        self.near(row["std"], Fraction(sqrt_of(variance)), sqrt_of(variance),
                  Fraction(1, 10**14), "std")
        path.unlink()


main()
