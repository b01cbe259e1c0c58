"""Folders of pictures where only the values are asked for: every picture below is a
sample, whatever folder it is in. What is there is listed by os.walk, and what is in it
by Pillow."""

import json
import os
import random
import subprocess

import numpy as np
from PIL import Image

from oracle import BUILD, TestCase, main
from real_tree import SUFFIXES, samples_of

NAMES = ["a", "B", "b", "b-c", "b.c", "10", "9", ".h", "\u00e9", "x y"]
ENDINGS = [".png", ".PNG", ".jpg", ".JPEG", ".txt", ".gif"]


def samples(*inputs):
    """(lines about samples, each with its path; rules found; exit code)."""
    done = subprocess.run([BUILD / "tests" / "dump_samples", *inputs],
                          stdout=subprocess.PIPE)
    found, out = [], done.stdout
    while out.startswith(b"{"):
        line, _, out = out.partition(b"\n")
        path, _, out = out.partition(b"\0")
        found.append(dict(json.loads(line), path=os.fsdecode(path)))
    return found, [line.split()[1] for line in out.decode().splitlines()], done.returncode


def root_pictures(root):
    return [os.path.join(root, name) for name in sorted(os.listdir(root))
            if os.fsencode(name).lower().endswith(SUFFIXES)
            and not os.path.isdir(os.path.join(root, name))]


def expected(root):
    """Those of the root, then those that ImageFolder would read, in its order."""
    return root_pictures(root) + [path for path, _ in samples_of(root)]


class FlatPictures(TestCase):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(5)
        self.values = np.random.default_rng(5)

    def picture(self, *path):
        path = os.path.join(self.dir, *path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shape = tuple(self.values.integers(1, 40, 2)) + (3,) * self.rng.randrange(2)
        pixels = self.values.integers(0, 256, shape, np.uint8)
        kind = "PNG" if path.lower().endswith("png") else "JPEG"
        Image.fromarray(pixels).save(path, kind)
        return path

    def check_values(self, sample):
        self.assertEqual(sample["status"], "ok")
        pixels = np.asarray(Image.open(sample["path"]))
        self.assertEqual((sample["rows"], sample["sum"]),
                         (len(pixels), int(pixels.sum(dtype=np.int64))))

    def compare(self, root):
        got, rules, code = samples(root)
        self.assertEqual(code, 0)
        self.assertEqual([s["path"] for s in got], expected(root))
        self.assertEqual([s["sample"] for s in got], list(range(len(got))))
        self.assertEqual({s["group"] for s in got}, {root})
        self.assertLessEqual(set(rules), {"unsupported"})
        for sample in got:
            self.check_values(sample)

    def fill(self, folder, depth):
        for _ in range(self.rng.randrange(6)):
            name = self.rng.choice(NAMES) + self.rng.choice(ENDINGS)
            if name.endswith((".txt", ".gif")):
                os.makedirs(folder, exist_ok=True)
                open(os.path.join(folder, name), "w").close()
            else:
                self.picture(folder, name)
        if depth:
            for name in self.rng.sample(NAMES, self.rng.randrange(4)):
                self.fill(os.path.join(folder, name), depth - 1)

    def test_random_folders(self):
        n_mixed = 0
        for i in range(40):
            root = os.path.join(self.dir, f"t{i}")
            self.fill(root, 2)
            if os.path.isdir(root) and expected(root):
                self.compare(root)
                n_mixed += bool(root_pictures(root) and samples_of(root))
        self.assertGreater(n_mixed, 10)

    def test_order_is_that_of_os_walk(self):
        """Where no name is the beginning of another's, the order is that of
        sorted(os.walk(root)) itself."""
        for path in "2.jpg 10.png b/x/3.png b/1.png a/4.jpg c/d/e/5.jpg 1.JPEG".split():
            self.picture("t", path)
        root = os.path.join(self.dir, "t")
        walked = [os.path.join(folder, name) for folder, _, names in sorted(os.walk(root))
                  for name in sorted(names)]
        self.assertEqual([s["path"] for s in samples(root)[0]], walked)

    def test_nothing_is_said_of_classes(self):
        self.picture("t", "beside.png")
        self.picture("t", ".h", "1.png")
        self.picture("t", "2", "1.png")
        self.picture("t", "10", "1.png")
        self.picture("t", "train", "1.png")
        os.makedirs(os.path.join(self.dir, "t", "empty"))
        self.assertEqual(samples(os.path.join(self.dir, "t"))[1:], ([], 0))

    def test_splits_stay_apart(self):
        root = os.path.join(self.dir, "t")
        paths = [self.picture("t", *path.split("/")) for path in
                 ("train/1.png", "train/a/2.jpg", "val/a/3.jpg", "beside.png")]
        got, rules, code = samples(root)
        self.assertEqual((rules, code), (["assumed"], 0))
        self.assertEqual([(s["group"], s["sample"], s["path"]) for s in got],
                         [("train", 0, paths[0]), ("train", 1, paths[1]),
                          ("val", 0, paths[2]), (root, 0, paths[3])])

    def test_a_picture_that_cannot_be_read_is_one_sample(self):
        for i in range(6):
            self.picture("t", f"{i}.jpg")
        root = os.path.join(self.dir, "t")
        with open(os.path.join(root, "3.jpg"), "wb") as file:
            file.write(b"\xff\xd8\xff nothing")
        os.symlink("nowhere", os.path.join(root, "4a.jpg"))
        got, _, code = samples(root)
        self.assertEqual(code, 0)
        self.assertEqual([s["status"] for s in got],
                         ["ok"] * 3 + ["truncated", "ok", "unreadable", "ok"])
        for i in 0, 1, 2, 4, 6:
            self.check_values(got[i])

    def test_nothing_to_look_at(self):
        root = os.path.join(self.dir, "t")
        os.makedirs(os.path.join(root, "a"))
        self.assertEqual(samples(root), ([], ["usage"], 2))
        np.save(os.path.join(root, "a", "x.npy"), np.zeros(3))
        self.assertEqual(samples(root), ([], ["usage"], 2))
        self.picture("t", "b", "1.png")
        self.assertEqual(len(samples(root)[0]), 1)


main()
