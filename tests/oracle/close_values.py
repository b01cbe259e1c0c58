"""Values of any two number types on which numpy.isclose and ours might disagree, for
test_close.py and test_diff_numpy.py.

To be imported before NumPy is, whose |complex| it makes that of every processor."""

import os
import sys

# |complex| differs with AVX-512F from what it is everywhere else: see close.h.
assert "numpy" not in sys.modules
os.environ["NPY_DISABLE_CPU_FEATURES"] = " ".join(
    "AVX512" + s for s in ("F", "CD", "_SKX", "_CLX", "_CNL", "_ICL"))

import numpy as np  # noqa: E402

TYPES = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()
TOLERANCES = [(1e-5, 1e-8), (0, 0), (1e-3, 1e-2)]
RULES = [(r, a, e) for r, a in TOLERANCES for e in (False, True)]
random = np.random.default_rng(20230501)


def dtype(name):
    return np.dtype("?" if name == "b1" else name)


def bits(name, n):
    t = dtype(name)
    if name == "b1":
        return random.integers(0, 2, n).astype("?")
    return random.integers(0, 256, n * t.itemsize, dtype="u1").view(t)


def nudged(x):
    """x with some of its last bits changed."""
    if x.dtype == "?":
        return x ^ (random.random(x.size) < 0.1)
    part = x.dtype.itemsize // (2 if x.dtype.kind == "c" else 1)
    y = x.copy().view("u%d" % part)
    some = random.random(y.size) < 0.5
    y[some] += random.integers(-3, 4, int(some.sum())).astype(y.dtype)
    return y.view(x.dtype)


def cast(x, t):
    if x.dtype.kind == "c" and t.kind != "c":
        x = x.real
    if x.dtype.kind == "f" and t.kind in "iu":
        x = np.nan_to_num(x, nan=0, posinf=100, neginf=0)
    return x.astype(t)


def small(name, n):
    """Numbers about 0 to 300, as most pairs of types have them in common."""
    x = random.normal(size=n) * 10. ** random.integers(-6, 3, n)
    if name[0] == "c":
        x = x + 1j * random.normal(size=n) * random.integers(0, 2, n)
    if name[0] in "iu":
        x = random.integers(0, 127, n)
    return x.astype(dtype(name))


def specials(name, n):
    t = dtype(name)
    if t.kind not in "fc":
        return bits(name, n)
    info = np.finfo(t)
    some = np.array([0., -0., 1., -1., np.inf, -np.inf, np.nan, info.max, info.min,
                     info.tiny, info.smallest_subnormal], dtype=np.float64)
    x = random.choice(some, n)
    if t.kind == "c":
        y = np.empty(n, t)
        y.real, y.imag = x, random.choice(some, n)
        return y
    return x.astype(t)


def at_the_limit(b, a_type, rtol, atol):
    """Values of a that lie about where agreement ends."""
    wide = b.astype("c16" if b.dtype.kind == "c" else "f8")
    limit = atol + rtol * abs(wide)
    a = wide + limit * random.choice([1., -1., 0.5, 1.0001, 1.01], b.size)
    return nudged(cast(a, dtype(a_type)))
