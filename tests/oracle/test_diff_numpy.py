"""diff against numpy.isclose and numpy.allclose, through files: every case of NumPy's own
tests of the two (numpy/core/tests/test_numeric.py of 1.24, TestAllclose and TestIsclose),
and random bits of 14 x 14 types, in every container and each against another.

What NumPy says at run time is expected: the count, the first place, the values there and
the exit code. DSI_ALL_SIZES=1 takes 200,000 values a pair of types instead of 300."""

import json
import os
import subprocess
import warnings

from close_values import (RULES, TOLERANCES, TYPES, at_the_limit, bits, cast, dtype,
                          nudged, small, specials)
import numpy as np  # after what is above, which sets it up
import h5py

from oracle import BUILD, TestCase, main

warnings.simplefilter("ignore")
np.seterr(all="ignore")
PROGRAM = str(BUILD / "dsinspect")
ALL = os.environ.get("DSI_ALL_SIZES") == "1"
SHAPE = (800, 250) if ALL else (20, 15)
LEVELS = [None, "portable", "avx2", "avx512"]


def diff(a, b, *options, level=None):
    """(exit code, rows by name)."""
    env = dict(os.environ, **({"DSINSPECT_CPU": level} if level else {}))
    done = subprocess.run([PROGRAM, "diff", "-f", "json", "--any-dtype", *options,
                           str(a), str(b)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env)
    if done.stderr or not done.stdout:
        raise AssertionError(f"{a} {b}: exit {done.returncode}, {done.stderr!r}")
    return done.returncode, {row["name"].removesuffix(".npy").lstrip("/"): row
                             for row in json.loads(done.stdout)["rows"]}


def options(rtol, atol, equal_nan):
    return [f"--rtol={rtol}", f"--atol={atol}"] + ["--equal-nan"] * equal_nan


def shown(value):
    """As JSON has it."""
    if value.dtype.kind == "c":
        return None
    return value.item() if np.isfinite(value) else None


def expected(a, b, *rule):
    """What isclose says: n, n_diff, where the first is, and the values there."""
    close = np.isclose(a, b, *rule)
    if close.all():
        return close.size, 0, None, None, None
    first = np.unravel_index(np.argmin(close), close.shape)
    values = [np.broadcast_to(x, close.shape)[first] for x in (a, b)]
    return (close.size, np.count_nonzero(~close), ",".join(map(str, first)),
            *map(shown, values))


def found(row, a, b):
    """The same of a row. Complex numbers are texts there, and are left out."""
    values = [None if x.dtype.kind == "c" else row[side]
              for side, x in (("a", a), ("b", b))]
    return row["n"], row["n_diff"], row["at"], *values


class Files(TestCase):
    """Writes arrays by name, as npz, HDF5, or a folder of npy."""

    def npz(self, name, arrays):
        np.savez(self.dir / f"{name}.npz", **arrays)
        return self.dir / f"{name}.npz"

    def npz_deflated(self, name, arrays):
        np.savez_compressed(self.dir / f"{name}.z.npz", **arrays)
        return self.dir / f"{name}.z.npz"

    def h5(self, name, arrays):
        with h5py.File(self.dir / f"{name}.h5", "w") as file:
            for i, (key, array) in enumerate(arrays.items()):
                more = [{}, {"chunks": True}, {"compression": "gzip", "shuffle": True}]
                more = more[i % 3] if array.ndim and array.size else {}
                file.create_dataset(key, data=array, **more)
        return self.dir / f"{name}.h5"

    def folder(self, name, arrays):
        (self.dir / name).mkdir()
        for key, array in arrays.items():
            np.save(self.dir / name / f"{key}.npy", array)
        return self.dir / name


# --- NumPy's own tests -----------------------------------------------------------------

RTOL, ATOL = 1e-5, 1e-8
INF, NAN = np.inf, np.nan
ARR, ARAN = np.array([100, 1000]), np.arange(125).reshape((5, 5, 5))
MIN_INT = np.array([np.iinfo(np.int_).min], dtype=np.int_)

# What the tests say of them: all values are close, none is, or these are.
ALL_CLOSE = [
    ([1, 0], [1, 0]),
    ([ATOL], [0]),
    ([1], [1 + RTOL + ATOL]),
    (ARR, ARR + ARR * RTOL),
    (ARR, ARR + ARR * RTOL + ATOL),
    (ARR, ARR + ARR * RTOL + ATOL * 2),
    (ARAN, ARAN + ARAN * RTOL),
    (INF, INF),
    (INF, [INF]),
    ([INF, -INF], [INF, -INF]),
    (MIN_INT, MIN_INT),
    (1, 1),
    ([1], [1]),
]
NONE_CLOSE = [
    ([INF, 0], [1, INF]),
    ([INF, -INF], [1, 0]),
    ([INF, INF], [1, -INF]),
    ([INF, INF], [1, 0]),
    ([NAN, 0], [NAN, -INF]),
    ([ATOL * 2], [0]),
    ([1], [1 + RTOL + ATOL * 2]),
    (ARAN, ARAN + RTOL * 1.1 * ARAN + ATOL * 1.1),
    (np.array([INF, 1]), np.array([0, INF])),
    (INF, -INF),
    (0, INF),
]
SOME_CLOSE = [
    ([INF, 0], [INF, ATOL * 2], [True, False]),
    ([ATOL, 1, 1e6 * (1 + 2 * RTOL) + ATOL], [0, NAN, 1e6], [True, False, False]),
    (np.arange(3), [0, 1, 2.1], [True, True, False]),
    (NAN, [NAN, NAN, NAN], [False, False, False]),
    ([0], [ATOL, INF, -INF, NAN], [True, False, False, False]),
    (0, [ATOL, INF, -INF, NAN], [True, False, False, False]),
]
NOT_ALL_CLOSE = [
    ([INF, 0], [1, 0]),
    ([INF, INF], [1, INF]),
    ([-INF, 0], [INF, 0]),
    ([NAN, 0], [NAN, 0]),
    (ARAN, ARAN + ARAN * ATOL + ATOL * 2),
]
EQUAL_NAN = [
    ([1., NAN], [1., NAN]),
    (NAN, NAN),
]
# Files have no masks: what stands below them, which a masked array hides.
BELOW_MASKS = [
    (2, [0, 1, 2]), ([0, 1, 2], 2), (INF, [NAN, INF, NAN]), ([NAN, INF, NAN], INF),
    (NAN, [NAN, NAN, NAN]), ([NAN, NAN, NAN], NAN), ([NAN, NAN, NAN], [NAN, NAN, NAN]),
]


class NumpysTests(Files):
    def case(self, x, y, equal_nan=False, says=None):
        """x against y as .npy; says is what NumPy's test expects of isclose."""
        a, b = np.asarray(x), np.asarray(y)
        close = np.isclose(x, y, equal_nan=equal_nan)
        if says is not None:
            self.check(np.array_equal(close, np.broadcast_to(says, np.shape(close))))
        np.save(self.dir / "a.npy", a)
        np.save(self.dir / "b.npy", b)
        before = [(self.dir / name).read_bytes() for name in ("a.npy", "b.npy")]
        code, rows = diff(self.dir / "a.npy", self.dir / "b.npy",
                          *["--equal-nan"] * equal_nan)
        (row,) = rows.values()
        close = np.asarray(close)
        with self.subTest(a=x, b=y):
            self.assertEqual(code, int(not np.allclose(x, y, equal_nan=equal_nan)))
            self.assertEqual(row["status"], ["same", "differs"][code])
            self.assertEqual(found(row, a, b), expected(x, y, RTOL, ATOL, equal_nan))
            self.assertEqual(before, [(self.dir / name).read_bytes()
                                      for name in ("a.npy", "b.npy")])

    def test_all_close(self):
        for x, y in ALL_CLOSE:
            self.case(x, y, says=True)

    def test_none_close(self):
        for x, y in NONE_CLOSE:
            self.case(x, y, says=False)

    def test_some_close(self):
        for x, y, says in SOME_CLOSE:
            self.case(x, y, says=says)

    def test_not_all_close(self):
        for x, y in NOT_ALL_CLOSE:
            self.check(not np.allclose(x, y))
            self.case(x, y)

    def test_equal_nan(self):
        for x, y in EQUAL_NAN:
            self.case(x, y, equal_nan=True, says=True)
            self.case(x, y)

    def test_below_masks(self):
        for x, y in BELOW_MASKS:
            self.case(x, y)
            self.case(x, y, equal_nan=True)

    def test_timedelta(self):
        """Times agree where they are the same, and NaT is the same as NaT: that is
        isclose with atol=0 and equal_nan, which is what NumPy's test asks."""
        a = np.array([[1, 2, 3, "NaT"]], dtype="m8[ns]")
        self.check(np.isclose(a, a, atol=0, equal_nan=True).all())
        np.save(self.dir / "a.npy", a)
        code, rows = diff(self.dir / "a.npy", self.dir / "a.npy", *options(0, 0, True))
        self.assertEqual((code, [row["n_diff"] for row in rows.values()]), (0, [0]))
        np.save(self.dir / "b.npy", a + np.array([[0, 1, 0, 0]], "m8[ns]"))
        code, rows = diff(self.dir / "a.npy", self.dir / "b.npy", *options(0, 0, True))
        self.assertEqual((code, [row["at"] for row in rows.values()]), (1, ["0,1"]))

    def test_all_of_them_in_one_file(self):
        pairs = (ALL_CLOSE + NONE_CLOSE + [(x, y) for x, y, _ in SOME_CLOSE] +
                 NOT_ALL_CLOSE + EQUAL_NAN + BELOW_MASKS)
        sides = [{f"case{i:02}": np.asarray(pair[side]) for i, pair in enumerate(pairs)}
                 for side in (0, 1)]
        for write in self.npz, self.npz_deflated, self.h5, self.folder:
            a, b = write("a", sides[0]), write("b", sides[1])
            for equal_nan in False, True:
                code, rows = diff(a, b, *["--equal-nan"] * equal_nan)
                self.assertEqual((code, len(rows)), (1, len(pairs)))
                for i, (x, y) in enumerate(pairs):
                    with self.subTest(file=a.name, a=x, b=y):
                        self.assertEqual(
                            found(rows[f"case{i:02}"], np.asarray(x), np.asarray(y)),
                            expected(x, y, RTOL, ATOL, equal_nan))


# --- 14 x 14 types ---------------------------------------------------------------------

def filled(ta, tb, n):
    """Half of it random bits; the rest values near each other, at the limits, special."""
    k = n // 8
    parts = [(bits(ta, n - 4 * k), bits(tb, n - 4 * k))]
    a = bits(ta, k)
    parts.append((a, nudged(cast(a, dtype(tb)))))
    parts.append((specials(ta, k), specials(tb, k)))
    for rtol, atol in TOLERANCES[::2]:
        b = small(tb, k)
        parts.append((at_the_limit(b, ta, rtol, atol), b))
    return [np.concatenate(side).reshape(SHAPE) for side in zip(*parts)]


def stored(arrays, how):
    """As they are, or in the other byte order, in Fortran order, or both, by turns."""
    for i, (key, array) in enumerate(arrays.items()):
        turn = (i + how) % 4
        if turn & 1:
            array = array.astype(array.dtype.newbyteorder(">"))
        yield key, np.asfortranarray(array) if turn & 2 else array


class EveryPairOfTypes(Files):
    def setUp(self):
        super().setUp()
        pairs = {f"{ta}_{tb}": filled(ta, tb, SHAPE[0] * SHAPE[1])
                 for ta in TYPES for tb in TYPES}
        self.assertEqual(len(pairs), 196)
        self.a = {key: a for key, (a, _) in pairs.items()}
        self.b = {key: b for key, (_, b) in pairs.items()}
        self.expected = {rule: {key: expected(*pair, *rule)
                                for key, pair in pairs.items()} for rule in RULES}

    def compare(self, a, b, rule, **how):
        code, rows = diff(a, b, *options(*rule), **how)
        self.assertEqual((code, sorted(rows)), (1, sorted(self.a)))
        for key, row in rows.items():
            want = self.expected[rule][key]
            got = found(row, self.a[key], self.b[key])
            if got != want or row["status"] != ("differs" if want[1] else "same"):
                with self.subTest(files=f"{a.name} {b.name}", pair=key, rule=rule):
                    self.assertEqual((got, row["status"]), (want, None))

    def test_the_arrays_agree_in_part(self):
        """Else what follows would show little."""
        for rule in RULES[2:]:
            some = [0 < n_diff < n for n, n_diff, *_ in self.expected[rule].values()]
            self.check(sum(some) > (180 if rule[0] else 140), f"{rule}: {sum(some)}")

    def test_every_container_and_each_against_another(self):
        writers = [self.npz, self.h5, self.folder]
        if not ALL:
            writers.append(self.npz_deflated)
        sides = [(write("a", dict(stored(self.a, i))), write("b", dict(stored(self.b, i // 2))))
                 for i, write in enumerate(writers)]
        for i, rule in enumerate(RULES):
            for k, (a, b) in enumerate(sides):
                self.compare(a, b, rule, level=LEVELS[(i + k) % 4])
            self.compare(sides[i % len(sides)][0], sides[(i + 1) % len(sides)][1], rule)

    def test_one_type_is_the_same_as_itself(self):
        """Against a copy of itself, in other byte orders and layouts: only NaN, and
        complex numbers with infinite parts, differ. Without --any-dtype, too."""
        mine = {t: self.a[f"{t}_{t}"] for t in TYPES}
        a = self.npz("a", dict(stored(mine, 0)))
        for i, write in enumerate([self.npz, self.h5, self.folder]):
            b = write("b", dict(stored(mine, i + 1)))
            for rule in RULES[2:]:
                for level in LEVELS[1:]:
                    _, rows = diff(a, b, *options(*rule), level=level)
                    for t, array in mine.items():
                        with self.subTest(type=t, rule=rule, b=b.name, level=level):
                            self.assertEqual(found(rows[t], array, array),
                                             expected(array, array, *rule))


if __name__ == "__main__":
    main()
