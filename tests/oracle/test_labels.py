"""labels against planted truth: every case that is put into a set is found, at its place,
and nothing else is. Near names are held against all pairs, compared by the definition."""

import itertools
import json
import random
import subprocess

import h5py
import jsonschema
import numpy as np
from PIL import Image

from oracle import BUILD, SOURCE, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((SOURCE / "docs/schema/labels.schema.json").read_text()))


class Labels(TestCase):
    def report(self, *words):
        done = subprocess.run([PROGRAM, "labels", "-fjson", *map(str, words)],
                              cwd=self.dir, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        SCHEMA.validate(report)
        return report

    def found(self, *words, keys=("rule", "index", "label")):
        rows = self.report(*words)["rows"]
        return sorted((tuple(row[key] for key in keys) for row in rows),
                      key=lambda row: [(v is None, str(v)) for v in row])

    def tree(self, classes, root="tree"):
        """{folder: number of pictures}; every picture has values of its own."""
        for folder, n in classes.items():
            path = self.dir / root / folder
            path.mkdir(parents=True)
            for i in range(n):
                self.drawn = getattr(self, "drawn", 0) + 1
                pixels = np.random.default_rng(self.drawn).integers(0, 256, (8, 8, 3))
                Image.fromarray(pixels.astype(np.uint8)).save(path / f"{i:03d}.png")
        return root

    def save(self, labels, name="y.npy"):
        np.save(self.dir / name, labels)
        return name


class Told(Labels):
    def trouble(self, *words):
        done = subprocess.run([PROGRAM, *words], cwd=self.dir, capture_output=True,
                              timeout=120)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        return done.stderr.decode()

    def test_split_of_a_tree(self):
        """It was passed over, and the whole tree was looked at."""
        for split in ("train", "val"):
            self.tree({f"{split}/cat": 1, f"{split}/dog": 1})
        for tool in ("labels", "balance"):
            self.assertIn("tree: --split is for tables", self.trouble(tool, "--split=val", "tree"))

    def test_doubts_without_probabilities(self):
        y = self.save(np.arange(10) % 2)
        self.assertIn("--filter needs --pred-probs", self.trouble("labels", "--filter=both", y))
        self.assertIn("--score needs --pred-probs",
                      self.trouble("labels", "--score=normalized_margin", y))

    def test_masks(self):
        self.assertIn("masks: balance --pixels",
                      self.trouble("labels", self.save(np.zeros((3, 4, 4), int))))

    def test_names_of_missing_classes(self):
        """All that fit are named, not the first alone."""
        def detail(names):
            self.tree({f"{self.root}/train/{name}": 1 for name in names})
            self.tree({f"{self.root}/val/{names[0]}": 1})
            return next(row["detail"] for row in self.report(f"tree/{self.root}")["rows"]
                        if row["rule"] == "class_set_mismatch")

        self.root = "few"
        self.assertEqual(detail(["ant", "bee", "cow"]),
                         "2 of the classes of train have no sample here: bee, cow")
        self.root = "many"
        self.assertRegex(detail([f"{i:03d}_" + "x" * 60 for i in range(100, 200)]),
                         r"^99 of the classes .*: 101_x{60}, 102_x{60}, 103_x{60}, \.\.\.$")
        self.root = "long"
        self.assertRegex(detail(["a", "b" * 250, "c"]), r": b{200}, \.\.\.$")


class Numbers(Labels):
    def test_sound_labels(self):
        for labels in (np.arange(1000) % 7, np.array(["b", "a", "b"]), np.array([True, False]),
                       (np.arange(100) % 3).astype(np.float32)):
            self.assertEqual(self.found(self.save(labels)), [])

    def test_planted(self):
        rng = np.random.default_rng(1)
        labels = rng.integers(0, 10, 100000).astype(np.float64)
        labels[:10] = range(10)
        labels[[4711, 99999]] = np.nan
        labels[[777, 778]] = 2.5
        labels[1234] = -1
        labels[[50001, 60001]] = 1e30
        expected = [("index_gap", None, None), ("nan_label", 4711, "nan"),
                    ("non_integral", 777, "2.5"), ("out_of_range", 1234, "-1"),
                    ("out_of_range", 50001, "1e+30")]
        self.assertEqual(self.found(self.save(labels)), expected)
        np.savez_compressed(self.dir / "y.npz", y=labels)
        self.assertEqual(self.found("y.npz"), expected)
        with h5py.File(self.dir / "y.h5", "w") as file:
            file.create_dataset("label", data=labels, chunks=(1000,), compression="gzip")
        self.assertEqual(self.found("y.h5"), expected)
        summary = self.report("y.h5")["summary"]
        self.assertEqual((summary["samples"], summary["nan_label"], summary["non_integral"],
                          summary["out_of_range"]), (100000, 2, 2, 3))

    def test_numbers_in_a_table(self):
        (self.dir / "y.csv").write_text("label\n1\n" + "1" + 30 * "0" + "\n-2\n0.5\n0\n\nnan\n")
        self.assertEqual(self.found("y.csv"),
                         [("index_gap", None, None), ("nan_label", 5, "nan"),
                          ("non_integral", 3, "0.5"), ("out_of_range", 1, "1" + 30 * "0"),
                          ("out_of_range", 2, "-2")])

    def test_declared(self):
        (self.dir / "classes.txt").write_text("a\nb\nc\n")
        labels = self.save(np.array([0, 1, 1, 3, -1, 0]))
        self.assertEqual(self.found("--classes=classes.txt", labels),
                         [("missing_class", None, "c"), ("out_of_range", 3, "3"),
                          ("out_of_range", 4, "-1")])
        words = self.save(np.array(["a", "b", "d", "c"]))
        self.assertEqual(self.found("--classes=classes.txt", words),
                         [("class_set_mismatch", 2, "d")])

    def test_lengths(self):
        for n in 90, 110:
            self.save(np.arange(300).reshape(100, 3), "x.npy")
            self.save(np.arange(n) % 2)
            (row,) = self.report("--labels=y.npy", "x.npy")["rows"]
            self.assertEqual((row["rule"], row["severity"]), ("length_mismatch", "error"))
            self.assertIn(f"{n} labels for 100 samples", row["detail"])

    def test_labels_of_another_length_in_a_file(self):
        x = np.arange(300).reshape(100, 3)
        for n, others in (99, {}), (101, {}), (50, {"z": np.zeros((50, 2, 2))}):
            np.savez(self.dir / "f.npz", x=x, y=np.arange(n) % 2, **others)
            rows = self.report("f.npz")["rows"]
            rules = [(row["rule"], row["severity"]) for row in rows]
            if others:  # those are what the labels are of
                self.assertNotIn(("length_mismatch", "error"), rules)
            else:
                self.assertEqual(rules, [("length_mismatch", "error")])
                self.assertIn(f"{n} labels for 100 samples", rows[0]["detail"])

    def test_a_million_classes(self):
        labels = np.arange(1000000) * 3
        self.assertEqual(self.found(self.save(labels)), [("index_gap", None, None)])


class Trees(Labels):
    def test_sound_tree(self):
        self.tree({"train/cat": 3, "train/dog": 2, "val/cat": 1, "val/dog": 1})
        self.assertEqual(self.found("tree"), [])
        self.assertEqual(self.found("tree/train", "tree/val"), [])

    def test_splits(self):
        self.tree({"train/bird": 1, "train/cat": 3, "train/dog": 2,
                   "val/cat": 1, "val/dog": 1, "test/bird": 1, "test/cat": 1, "test/dog": 1})
        keys = ("rule", "source", "label", "other_source", "other_label")
        shift = [("class_set_mismatch", "{}", None, "{}", "bird"),
                 ("index_shift", "{}", "cat", "{}", "cat")]
        for words, sources in ((["tree"], ("val", "test")),
                               (["tree/val", "tree/train"], ("tree/val", "tree/train"))):
            expected = [(rule, sources[0], label, sources[1], other)
                        for rule, _, label, _, other in shift]
            self.assertEqual(self.found(*words, keys=keys), expected)
        self.assertEqual(self.report("tree")["summary"]["index_shift"], 2)

    def test_folders(self):
        self.tree({"cat": 3, "dog": 2, "empty": 0, ".ipynb_checkpoints": 1, "__MACOSX": 0})
        Image.new("L", (2, 2)).save(self.dir / "tree" / "loose.png")
        self.assertEqual(self.found("tree"),
                         [("empty_class", None, "__MACOSX"), ("empty_class", None, "empty"),
                          ("hidden_class", None, ".ipynb_checkpoints"),
                          ("hidden_class", None, "__MACOSX"), ("outside_classes", None, None)])

    def test_numeric_order(self):
        self.tree({str(i): 1 for i in range(12)})
        self.assertEqual(self.found("tree", keys=("rule", "severity")),
                         [("numeric_order", "note")])

    def test_severities(self):
        self.tree({"cat": 1, "dog": 0})
        self.assertEqual(self.found("tree", "--severity=empty_class=off"), [])
        (row,) = self.report("tree", "--severity=empty_class=error")["rows"]
        self.assertEqual(row["severity"], "error")
        done = subprocess.run([PROGRAM, "labels", "--fail-on=empty_class", "tree"],
                              cwd=self.dir, capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count(b"\n"), 2)

    def test_hostile_names(self):
        names = ["a\tb", "new\nline", "\x1b[31mred", "back\\slash", "\udcff\udcfe", "é" * 100]
        self.tree({name: 1 for name in names})
        self.assertEqual(self.found("tree"), [])


class Manifests(Labels):
    """Tables of path, label and split, and the files that they name."""

    keys = ("rule", "source", "index", "label", "other_source", "other_index", "other_label")

    def pictures(self, *names):
        for i, name in enumerate(names):
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (2, 2), i).save(path)

    def table(self, rows, name="y.csv", header="path,label"):
        (self.dir / name).write_text("\n".join([header, *rows, ""]))

    def of(self, *words):
        return self.found(*words, keys=self.keys)

    def test_sound(self):
        self.pictures("p/a.png", "p/b.png", "p/deep/c.png")
        self.table(["p/a.png,x", "p/b.png,y", "p/deep/c.png,x"])
        self.assertEqual(self.of("y.csv"), [])
        self.assertEqual(self.of(self.dir / "y.csv"), [])
        self.table(["a.png,x", "./b.png,y", "deep/../deep//c.png,x"])
        self.assertEqual(self.of("--root=p", "y.csv"), [])

    def test_planted(self):
        self.pictures("p/a.png", "p/b.png", "p/c.png", "p/d/e.png")
        self.table(["p/a.png,x", "p/none.png,x", "p/b.png,y", "p/a.png,x", "p//b.png,z",
                    "p/d,x", ",x", ",x"])
        no = (None,) * 3
        self.assertEqual(self.of("y.csv"), [
            ("dup_conflict", "y.csv", 4, "z", "y.csv", 2, "y"),
            ("duplicate_entry", "y.csv", 3, "x", "y.csv", 0, "x"),
            ("orphan_data", "y.csv", None, None, *no),
            ("orphan_data", "y.csv", None, None, *no),
            ("orphan_label", "y.csv", 1, "x", *no), ("orphan_label", "y.csv", 5, "x", *no),
            ("orphan_label", "y.csv", 6, "x", *no), ("orphan_label", "y.csv", 7, "x", *no)])
        details = [r["detail"] for r in self.report("y.csv")["rows"]
                   if r["rule"] == "orphan_data"]
        self.assertEqual([d.split(":")[0] for d in details], ["p/c.png", "p/d/e.png"])
        self.assertEqual(self.of("--no-files", "y.csv"), [])

    def test_splits(self):
        self.pictures("p/a.png", "p/b.png", "p/c.png", "p/d.png")
        self.table(["p/a.png,x,train", "p/b.png,y,train", "p/a.png,x,val", "p/b.png,x,val",
                    "p/c.png,y,val", "p/d.png,y,train"], header="path,label,split")
        self.assertEqual(self.of("y.csv"), [
            ("dup_conflict", "y.csv", 3, "x", "y.csv", 1, "y"),
            ("split_leak", "y.csv", 2, "x", "y.csv", 0, "x"),
            ("split_leak", "y.csv", 3, "x", "y.csv", 1, "y")])

    def test_several_tables(self):
        self.pictures("p/a.png", "p/b.png", "p/c.png")
        self.table(["p/a.png,x", "p/b.png,y"], "train.csv")
        self.table(["p/b.png,y", "p/a.png,x"], "val.csv")
        leak = [("split_leak", "val.csv", 0, "y", "train.csv", 1, "y"),
                ("split_leak", "val.csv", 1, "x", "train.csv", 0, "x")]
        self.assertEqual(self.of("train.csv", "val.csv"),
                         [("orphan_data", None, None, None, None, None, None), *leak])
        self.table(["p/c.png,y"], "more.csv")
        self.assertEqual([f for f in self.of("train.csv", "val.csv", "more.csv")
                          if f[0] not in ("class_set_mismatch", "index_shift")], leak)

    def test_same_content(self):
        self.pictures(*(f"p/{i}.png" for i in range(40)))
        for a, b in ((3, 20), (4, 21), (5, 22), (5, 23), (6, 24)):
            Image.open(self.dir / f"p/{a}.png").save(self.dir / f"p/{b}.png", compress_level=0)
        labels = ["xyz"[i % 3] for i in range(20)] * 2
        labels[21], labels[22], labels[23], labels[24] = labels[4], "", labels[5], "x"
        split = ["train"] * 22 + ["val"] * 18
        names = [f"p/{i}.png,{label}" for i, label in enumerate(labels)]
        self.table([f"{name},{s}" for name, s in zip(names, split)], header="path,label,split")

        def of(*words):
            return [row for row in self.of(*words) if row[0] in ("dup_conflict", "split_leak")]

        conflicts = [(20, 3, labels[20], labels[3])] if labels[20] != labels[3] else []
        conflicts += [(24, 6, "x", labels[6])] if labels[6] != "x" else []
        leaks = [(22, 5, "", labels[5]), (23, 5, labels[23], labels[5]), (24, 6, "x", labels[6])]
        self.assertEqual(
            of("y.csv"),
            [("dup_conflict", "y.csv", b, x, "y.csv", a, y) for b, a, x, y in conflicts]
            + [("split_leak", "y.csv", b, x or None, "y.csv", a, y) for b, a, x, y in leaks])
        self.assertEqual(of("--no-content", "y.csv"), [])
        self.assertEqual(of("--no-files", "y.csv"), [])
        self.table(names[:23], "one.csv")
        self.table(names[23:], "two.csv")
        self.assertEqual([row[1:3] for row in of("one.csv", "two.csv") if row[0] == "split_leak"],
                         [("two.csv", 0), ("two.csv", 1)])

    def test_none_is_there(self):
        self.table([f"{i}.png,{i % 2}" for i in range(1000)])
        (row,) = self.report("y.csv")["rows"]
        self.assertEqual((row["rule"], row["index"]), ("orphan_label", None))
        self.assertEqual(self.report("y.csv")["summary"]["orphan_label"], 1000)

    def test_many(self):
        self.pictures("p/a.png")
        self.table(["p/a.png,x"] * 30000)
        report = self.report("y.csv")
        self.assertEqual(report["summary"]["duplicate_entry"], 29999)
        self.assertEqual(len(report["rows"]), 10001)

    def test_hostile_names(self):
        self.pictures("p/new\nline.png", "p/tab\t.png", "p/back\\slash.png")
        self.table(['"p/new\nline.png",x', "p/tab\t.png,y", "p/back\\slash.png,x",
                    "../" * 50 + "etc/none,x"])
        self.assertEqual([f[:3] for f in self.of("y.csv")], [("orphan_label", "y.csv", 3)])

    def test_shards(self):
        self.pictures("p/a.png", "p/b.png")
        (self.dir / "p/c.png").write_bytes((self.dir / "p/b.png").read_bytes())
        self.table(["p/a.png,x", "p/none.png,x", "p/a.png,y", "p/c.png,y", "p/b.png,x"])
        whole = subprocess.run([PROGRAM, "labels", "-q", "y.csv"], cwd=self.dir,
                               capture_output=True, check=True).stdout
        for i in 1, 2:
            subprocess.run([PROGRAM, "labels", f"--shard={i}/2", f"--partial=p{i}", "y.csv"],
                           cwd=self.dir, capture_output=True, check=True)
        merged = subprocess.run([PROGRAM, "merge", "-q", "p1", "p2"], cwd=self.dir,
                                capture_output=True, check=True).stdout
        self.assertEqual(merged, whole)


