"""range and its options against NumPy, Pillow and scikit-learn: the lines that normalise,
what is expected, verdicts, the advice to take logarithms, and what is left out."""

import json
import math
import subprocess

import jsonschema
import numpy as np
from PIL import Image
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from oracle import BUILD, SOURCE, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((SOURCE / "docs/schema/range.schema.json").read_text()))


class Range(TestCase):
    def call(self, *words, stdin=b""):
        return subprocess.run([PROGRAM, "range", *map(str, words)], input=stdin,
                              cwd=self.dir, capture_output=True, timeout=60)

    def report(self, *words, stdin=b"", code=0):
        done = self.call("-fjson", *words, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr)
        report = json.loads(done.stdout)
        SCHEMA.validate(report)
        return report

    def rows(self, *words, **how):
        return self.report(*words, **how)["rows"]

    def line(self, *words):
        done = self.call("-q", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def save(self, name, values):
        np.save(self.dir / name, values)
        return self.dir / name

    def near(self, got, expected, tolerance=1e-12):
        np.testing.assert_allclose(np.array(got, float), np.array(expected, float),
                                   rtol=tolerance, atol=tolerance)


class Kept:
    """Stands for a library that is not here: keeps what it is called with."""

    def __getattr__(self, name):
        return lambda **words: (name, words)


class Emit(Range):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(3)
        (self.dir / "tree/a").mkdir(parents=True)
        (self.dir / "tree/b").mkdir()
        pixels = rng.integers(0, 256, (17, 9, 3)).astype(np.uint8)
        pictures = {
            "a/rgb.png": Image.fromarray(pixels),
            "a/grey.png": Image.fromarray(rng.integers(90, 99, (5, 31)).astype(np.uint8)),
            "b/alpha.png": Image.fromarray(rng.integers(0, 200, (6, 8, 4)).astype(np.uint8)),
            "b/palette.png": Image.fromarray(pixels).quantize(7),
            "b/bits.png": Image.fromarray(rng.random((12, 11)) < 0.3),
            "b/photo.jpg": Image.fromarray(pixels),
        }
        for name, picture in pictures.items():
            picture.save(self.dir / "tree" / name)

    def pooled(self, names, mode):
        """All pixels, in float64; one row a channel."""
        parts = []
        for name in names:
            with Image.open(self.dir / "tree" / name) as picture:
                values = np.asarray(picture.convert(mode), np.float64)
            parts.append(values.reshape(-1, len(mode)))
        return np.concatenate(parts)

    def everything(self):
        return self.pooled(["a/rgb.png", "a/grey.png", "b/alpha.png", "b/palette.png",
                            "b/bits.png", "b/photo.jpg"], "RGB")

    def test_grey_is_r_g_and_b_where_there_is_colour(self):
        pixels = self.everything() / 255
        got = eval(self.line("--emit=torchvision", "tree"), {"transforms": Kept()})
        self.assertEqual(got[0], "Normalize")
        self.near(got[1]["mean"], pixels.mean(0))
        self.near(got[1]["std"], pixels.std(0))

    def test_not_the_mean_of_the_pictures_deviations(self):
        each = [self.pooled([name], "RGB").std(0) / 255 for name in ("a/rgb.png", "a/grey.png")]
        (self.dir / "tree/b").rename(self.dir / "aside")
        for extra in ("b",):
            (self.dir / "tree" / extra).mkdir()
        got = eval(self.line("--emit=torchvision", "tree"), {"transforms": Kept()})
        self.check((abs(np.mean(each, 0) - got[1]["std"]) > 0.01).all())
        self.near(got[1]["std"], self.pooled(["a/rgb.png", "a/grey.png"], "RGB").std(0) / 255)

    def test_every_library(self):
        pixels = self.everything()
        name, words = eval(self.line("--emit=mindspore", "tree"), {"vision": Kept()})
        self.near(words["mean"] + words["std"], [*pixels.mean(0), *pixels.std(0)])
        name, words = eval(self.line("--emit=albumentations", "tree"), {"A": Kept()})
        self.near(words["mean"] + words["std"],
                  [*pixels.mean(0) / 255, *pixels.std(0) / 255])
        self.assertEqual(words["max_pixel_value"], 255.0)
        tf = Kept()
        tf.keras = Kept()
        tf.keras.layers = Kept()
        name, words = eval(self.line("--emit=keras", "tree"), {"tf": tf})
        self.assertEqual((name, words["axis"]), ("Normalization", -1))
        self.near(words["mean"] + words["variance"], [*pixels.mean(0), *pixels.var(0)])
        got = json.loads(self.line("--emit=json", "tree"))
        self.assertEqual((got["channels"], got["unit"]), (["R", "G", "B"], 255))
        self.assertEqual(got["n"], [len(pixels)] * 3)
        self.near(got["min"] + got["max"], [*pixels.min(0), *pixels.max(0)])

    def test_grey_alone_is_one_channel(self):
        values = self.pooled(["a/grey.png"], "L") / 255
        (self.dir / "tree/a/rgb.png").unlink()
        got = eval(self.line("--emit=torchvision", "tree/a"), {"transforms": Kept()})
        self.near(got[1]["mean"] + got[1]["std"], [values.mean(), values.std()])

    def test_sixteen_bits_are_brought_to_eight(self):
        deep = np.random.default_rng(1).integers(0, 65536, (20, 30)).astype(np.uint16)
        Image.fromarray(deep).save(self.dir / "deep.png")
        got = eval(self.line("--emit=torchvision", "deep.png"), {"transforms": Kept()})
        self.near(got[1]["mean"] + got[1]["std"], [deep.mean() / 65535, deep.std() / 65535])
        got = eval(self.line("--emit=albumentations", "deep.png"), {"A": Kept()})
        self.assertEqual(got[1]["max_pixel_value"], 65535.0)
        both = np.concatenate([deep.ravel() / 257, self.pooled(["a/grey.png"], "L").ravel()])
        got = json.loads(self.line("--emit=json", "deep.png", "tree/a/grey.png"))
        self.near(got["mean"] + got["std"], [both.mean(), both.std()])

    def test_sklearn(self):
        x = np.random.default_rng(5).normal([1, -20, 7], [3, 0.1, 0], (400, 3))
        self.save("x.npy", x)
        names = {"np": np, "StandardScaler": StandardScaler}
        exec(self.line("--emit=sklearn", "x.npy"), names)
        got, wanted = names["scaler"], StandardScaler().fit(x)
        for field in ("mean_", "var_", "scale_"):
            self.near(getattr(got, field), getattr(wanted, field))
        self.assertEqual((got.n_features_in_, got.n_samples_seen_),
                         (wanted.n_features_in_, wanted.n_samples_seen_))
        self.near(got.transform(x), wanted.transform(x), 1e-9)

    def test_sklearn_with_gaps(self):
        x = np.random.default_rng(6).normal(size=(50, 2))
        x[3:9, 1] = np.nan
        self.save("x.npy", x)
        names = {"np": np, "StandardScaler": StandardScaler}
        exec(self.line("--emit=sklearn", "x.npy"), names)
        wanted = StandardScaler().fit(x)
        self.assertEqual(list(names["scaler"].n_samples_seen_), list(wanted.n_samples_seen_))

    def test_columns_go_together_by_name(self):
        """The fields of a record are its columns, and another table may have another order."""
        rng = np.random.default_rng(7)
        x = np.zeros(60, [("a", "f4"), ("b", "f8"), ("c", "i4")])
        for name, size in ("a", 1), ("b", 1e6), ("c", 50):
            x[name] = rng.random(60) * size
        self.save("x.npy", x)
        names = {"np": np, "StandardScaler": StandardScaler}
        exec(self.line("--emit=sklearn", "x.npy"), names)
        got, columns = names["scaler"], [x[n].astype(float) for n in x.dtype.names]
        wanted = StandardScaler().fit(np.stack(columns, 1))
        self.near(got.mean_, wanted.mean_)
        self.near(got.scale_, wanted.scale_)
        self.assertEqual((got.n_features_in_, got.n_samples_seen_), (3, 60))
        for name, text in ("ab", "1,10\n2,20"), ("ba", "30,3\n40,4"), ("bc", "30,3\n40,4"):
            (self.dir / f"{name}.csv").write_text(f"{name[0]},{name[1]}\n{text}\n")
        for words, channels, mean in (
                (("ab.csv", "ba.csv"), ["a", "b"], [2.5, 25]),
                (("ab.csv:b", "ba.csv:b"), ["b"], [25]),
                (("ab.csv:b", "ab.csv:a"), ["b", "a"], [15, 1.5])):
            got = json.loads(self.line("--emit=json", *words))
            self.assertEqual((got["channels"], got["mean"]), (channels, mean), words)
        for other in "bc.csv", "ba.csv:a":
            said = self.call("--emit=json", "ab.csv:b", other).stderr
            self.check(b"other channels" in said, said)

    def test_floats_are_as_they_are(self):
        x = np.random.default_rng(5).random((10, 4, 4, 3)).astype(np.float32)
        self.save("x.npy", x)
        got = eval(self.line("--emit=torchvision", "x.npy"), {"transforms": Kept()})
        self.near(got[1]["mean"], x.astype(float).mean((0, 1, 2)))

    def test_no_division_by_zero(self):
        self.save("x.npy", np.full((9, 2), 51, np.uint8))
        got = eval(self.line("--emit=torchvision", "x.npy"), {"transforms": Kept()})
        self.assertEqual((got[1]["mean"], got[1]["std"]), ([0.2, 0.2], [1.0, 1.0]))

    def test_what_does_not_go_together(self):
        self.save("a.npy", np.ones((4, 3)))
        self.save("b.npy", np.ones((4, 2)))
        self.save("c.npy", np.ones((4, 3), np.uint8))
        self.save("d.npy", np.full((4, 3), np.nan))
        for words, said in ((("a.npy", "b.npy"), b"other channels"),
                            (("a.npy", "c.npy"), b"other ranges"),
                            (("a.npy", "tree"), b"other channels"),
                            (("d.npy",), b"no finite value")):
            done = self.call("--emit=json", *words)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)
            self.check(said in done.stderr, done.stderr)

    def test_names_that_are_no_utf_8(self):
        (self.dir / "x.csv").write_bytes(b'a\xff,"b""\xc3\xa9"\n1,2\n')
        got = json.loads(self.line("--emit=json", "x.csv"))
        self.assertEqual(got["channels"], ["a\\xff", 'b"\u00e9'])

    def test_variance_beyond_float64(self):
        self.save("x.npy", np.array([[1e300], [-1e300]]))
        for code in "keras", "sklearn":
            done = self.call(f"--emit={code}", "x.npy")
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.check(b"variance" in done.stderr, done.stderr)
        got = eval(self.line("--emit=mindspore", "x.npy"), {"vision": Kept()})
        self.assertEqual(got[1], {"mean": [0.0], "std": [1e300]})

    def test_the_report_goes_to_files(self):
        self.check(self.line("--emit=keras", "-o", "out.json", "tree").startswith("tf."))
        report = json.loads((self.dir / "out.json").read_text())
        SCHEMA.validate(report)
        self.assertEqual(len(report["rows"]), 6)


