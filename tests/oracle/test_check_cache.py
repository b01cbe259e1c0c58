"""check --cache: the bytes of a full run whatever changed, and no file read that did not.

The oracle is the same program without the cache, and strace for what is read."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np
from PIL import Image

from oracle import TestCase, main, sanitized

DSINSPECT = os.path.join(os.environ["DSI_BUILD"], "dsinspect")
PAST = time.time() - 1000


def age(path, when=PAST):
    """As a file that nobody has touched for a while; its time of change is now's."""
    os.utime(path, (when, when))


class CacheCase(TestCase):
    def setUp(self):
        super().setUp()
        self.cache = self.dir / "cache"
        self.tree = self.dir / "tree"

    def make_tree(self, n=40, classes=("cat", "dog")):
        rng = np.random.default_rng(7)
        for c in classes:
            (self.tree / c).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            pixels = rng.integers(0, 256, (9, 11, 3), np.uint8)
            Image.fromarray(pixels).save(self.tree / classes[i % len(classes)] /
                                         f"{i:03}.png")
        self.wait()

    def wait(self):
        """A file that changed less than two seconds ago may change once more unseen."""
        time.sleep(2.1)

    def run_check(self, *args, cached=True, code=(0, 1)):
        more = [f"--cache={self.cache}"] if cached else []
        done = subprocess.run([DSINSPECT, "check", "-fjson", "-q", *map(str, args), *more],
                              capture_output=True, timeout=120)
        self.assertIn(done.returncode, code, done.stderr)
        return done.stdout

    def same(self, *args):
        """The run with the cache prints what the run without prints; gives it."""
        full = self.run_check(*args, cached=False)
        self.assertEqual(self.run_check(*args), full)
        return full

    def opened(self, *args):
        """Names of the pictures that a run with the cache opens (some twice, to have the
        system read ahead)."""
        log = self.dir / "trace"
        done = subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=openat",
                               DSINSPECT, "check", "-q", f"--cache={self.cache}",
                               *map(str, args)], capture_output=True, timeout=120)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return sorted(set(re.findall(r'"([^"]*\.png)"', log.read_text())))


@unittest.skipUnless(shutil.which("strace"), "strace is missing")
@unittest.skipIf(sanitized(), "LeakSanitizer does not run under strace")
class Reads(CacheCase):
    def test_no_file_twice(self):
        self.make_tree()
        self.assertEqual(len(self.opened(self.tree)), 40)
        self.assertEqual(self.opened(self.tree), [])

    def test_only_what_changed(self):
        self.make_tree()
        self.run_check(self.tree)
        changed = [self.tree / "cat" / "004.png", self.tree / "dog" / "011.png"]
        for path in changed:
            Image.new("RGB", (5, 6), (1, 2, 3)).save(path)
        self.wait()
        self.assertEqual(self.opened(self.tree), [str(p) for p in changed])
        self.assertEqual(self.opened(self.tree), [])
        self.same(self.tree)

    def test_a_file_more_and_a_file_less(self):
        self.make_tree()
        self.run_check(self.tree)
        shutil.copy(self.tree / "cat" / "000.png", self.tree / "dog" / "999.png")
        self.wait()
        self.assertEqual(self.opened(self.tree), [str(self.tree / "dog" / "999.png")])
        self.same(self.tree)
        os.unlink(self.tree / "dog" / "999.png")
        self.assertEqual(self.opened(self.tree), [])
        self.same(self.tree)

    def test_another_question_is_another_key(self):
        self.make_tree(6)
        config = self.dir / "c.yaml"
        config.write_text(f"datasets: {{t: {{input: '{self.tree}', tools: [range]}}}}\n")
        self.run_check(config)
        self.assertEqual(self.opened(config), [])
        config.write_text(f"datasets: {{t: {{input: '{self.tree}', tools: [range],"
                          " sentinel: [7]}}\n")
        self.assertEqual(len(self.opened(config)), 6)
        self.same(config)


