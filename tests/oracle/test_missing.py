"""missing against NumPy, pandas and h5py: each kind of value in every type and container,
chunks that were never written, and samples that cannot be read."""

import io
import json
import subprocess

import h5py
import jsonschema
import numpy as np
import pandas as pd
from PIL import Image

from oracle import BUILD, SOURCE, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((SOURCE / "docs/schema/missing.schema.json").read_text()))


class Missing(TestCase):
    def report(self, *words, stdin=b""):
        done = subprocess.run([PROGRAM, "missing", "-fjson", *map(str, words)], input=stdin,
                              cwd=self.dir, capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0,), done.stderr)
        report = json.loads(done.stdout)
        SCHEMA.validate(report)
        return report

    def counts(self, *words):
        """{(channel, kind): (count, first)}"""
        report = self.report(*words)
        for row in report["rows"]:
            self.assertGreater(row["count"], 0)
        return {(r["channel"], r["kind"]): (r["count"], r["first"]) for r in report["rows"]}

    def save(self, values, name="x.npy"):
        np.save(self.dir / name, values)
        return self.dir / name


def expected(masks):
    """masks: {(channel, kind): bool by sample, or [sample, ...]}"""
    found = {}
    for key, mask in masks.items():
        mask = np.asarray(mask)
        if mask.any():
            each = mask.reshape(len(mask), -1)
            found[key] = (int(mask.sum()), int(np.flatnonzero(each.any(1))[0]))
    return found


def of_floats(values, axis):
    masks = {}
    moved = np.moveaxis(values, axis, 1) if axis is not None else values[:, None]
    for c in range(moved.shape[1]):
        name = str(c) if axis is not None else "all"
        x = moved[:, c]
        masks[name, "nan"] = np.isnan(x)
        masks[name, "+inf"] = np.isposinf(x)
        masks[name, "-inf"] = np.isneginf(x)
    return expected(masks)


def spoiled(rng, shape, dtype, shares=(0.03, 0.001, 0.001)):
    values = rng.normal(size=shape).astype(dtype)
    for what, share in zip((np.nan, np.inf, -np.inf), shares):
        values[rng.random(shape) < share] = what
    return values


class Floats(Missing):
    def test_shapes_and_types(self):
        rng = np.random.default_rng(1)
        shapes = [((777,), None), ((1000, 1), 1), ((901, 2), 1), ((633, 3), 1), ((300, 30), 1),
                  ((129, 63), 1), ((64, 64), 1), ((70, 65), 1), ((40, 784), 1),
                  ((9, 5003), 1), ((50, 7, 5, 3), 3), ((50, 3, 7, 5), 1), ((11, 2, 40, 40), 1),
                  ((5, 90, 90, 1), 3), ((3, 300, 300, 3), 3)]
        for dtype in "f2", "f4", "f8", ">f4", ">f8":
            for shape, axis in shapes:
                for shares in (0.03, 0.001, 0.001), (0, 0, 0), (0.9, 0, 0), (0, 0, 0.0005):
                    values = spoiled(rng, shape, dtype, shares)
                    with self.subTest(dtype=dtype, shape=shape, shares=shares):
                        report = self.report(self.save(values))
                        got = {(r["channel"], r["kind"]): (r["count"], r["first"])
                               for r in report["rows"] if r["kind"] != "constant"}
                        self.assertEqual(got, of_floats(values, axis))
                        bad = ~np.isfinite(values.reshape(len(values), -1))
                        self.assertEqual(report["summary"]["rows_affected"],
                                         int(bad.any(1).sum()))
                        self.assertEqual(report["summary"]["missing"], int(bad.sum()))
                        self.assertEqual(report["summary"]["values"], values.size)
                        self.assertEqual(report["summary"]["samples"], len(values))

    def test_large_enough_for_several_blocks(self):
        values = spoiled(np.random.default_rng(2), (200_000, 5), "f4")
        values[:150_000, 3] = 1
        path = self.save(values)
        reports = [self.report(f"-j{j}", path) for j in (1, 3)]
        self.assertEqual(reports[0], reports[1])
        self.assertEqual(self.counts(path), of_floats(values, 1))

    def test_bits_of_nan(self):
        """Signalling, negative, of every payload; the largest finite numbers are none."""
        for dtype, bits in ("f2", "u2"), ("f4", "u4"), ("f8", "u8"):
            n, exponent = np.dtype(bits).itemsize * 8, {"f2": 5, "f4": 8, "f8": 11}[dtype]
            inf = ((1 << exponent) - 1) << (n - 1 - exponent)
            words = np.array([inf - 1, inf, inf + 1, inf | 1 << (n - 2 - exponent), 0,
                              (1 << (n - 1)) - 1], bits)
            words = np.concatenate([words, words | np.array(1 << (n - 1), bits)])
            values = words.view(dtype)
            self.assertEqual(self.counts(self.save(values)), of_floats(values, None))

    def test_levels_of_the_processor(self):
        import os
        path = self.save(spoiled(np.random.default_rng(3), (5000, 30), "f4"))
        seen = set()
        for level in "portable", "avx2", "avx512":
            done = subprocess.run([PROGRAM, "missing", str(path)], capture_output=True,
                                  env={**os.environ, "DSINSPECT_CPU": level})
            seen.add(done.stdout)
        self.assertEqual(len(seen), 1)