class For(Range):
    def columns(self, target):
        return [(row["scale"], row["shift"]) for row in self.rows(f"--for={target}", "x.npy")]

    def test_as_scikit_learn(self):
        x = np.random.default_rng(8).normal([0, 1e4, -3, 2], [1, 20, 1e-3, 0], (301, 4))
        x[10:20, 0] = np.nan
        self.save("x.npy", x)
        for target, scaler in (("sigmoid", MinMaxScaler()),
                               ("tanh", MinMaxScaler(feature_range=(-1, 1)))):
            scaler.fit(x)
            got = np.array(self.columns(target))
            self.near(got[:, 0], scaler.scale_)
            self.near(got[:, 1], scaler.min_)
        for target, scaler in (("zscore", StandardScaler()), ("robust", RobustScaler())):
            wanted = scaler.fit_transform(x)
            got = np.array(self.columns(target))
            self.near(got[:, 0], 1 / scaler.scale_, 1e-10)
            self.near(x * got[:, 0] + got[:, 1], wanted, 1e-6)

    def test_nothing_to_map(self):
        self.save("x.npy", np.full((3, 1), np.nan))
        self.assertEqual(self.columns("tanh"), [(None, None)])
        self.save("x.npy", np.array([[0.0], [np.inf]]))
        self.assertEqual(self.columns("sigmoid"), [(None, None)])


