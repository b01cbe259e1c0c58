"""diff against numpy.isclose, and its statuses and exit codes: expected values are
NumPy's, or counted by hand from how the files were made."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
import unittest.mock

import h5py
import numpy as np

PROGRAM = os.path.join(os.environ["DSI_BUILD"], "dsinspect")


def diff(*args):
    done = subprocess.run([PROGRAM, "diff", "--format=json", *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    report = json.loads(done.stdout) if done.stdout else None
    return done.returncode, report, done.stderr.decode()


def rows(*args):
    code, report, err = diff(*args)
    assert report, err
    return code, {row["name"]: row for row in report["rows"]}, report["summary"]


class Diff(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.chdir(self.folder.name)
        self.rng = np.random.default_rng(5)
        self.a = self.rng.normal(size=(300, 7)).astype(np.float32)

    def save(self, name, array):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        np.save(name, array)
        return name

    def test_numbers_are_those_of_isclose(self):
        b = self.a + self.rng.normal(scale=1e-4, size=self.a.shape).astype(np.float32)
        b[17, 3] = np.nan
        b[20, 1] = np.inf
        self.save("a.npy", self.a)
        for order in "C", "F":
            for dtype in "<f4", ">f4":
                self.save("b.npy", np.array(b, dtype, order=order))
                for rtol, atol in (1e-5, 1e-8), (0, 0), (1e-3, 1e-2), (0, 1e-4):
                    close = np.isclose(self.a, b, rtol=rtol, atol=atol)
                    code, found, _ = rows(f"--rtol={rtol}", f"--atol={atol}", "a.npy",
                                          "b.npy")
                    row = found["a.npy"]
                    self.assertEqual(row["n"], close.size)
                    self.assertEqual(row["n_diff"], np.count_nonzero(~close))
                    first = np.unravel_index(np.argmin(close), close.shape)
                    self.assertEqual(row["at"], ",".join(map(str, first)))
                    self.assertEqual(row["a"], float(self.a[first]))
                    self.assertEqual(code, 1)

    def test_the_largest_differences(self):
        b = self.a.copy()
        b[5, 2] += np.float32(0.5)
        b[250, 6] *= np.float32(1.25)
        self.save("a.npy", self.a)
        self.save("b.npy", b)
        _, found, _ = rows("a.npy", "b.npy")
        apart = np.abs(self.a - b)
        self.assertEqual(found["a.npy"]["max_abs"], float(apart.max()))
        self.assertEqual(np.float32(found["a.npy"]["max_rel"]),
                         (apart / np.abs(b)).max())
        self.assertEqual(found["a.npy"]["at"], "5,2")

    def test_what_is_the_same_in_any_container(self):
        self.save("a.npy", self.a)
        np.savez("a.npz", x=self.a)
        np.savez_compressed("c.npz", x=self.a)
        with h5py.File("a.h5", "w") as file:
            file.create_dataset("x", data=self.a, chunks=(7, 3), compression="gzip")
        for b in "a.npz:x", "c.npz:x", "a.h5:/x", "a.npy":
            code, found, summary = rows("a.npy", b)
            self.assertEqual((code, summary["same"]), (0, 1), b)
        code, found, _ = rows("a.npz", "a.h5")
        self.assertEqual((code, found["x"]["status"]), (0, "same"))

    def test_folders_pair_by_name(self):
        for side, arrays in ("A", {"w": self.a, "only": self.a, "s": self.a}), (
                "B", {"w": self.a, "s": self.a[:3], "t/u": self.a}):
            for name, array in arrays.items():
                self.save(f"{side}/{name}.npy", array)
        with open("B/only.npy", "wb") as file:
            file.write(b"\x93NUMPY")
        code, found, summary = rows("A", "B")
        self.assertEqual({name: row["status"] for name, row in found.items()},
                         {"w.npy": "same", "only.npy": "error", "s.npy": "shape",
                          "t/u.npy": "only_b"})
        self.assertEqual(code, 2)
        self.assertEqual(summary, {"compared": 2, "same": 1, "differ": 0,
                                   "not_comparable": 1, "only_a": 0, "only_b": 1,
                                   "error": 1, "ignored": 0})
        code, found, _ = rows("--exclude=only.npy", "A", "B")
        self.assertEqual((code, sorted(found)), (1, ["s.npy", "t/u.npy", "w.npy"]))

    def test_a_folder_against_a_file_of_arrays(self):
        self.save("A/enc/w.npy", self.a)
        self.save("A/v.npy", self.a)
        with h5py.File("a.h5", "w") as file:
            file["enc/w"] = self.a
            file["v"] = self.a
        code, found, _ = rows("A", "a.h5")
        self.assertEqual((code, len(found)), (0, 2))

    def test_other_types_differ_unless_told(self):
        self.save("a.npy", self.a)
        self.save("b.npy", self.a.astype(np.float64))
        code, found, _ = rows("a.npy", "b.npy")
        self.assertEqual((code, found["a.npy"]["status"]), (1, "dtype"))
        self.assertEqual(found["a.npy"]["n_diff"], 0)
        code, found, _ = rows("--any-dtype", "a.npy", "b.npy")
        self.assertEqual((code, found["a.npy"]["status"]), (0, "same"))

    def test_one_value_stands_for_all(self):
        self.save("a.npy", np.array([[1, 2], [1, 1]], np.int64))
        for one in np.int64(1), np.array([1]), np.array([[1]]):
            self.save("b.npy", one)
            for pair in ("a.npy", "b.npy"), ("b.npy", "a.npy"):
                code, found, _ = rows(*pair)
                row = found[pair[0]]
                self.assertEqual((code, row["n"], row["n_diff"], row["at"]),
                                 (1, 4, 1, "0,1"))

    def test_nothing_is_the_same_as_nothing(self):
        for shape in (0,), (0, 5), (5, 0), (3, 0, 2):
            self.save("a.npy", np.zeros(shape, np.float32))
            code, found, _ = rows("--metrics", "--tolerance-needed", "--explain", "a.npy",
                                  "a.npy")
            row = found["a.npy"]
            self.assertEqual((code, row["status"], row["n"], row["n_diff"]),
                             (0, "same", 0, 0))
            self.save("b.npy", np.zeros((2,) + shape, np.float32))
            self.assertEqual(rows("a.npy", "b.npy")[1]["a.npy"]["status"], "shape")

    def test_nan_and_texts(self):
        self.save("a.npy", np.array([1, np.nan]))
        self.assertEqual(diff("a.npy", "a.npy")[0], 1)
        self.assertEqual(diff("--equal-nan", "a.npy", "a.npy")[0], 0)
        self.assertEqual(diff("--like=assert_allclose", "a.npy", "a.npy")[0], 0)
        self.save("s.npy", np.array(["one", "two"]))
        self.save("t.npy", np.array(["one", "six"]))
        self.assertEqual(diff("s.npy", "s.npy")[0], 0)
        code, found, _ = rows("s.npy", "t.npy")
        self.assertEqual((code, found["s.npy"]["n_diff"], found["s.npy"]["at"]),
                         (1, 1, "1"))

    def test_nan_on_both_sides_is_told(self):
        for dtype in "f2", "f4", "f8", "c8":
            x = self.a.astype(dtype)
            x[[3, 100], 2] = np.nan
            self.save("a.npy", x)
            for options in (), ("--explain",), ("--max-ulp=0",):
                code, found, _ = rows(*options, "a.npy", "a.npy")
                row = found["a.npy"]
                self.assertEqual((code, row["n_diff"]), (1, 2))
                self.assertEqual(row["detail"], "NaN on both sides at the same places; "
                                                "--equal-nan lets them agree")
            self.assertEqual(diff("--equal-nan", "a.npy", "a.npy")[0], 0)
        y = x.copy()
        y[5, 1] += 1
        y[3, 2] = 0
        self.save("b.npy", y)
        _, found, _ = rows("a.npy", "b.npy")
        self.assertEqual(found["a.npy"]["detail"], "1 apart at 5,1")

    def test_how_far_apart_is_always_told(self):
        for a, b, detail in (([1, 2.5], [1, 2], "0.5 apart at 1"),
                             (2.5, 2, "0.5 apart"),
                             ([[1, np.nan]], [[1, 2]], "NaN in A alone"),
                             ([1, 2.], [np.nan, 2], "NaN in B alone"),
                             ([np.nan, 2], [1, np.nan],
                              "NaN in A and in B, at other places"),
                             ([np.inf, 2], [1, 2], "inf apart at 0")):
            self.save("a.npy", np.array(a, float))
            self.save("b.npy", np.array(b, float))
            _, found, _ = rows("a.npy", "b.npy")
            self.assertEqual(found["a.npy"]["detail"], detail)
        self.save("a.npy", np.array([3, 2**60 + 2]))
        self.save("b.npy", np.array([3, 2**60]))
        _, found, _ = rows("--max-ulp=1", "a.npy", "b.npy")
        self.assertEqual(found["a.npy"]["detail"], "2 apart at 1")

    def test_large_ones_are_shared_out(self):
        a = self.rng.normal(size=(400_000, 13)).astype(np.float32)
        b = a.copy()
        b[123_456, 7] += 1
        b[399_999, 12] += 3
        self.save("a.npy", a)
        self.save("b.npy", b)
        whole = diff("-j1", "a.npy", "b.npy")
        self.assertEqual(whole[1]["rows"][0]["at"], "123456,7")
        self.assertEqual(whole[1]["rows"][0]["n_diff"], 2)
        self.assertIn("399999,12", whole[1]["rows"][0]["detail"])
        for threads in 2, 3, 7:
            self.assertEqual(diff(f"-j{threads}", "a.npy", "b.npy"), whole)

    def test_the_tolerances_needed_are_the_smallest(self):
        """What is printed passes numpy.allclose, and the next smaller double fails."""
        def passes(a, b, rtol, atol):
            with np.errstate(all="ignore"):
                return np.allclose(a, b, rtol=rtol, atol=atol)

        for dtype in np.float16, np.float32, np.float64, np.int16, np.complex64:
            noise = self.rng.normal(scale=3e-3, size=(40, 9))
            a = (100 * self.rng.normal(size=(40, 9))).astype(dtype)
            b = (a * (1 + noise)).astype(dtype)
            b[b == 0] = 1
            self.save("a.npy", a)
            self.save("b.npy", b)
            _, found, _ = rows("--tolerance-needed", "--rtol=1e-4", "--atol=0.01",
                               "a.npy", "b.npy")
            rtol, atol = (found["a.npy"][key] for key in ("rtol_needed", "atol_needed"))
            self.assertTrue(passes(a, b, rtol, 0.01), dtype)
            self.assertFalse(passes(a, b, np.nextafter(rtol, 0), 0.01), dtype)
            self.assertTrue(passes(a, b, 1e-4, atol), dtype)
            self.assertFalse(passes(a, b, 1e-4, np.nextafter(atol, 0)), dtype)

    def test_no_tolerance_is_enough(self):
        for a, b, rtol, atol in ((1, np.nan, None, None), (1, 0, None, 1.),
                                 (np.inf, 1, None, None), (5, 5, 0, 0)):
            self.save("a.npy", np.array([a, 2.]))
            self.save("b.npy", np.array([b, 2.]))
            _, found, _ = rows("--tolerance-needed", "--atol=0", "--rtol=0", "a.npy",
                               "b.npy")
            row = found["a.npy"]
            self.assertEqual((row["rtol_needed"], row["atol_needed"]), (rtol, atol))

    def test_rows_longer_than_what_is_read_at_once(self):
        """Of every type and byte order, in files that hold them in order and otherwise."""
        for dtype in "<f4", ">f8", "?", ">i2", "<c8", "u1":
            shape = (3, 2, 300007)
            a = self.rng.integers(0, 2, shape).astype(dtype)
            b = a.copy()
            for at in (0, 1, 300001), (1, 0, 5), (2, 1, 300006):
                b[at] = 1 - b[at]
            self.save("a.npy", a)
            self.save("b.npy", b)
            self.save("f.npy", np.asfortranarray(b))
            self.save("one.npy", b[:1, :1, :1])
            with h5py.File("b.h5", "w") as file:
                file["x"] = b
                file.create_dataset("chunks", data=b, chunks=(1, 2, 5000))
            for other in "b.npy", "f.npy", "b.h5:/x", "b.h5:/chunks":
                _, found, _ = rows("a.npy", other)
                row, = found.values()
                self.assertEqual((row["n"], row["n_diff"], row["at"]),
                                 (a.size, 3, "0,1,300001"), (dtype, other))
            _, found, _ = rows("a.npy", "one.npy")
            row, = found.values()
            self.assertEqual(row["n_diff"], np.count_nonzero(a != b[0, 0, 0]))
            with open("short.npy", "wb") as file:
                file.write(pathlib.Path("b.npy").read_bytes()[:-3 * a.itemsize])
            code, found, _ = rows("a.npy", "short.npy")
            row, = found.values()
            self.assertEqual((code, row["status"], row["n_diff"]), (2, "error", 2))
            self.assertIn("ends within value", row["detail"])

    def test_metrics(self):
        """NumPy's dot and norm; PSNR as scikit-image defines it."""
        x = self.rng.normal(size=(4000, 50))
        for a, b, peak in ((x, x + self.rng.normal(size=x.shape) * .1, None),
                           (x.astype("f4"), (x * 1.01).astype("f4"), None),
                           ((x * 50 + 128).astype("u1"), (x * 49 + 127).astype("u1"), 255)):
            self.save("a.npy", a)
            self.save("b.npy", b)
            _, found, _ = rows("--metrics", "a.npy", "b.npy")
            row = found["a.npy"]
            u, v = a.ravel().astype(float), b.ravel().astype(float)
            rmse = np.sqrt(np.mean((u - v) ** 2))
            peak = peak or v.max() - v.min()
            np.testing.assert_allclose(
                [row[key] for key in ("cosine", "rmse", "psnr", "rel_l2")],
                [u @ v / np.linalg.norm(u) / np.linalg.norm(v), rmse,
                 20 * np.log10(peak / rmse), np.linalg.norm(u - v) / np.linalg.norm(v)],
                rtol=1e-12)
            whole = diff("--metrics", "--tolerance-needed", "-j1", "a.npy", "b.npy")
            for threads in 2, 5:
                self.assertEqual(diff("--metrics", "--tolerance-needed", f"-j{threads}",
                                      "a.npy", "b.npy"), whole)
        for n in range(1, 60):  # of some lengths sums would be rounded past 1
            self.save("s.npy", self.rng.normal(size=n))
            self.save("t.npy", -3 * np.load("s.npy"))
            _, found, _ = rows("--metrics", "s.npy", "s.npy")
            self.assertEqual(found["s.npy"]["cosine"], 1)
            _, found, _ = rows("--metrics", "s.npy", "t.npy")
            self.assertGreaterEqual(found["s.npy"]["cosine"], -1)
        self.save("n.npy", np.full(3, np.nan))
        _, found, _ = rows("--metrics", "n.npy", "n.npy")
        self.assertIsNone(found["n.npy"]["rmse"])

    def test_metrics_are_the_same_on_every_processor(self):
        """Of lengths that make no whole vectors, with what is not finite here and there."""
        for dtype in "f4", "f8", "f2", "i4":
            for n in 7, 1024, 16384, 70001:
                a = (self.rng.normal(size=n) * 100).astype(dtype)
                b = (a + self.rng.normal(size=n) * .1).astype(dtype)
                if n > 20000 and a.dtype.kind == "f":
                    a[[3, 5000, n - 2]] = np.nan, np.inf, np.nan
                    b[[4, 5000, 9000]] = np.inf, np.inf, -np.inf
                self.save("a.npy", a)
                self.save("b.npy", b)
                whole = diff("--metrics", "a.npy", "b.npy")
                for level in "portable", "avx2":
                    with unittest.mock.patch.dict(os.environ, DSINSPECT_CPU=level):
                        self.assertEqual(diff("--metrics", "a.npy", "b.npy"), whole)

    def test_planted_causes_are_named(self):
        x = self.rng.normal(size=(6, 16, 12, 3))
        mean, std = np.array([.485, .456, .406]), np.array([.229, .224, .225])
        ramp = np.linspace(0, 1, 100)[:, None] * [1, 2, 5]
        planted = {
            "factor 255: A = 255 B": (x * 255, x),
            "factor 255: A = B / 255": (x / 255, x),
            "RGB for BGR (axis 3)": (x, x[..., ::-1]),
            "RGB for BGR (axis 1)": (x.transpose(0, 3, 1, 2),
                                     x[..., ::-1].transpose(0, 3, 1, 2)),
            "HWC for CHW": (x, x.transpose(0, 3, 1, 2)),
            "CHW for HWC": (x.transpose(0, 3, 1, 2), x),
            "flipped along axis 2 (left and right)": (x, x[:, :, ::-1]),
            "flipped along axis 1 (up and down)": (x, x[:, ::-1]),
            "shifted by one along axis 2 (left and right)": (x, np.roll(x, 1, 2)),
            "shifted by one along axis 1 (up and down)": (x, np.roll(x, -1, 1)),
            "mean and std swapped": ((x - std) / mean, (x - mean) / std),
            "by channel: scale 2/3/4, shift 1/2/-1": (ramp * [2, 3, 4] + [1, 2, -1],
                                                      ramp),
            "A = scale B + shift: scale 0.5, shift 3": (x[..., 0] * .5 + 3, x[..., 0]),
            "A = scale B: scale 1.0001; ": (x[..., 0] * 1.0001, x[..., 0]),
            "A = B + shift: shift 0.25; ": (x[..., 0] + .25, x[..., 0]),
            "the same samples in another order": (x, x[[3, 1, 5, 0, 2, 4]]),
            "the last two axes swapped": (x[0, :, :, 0], x[0, :, :, 0].T),
            "height and width swapped": (x[0], x[0].transpose(1, 0, 2)),
        }
        for cause, (a, b) in planted.items():
            for dtype in np.float32, np.float64:
                self.save("a.npy", a.astype(dtype))
                self.save("b.npy", b.astype(dtype))
                _, found, _ = rows("--explain", "a.npy", "b.npy")
                self.assertIn(cause, found["a.npy"]["detail"])

    def test_rounding_is_named(self):
        """As NumPy rounds; to bfloat16, which it lacks, what lies near a multiple of 2^-6
        in 1 to 2 goes to that."""
        def cut_bits(x):
            return np.rint(x * 64) / 64

        x = self.rng.normal(size=(60, 40)) * 100
        near = 1 + self.rng.integers(0, 64, size=x.shape) / 64
        near += self.rng.uniform(0, 1 / 300, size=x.shape)
        for values, cause, rounded in (
                (x, "rounded to float32", lambda x: x.astype("f4")),
                (x, "rounded to float16", lambda x: x.astype("f2")),
                (near, "rounded to bfloat16", cut_bits),
                (x, "rounded to integers", np.rint),
                (x, "cut off to integers", lambda x: x.astype("i4")),
                (x, "rounded to integers of 0 to 255",
                 lambda x: np.clip(np.rint(x), 0, 255)),
                (x, "cut off to integers of 0 to 255",
                 lambda x: np.clip(x, 0, 255).astype("u1"))):
            for dtype in "f4", "f8":
                if dtype == "f4" and "float32" in cause:
                    continue
                exact = values.astype(dtype)
                self.save("a.npy", rounded(exact).astype(dtype))
                self.save("b.npy", exact)
                for a, b, names in (("a.npy", "b.npy", "A is B"),
                                    ("b.npy", "a.npy", "B is A")):
                    _, found, _ = rows("--explain", "--rtol=0", "--atol=0", a, b)
                    detail = found[a]["detail"]
                    self.assertTrue(detail.startswith(f"{names} {cause}; leaves 0 of "),
                                    (cause, dtype, detail))

    def test_noise_has_no_simple_cause(self):
        x = self.rng.normal(size=(6, 16, 12, 3))
        one = x.copy()
        one[3, 4, 5, 1] += 1
        for b in (self.rng.normal(size=x.shape), x + self.rng.normal(size=x.shape) * .01,
                  one, x[:5]):
            self.save("a.npy", x)
            self.save("b.npy", b)
            _, found, _ = rows("--explain", "a.npy", "b.npy")
            self.assertIn("no simple cause", found["a.npy"]["detail"])

    def test_trouble_is_2(self):
        self.save("a.npy", self.a)
        self.assertEqual(diff("a.npy", "nope.npy")[0], 2)
        with open("short.npy", "wb") as file:
            file.write(pathlib.Path("a.npy").read_bytes()[:-100])
        code, found, _ = rows("a.npy", "short.npy")
        self.assertEqual((code, found["a.npy"]["status"]), (2, "error"))
        np.save("o.npy", np.array([{}, 1], object), allow_pickle=True)
        self.assertEqual(diff("o.npy", "o.npy")[0], 2)
        for wrong in "--rtol=-1", "--max-ulp=1 --rtol=0", "--shard=1/2":
            self.assertEqual(diff(*wrong.split(), "a.npy", "a.npy")[0], 2)

    def test_options_that_are_not_taken_are_not_listed(self):
        page = subprocess.run([PROGRAM, "diff", "--help"], stdout=subprocess.PIPE,
                              check=True).stdout.decode()
        self.assertIn("--threads", page)
        self.save("a.npy", self.a)
        for option in "--shard", "--partial", "--pass", "--files-from":
            self.assertNotIn(option, page)
            code, _, err = diff(f"{option}=1/2", "a.npy", "a.npy")
            self.assertEqual(code, 2)
            self.assertIn("unknown option", err)
        self.assertIn("diff candidate/ benchmark/", page)

    def test_inputs_are_looked_at_before_they_are_read(self):
        os.mkfifo("fifo")
        os.mkdir("large")
        self.save("large/a.npy", self.a)
        for b, reason in (("fifo", "fifo: a FIFO"), ("-", "no standard input"),
                          ("none", "none: No such file")):
            for pair in ("large", b), (b, "large"):
                code, report, err = diff(*pair)
                self.assertEqual((code, report), (2, None))
                self.assertIn(reason, err)
        code, _, err = diff("large", "large", "large")
        self.assertEqual(code, 2)
        self.assertIn("two inputs are wanted", err)


if __name__ == "__main__":
    unittest.main()