class Others(Missing):
    def test_integers_lack_nothing(self):
        for dtype in "i1", "u1", "i2", "u4", "i8", "?":
            self.assertEqual(self.counts(self.save(np.arange(30).astype(dtype))), {})

    def test_complex(self):
        rng = np.random.default_rng(4)
        for dtype in "c8", "c16":
            z = rng.normal(size=(500, 2)) + 1j * rng.normal(size=(500, 2))
            z = z.astype(dtype)
            z.real[rng.random(z.shape) < 0.05] = np.nan
            z.imag[rng.random(z.shape) < 0.05] = np.inf
            got = self.counts(self.save(z))
            for c in range(2):
                self.assertEqual(got[str(c), "nan"][0], np.isnan(z[:, c]).sum())
                self.assertEqual(got[str(c), "+inf"][0],
                                 (np.isinf(z[:, c]) & ~np.isnan(z[:, c])).sum())

    def test_times(self):
        times = np.array(["2026-01-01", "NaT", "1970-01-01", "NaT"], "M8[D]")
        self.assertEqual(self.counts(self.save(times)), {("all", "nat"): (2, 1)})
        self.assertEqual(self.counts(self.save(np.array([0, "NaT"], "m8[s]"))),
                         {("all", "nat"): (1, 1)})

    def test_sentinels_of_64_bits(self):
        """NumPy's ==, which compares integers as such."""
        for x in (np.array([1, 2**63 - 1, 5, 2**63 - 1, -2**63, 2**53, 2**53 + 1]),
                  np.array([1, 2**64 - 1, 2**64 - 2, 2**53, 2**53 + 1], np.uint64),
                  np.array([1, -128, 127, -1], np.int8)):
            numbers = [2**63 - 1, -2**63, 2**64 - 1, 2**53 + 1, -128, 128, 2**64]
            got = self.counts(*(f"--sentinel={v}" for v in numbers), self.save(x))
            expected = {}
            for v in numbers:
                mask = np.array([int(value) == v for value in x])
                if mask.any():
                    expected["all", f"sentinel:{v}"] = (mask.sum(), mask.argmax())
            self.assertEqual(got, expected)

    def test_sentinels(self):
        rng = np.random.default_rng(5)
        for dtype in "i2", "u1", "f4", "f8", "i8":
            x = rng.integers(0, 12, (3000, 2)).astype(dtype)
            if dtype[0] == "f":
                x[5] = np.nan
                x[x == 0] = -0.0
            got = self.counts("--sentinel=0", "--sentinel=7", "--sentinel=-999", self.save(x))
            masks = {(str(c), f"sentinel:{v}"): x[:, c] == v for c in (0, 1) for v in (0, 7)}
            masks.update({(str(c), "nan"): np.isnan(x[:, c].astype(float)) for c in (0, 1)})
            self.assertEqual(got, expected(masks))

    def test_structured(self):
        x = np.zeros(20, [("a", "f4"), ("b", "S4"), ("c", "i4")])
        x["a"][3] = np.nan
        x["b"] = b"text"
        x["b"][7] = b""
        got = self.report(self.save(x))
        self.assertEqual([(r["channel"], r["kind"], r["first"]) for r in got["rows"]],
                         [("a", "nan", 3), ("b", "empty", 7)])

    def test_csv_as_pandas_reads_it(self):
        text = ("a,b,c\n1,x,2\n,y,NA\nnan,,-inf\n4,z,\nNULL,w,inf\n-999,q,5\n")
        (self.dir / "t.csv").write_text(text)
        frame = pd.read_csv(io.StringIO(text))
        got = self.counts("--sentinel=-999", "t.csv")
        for column in frame:
            n = sum(count for (channel, kind), (count, _) in got.items()
                    if channel == column and kind in ("nan", "empty"))
            self.assertEqual(n, int(frame[column].isna().sum()), column)
        self.assertEqual(got["a", "sentinel:-999"], (1, 5))
        self.assertEqual((got["c", "-inf"], got["c", "+inf"]), ((1, 2), (1, 4)))
        self.assertEqual((got["a", "empty"], got["b", "empty"]), ((1, 1), (1, 2)))