class Content(Labels):
    """Samples of the same content under different labels, or in different splits."""

    keys = ("rule", "source", "index", "label", "other_source", "other_index", "other_label")

    def of(self, *words):
        return sorted(tuple(row[key] for key in self.keys)
                      for row in self.report(*words)["rows"]
                      if row["rule"] in ("dup_conflict", "split_leak"))

    def plant(self, root="tree"):
        """A tree of three classes and two splits in which pictures of the first half of
        a class are copied, as another file, to another class or split. Returns what is to
        be found, by an index of names as ImageFolder counts them."""
        folders = [f"{split}/{label}" for split in ("train", "val")
                   for label in ("bird", "cat", "dog")]
        self.tree({folder: 20 for folder in folders}, root)
        rng, copies = random.Random(11), []
        for i in range(12):
            origin, target = rng.choice(folders[:3]), rng.choice(folders)
            picture = Image.open(self.dir / root / origin / f"{i:03d}.png")
            copy = self.dir / root / target / f"copy_{i}.png"
            picture.save(copy, compress_level=i % 3)
            copies.append((f"{origin}/{i:03d}.png", f"{target}/copy_{i}.png"))
        number = {}
        for split in "train", "val":
            below = self.dir / root / split
            names = sorted(below.glob("*/*.png"), key=lambda p: (p.parent.name, p.name))
            for i, path in enumerate(names):
                number[str(path.relative_to(self.dir / root))] = i
        found = []
        for pair in copies:
            a, b = sorted((name.split("/")[0], number[name], name.split("/")[1])
                          for name in pair)
            if a[2] != b[2]:
                found.append(("dup_conflict", b[0], b[1], b[2], a[0], a[1], a[2]))
            if a[0] != b[0]:
                found.append(("split_leak", b[0], b[1], b[2], a[0], a[1], a[2]))
        return sorted(found)

    def test_tree(self):
        planted = self.plant()
        self.assertGreater(len({row[0] for row in planted}), 1)
        self.assertEqual(self.of("tree"), planted)
        summary = self.report("tree")["summary"]
        for rule in "dup_conflict", "split_leak":
            self.assertEqual(summary[rule], sum(row[0] == rule for row in planted))
        self.assertEqual(self.of("--no-content", "tree"), [])
        # Inputs named one by one are splits, too, whatever they are called.
        (self.dir / "tree" / "train").rename(self.dir / "a")
        (self.dir / "tree" / "val").rename(self.dir / "b")
        name = {"train": "a", "val": "b"}
        self.assertEqual(self.of("a", "b"),
                         [(r[0], name[r[1]], *r[2:4], name[r[4]], *r[5:]) for r in planted])

    def test_threads_and_shards(self):
        self.plant()
        whole = [subprocess.run([PROGRAM, "labels", f"-j{n}", "tree"], cwd=self.dir,
                                capture_output=True, check=True).stdout for n in (1, 5)]
        self.assertEqual(*whole)
        for i in 1, 2, 3:
            subprocess.run([PROGRAM, "labels", f"--shard={i}/3", f"--partial=p{i}", "tree"],
                           cwd=self.dir, capture_output=True, check=True)
        merged = subprocess.run([PROGRAM, "merge", "p3", "p1", "p2"], cwd=self.dir,
                                capture_output=True, check=True).stdout
        self.assertEqual(merged, whole[0])

    def test_rows(self):
        rng = np.random.default_rng(4)
        values = rng.normal(size=(5000, 6)).astype(np.float32)
        labels = np.arange(5000) % 10
        values[[1003, 2004, 3003]] = values[3]
        values[4999] = values[17]
        self.save(values, "x.npy")
        self.save(labels)
        conflicts = [("dup_conflict", "x.npy", 2004, "4", "x.npy", 3, "3"),
                     ("dup_conflict", "x.npy", 4999, "9", "x.npy", 17, "7")]
        self.assertEqual(self.of("--labels=y.npy", "x.npy"), conflicts)
        self.assertEqual(self.of("--no-content", "--labels=y.npy", "x.npy"), [])
        self.assertEqual(self.of("--sentinel=9", "--labels=y.npy", "x.npy"), conflicts[:1])
        # A file of labels is no sample, nor are its values.
        self.assertEqual(self.of("y.npy"), [])
        self.assertEqual(self.of("--labels=y.npy", "y.npy"), [])
        with h5py.File(self.dir / "x.h5", "w") as file:
            file.create_dataset("x", data=values, chunks=(100, 6), compression="gzip")
        self.assertEqual(self.of("--labels=y.npy", "x.h5:/x"),
                         [(r[0], "x.h5:/x", *r[2:4], "x.h5:/x", *r[5:]) for r in conflicts])

    def test_rows_of_one_file(self):
        """Two conflicts and two leaks planted in data that stands beside its labels."""
        rng = np.random.default_rng(5)
        x, y = rng.normal(size=(300, 2, 3)), np.arange(300) % 10
        x[[53, 104]] = x[3]  # 53 has the label of 3, 104 another
        x_test, y_test = rng.normal(size=(80, 2, 3)), np.arange(80) % 10
        x_test[7], x_test[25] = x[17], x[200]  # of the same label, of another
        inside = ("dup_conflict", "train", 104, "4", "train", 3, "3")
        of_test = [("dup_conflict", "test", 25, "5", "train", 200, "0"),
                   ("split_leak", "test", 7, "7", "train", 17, "7"),
                   ("split_leak", "test", 25, "5", "train", 200, "0")]
        of_both = sorted([inside, *of_test])
        # Arrays of another length are no data of these labels, nor are single numbers.
        np.savez(self.dir / "a.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test,
                 mean=np.zeros((4, 4)), train_ids=np.arange(300))
        self.assertEqual(self.of("a.npz"), of_both)
        self.assertEqual(self.of("--no-content", "a.npz"), [])
        self.assertEqual(self.of("a.npz:y_train"), [])
        with h5py.File(self.dir / "a.h5", "w") as file:
            for split, data, labels in ("train", x, y), ("test", x_test, y_test):
                file[f"{split}/images"], file[f"{split}/label"] = data, labels
        self.assertEqual(self.of("a.h5"), of_both)
        self.assertEqual(self.of("a.h5:train"),
                         [(inside[0], "a.h5:train", *inside[2:4], "a.h5:train", *inside[5:])])
        np.savez(self.dir / "b.npz", images=x, labels=y)
        self.assertEqual(self.of("b.npz"),
                         [(inside[0], "b.npz", *inside[2:4], "b.npz", *inside[5:])])
        (note,) = [f["detail"] for f in self.report("b.npz")["findings"]
                   if f["rule"] == "assumed"]
        self.assertEqual(note, "labels are read from array 'labels' for 'images'")
        whole = subprocess.run([PROGRAM, "labels", "a.npz"], cwd=self.dir,
                               capture_output=True, check=True).stdout
        for i in 1, 2, 3:
            subprocess.run([PROGRAM, "labels", f"--shard={i}/3", f"--partial=p{i}", "a.npz"],
                           cwd=self.dir, capture_output=True, check=True)
        self.assertEqual(subprocess.run([PROGRAM, "merge", "p2", "p3", "p1"], cwd=self.dir,
                                        capture_output=True, check=True).stdout, whole)

    def test_names_with_nul(self):
        """A name ends where the array says, not at a NUL: none is another, or a
        --sentinel that it begins with."""
        self.save(np.zeros((6, 3)), "x.npy")
        self.save(np.array([b"cat\0a", b"cat\0b", b"cat\0a", b"dog", b"dog", b"cat\0b"]))
        conflicts = [("dup_conflict", "x.npy", i, label, "x.npy", 0, "cat\u2400a")
                     for i, label in [(1, "cat\u2400b"), (3, "dog"), (4, "dog"),
                                      (5, "cat\u2400b")]]
        self.assertEqual(self.of("--labels=y.npy", "x.npy"), conflicts)
        self.assertEqual(self.of("--sentinel=cat", "--labels=y.npy", "x.npy"), conflicts)

    def test_missing_labels_agree(self):
        values = np.arange(30.0).reshape(10, 3)
        values[[4, 7]] = values[2]
        self.save(values, "x.npy")
        self.save(np.array([0, 1, np.nan, 0, 1, 0, 1, 0, 1, 0]))
        self.assertEqual(self.of("--labels=y.npy", "x.npy"),
                         [("dup_conflict", "x.npy", 7, "0", "x.npy", 4, "1")])

    def test_many(self):
        self.save(np.zeros((30000, 2)), "x.npy")
        self.save(np.arange(30000) % 2)
        report = self.report("--labels=y.npy", "x.npy")
        self.assertEqual(report["summary"]["dup_conflict"], 15000)
        self.assertEqual(len(report["rows"]), 10001)

    def test_doubts_tell_the_picture(self):
        self.tree({"cat": 30, "dog": 30})
        given = np.repeat([0, 1], 30)
        given[[4, 40]] = 1, 0
        np.save(self.dir / "p.npy", np.eye(2)[given] * 0.9 + 0.05)
        rows = self.report("--pred-probs=p.npy", "tree")["rows"]
        self.assertEqual([(r["rule"], r["index"], r["detail"].split(": ")[0]) for r in rows],
                         [("label_issue", 4, "tree/cat/004.png"),
                          ("label_issue", 40, "tree/dog/010.png")])

    def test_what_is_no_picture(self):
        self.tree({"cat": 2, "dog": 2})
        Image.open(self.dir / "tree/cat/000.png").save(self.dir / "jpeg", "JPEG")
        (self.dir / "jpeg").rename(self.dir / "tree/cat/000.png")
        (self.dir / "tree/dog/001.png").write_bytes(b"nothing")
        report = self.report("tree")
        self.assertEqual([row["rule"] for row in report["rows"]], ["suffix_lies"])
        self.assertEqual(report["summary"]["samples"], 4)


