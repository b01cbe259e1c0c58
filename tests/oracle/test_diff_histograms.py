"""The histograms of diff --metrics against counts over NumPy's differences and over the
bits as Python's integers, of every type, at every level of processor."""

import json
import os
import subprocess

import numpy as np

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
np.seterr(all="ignore")


def metrics(a, b, *options, level=None):
    env = dict(os.environ, **({"DSINSPECT_CPU": level} if level else {}))
    done = subprocess.run([PROGRAM, "diff", "--format=json", "--any-dtype", "--metrics",
                           *options, str(a), str(b)], stdout=subprocess.PIPE, env=env)
    return json.loads(done.stdout)["rows"][0]


def bins(text):
    """[(where it begins, count), ...]"""
    return [(low, int(n)) for low, n in (part.split(":") for part in text.split())]


def ordered(x):
    """Floats as integers in their order, 0 and -0 being one."""
    b = x.view(f"u{x.dtype.itemsize}").astype(object)
    sign = 1 << (8 * x.dtype.itemsize - 1)
    return np.where(b >= sign, sign - b, b)


def distances(a, b):
    """|a - b| as doubles, units in the last place as Python's integers, and NaN."""
    nan = np.isnan(a) | np.isnan(b)
    b_float = b.astype(np.result_type(b, 1.))
    t = np.result_type(a, b_float)
    x, y = a.astype(t), b_float.astype(t)
    d = np.where((x == y) | nan, 0, np.abs(x - y)).astype(np.float64)
    if a.dtype.kind in "iub" and b.dtype.kind in "iub":
        u = np.abs(a.astype(object) - b.astype(object))
        u = np.minimum(u, 2 ** 64 - 1)
    elif t.kind == "c":
        part = f"f{t.itemsize // 2}"
        u = np.maximum(*(np.abs(ordered(np.ascontiguousarray(p).astype(part)) -
                                ordered(np.ascontiguousarray(q).astype(part)))
                         for p, q in ((x.real, y.real), (x.imag, y.imag))))
    else:
        u = np.abs(ordered(x) - ordered(y))
    return d, np.where(nan, 0, u), nan


def expected(a, b):
    d, u, nan = distances(a.ravel(), b.ravel())
    d, u = d[~nan], u[~nan]
    absolute = [("0", int((d == 0).sum()))]
    for k in range(-324, 309):
        low, high = (float(f"1e{p}") for p in (k, k + 1))
        absolute.append((f"1e{k}", int(((d > 0) & (d >= low) & (d < high)).sum())))
    absolute += [("inf", int(np.isinf(d).sum())), ("nan", int(nan.sum()))]
    units = [("0", int((u == 0).sum()))]
    lengths = np.array([int(x).bit_length() for x in u if x], dtype=int)
    units += [(str(1 << k), int((lengths == k + 1).sum())) for k in range(64)]
    units += [("nan", int(nan.sum()))]
    return [[bin for bin in some if bin[1]] for some in (absolute, units)]


class Histograms(TestCase):
    def setUp(self):
        super().setUp()
        self.rng = np.random.default_rng(11)

    def check(self, a, b, *options, levels=(None, "portable", "avx2")):
        np.save(self.dir / "a.npy", a)
        np.save(self.dir / "b.npy", b)
        want = expected(a, b)
        for level in levels:
            row = metrics(self.dir / "a.npy", self.dir / "b.npy", *options, level=level)
            got = [bins(row["abs_histogram"]), bins(row["ulp_histogram"])]
            self.assertEqual(got, want, (a.dtype, b.dtype, a.shape, level))
        self.assertEqual(sum(n for _, n in want[0]), a.size)
        return want

    def bits(self, dtype, n):
        dtype = np.dtype(dtype)
        if dtype == "?":
            return self.rng.integers(0, 2, n).astype(dtype)
        return self.rng.integers(0, 256, n * dtype.itemsize, dtype="u1").view(dtype)

    def test_by_hand(self):
        one = np.float32(1)
        b = np.full(9, one)
        a = np.array([1, np.nextafter(one, np.float32(2)), 1 - 2 ** -24, 1.1, 1.01, 11,
                      -1, np.inf, np.nan], dtype="f4")
        want = self.check(a, b)
        self.assertEqual(want[0], [("0", 1), ("1e-8", 1), ("1e-7", 1), ("1e-3", 1),
                                   ("1e-1", 1), ("1e0", 1), ("1e1", 1), ("inf", 1),
                                   ("nan", 1)])
        self.assertEqual(want[1][:2], [("0", 1), ("1", 2)])
        self.check(np.array([0., -0., 5e-324, 1e-323, 1e308, 1e-300]),
                   np.array([-0., 0., 0, 0, -1e308, 0]))

    def test_random_bits_of_every_type(self):
        for dtype in "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8".split():
            for n in 5, 3000:
                self.check(self.bits(dtype, n), self.bits(dtype, n))

    def test_types_apart(self):
        pairs = "f4:f8 f8:f4 f2:f4 i1:f2 u2:f4 i4:f4 i8:u8 u8:f8 ?:u1 i2:i8 f4:i8"
        for a, b in (pair.split(":") for pair in pairs.split()):
            x = self.rng.normal(size=2500) * 50
            self.check(x.astype(a), (x + self.rng.normal(size=2500)).astype(b))

    def test_noise(self):
        """Of many sizes, about zero, with what is not finite here and there."""
        for dtype in "f4", "f2", "f8":
            for n in 7, 1023, 1024, 1031, 40000:
                for scale in 1e-7, 1e-3, 1:
                    b = (self.rng.normal(size=n) *
                         10. ** self.rng.integers(-9, 3, n)).astype(dtype)
                    a = (b * (1 + self.rng.normal(size=n) * scale)).astype(dtype)
                    a[::11] = b[::11]
                    self.check(a, b)
                    if n > 5000:
                        a[[3, 5, 3000, 9000]] = np.nan, np.inf, -np.inf, 0
                        b[[4, 5, 3000]] = np.nan, np.inf, np.inf
                        self.check(a, b)

    def test_bounds_of_decades(self):
        """What reaches a power of ten, and what is one unit short of it."""
        for dtype, powers in (("f4", range(-44, 38)), ("f8", range(-323, 308))):
            tens = np.array([float(f"1e{k}") for k in powers]).astype(dtype)
            a = np.concatenate([tens, np.nextafter(tens, np.inf).astype(dtype),
                                np.nextafter(tens, 0).astype(dtype)])
            self.check(a, np.zeros_like(a))

    def test_one_value_against_all(self):
        a = self.rng.normal(size=(500, 7)).astype("f4")
        np.save(self.dir / "a.npy", a)
        np.save(self.dir / "b.npy", a[:1, :1])
        row = metrics(self.dir / "a.npy", self.dir / "b.npy")
        want = expected(a, np.broadcast_to(a[:1, :1], a.shape))
        self.assertEqual([bins(row["abs_histogram"]), bins(row["ulp_histogram"])], want)

    def test_threads(self):
        a = self.rng.normal(size=(3000, 300)).astype("f4")
        b = (a + self.rng.normal(size=a.shape) * 1e-5).astype("f4")
        for threads in 1, 2, 5:
            self.check(a, b, f"-j{threads}", levels=(None,))

    def test_nothing_to_count(self):
        np.save(self.dir / "t.npy", np.array([b"x", b"y"]))
        row = metrics(self.dir / "t.npy", self.dir / "t.npy")
        self.assertEqual((row["abs_histogram"], row["ulp_histogram"]), (None, None))


if __name__ == "__main__":
    main()