class Expect(Range):
    def setUp(self):
        super().setUp()
        self.x = np.random.default_rng(2).random((500, 3)).astype(np.float32)
        self.x[:, 1] = self.x[:, 1] / 2 + 0.25
        self.save("x.npy", self.x)

    def holds(self, text, *words):
        done = self.call("-q", f"--expect={text}", *(words or ("x.npy",)))
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(done.returncode, int(b"[expect]" in done.stderr), done.stderr)
        return done.returncode == 0

    def test_facts(self):
        x = self.x.astype(float)
        mean = "/".join(map(repr, x.mean(0).tolist()))
        std = "/".join(map(repr, x.std(0).tolist()))
        median = "/".join(map(repr, np.percentile(x, 50, axis=0).tolist()))
        for text, wanted in (("min=0,max=1", True), ("min=0.3,tol=0", False),
                             ("max=0.9", False), ("max=0.9,tol=0.1", True),
                             (f"mean={mean},std={std},tol=1e-12", True),
                             (f"p50={median},tol=1e-12", True), ("mean=0.5,tol=0", False),
                             ("mean=0.5,tol=0.05", True), ("std=1/1/1", False),
                             (f"mean={x.mean(0)[0]}/0/0,tol=inf", True)):
            self.assertEqual(self.holds(text), wanted, text)

    def test_extremes_are_bounds(self):
        self.check(self.holds("min=-5,max=7,tol=0"))

    def test_as_many_as_there_are_channels(self):
        self.check(not self.holds("mean=0.5/0.5"))
        self.check(not self.holds("mean=0.5/0.5/0.5/0.5"))

    def test_colours(self):
        (self.dir / "t/a").mkdir(parents=True)
        Image.new("RGBA", (4, 4), (10, 20, 30, 255)).save(self.dir / "t/a/0.png")
        for text, wanted in (("mean=10/20/30,tol=0", True), ("mean=10/20/31,tol=0", False),
                             ("mean=10/20/30/255", True), ("mean=10/20", False)):
            self.assertEqual(self.holds(text, "t"), wanted, text)
        # Nothing is expected of grey, so that nobody can say it holds.
        Image.new("L", (4, 4), 77).save(self.dir / "t/a/1.png")
        self.check(not self.holds("mean=10/20/30,tol=0", "t"))
        self.check(self.holds("mean=80,tol=300", "t"))

    def test_severity_and_formats(self):
        self.assertEqual(self.call("--expect=max=0", "--severity=expect=off",
                                   "x.npy").returncode, 0)
        found = self.report("--expect=max=0,tol=0", "x.npy", code=1)["findings"]
        self.assertEqual([f["severity"] for f in found if f["rule"] == "expect"],
                         ["error"] * 3)
        self.assertEqual(self.call("--expect=max=0", "--emit=json", "x.npy").returncode, 1)

    def test_what_is_not_known_does_not_hold(self):
        self.save("x.npy", np.full((3, 1), np.nan))
        self.check(not self.holds("mean=0,tol=inf"))
        self.save("t.npy", np.array(["2020-01-01"], "M8[D]"))
        self.check(not self.holds("min=0", "t.npy"))

    def test_usage(self):
        for text in ("maen=1", "mean", "mean=", "mean=x", "mean=nan", "tol=-1", "tol=1/2", "tol=1",
                     "mean=1,mean=2", "", ",", "mean=1,", "mean=1//2"):
            done = self.call(f"--expect={text}", "x.npy")
            self.assertEqual((done.returncode, done.stdout), (2, b""), text)
        for words in (("--no-percentiles", "--expect=p50=1"),
                      ("--no-percentiles", "--for=robust"), ("--max-spread=0",),
                      ("--for=softmax",), ("--emit=jax",), ("--emit=json", "--for=tanh"),
                      ("--channel-axis=x",)):
            self.assertEqual(self.call(*words, "x.npy").returncode, 2, words)


