"""`dsinspect balance` of masks and of declared classes, against numpy.bincount, Eigen and
Fergus's median frequency restated, and lists written by hand; and its JSON against its
schema."""

import json

import jsonschema
import numpy as np
from PIL import Image

from balance_calls import report, rows, rules, three
from oracle import SOURCE, TestCase, main


class Classes(TestCase):
    def declare(self, *names):
        path = self.dir / "classes.txt"
        path.write_text("".join(name + "\n" for name in names), encoding="utf-8")
        return f"--classes={path}"

    def test_declared_order_and_a_class_without_samples(self):
        with open(self.dir / "y.csv", "w", encoding="ascii") as file:
            file.write("label\n" + "cat\n" * 4 + "dog\n")
        option = self.declare("dog", "bird", "cat")
        found = report(self.dir / "y.csv", option,
                       f"--class-weights={self.dir / 'c.npy'}")
        self.assertEqual([(r["class"], r["index"], r["count"], r["weight"])
                          for r in found["rows"]],
                         [("dog", 0, 1, 1), ("bird", 1, 0, 0), ("cat", 2, 4, .5)])
        self.assertEqual(rules(found).count("missing_class"), 1)
        self.assertEqual(np.load(self.dir / "c.npy").tolist(), [1, 0, .5])
        for row in found["rows"]:  # nothing to repeat in a class without samples
            self.assertEqual(row["over"], 4 * (row["count"] > 0))

    def test_integers_are_positions_in_a_list_of_names(self):
        np.save(self.dir / "y.npy", np.array([0, 2, 2, 7, -1, 7]))
        found = report(self.dir / "y.npy", self.declare("dog", "bird", "cat"),
                       f"--sample-weights={self.dir / 's.npy'}")
        self.assertEqual([(r["class"], r["index"], r["count"]) for r in found["rows"]],
                         [("dog", 0, 1), ("bird", 1, 0), ("cat", 2, 2),
                          ("-1", None, 1), ("7", None, 2)])
        self.assertEqual(rules(found).count("out_of_range"), 2)
        root = 1 / np.sqrt(2)
        self.assertEqual(np.load(self.dir / "s.npy").tolist(), [1, root, root, 0, 0, 0])

    def test_integers_in_a_list_of_integers(self):
        np.save(self.dir / "y.npy", np.array([10, 20, 20, 1]))
        found = report(self.dir / "y.npy", self.declare("20", "10", "5"),
                       f"--sample-weights={self.dir / 's.npy'}")
        self.assertEqual([(r["class"], r["index"], r["count"]) for r in found["rows"]],
                         [("20", 0, 2), ("10", 1, 1), ("5", 2, 0), ("1", None, 1)])
        root = 1 / np.sqrt(2)
        self.assertEqual(np.load(self.dir / "s.npy").tolist(), [1, root, root, 0])


class Pixels(TestCase):
    def masks(self, high=6, dtype=np.uint8):
        rng = np.random.default_rng(23)
        masks = (high * rng.random((5, 40, 30)) ** 3).astype(int).astype(dtype)
        masks[1:4] %= 3  # the high classes in two masks alone
        masks[rng.random(masks.shape) < .1] = 255
        return masks

    def expect(self, masks, *inputs):
        seen = masks[masks != 255]
        values, counts = np.unique(seen, return_counts=True)
        within = [sum((m != 255).sum() for m in masks if (m == v).any()) for v in values]
        frequency = counts / within
        found = report("--pixels", "--weights=median-frequency", *inputs)
        self.assertEqual([(r["class"], r["index"], r["count"]) for r in found["rows"]],
                         [(str(v), i, n) for i, (v, n) in enumerate(zip(values, counts))])
        np.testing.assert_allclose([r["weight"] for r in found["rows"]],
                                   np.median(frequency) / frequency, rtol=1e-15)
        summary = found["summary"]
        self.assertEqual(summary["samples"], len(masks))
        self.assertEqual(summary["pixels"], seen.size)
        self.assertEqual(summary["ignored_pixels"], masks.size - seen.size)
        return found

    def save(self, masks, mode):
        folder = self.dir / mode.replace(";", "")
        folder.mkdir()
        for i, mask in enumerate(masks):
            if mode == "P":
                image = Image.fromarray(mask, "P")
                image.putpalette(np.random.default_rng(1).integers(0, 256, 768).tolist())
            else:
                image = Image.fromarray(mask)
            self.assertEqual(image.mode, mode)
            image.save(folder / f"{i}.png")
        return folder

    def test_palette(self):
        self.expect(self.masks(), self.save(self.masks(), "P"))

    def test_grey(self):
        self.expect(self.masks(), self.save(self.masks(), "L"))

    def test_sixteen_bits(self):
        masks = self.masks(4000, np.uint16)
        self.expect(masks, self.save(masks, "I;16"))

    def test_array(self):
        np.save(self.dir / "m.npy", self.masks())
        self.expect(self.masks(), self.dir / "m.npy")
        np.save(self.dir / "m.npy", np.asfortranarray(self.masks(900, ">i4")))
        self.expect(self.masks(900, ">i4"), self.dir / "m.npy")

    def test_one_by_one(self):
        folder = self.save(self.masks(), "L")
        self.expect(self.masks(), *sorted(folder.iterdir()))

    def test_ignored(self):
        folder = self.save(self.masks(), "L")
        values, counts = np.unique(self.masks(), return_counts=True)
        for options, left in ((["--ignore-label=none"], values),
                              (["--ignore-label=0", "--ignore-label=255"],
                               [v for v in values if v not in (0, 255)])):
            got = three(rows("--pixels", folder, *options))
            self.assertEqual([(name, n) for name, _, n in got],
                             [(str(v), str(n)) for v, n in zip(values, counts)
                              if v in left])

    def test_pictures_are_no_masks(self):
        folder = self.save(self.masks(), "L")
        Image.new("RGB", (4, 4)).save(folder / "rgb.png")
        np.save(folder / "array.npy", np.zeros(3))  # beside the masks, not one of them
        (folder / "broken.png").write_bytes(b"\0\1\2\3" * 9)
        found = self.expect(self.masks(), folder)
        self.assertEqual(sorted(set(rules(found)) - {"imbalance", "repeat"}),
                         ["not_a_mask", "unreadable"])


class Schema(TestCase):
    def test_json_is_as_its_schema_says(self):
        schema = json.loads((SOURCE / "docs/schema/balance.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        np.save(self.dir / "y.npy", np.array([0., np.nan, 3, 3, .5]))
        np.save(self.dir / "m.npy", np.arange(24).reshape(2, 3, 4))
        np.save(self.dir / "none.npy", np.zeros(0, np.int64))
        for args in ([self.dir / "y.npy"], [self.dir / "none.npy"],
                     [self.dir / "m.npy", "--pixels", "--params=3"],
                     [self.dir / "y.npy", self.dir / "none.npy", "--normalize=sum"]):
            found = report(*args)
            errors = [e.message for e in validator.iter_errors(found)]
            self.assertEqual(errors, [], args)
            self.assertEqual(list(found["summary"])[:11],
                             ["samples", "classes", "imbalance_ratio", "entropy", "gini",
                              "min_count", "below_min", "shortfall",
                              "samples_per_parameter", "pixels", "ignored_pixels"])


main()
