"""Real data through the program: Fashion-MNIST, icon themes and map tiles from Debian
packages. Expected counts come from Python's own reading of the files, weights from
scikit-learn, and plans are held against the definition of a plan."""

import collections
import gzip
import json
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

import real_tree
from oracle import BUILD

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
PROGRAM = str(BUILD / "dsinspect")


def run(*words, stdin=None):
    """(exit code, stdout, stderr) of the program."""
    done = subprocess.run([PROGRAM, *map(str, words)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows(*words, stdin=None):
    """The rows of a report as dictionaries of text."""
    code, out, err = run(*words, "-q", "--format=tsv", stdin=stdin)
    assert code == 0, err
    head, *lines = out.split("\n")[:-1]
    return [dict(zip(head.split("\t"), line.split("\t"))) for line in lines]


def shell(script):
    """A script of bash with dsinspect on its path: (exit code, stdout)."""
    done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE,
                          env={"PATH": f"{BUILD.resolve()}:/usr/bin:/bin"})
    return done.returncode, done.stdout.decode()


def read_idx(path):
    data = gzip.open(path).read()
    n_dims = data[3]
    shape = np.frombuffer(data, ">u4", n_dims, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_dims).reshape(shape)


class Fashion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.folder.name)
        cls.labels = read_idx(FASHION / "train-labels-idx1-ubyte.gz")
        (cls.dir / "labels-idx1-ubyte").write_bytes(
            gzip.open(FASHION / "train-labels-idx1-ubyte.gz").read())
        np.save(cls.dir / "int64.npy", cls.labels.astype(np.int64))
        np.save(cls.dir / "big.npy", cls.labels.astype(">i2"))
        np.save(cls.dir / "column.npy", np.asfortranarray(cls.labels[:, None]))
        with open(cls.dir / "manifest.csv", "w") as file:
            file.write("path,label\r\n")
            file.writelines(f'"img,{i}.png",{c}\r\n' for i, c in enumerate(cls.labels))
        (cls.dir / "one.csv").write_text("".join(f"{c}\n" for c in cls.labels))
        cls.sources = [FASHION / "train-labels-idx1-ubyte.gz",
                       *sorted(cls.dir.glob("*"))]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_counts_are_pythons_in_every_container(self):
        expected = collections.Counter(self.labels.tolist())
        for source in self.sources:
            got = {int(r["class"]): int(r["count"]) for r in rows("balance", source)}
            self.assertEqual(got, expected, source)
        self.assertEqual(len(self.sources), 7)

    def test_every_container_gives_the_same_rows(self):
        reports = {json.dumps(rows("balance", source)) for source in self.sources}
        self.assertEqual(len(reports), 1)

    def test_balanced_is_scikit_learns_to_the_last_bit(self):
        rng = np.random.default_rng(1)
        keep = self.labels[rng.random(len(self.labels)) < (self.labels + 1) / 10]
        np.save(self.dir / "uneven.npy", keep)
        expected = compute_class_weight("balanced", classes=np.arange(10), y=keep)
        got = rows("balance", "--weights=balanced", self.dir / "uneven.npy")
        self.assertEqual([float(r["weight"]) for r in got], expected.tolist())
        (self.dir / "uneven.npy").unlink()

    def test_images_are_described(self):
        row, = rows("info", FASHION / "t10k-images-idx3-ubyte.gz")
        self.assertEqual((row["dtype"], row["shape"], row["filters"]),
                         ("uint8", "10000x28x28", "gzip"))

    def test_images_with_labels_beside_them(self):
        got = rows("balance", FASHION / "t10k-images-idx3-ubyte.gz",
                   f"--labels={FASHION}/t10k-labels-idx1-ubyte.gz")
        self.assertEqual([r["count"] for r in got], ["1000"] * 10)

    def test_pixels_of_the_images(self):
        images = read_idx(FASHION / "t10k-images-idx3-ubyte.gz")
        expected = np.bincount(images.ravel(), minlength=256)
        got = rows("balance", "--pixels", "--ignore-label=none",
                   FASHION / "t10k-images-idx3-ubyte.gz")
        self.assertEqual([int(r["count"]) for r in got], expected.tolist())

    def test_a_stream_is_read_once(self):
        data = (self.dir / "int64.npy").read_bytes()
        self.assertEqual(rows("balance", "-", stdin=data),
                         rows("balance", self.dir / "int64.npy"))

    def test_plans_keep_their_definition(self):
        rng = np.random.default_rng(2)
        labels = self.labels[rng.random(len(self.labels)) < 0.5 ** self.labels]
        path, plan = self.dir / "rare.npy", self.dir / "plan.out"
        np.save(path, labels)
        counts = np.bincount(labels)
        total, k = len(labels), len(counts)
        rarest = np.argsort(counts, kind="stable")
        mixed = np.full(k, total // k)
        mixed[rarest[: total % k]] += 1
        targets = {"over": np.full(k, counts.max()), "under": np.full(k, counts.min()),
                   "mixed": mixed}
        for how, target in targets.items():
            code, _, err = run("balance", "-q", f"--resample={how}", f"--indices={plan}",
                               path)
            self.assertEqual(code, 0, err)
            indices = np.load(plan)
            self.assertEqual(indices.dtype, np.int64)
            np.testing.assert_array_equal(np.bincount(labels[indices]), target)
            times = np.bincount(indices, minlength=total)
            self.assertTrue((times >= (target // counts)[labels]).all(), how)
            self.assertTrue((times <= -(-target // counts)[labels]).all(), how)
            self.assertFalse((np.diff(indices) > 0).all(), "not shuffled")
        path.unlink()

    def test_threads_do_not_change_a_byte(self):
        for source in self.sources:
            outs = {run("balance", "--format=json", f"-j{n}", source)[1]
                    for n in (1, 2, 3, 7, 16)}
            self.assertEqual(len(outs), 1, source)


class Trees(unittest.TestCase):
    def check_tree(self, root):
        expected = real_tree.class_counts(root)
        got = {r["class"]: int(r["count"]) for r in rows("balance", root)}
        self.assertEqual(got, expected)
        self.assertEqual(list(got), list(expected), "the order of the classes")
        order = [r["source"] for r in rows("info", root)]
        samples = [path for path, _ in real_tree.samples_of(root)]
        listed = set(samples)
        self.assertEqual([path for path in order if path in listed], samples)
        for tool in ("info", "balance"):
            outs = {run(tool, "--format=json", f"-j{n}", root)[1] for n in (1, 2, 3, 7, 16)}
            self.assertEqual(len(outs), 1)
        return sum(expected.values())

    def test_icons(self):
        self.assertGreater(self.check_tree(real_tree.ICONS), 5000)

    def test_maps(self):
        self.assertGreater(self.check_tree(real_tree.MAPS), 100)

    def test_both_mixed(self):
        with tempfile.TemporaryDirectory() as root:
            real_tree.mixed_tree(root)
            self.assertGreater(self.check_tree(root), 5000)


class Pipes(unittest.TestCase):
    """What people type, under the strictest shell."""

    labels = FASHION / "train-labels-idx1-ubyte.gz"

    def test_sort_and_head(self):
        code, out = shell(
            "set -eo pipefail; dsinspect balance -q " + real_tree.ICONS +
            ' | sort -t"$(printf \'\\t\')" -k3,3n | head -n 3 | cut -f1')
        counts = real_tree.class_counts(real_tree.ICONS)
        rare = sorted(counts, key=lambda name: counts[name])[:2]
        self.assertEqual((code, out.split()), (0, ["class", *rare]))

    def test_head_closes_early(self):
        code, out = shell("set -eo pipefail; dsinspect info -q " + real_tree.ICONS +
                          " | head -n 1 | cut -f1")
        self.assertEqual((code, out), (0, "source\n"))

    def test_awk_adds_up(self):
        code, out = shell(f"set -eo pipefail; dsinspect balance -q {self.labels} | "
                          "awk -F'\\t' 'NR > 1 { n += $3 } END { print n }'")
        self.assertEqual((code, out), (0, "60000\n"))

    def test_jq_reads_the_summary(self):
        code, out = shell(f"set -eo pipefail; dsinspect balance -q --format=json "
                          f"{self.labels} | jq -c '[.summary.samples, .schema]'")
        self.assertEqual((code, out), (0, '[60000,"dsinspect.balance/1"]\n'))

    def test_a_full_disk_is_trouble(self):
        for form in ("tsv", "json", "table"):
            code, _ = shell(f"dsinspect balance -q -f {form} {self.labels} > /dev/full "
                            "2> /dev/null")
            self.assertEqual(code, 2, form)

    def test_warnings_are_not_failures(self):
        code, out = shell(f"set -euo pipefail; dsinspect balance {real_tree.ICONS} "
                          "2>&1 >/dev/null | grep -c imbalance")
        self.assertEqual((code, out), (0, "1\n"))


if __name__ == "__main__":
    unittest.main()
