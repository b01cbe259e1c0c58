"""Random image trees: classes, counts and the order of samples as torchvision's
ImageFolder has them, restated over os.walk. Paths are bytes, whose order is that of the
str paths torchvision sorts wherever these are valid UTF-8."""

import os
import random
import re
import subprocess
import zlib

import numpy as np

from oracle import BUILD, TestCase, main
from real_tree import class_names, samples_of

NAMES = [b"a", b"B", b"x", b"x-y", b"x.y", b"x y", b"x0", b"x_", b"10", b"9", b"~", b".h",
         b"\xc3\xa9", b"e\xcc\x81", b"\xe8\xaa\x9e", b"\xf0\x9f\x98\x80", b"\xff", b"n\nl",
         b"t\tb", b"b\\s", b"\\x41", b"-o", b"A", b"#", b"x.png.d"]
ENDINGS = [b".png", b".PNG", b".Jpg", b".jpeg", b".JPEG", b".png.png", b".jpgx", b".txt",
           b"", b".gif", b".BMP", b".png~"]


def png():
    """One grey pixel."""
    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    head = b"\0\0\0\1\0\0\0\1\x08\0\0\0\0"
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b""))


def unescape(text):
    plain = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\"}
    return re.sub(rb"\\(?:x([0-9a-f]{2})|(.))",
                  lambda m: bytes([int(m[1], 16)]) if m[1] else plain[m[2]], text)


def rows(tool, *args):
    done = subprocess.run([BUILD / "dsinspect", tool, "--format=tsv", *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.split(b"\n")[:-1]
    return [dict(zip(head.split(b"\t"), map(unescape, line.split(b"\t"))))
            for line in lines]


class Trees(TestCase):
    def fill(self, rng, folder, depth, outside):
        os.makedirs(folder, exist_ok=True)
        for _ in range(rng.randrange(7)):
            path = os.path.join(folder, rng.choice(NAMES) + rng.choice(ENDINGS))
            if os.path.lexists(path):
                continue
            if rng.random() < .1:
                os.symlink(os.path.join(outside, rng.choice([b"one.png", b"in"])), path)
            elif rng.random() < .1:  # a link to nothing, or to itself
                os.symlink(rng.choice([b"nowhere", os.path.basename(path)]), path)
            else:
                with open(path, "wb") as file:
                    file.write(self.picture)
        if depth:
            for name in rng.sample(NAMES, rng.randrange(4)):
                path = os.path.join(folder, name)
                if not os.path.lexists(path):
                    self.fill(rng, path, depth - 1, outside)

    def tree(self, rng):
        """A tree with links to pictures and folders outside of it."""
        base = os.path.join(os.fsencode(self.dir), b"%d" % rng.randrange(1 << 40))
        outside, root = os.path.join(base, b"outside"), os.path.join(base, b"root")
        os.makedirs(os.path.join(outside, b"in", b"deep"))
        for name in b"one.png", b"in/2.png", b"in/deep/3.JPG", b"in/deep/4.txt":
            with open(os.path.join(outside, name), "wb") as file:
                file.write(self.picture)
        for name in rng.sample(NAMES, rng.randrange(1, 9)):
            self.fill(rng, os.path.join(root, name), 2, outside)
        for file in b"beside.png", b"README":
            with open(os.path.join(root, file), "wb") as out:
                out.write(self.picture)
        if rng.random() < .5:
            os.symlink(b"../outside/in", os.path.join(root, b"linked"))
        return root

    def compare(self, root):
        classes, samples = class_names(root), samples_of(root)
        counts = np.bincount([index for _, index in samples], minlength=len(classes))
        got = rows("balance", root)
        self.assertEqual([(r[b"class"], int(r[b"index"]), int(r[b"count"])) for r in got],
                         [(c, i, n) for i, (c, n) in enumerate(zip(classes, counts))])
        self.assertEqual([r[b"source"] for r in rows("info", root)],
                         [path for path, _ in samples if os.path.exists(path)])
        weights = os.path.join(os.fsencode(self.dir), b"w.npy")
        rows("balance", b"--sample-weights=" + weights, root)
        by_class = [float(r[b"weight"]) for r in got]
        self.assertEqual(np.load(os.fsdecode(weights)).tolist(),
                         [by_class[index] for _, index in samples])

    def test_random_trees(self):
        self.picture = png()
        n_compared = n_lost = 0
        for seed in range(60):
            root = self.tree(random.Random(seed))
            if samples_of(root):
                self.compare(root)
                n_compared += 1
                n_lost += sum(not os.path.exists(p) for p, _ in samples_of(root))
        self.assertGreater(n_compared, 40)
        self.assertGreater(n_lost, 40)

    def test_root_given_otherwise(self):
        """A trailing slash, a link to the root, the folder one stands in."""
        self.picture = png()
        root = next(r for r in map(self.tree, map(random.Random, range(99)))
                    if samples_of(r))
        link = os.path.join(os.fsencode(self.dir), b"link")
        os.symlink(root, link)
        expected = rows("balance", root)
        for other in root + b"/", root + b"//", link, link + b"/":
            self.assertEqual(rows("balance", other), expected)
        here = os.getcwd()
        try:
            os.chdir(root)
            self.assertEqual(rows("balance", b"."), expected)
            self.assertEqual([r[b"source"] for r in rows("info", b".")],
                             [path for path, _ in samples_of(b".")
                              if os.path.exists(path)])
        finally:
            os.chdir(here)


main()