class Verdicts(Range):
    def test_each(self):
        rng = np.random.default_rng(4)
        for values, wanted in (
                (rng.integers(0, 200, 99).astype(np.uint8), "raw_0_255"),
                (rng.integers(0, 2, 99).astype(np.uint8), "unit_0_1"),
                (rng.random(99) * 255, "raw_0_255"),
                (rng.random(99) * 9, "other"),
                (rng.random(99), "unit_0_1"),
                (rng.random(99) * 2 - 1, "signed_1"),
                (rng.normal(size=9999), "standardised"),
                (rng.normal(size=9999) * 1.3, "other"),
                (np.append(rng.normal(size=9999), np.inf), "other"),
                (np.full(9, 4.5), "constant"), (np.array([0.0, -0.0]), "constant"),
                (np.full(9, np.nan), "empty"), (np.zeros(0), "empty")):
            self.save("x.npy", values)
            report = self.report("x.npy")
            self.assertEqual(report["rows"][0]["verdict"], wanted)
            self.assertEqual(report["summary"]["verdict"], wanted)

    def test_the_whole(self):
        self.save("x.npy", np.random.default_rng(1).random((99, 3)) * [1, 0, 1])
        self.assertEqual(self.report("x.npy")["summary"]["verdict"], "unit_0_1")
        self.save("x.npy", np.random.default_rng(1).random((99, 2)) * [1, 255])
        self.assertEqual(self.report("x.npy")["summary"]["verdict"], "mixed")

    def test_spread(self):
        rng = np.random.default_rng(1)
        x = rng.random((99, 4)) * [1, -50, 0.003, 0]
        self.save("x.npy", x)
        report = self.report("x.npy")
        reach = abs(x).max(0)[:3]
        self.near(report["summary"]["scale_spread"], math.log10(reach.max() / reach.min()))
        self.assertIn("scale_spread", [f["rule"] for f in report["findings"]])
        fields = np.rec.fromarrays(x.T, names="a,b,c,d")
        self.save("fields.npy", fields)
        summary = self.report("fields.npy")["summary"]
        self.assertEqual(summary["scale_spread"], report["summary"]["scale_spread"])
        self.assertEqual((summary["samples"], summary["channels"]), (99, 4))
        found = self.report("--max-spread=5", "x.npy")["findings"]
        self.assertNotIn("scale_spread", [f["rule"] for f in found])

    def test_splits_that_differ(self):
        x = np.random.default_rng(1).random((40, 5, 5, 3)).astype(np.float32)
        np.savez(self.dir / "x.npz", x_train=x, x_test=x * 255)
        found = [f for f in self.report("x.npz")["findings"] if f["rule"] == "mixed"]
        self.assertEqual([f["source"] for f in found], ["x.npz:x_test"] * 3)
        np.savez(self.dir / "x.npz", x_train=x, x_test=x)
        self.assertNotIn("mixed", [f["rule"] for f in self.report("x.npz")["findings"]])