class SameBytes(CacheCase):
    def test_changes_of_every_kind(self):
        self.make_tree(30)
        rng = random.Random(3)
        self.same(self.tree)
        self.same(self.tree)
        for round_ in range(4):
            files = sorted(self.tree.rglob("*.png"))
            Image.new("L", (4 + round_, 5), 9).save(rng.choice(files))
            os.unlink(rng.choice(files[:10]))
            rng.choice(files[10:20]).write_bytes(b"no picture")
            shutil.copy(files[-1], self.tree / "cat" / f"b{round_}.png")
            if round_ == 2:
                (self.tree / "ant").mkdir()
                shutil.copy(files[-1], self.tree / "ant" / "a.png")
            if round_ % 2:
                self.wait()
            self.same(self.tree)
            self.same(self.tree)

    def test_splits_and_pictures_beside(self):
        for split in "train", "val":
            self.tree = self.dir / "set" / split
            self.make_tree(8)
        root = self.dir / "set"
        self.same(root)
        self.same(root)
        one = self.dir / "one"
        shutil.copytree(root / "train", one)
        shutil.copy(one / "cat" / "000.png", one / "beside.png")
        self.wait()
        self.same(one)
        self.same(one)

    def test_arrays_as_a_whole(self):
        rng = np.random.default_rng(5)
        values = rng.normal(size=(3000, 5)).astype(np.float32)
        values[7, 2] = np.nan
        np.save(self.dir / "x.npy", values)
        np.savez(self.dir / "x.npz", x_train=values, y_train=np.arange(3000) % 3)
        with h5py.File(self.dir / "x.h5", "w") as file:
            file["x"] = values
        self.wait()
        for name in "x.npy", "x.npz", "x.h5":
            self.same(self.dir / name)
            self.same(self.dir / name)
        values[0, 0] = 1e9
        np.save(self.dir / "x.npy", values)
        self.same(self.dir / "x.npy")

    def test_a_change_within_the_tick(self):
        """Two writes of one size within a second: the second is seen."""
        self.make_tree(4)
        path = self.tree / "cat" / "000.png"
        for shade in 10, 20, 30:
            Image.new("L", (8, 8), shade).save(path, compress_level=0)
            found = json.loads(self.same(self.tree))
            ranges = [r["report"] for r in found["results"]
                      if r["report"]["schema"] == "dsinspect.range/1"]
            grey = [row for row in ranges[0]["rows"] if row["channel"] == "grey"]
            self.assertEqual((grey[0]["min"], grey[0]["max"]), (shade, shade))

    def test_the_same_size_and_time(self):
        """Content changed in place and the time put back: the time of change tells."""
        self.make_tree(4)
        path = self.tree / "cat" / "000.png"
        Image.new("L", (8, 8), 10).save(path, compress_level=0)
        age(path)
        self.wait()
        self.same(self.tree)
        Image.new("L", (8, 8), 20).save(path, compress_level=0)
        age(path)
        self.wait()
        self.same(self.tree)

    def test_threads(self):
        self.make_tree(20)
        full = self.run_check(self.tree, cached=False)
        for n in 1, 2, 7:
            shutil.rmtree(self.cache, ignore_errors=True)
            self.assertEqual(self.run_check(self.tree, f"-j{n}"), full)
            self.assertEqual(self.run_check(self.tree, f"-j{n}"), full)


class Damage(CacheCase):
    def files(self):
        return [p for p in sorted(self.cache.rglob("*")) if p.is_file()]

    def test_every_byte_may_be_wrong(self):
        """A bit flipped anywhere, or an end cut off, costs time and nothing else."""
        self.make_tree(6)
        full = self.run_check(self.tree, cached=False)
        self.run_check(self.tree)
        rng = random.Random(11)
        for i in range(12 if sanitized() else 40):
            for path in self.files():
                data = bytearray(path.read_bytes())
                at = rng.randrange(len(data))
                if i % 4 == 3:
                    del data[at:]
                else:
                    data[at] ^= 1 << rng.randrange(8)
                path.write_bytes(data)
            self.assertEqual(self.run_check(self.tree), full)

    def test_what_is_no_file_is_not_waited_for(self):
        """FIFOs, links and folders in the place of what was kept."""
        self.make_tree(6)
        full = self.run_check(self.tree, cached=False)
        self.run_check(self.tree)
        makes = (os.mkfifo, os.mkdir, lambda p: os.symlink("/dev/zero", p))
        for path in self.files():
            for make in makes:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                make(path)
                self.assertEqual(self.run_check(self.tree), full)

    def test_nothing_of_others_is_swept(self):
        """Old temporaries go, and neither other names nor what a link leads to."""
        self.make_tree(4)
        self.run_check(self.tree)
        key = next(p for p in self.cache.iterdir() if p.is_dir())
        theirs = self.dir / "theirs"
        theirs.mkdir()
        for folder in (key, theirs):
            for name in ("all.aB3dE9", "0.xyzXYZ", "notes.txt", "0.1", "all.json"):
                (folder / name).write_text("")
                age(folder / name, PAST - 7200)
        self.run_check(self.tree)
        left = {p.name for p in key.iterdir()}
        self.assertEqual(left, {"all", "0", "notes.txt", "0.1", "all.json"})
        shutil.rmtree(key)
        key.symlink_to(theirs)
        self.same(self.tree)
        self.assertLessEqual({"all.aB3dE9", "0.xyzXYZ", "notes.txt"},
                             {p.name for p in theirs.iterdir()})

    def test_a_folder_that_cannot_be_written(self):
        self.make_tree(4)
        self.cache.write_text("a file, no folder")
        done = subprocess.run([DSINSPECT, "check", "-fjson", "-q", str(self.tree),
                               f"--cache={self.cache}"], capture_output=True)
        self.assertEqual(done.stdout, self.run_check(self.tree, cached=False))
        self.assertIn(b"dsinspect check: --cache: ", done.stderr)
        self.assertEqual(self.cache.read_text(), "a file, no folder")

    def test_two_at_a_time(self):
        self.make_tree(20)
        full = self.run_check(self.tree, cached=False)
        runs = [subprocess.Popen([DSINSPECT, "check", "-fjson", "-q", str(self.tree),
                                  f"--cache={self.cache}"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL) for _ in range(4)]
        for run in runs:
            self.assertEqual(run.communicate()[0], full)
        self.same(self.tree)

    def test_killed(self):
        self.make_tree(60)
        full = self.run_check(self.tree, cached=False)
        rng = random.Random(5)
        for _ in range(10 if sanitized() else 40):
            run = subprocess.Popen([DSINSPECT, "check", "-q", str(self.tree),
                                    f"--cache={self.cache}"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 0.06)
            run.send_signal(signal.SIGKILL)
            run.wait()
        self.assertEqual(self.run_check(self.tree), full)
        for path in self.cache.rglob("*.*"):
            age(path, time.time() - 7200)
        self.assertEqual(self.run_check(self.tree), full)
        self.assertEqual(list(self.cache.rglob("*.*")), [])


if __name__ == "__main__":
    main()