def edits(name):
    """Every text that is one deletion, or one swap of neighbours, away."""
    deletions = {name[:i] + name[i + 1:] for i in range(len(name))}
    swaps = {name[:i] + name[i + 1] + name[i] + name[i + 2:] for i in range(len(name) - 1)}
    return deletions, swaps


def changed(a, b):
    """The characters in which a and b, which are one slip apart, differ."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return a + b


def is_near(a, b):
    a, b = ("".join(c for c in name.lower() if c not in " _-") for name in (a, b))
    if not a or not b:
        return False  # there is nothing to compare
    if a == b:
        return True
    substitution = len(a) == len(b) and sum(x != y for x, y in zip(a, b)) == 1
    short, long = sorted((a, b), key=len)
    deletions, swaps = edits(long)
    is_slip = substitution or short in swaps or short in deletions
    enough = 3 if len(a) != len(b) else 4
    numbering = (any(c.isdigit() for c in a) and any(c.isdigit() for c in b)
                 and all(c.isdigit() for c in changed(a, b)))
    return is_slip and min(len(a), len(b)) >= enough and not numbering


class NearNames(Labels):
    def pairs(self, names):
        counts = {name: i + 1 for i, name in enumerate(names)}
        labels = np.array([name for name, n in counts.items() for _ in range(n)])
        random.Random(3).shuffle(labels)
        rows = [row for row in self.report(self.save(labels))["rows"]
                if row["rule"] == "near_name"]
        for row in rows:
            self.assertLess(counts[row["label"]], counts[row["other_label"]])
            self.assertEqual(labels[row["index"]], row["label"])
            self.assertEqual(labels[row["other_index"]], row["other_label"])
        return {frozenset((row["label"], row["other_label"])) for row in rows}

    def test_against_all_pairs(self):
        rng = random.Random(5)
        names = {"tulip", "tulp", "tulpi", "Tulip ", "hot dog", "hot_dog", "HotDog", "ox", "fox",
                 "cat", "car", "cats", "class 1", "class 2", "class 11", "bird", "bird1", "ÄRGER",
                 "ärger", "Ω mega", "ω-mega", "ДОМ", "дом", "İx", "学生们", "学生门"}
        while len(names) < 400:
            names.add("".join(rng.choice("abAB1 _é") for _ in range(rng.randint(1, 6))).strip()
                      or "x")
        names = sorted(names)
        expected = {frozenset(pair) for pair in itertools.combinations(names, 2)
                    if is_near(*pair)}
        found = self.pairs(names)
        # Names that are equal without case and blanks each go with the first of them.
        first = {}
        for name in names:
            first.setdefault("".join(c for c in name.lower() if c not in " _-"), name)
        expected = {pair for pair in expected
                    if len({"".join(c for c in n.lower() if c not in " _-") for n in pair}) > 1
                    or pair & set(first.values())}
        self.assertEqual(found, expected)

    def test_names_of_a_tree(self):
        self.tree({"rabbit": 3, "rabit": 1, "Rabbit": 2, "horse": 1})
        keys = ("rule", "label", "other_label")
        self.assertEqual(self.found("tree", keys=keys),
                         [("near_name", "Rabbit", "rabbit"), ("near_name", "rabit", "Rabbit"),
                          ("near_name", "rabit", "rabbit")])


if __name__ == "__main__":
    main()
