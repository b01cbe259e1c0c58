"""lib/stats against NumPy, scikit-learn and exact rationals."""

import math
import os
import pathlib
import subprocess
import unittest
from fractions import Fraction

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

PROBE = pathlib.Path(os.environ.get("DSI_BUILD", "build")) / "tests" / "stats_probe"


def probe(values, *words):
    done = subprocess.run([PROBE, *map(str, words)], input=values.tobytes(),
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def name_of(value):
    """As the contract spells labels: Python's repr, floats without '.0'."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    text = repr(value)
    return (text[:-2] if text.endswith(".0") else text).encode()


def counts_of(values, rows):
    kind, size = values.dtype.kind, values.dtype.itemsize
    got = []
    for line in probe(values, "count", kind, size, rows).decode().splitlines():
        name, count, first = line.split(" ")
        got.append((bytes.fromhex(name), int(count), int(first)))
    return got


def unique(values):
    found, first, count = np.unique(values, return_index=True, return_counts=True)
    return [(name_of(v), int(c), int(f))
            for v, c, f in zip(found.tolist(), count, first)]


def ulps(got, expected):
    return abs(got - expected) / np.spacing(np.abs(expected))


class Counts(unittest.TestCase):
    def both(self, values):
        for rows in (1, 50, 1000, len(values)):
            self.assertEqual(counts_of(values, rows), unique(values),
                             f"{values.dtype}, blocks of {rows}")

    def test_integers_of_every_size(self):
        rng = np.random.default_rng(1)
        for code in "bhilqBHILQ":
            dtype = np.dtype(code)
            info = np.iinfo(dtype)
            for low, high in ((0, 10), (info.min // 2, info.max // 2),
                              (max(info.min, -3), min(info.max, 70000))):
                self.both(rng.integers(low, high, 3000).astype(dtype))
            ends = np.array([info.min, info.max, 0, 1], dtype)
            self.both(ends[rng.integers(0, 4, 3000)])

    def test_skewed_sorted_and_constant(self):
        rng = np.random.default_rng(2)
        zipf = np.minimum(rng.zipf(1.3, 20000), 999)
        for values in (zipf, np.sort(zipf), np.zeros(20000, int), -zipf,
                       np.where(np.arange(20000) % 64 == 7, -1, zipf)):
            for code in "hiq":
                self.both(values.astype(code))

    def test_bools(self):
        self.both(np.random.default_rng(3).integers(0, 2, 3000).astype(bool))

    def test_floats(self):
        rng = np.random.default_rng(4)
        for code in "efd":
            values = rng.standard_normal(500).astype(code)
            values[::7] = np.nan
            values[::11] = np.inf
            values[::13] = -np.inf
            values[::17] = 0.0
            self.both(rng.choice(values, 3000))
        halves = np.arange(65536, dtype=np.uint16).view(np.float16)
        self.both(np.where(halves == 0, np.float16(0), halves))

    def test_bfloat16(self):
        bits = np.random.default_rng(5).integers(0, 65536, 2000).astype(np.uint16)
        bits = bits[bits != 0x8000]
        wide = (bits.astype(np.uint32) << 16).view(np.float32)
        got = counts_of(bits.view("V2"), 100)
        self.assertEqual(got, unique(wide))

    def test_text(self):
        rng = np.random.default_rng(6)
        words = np.array(["", "a", "ab", "b", "é", "日本", "x\0y", "\U0010ffff", "\ud800",
                          "a longer word than the others"])
        self.both(rng.choice(words, 3000))
        octets = np.array([bytes(rng.integers(0, 256, rng.integers(0, 6)).tolist())
                           for _ in range(200)])
        self.both(rng.choice(octets, 3000))


def exact_moments(values):
    n = len(values)
    x = [Fraction(v) for v in values.tolist()]
    mean = sum(x) / n
    m2 = sum((v - mean) ** 2 for v in x) / n
    m3 = sum((v - mean) ** 3 for v in x) / n
    return mean, m2, m3


def root(fraction):
    """sqrt to the nearest double, or next to it: 200 bits of an integer square root."""
    shift = 400 - fraction.numerator.bit_length() + fraction.denominator.bit_length()
    shift += shift % 2
    scaled = fraction * Fraction(2) ** shift
    return Fraction(math.isqrt(int(scaled))) / Fraction(2) ** (shift // 2)


class Moments(unittest.TestCase):
    def moments(self, values, rows=64):
        words = probe(values, "moments", values.dtype.itemsize, rows).split()
        return int(words[0]), *map(float, words[1:])

    def close(self, values, std_error=1e-15, skew_error=1e-12, rows=64):
        n, mean, std, skew = self.moments(values, rows)
        true_mean, m2, m3 = exact_moments(values)
        self.assertEqual(n, len(values))
        deviation = root(m2)
        self.assertLessEqual(abs(Fraction(mean) - true_mean),
                             1e-15 * abs(true_mean) + 1e-15 * deviation)
        self.assertLessEqual(abs(Fraction(std) - deviation), std_error * deviation)
        true_skew = m3 / (m2 * deviation)
        self.assertLessEqual(abs(Fraction(skew) - true_skew),
                             skew_error * max(1, abs(true_skew)))

    def test_random_sets(self):
        rng = np.random.default_rng(7)
        for dtype in (np.float32, np.float64):
            for values in (rng.standard_normal(700), rng.exponential(3, 700),
                           rng.integers(0, 255, 700), rng.random(3),
                           rng.standard_normal(700) * 1e-30,
                           np.r_[rng.random(699), 1e8]):
                self.close(values.astype(dtype))

    def test_means_far_from_zero(self):
        rng = np.random.default_rng(8)
        for mean in (1e8, -1e12, 1e15):
            values = rng.standard_normal(700) + mean
            self.close(values, std_error=3e-15)

    def test_sixty_decades(self):
        rng = np.random.default_rng(9)
        values = rng.standard_normal(700) * 10.0 ** rng.integers(-30, 30, 700)
        self.close(values, skew_error=1e-13, rows=16)

    def test_single_values_are_exact(self):
        """Cells of one value have no rounding before the end: any finite double goes."""
        rng = np.random.default_rng(10)
        for _ in range(20):
            bits = rng.integers(0, 2**64, 50, dtype=np.uint64)
            values = bits.view(np.float64)
            values = values[np.isfinite(values)]
            n, mean, std, skew = self.moments(values, rows=1)
            true_mean, m2, m3 = exact_moments(values)
            self.assertEqual(mean, true_mean.numerator / true_mean.denominator)
            deviation = root(m2)
            self.assertLessEqual(abs(Fraction(std) - deviation),
                                 Fraction(6, 10**16) * deviation)
            true_skew = m3 / (m2 * deviation)
            self.assertLessEqual(abs(Fraction(skew) - true_skew),
                                 Fraction(9, 10**16) * abs(true_skew))


class Weights(unittest.TestCase):
    def sets(self):
        rng = np.random.default_rng(11)
        yield np.array([1], np.uint64)
        yield np.array([5, 5], np.uint64)
        for _ in range(40):
            size = rng.integers(2, 300)
            yield np.ceil(10 ** (rng.random(size) * 4.5)).astype(np.uint64)

    def weights(self, counts, scheme, norm="none"):
        return np.frombuffer(probe(counts, "weights", scheme, norm), np.float64)

    def test_balanced_is_scikit_learns(self):
        for counts in self.sets():
            labels = np.repeat(np.arange(len(counts)), counts.astype(int))
            expected = compute_class_weight("balanced", classes=np.arange(len(counts)),
                                            y=labels)
            got = self.weights(counts, "balanced")
            self.assertEqual(got.tobytes(), expected.tobytes())

    def test_formulas(self):
        for counts in self.sets():
            n = counts.astype(np.float64)
            total, k = n.sum(), len(n)
            p = n / total
            effective = lambda b: (1 - b) / -np.expm1(n * np.log1p(b - 1))
            margins = 1 / np.sqrt(np.sqrt(n))
            expected = {
                "inverse-sqrt": 1 / np.sqrt(n),
                "inverse": 1 / n,
                "effective:0.9999": effective(0.9999) / effective(0.9999).sum() * k,
                "effective": effective(0.999) / effective(0.999).sum() * k,
                "median-frequency": np.median(p) / p,
                "enet": 1 / np.log(1.02 + p),
                "enet:1.5": 1 / np.log(1.5 + p),
                "ldam-margin": margins * (0.5 / margins.max()),
                "logit:1.5": 1.5 * np.log(p),
                "pos-weight": (total - n) / n,
            }
            for scheme, weights in expected.items():
                got = self.weights(counts, scheme)
                worst = ulps(got, weights).max()
                # numpy sums pairwise, and its log and expm1 are not the C library's
                limit = 20 if scheme.startswith("effective") else 4
                self.assertLessEqual(worst, limit, scheme)

    def test_effective_keeps_its_digits(self):
        """1 - b^n of exact rationals, b so near 1 that b^n - 1 would cancel."""
        counts = np.array([1, 7, 100, 3000], np.uint64)
        b = Fraction(0.99999999999)
        each = [(1 - b) / (1 - b ** int(n)) for n in counts]
        expected = np.array([float(e * 4 / sum(each)) for e in each])
        got = self.weights(counts, "effective:0.99999999999")
        self.assertLessEqual(ulps(got, expected).max(), 4)

    def test_normalizations(self):
        for counts in self.sets():
            raw = self.weights(counts, "inverse-sqrt")
            for norm, by in (("mean", raw.mean()), ("sum", raw.sum()),
                             ("max", raw.max())):
                got = self.weights(counts, "inverse-sqrt", norm)
                np.testing.assert_allclose(got, raw / by, rtol=1e-14)

    def test_imbalance(self):
        for counts in self.sets():
            ratio, entropy, gini = map(float, probe(counts, "imbalance").split())
            n = counts.astype(np.float64)
            p, k = n / n.sum(), len(n)
            self.assertEqual(ratio, n.max() / n.min())
            expected = -(p * np.log(p)).sum() / np.log(k) if k > 1 else 1
            self.assertAlmostEqual(entropy, expected, delta=1e-13)
            double_sum = np.abs(n[:, None] - n).sum()
            self.assertAlmostEqual(gini, double_sum / (2 * k * k * n.mean()),
                                   delta=1e-14)


if __name__ == "__main__":
    unittest.main()
