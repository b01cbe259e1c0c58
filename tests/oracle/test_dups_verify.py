"""dups --verify: samples and files that are made to have one hash are told apart, and
others stay together."""

import ctypes
import ctypes.util
import subprocess

import h5py
import numpy as np
from PIL import Image

from oracle import TestCase, main
from test_dups import DSINSPECT, dups, findings, groups, photo


# XXH3's default secret, its first 16 bytes (github.com/Cyan4973/xxHash, the specification).
SECRET = bytes.fromhex("b8fe6c3923a44bbe7c01812cf721ad1c")


def colliding(n, seed, rng, members=3):
    """Different texts of n bytes whose XXH3-128 with this seed is equal.

    Of a text longer than 240 bytes lane 0 of stripes 0 and 1 go into the same two
    accumulators: one adds the data, the other the product of the halves of data xor
    secret. Where the low half of that is 0, so is the product whatever the high half, and
    what is added to one high half and taken from the other is not seen."""
    at = [int.from_bytes(SECRET[i:i + 8], "little") for i in (0, 8)]
    secrets = (at[0] + seed) % 2 ** 64, (at[1] - seed) % 2 ** 64
    base = rng.integers(0, 256, n, np.uint8).tobytes()
    high = [int(h) for h in rng.integers(2 ** 20, 2 ** 31, 2)]
    out = []
    for shift in range(members):
        text = bytearray(base)
        for lane, to in ((0, high[0] + shift), (64, high[1] - shift)):
            low = secrets[lane // 64] % 2 ** 32
            text[lane:lane + 8] = (to << 32 | low).to_bytes(8, "little")
        out.append(bytes(text))
    return out


def seed_of(dtype, *shape):
    """Of samples of that type and shape: XXH3-64 of both."""
    xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash"))
    xxhash.XXH3_64bits.restype = ctypes.c_uint64
    header = dtype.encode().ljust(48, b"\0")
    header += b"".join(k.to_bytes(8, "little") for k in (len(shape), *shape))
    return xxhash.XXH3_64bits(header, ctypes.c_size_t(len(header)))


class Verify(TestCase):
    def test_rows_that_were_made_to_collide(self):
        rng = np.random.default_rng(30)
        a, b, c = colliding(512, seed_of("uint8", 512), rng)
        x = rng.integers(0, 256, (5000, 512), np.uint8)
        for i, row in (7, a), (50, b), (51, a), (900, c), (2000, b), (4999, a):
            x[i] = np.frombuffer(row, np.uint8)
        x[3000] = x[60]
        np.save(self.dir / "x.npy", x)
        np.savez_compressed(self.dir / "z.npz", x=x)
        with h5py.File(self.dir / "x.h5", "w") as file:
            file.create_dataset("x", data=x, chunks=(64, 512), compression="gzip")
        for name in "x.npy", "z.npz", "x.h5":
            path = self.dir / name
            place = lambda *at: sorted(f"{path}[{i}]" for i in at)
            hashed = dups(path)
            self.assertEqual(groups(hashed), sorted([place(7, 50, 51, 900, 2000, 4999),
                                                     place(60, 3000)]))
            for how in [], ["-j1"], ["-j7"], ["--max-memory=1"]:
                report = dups("--verify", *how, path)
                self.assertEqual(groups(report), sorted(
                    [place(7, 51, 4999), place(50, 2000), place(60, 3000)]))
                self.assertEqual({k: report["summary"][k] for k in
                                  ("groups", "duplicates", "collisions")},
                                 {"groups": 3, "duplicates": 4, "collisions": 4})
                # b, c and b against a, then c against b
                self.assertEqual(sorted(f["index"] for f in
                                        findings(report, "hash_collision")),
                                 [50, 900, 900, 2000])

    def test_files_that_were_made_to_collide(self):
        rng = np.random.default_rng(31)
        a, b, _ = colliding(900, 0, rng)
        (self.dir / "t" / "k").mkdir(parents=True)
        for name, text in zip("pqrstu", (a, b, a, b, a[:-1], a[:-1])):
            (self.dir / "t" / "k" / f"{name}.png").write_bytes(text)
        place = lambda names: [str(self.dir / "t" / "k" / f"{n}.png") for n in names]
        tree = self.dir / "t"
        self.assertEqual(groups(dups("--by=bytes", tree)), [place("pqrs"), place("tu")])
        report = dups("--by=bytes", "--verify", tree)
        self.assertEqual(groups(report), [place("pr"), place("qs"), place("tu")])
        self.assertEqual(report["summary"]["collisions"], 2)
        for name in "a.npy", "b.npy":
            np.save(self.dir / name, np.arange(70000))
        arrays = [self.dir / "a.npy", self.dir / "b.npy"]
        self.assertEqual(groups(dups("--by=bytes", "--verify", *arrays)),
                         [sorted(map(str, arrays))])

    def test_changes_nothing_where_nothing_collides(self):
        rng = np.random.default_rng(32)
        tree = self.dir / "tree"
        for split in "train", "test":
            (tree / split / "a").mkdir(parents=True)
        for i in range(60):
            image = photo(rng, 24, 20) if i % 3 else Image.new("L", (9, 9), i)
            image.save(tree / "train" / "a" / f"{i}.png")
            image.save(tree / "test" / "a" / f"{i}.png", compress_level=1)
            if i % 5 == 0:
                image.save(tree / "test" / "a" / f"{i}b.png")
        texts = np.array([f"text {i % 40}" * (i % 7) for i in range(3000)])
        with h5py.File(self.dir / "s.h5", "w") as file:
            file["s"] = np.char.encode(texts).astype(object)
            file["s"].attrs["x"] = 1
        np.save(self.dir / "one.npy", rng.integers(0, 30, (9000, 3)))
        np.save(self.dir / "none.npy", np.arange(9000.0))
        for path in tree, self.dir / "s.h5", self.dir / "one.npy", self.dir / "none.npy":
            for how in [], ["--by=bytes"], ["--near=phash"], ["--max-memory=1"]:
                plain, verified = dups(*how, path), dups("--verify", *how, path)
                self.assertEqual(verified["summary"].pop("collisions"), 0)
                for part in "summary", "rows", "findings":
                    self.assertEqual(verified[part], plain[part], (path, how, part))

    def test_more_groups_than_memory(self):
        """Each first is larger than the room for all: round after round, one at a time."""
        rng = np.random.default_rng(33)
        x = np.repeat(rng.integers(0, 256, (9, 700_000), np.uint8), 2, 0)
        np.save(self.dir / "x.npy", x)
        report = dups("--verify", "--max-memory=1", self.dir / "x.npy")
        self.assertEqual(report["summary"]["duplicates"], 9)
        self.assertEqual(report["summary"]["collisions"], 0)

    def test_refused(self):
        np.save(self.dir / "x.npy", np.zeros((4, 3)))
        for words, says in ((["--shard=1/2", f"--partial={self.dir}/p"], b"--shard"),
                            (["-"], b"standard input")):
            done = subprocess.run(f"cat {self.dir}/x.npy | {DSINSPECT.absolute()} dups "
                                  f"--verify {' '.join(words)}"
                                  + (f" {self.dir}/x.npy" if words != ["-"] else ""),
                                  shell=True, capture_output=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"--verify", done.stderr)
            self.assertIn(says, done.stderr)


if __name__ == "__main__":
    main()