def skewness(x):
    x = np.asarray(x, float)
    return ((x - x.mean()) ** 3).mean() / x.std() ** 3


class Advice(Range):
    def advice(self, values, *words):
        self.save("x.npy", values)
        report = self.report(*words, "x.npy")
        details = [f["detail"] for f in report["findings"] if f["rule"] == "log_advice"]
        self.assertEqual(report["summary"]["log1p"], len(details))
        return [float(detail.rsplit(" ", 1)[1]) for detail in details]

    def test_about_what_numpy_says(self):
        rng = np.random.default_rng(11)
        for values in (np.exp(rng.normal(2, 1, 30_000)).astype(np.float32),
                       np.exp(rng.normal(0, 2, 30_000)),
                       np.exp(rng.normal(1, 1, 30_000)).astype(np.float16),
                       rng.geometric(0.01, 30_000), rng.geometric(0.001, 30_000).astype(np.uint32),
                       rng.geometric(0.2, 30_000).astype(np.uint16),
                       np.minimum(rng.geometric(0.05, 30_000), 255).astype(np.uint8)):
            before, after = skewness(values), skewness(np.log1p(values.astype(float)))
            self.check(before > 1 and abs(after) < before / 2, "a case to advise on")
            got, = self.advice(values)
            self.check(abs(got - after) < 0.1, f"{values.dtype}: {got}, not {after}")

    def test_none_where_it_would_not_help(self):
        rng = np.random.default_rng(11)
        for values in (rng.random(5000), rng.normal(size=5000),
                       np.exp(rng.normal(size=5000)) - 5,          # below 0
                       (rng.random(5000) < 0.01).astype(float),    # stays as skewed
                       np.full(5000, 3.0), np.full(50, np.nan)):
            self.assertEqual(self.advice(values), [])

    def test_takes_further_looks_at_integers(self):
        values = np.random.default_rng(1).geometric(0.01, 30_000)
        self.assertEqual(self.advice(values, "--no-percentiles"), [])