class Fill(Missing):
    def test_chunks_never_written(self):
        """h5py tells which chunks were stored; what lies in the others is fill."""
        rng = np.random.default_rng(6)
        for shape, chunks, fill in (((100, 6), (10, 4), None), ((1000,), (64,), -1.0),
                                    ((40, 9, 9, 3), (7, 9, 5, 3), 0.0)):
            with h5py.File(self.dir / "x.h5", "w") as file:
                d = file.create_dataset("x", shape, "f4", chunks=chunks, fillvalue=fill,
                                        compression="gzip")
                d[3:25] = rng.integers(0, 2, (22,) + shape[1:])
                d[-9:] = 5
            stored = np.zeros(shape, bool)
            with h5py.File(self.dir / "x.h5") as file:
                d = file["x"]
                for i in range(d.id.get_num_chunks()):
                    at = d.id.get_chunk_info(i).chunk_offset
                    stored[tuple(slice(a, a + n) for a, n in zip(at, chunks))] = True
            axis = 1 if len(shape) == 2 else 3 if len(shape) == 4 else None
            moved = np.moveaxis(~stored, axis, 1) if axis else ~stored[:, None]
            masks = {(str(c) if axis else "all", "fill"): moved[:, c]
                     for c in range(moved.shape[1])}
            got = {k: v for k, v in self.counts("x.h5").items() if k[1] != "constant"}
            self.assertEqual(got, expected(masks))

    def test_nothing_written_and_declared(self):
        with h5py.File(self.dir / "x.h5", "w") as file:
            file.create_dataset("never", (50, 2), "f4", chunks=(10, 2))
            d = file.create_dataset("declared", data=np.array([1, -9, 3, -9], "i4"))
            d.attrs["_FillValue"] = np.array(-9, "i4")
        self.assertEqual(self.counts("x.h5:/never"),
                         {("0", "fill"): (50, 0), ("1", "fill"): (50, 0)})
        self.assertEqual(self.counts("x.h5:/declared"), {("all", "fill"): (2, 1)})


class Samples(Missing):
    def test_tree(self):
        rng = np.random.default_rng(7)
        for split in "a", "b":
            (self.dir / "tree" / split).mkdir(parents=True)
        noise = Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8))
        tree = self.dir / "tree"
        for i in range(4):
            noise.save(tree / f"a/{i}.png")
        Image.new("RGB", (40, 40), (9, 9, 9)).save(tree / "a/4.png")
        noise.save(tree / "b/0.jpg", quality=90)
        data = (tree / "b/0.jpg").read_bytes()
        (tree / "b/1.jpg").write_bytes(data[:len(data) // 2])
        (tree / "b/2.jpg").write_bytes(b"")
        (tree / "b/3.jpg").write_bytes(b"no picture, but text")
        report = self.report("tree")
        got = {r["kind"]: (r["channel"], r["count"], r["first"]) for r in report["rows"]}
        self.assertEqual(got, {"constant": (None, 1, 4), "truncated": (None, 1, 6),
                               "zero-byte": (None, 1, 7), "unreadable": (None, 1, 8)})
        self.assertEqual(report["summary"]["samples"], 9)
        self.assertEqual(report["summary"]["rows_affected"], 3)

    def test_constant_samples(self):
        x = np.random.default_rng(8).normal(size=(30, 4, 4))
        x[7], x[9], x[11, 0, 0] = 0, np.nan, 0
        got = self.counts(self.save(x))
        self.assertEqual(got[None, "constant"], (1, 7))
        few = np.zeros((30, 3))
        self.assertEqual(self.counts(self.save(few)), {})

    def test_unlabelled(self):
        """Counted by NumPy."""
        x = self.save(np.arange(60.).reshape(20, 3))
        numbers = np.arange(20.)
        numbers[[2, 4, 9]] = np.nan
        for labels, words, absent in (
                (numbers, (), np.isnan(numbers)),
                (np.array(["a", "", "b", "b"] * 5), (), np.arange(20) % 4 == 1),
                (np.arange(20) % 5, ("--sentinel=3",), np.arange(20) % 5 == 3),
                (np.full(20, np.nan), (), np.full(20, True))):
            y = self.save(labels, "y.npy")
            got = self.counts(f"--labels={y}", *words, x)
            self.assertEqual(got[None, "unlabelled"], (absent.sum(), absent.argmax()))
        self.assertEqual(self.counts(f"--labels={self.save(np.arange(20), 'y.npy')}", x), {})

    def test_truncated_array(self):
        path = self.save(np.ones((1000, 3)))
        path.write_bytes(path.read_bytes()[:-1201])
        report = self.report(path)
        (row,) = report["rows"]
        self.assertEqual((row["kind"], row["count"], row["first"]), ("truncated", 51, 949))
        self.assertEqual(report["summary"]["samples"], 1000)

    def test_no_samples(self):
        for values in (np.zeros((0, 3)), np.zeros(0, "U5"), np.zeros((5, 0))):
            report = self.report(self.save(values))
            self.assertEqual([(f["rule"], f["severity"]) for f in report["findings"]],
                             [] if len(values) else [("no_values", "error")])
            self.assertEqual(report["summary"]["samples"], len(values))

    def test_max_share(self):
        path = self.save(np.where(np.arange(100) % 10 == 0, np.nan, 1.0))
        rules = lambda *words: [f["rule"] for f in self.report(*words, path)["findings"]]
        self.assertEqual(rules(), ["missing"])
        self.assertEqual(rules("--max-share=0.1"), [])


main()