class Values(Range):
    def test_no_percentiles(self):
        x = np.random.default_rng(1).normal(size=(50, 2))
        self.save("x.npy", x)
        whole, bare = self.rows("x.npy"), self.rows("--no-percentiles", "x.npy")
        for a, b in zip(whole, bare):
            for name in ("p01", "p25", "p50", "p75", "p99"):
                self.assertEqual(b.pop(name), None)
                self.check(a.pop(name) is not None)
            self.assertEqual(a, b)

    def test_sentinels(self):
        x = np.array([[1, -999], [2, 5], [-999, 7], [3, -1]], np.int32)
        self.save("x.npy", x)
        got = self.rows("--sentinel=-999", "--sentinel=-1", "x.npy")
        self.assertEqual([(r["n"], r["min"], r["max"], r["mean"]) for r in got],
                         [(3, 1, 3, 2), (2, 5, 7, 6)])

    def test_channel_axis(self):
        x = np.random.default_rng(1).integers(0, 1000, (6, 4, 5, 7))
        self.save("x.npy", x)
        for axis, others in ((1, (0, 2, 3)), (2, (0, 1, 3)), (-1, (0, 1, 2))):
            got = self.rows(f"--channel-axis={axis}", "x.npy")
            self.assertEqual([r["max"] for r in got], x.max(others).tolist())
            self.near([r["p25"] for r in got], np.percentile(x, 25, axis=others))
        got, = self.rows("--channel-axis=none", "x.npy")
        self.assertEqual((got["channel"], got["n"], got["max"]), ("all", x.size, x.max()))

    def test_fields_of_several_values(self):
        """Each is a source of its own: their channels are numbers, which would be mixed up."""
        x = np.zeros(20, [("p", "i2", 3), ("q", "f4", (2, 2)), ("z", "f4")])
        x["p"] = np.arange(60).reshape(20, 3)
        x["q"] = -np.arange(80).reshape(20, 2, 2)
        self.save("x.npy", x)
        got = {(r["source"], r["channel"]): r["max"] for r in self.rows("x.npy")}
        wanted = {("x.npy:p", str(c)): x["p"][:, c].max() for c in range(3)}
        wanted.update({("x.npy:q", "all"): 0, ("x.npy", "z"): 0})
        self.assertEqual(got, wanted)

    def test_integers_are_exact(self):
        x = np.array([2**63 + 1, 2**64 - 1, 2**53 + 1], np.uint64)
        self.save("x.npy", x)
        got, = self.rows("x.npy")
        self.assertEqual((got["min"], got["max"]), (2**53 + 1, 2**64 - 1))
        self.save("x.npy", np.array([-2**63, 2**53 + 1]))
        got, = self.rows("x.npy")
        self.assertEqual((got["min"], got["max"]), (-2**63, 2**53 + 1))

    def test_what_has_no_values(self):
        for values, n_rows in ((np.zeros((0, 3)), 3), (np.full((4, 2), np.nan), 2),
                               (np.zeros((5, 0)), 0), (np.zeros((3, 0, 2, 2)), 2)):
            self.save("x.npy", values)
            report = self.report("x.npy")
            self.assertEqual(len(report["rows"]), n_rows)
            self.check(all(r["n"] == 0 and r["mean"] is None and r["p50"] is None
                           for r in report["rows"]))
            self.assertIn(("no_values", "error"),
                          [(f["rule"], f["severity"]) for f in report["findings"]])

    def test_one_value(self):
        for values in (np.array(3.5), np.array([3.5]), np.array([[3.5]])):
            self.save("x.npy", values)
            got, = self.rows("x.npy")
            self.assertEqual([got[k] for k in ("n", "min", "max", "mean", "std", "p01", "p99")],
                             [1, 3.5, 3.5, 3.5, 0, 3.5, 3.5])

    def test_times_are_no_numbers(self):
        self.save("x.npy", np.array(["2020-01-01", "NaT"], "M8[D]"))
        report = self.report("x.npy")
        self.assertEqual(report["rows"], [])
        self.assertIn("not_numeric", [f["rule"] for f in report["findings"]])

    def test_columns_of_text(self):
        (self.dir / "t.csv").write_text("a,b,c\n1,x,\n2.5,7,\n,y,\nnan,8,\n")
        report = self.report("t.csv")
        self.assertEqual([(r["channel"], r["n"], r["min"], r["max"]) for r in report["rows"]],
                         [("a", 2, 1, 2.5), ("b", 2, 7, 8), ("c", 0, None, None)])
        found, = [f for f in report["findings"] if f["rule"] == "not_numbers"]
        self.check("'b': 2 texts" in found["detail"], found)

    def test_infinite_values(self):
        self.save("x.npy", np.array([1, 2, np.inf, -np.inf, np.nan, 6]))
        done = self.call("-q", "x.npy")
        row = dict(zip(*(line.split("\t") for line in done.stdout.decode().splitlines())))
        self.assertEqual((row["min"], row["max"], row["mean"]), ("-inf", "inf", "3"))
        self.assertEqual(self.rows("x.npy")[0]["max"], None)
        self.assertIn("infinite", [f["rule"] for f in self.report("x.npy")["findings"]])

    def test_a_picture_that_cannot_be_read(self):
        (self.dir / "t/a").mkdir(parents=True)
        x = np.random.default_rng(1).integers(0, 256, (9, 8, 8, 3)).astype(np.uint8)
        for i, pixels in enumerate(x):
            Image.fromarray(pixels).save(self.dir / f"t/a/{i}.png")
        (self.dir / "t/a/4.png").write_bytes(b"no picture")
        report = self.report("t")
        self.assertEqual([f["rule"] for f in report["findings"] if f["severity"] == "error"],
                         ["unreadable"])
        sound = np.delete(x, 4, 0).reshape(-1, 3)
        self.near([r["mean"] for r in report["rows"]], sound.mean(0))
        self.near([r["p75"] for r in report["rows"]], np.percentile(sound, 75, axis=0))
        self.assertEqual(report["summary"]["samples"], 8)

    def test_a_stream_is_looked_at_once(self):
        x = np.random.default_rng(1).normal(size=(5000, 2))
        whole = self.save("x.npy", x).read_bytes()
        report = self.report("-", stdin=whole)
        self.near([r["mean"] for r in report["rows"]], x.mean(0))
        self.assertEqual({r["p50"] for r in report["rows"]}, {None})
        self.assertIn("one_look", [f["rule"] for f in report["findings"]])
        x = (x * 1000).astype(np.int16)
        report = self.report("-", stdin=self.save("x.npy", x).read_bytes())
        self.near([r["p50"] for r in report["rows"]], np.percentile(x, 50, axis=0))
        self.assertNotIn("one_look", [f["rule"] for f in report["findings"]])

    def test_threads_change_nothing(self):
        rng = np.random.default_rng(1)
        self.save("x.npy", np.exp(rng.normal(size=(200_000, 3))))
        self.save("y.npy", rng.geometric(0.001, 300_000))
        outputs = {self.call("-fjson", f"-j{n}", "x.npy", "y.npy").stdout
                   for n in (1, 2, 3, 7)}
        self.assertEqual(len(outputs), 1)


class Shards(Range):
    def test_lines_and_expectations(self):
        """What merge prints is what one run prints, line, exit code and all."""
        rng = np.random.default_rng(1)
        self.save("x.npy", rng.normal(size=(200_000, 3)))
        self.save("u.npy", rng.integers(0, 256, (60, 90, 90, 3)).astype(np.uint8))
        for words in (("--emit=torchvision", "u.npy"), ("--emit=sklearn", "x.npy"),
                      ("--expect=max=1", "x.npy"), ("--expect=max=255,p50=127,tol=2", "u.npy"),
                      ("--for=tanh", "--no-percentiles", "x.npy")):
            alone = self.call(*words)
            for i in (1, 2, 3):
                self.assertEqual(self.call(f"--shard={i}/3", f"--partial=p{i}", *words)
                                 .returncode, 0)
            merged = subprocess.run([PROGRAM, "merge", "p2", "p3", "p1"], cwd=self.dir,
                                    capture_output=True, timeout=60)
            if words[0] == "--expect=max=1":  # its percentiles take another round
                self.assertEqual(merged.returncode, 1)
                continue
            self.assertEqual((merged.returncode, merged.stdout, merged.stderr),
                             (alone.returncode, alone.stdout, alone.stderr), words)


if __name__ == "__main__":
    main()
