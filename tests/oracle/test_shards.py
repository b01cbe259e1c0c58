"""Shards of a scan, merged in any order, print what one run prints: the same bytes on
standard output and standard error, and the same exit code. What is expected is always
the single run of the same program, which other tests hold against NumPy and friends.

DSI_ALL_SHARDS=1 tries every number of shards from 1 to 64, in place of a few of them."""

import gzip
import os
import random
import re
import shutil
import struct
import subprocess
import unittest
import zlib

import numpy as np

from oracle import BUILD, SOURCE, TestCase, main

try:
    import h5py
except ImportError:  # pragma: no cover
    h5py = None

PROGRAM = str(BUILD / "dsinspect")
DATA = SOURCE / "samples" / "data"
ALL = os.environ.get("DSI_ALL_SHARDS")
COUNTS = range(1, 65) if ALL else (1, 2, 7, 64)


def call(*words, cwd=None):
    done = subprocess.run([PROGRAM, *map(str, words)], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return done.returncode, done.stdout, done.stderr


def tools():
    """Every tool that scans INPUT... and can be cut into shards, by what it says itself."""
    code, script, _ = call("completion", "bash")
    names = re.search(rb"local tools='([^']*)'", script).group(1).decode().split()
    pages = {name: call(name, "--help")[1].decode() for name in names}
    return [name for name, page in pages.items()
            if "--shard=I/N" in page and "INPUT..." in page.splitlines()[0]]


def idx(labels):
    return struct.pack(">BBBBI", 0, 0, 8, 1, len(labels)) + labels.astype(np.uint8).tobytes()


def make_tree(folder):
    shutil.copytree(DATA / "flowers", folder / "tree")
    for name, text in (("daisy/cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"),
                       ("rose/none.jpg", b""), ("tulip/text.png", b"no picture\n")):
        (folder / "tree" / name).write_bytes(text)
    (folder / "tree" / "empty").mkdir()
    shutil.copytree(DATA / "splits", folder / "splits")
    shutil.copytree(DATA / "masks", folder / "masks")


def make_arrays(folder, rng):
    labels = rng.integers(0, 9, 400_000)
    labels[123] = -7
    np.save(folder / "labels.npy", labels)
    np.save(folder / "small.npy", labels[:5])
    np.save(folder / "x.npy", rng.random((1000, 200)).astype(np.float32))
    np.save(folder / "y.npy", rng.choice(["cat", "dog", "nan", "10"], 1000))
    whole = (folder / "labels.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:len(whole) // 3])
    np.save(folder / "odd.npy", np.where(rng.random(200_000) < .1, np.nan,
                                         rng.integers(0, 3, 200_000)).astype(np.float32))
    np.save(folder / "times.npy", labels[:999].astype(">M8[ms]"))
    np.save(folder / "masks.npy", rng.integers(0, 5, (30, 200, 300)).astype(np.uint8))
    with open(folder / "table.csv", "w") as file:
        file.write("path,label,split\n")
        file.writelines(f"{i}.png,c{i * i % 7},{('train', 'val')[i % 5 == 0]}\n"
                        for i in range(60_000))


def make_packed(folder, rng):
    labels = rng.integers(0, 10, 3_000_000)
    whole = gzip.compress(idx(labels), 1, mtime=0)
    (folder / "labels-idx1-ubyte.gz").write_bytes(whole)
    (folder / "cut-idx1-ubyte.gz").write_bytes(whole[:len(whole) // 2])
    (folder / "crc-idx1-ubyte.gz").write_bytes(whole[:-8] + bytes(4) + whole[-4:])
    # Ends where a block of the scan does: what is lost begins with the next block.
    for name, n in (("even", 1 << 20), ("even1", (1 << 20) + 1), ("late", 2_999_999)):
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        text = packer.compress(idx(labels)[:8 + n]) + packer.flush(zlib.Z_SYNC_FLUSH)
        (folder / f"{name}-idx1-ubyte.gz").write_bytes(text)
    np.savez_compressed(folder / "packed.npz", y=labels[:300_000],
                        z=labels[:300_000].astype(np.float32))
    np.savez(folder / "stored.npz", y=labels[:300_000])
    whole = (folder / "packed.npz").read_bytes()
    at = len(whole) // 3
    (folder / "damaged.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 8])
                                         + whole[at + 1:])


def make_hdf5(folder, rng):
    labels = rng.integers(0, 10, 300_000)
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("chunked/y", data=labels, chunks=(1000,), compression="gzip",
                            shuffle=True)
        file["contiguous"] = labels[:200_000]
        file.create_dataset("fill", (1 << 20,), "<i4", chunks=(4096,), fillvalue=3)
        file["text"] = ["a", "b", "a"] * 100


class Shards(TestCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(22)
        rng = np.random.default_rng(7)
        make_tree(self.dir)
        make_arrays(self.dir, rng)
        make_packed(self.dir, rng)
        if h5py:
            make_hdf5(self.dir, rng)
        (self.dir / "classes").write_text("3\n1\n0\n2\n5\n")

    def shards(self, n, tool, *words, code=0):
        """The files of n shards, in any order."""
        files = []
        for i in range(1, n + 1):
            files.append(f"part.{n}.{i}.{len(os.listdir(self.dir))}")
            got = call(tool, f"--shard={i}/{n}", f"--partial={files[-1]}",
                       f"-j{self.random.choice((1, 2, 3, 5))}", *words, cwd=self.dir)
            self.assertEqual(got[:2], (code, b""), (tool, words, got))
        self.random.shuffle(files)
        return files

    def rounds(self, n, tool, *words, code=0):
        """The files of n shards of the last round that the tool asks for, and those of
        the rounds before."""
        files = self.shards(n, tool, *words, code=code)
        old = []
        while True:
            begin = f"next.{len(old)}"
            call("merge", "-q", f"--next={begin}", *files, cwd=self.dir)
            if not (self.dir / begin).exists():
                return files, old
            old += [begin, *files]
            files = self.shards(n, tool, f"--pass={begin}", *words, code=code)

    def is_one(self, tool, *words, counts=COUNTS, outputs=(("-ftsv",), ("-fjson",)),
               code=None):
        alone = [call(tool, *how, *words, cwd=self.dir) for how in outputs]
        if code is not None:
            self.assertEqual(alone[0][0], code, (tool, words, alone[0]))
        for n in counts:
            of_shard = 2 if alone[0][0] == 2 else 0
            files, old = self.rounds(n, tool, *words, code=of_shard)
            for how, expected in zip(outputs, alone):
                got = call("merge", *how, *files, cwd=self.dir)
                self.assertEqual(got, expected, f"{tool} {words} in {n} shards, {how}")
            for file in files + old:
                (self.dir / file).unlink()

    def all_tools(self, *words, counts=COUNTS, code=None):
        for tool in tools():
            self.is_one(tool, *words, counts=counts, code=code)

    def test_there_are_tools(self):
        self.assertLessEqual({"info", "balance"}, set(tools()))

    def test_trees(self):
        self.all_tools("tree", code=0)
        self.all_tools("splits", "tree", code=0, counts=(3,))

    def test_tables(self):
        self.all_tools("table.csv", code=0)
        self.is_one("balance", "--split=val", "table.csv", code=0, counts=(3,))

    def test_arrays(self):
        self.all_tools("labels.npy", code=0)
        for name in ("small.npy", "cut.npy", "odd.npy"):
            self.all_tools(name, code=0, counts=(2, 9))
        self.is_one("balance", "x.npy", "--labels=y.npy", code=0, counts=(1, 4))
        for tool in "range", "missing", "outliers":
            self.is_one(tool, "times.npy", code=0, counts=(2,))

    def test_streams(self):
        """Blocks that must be read in order, and streams that end too soon: one shard
        finds that, and no other tells of it again."""
        self.all_tools("labels-idx1-ubyte.gz", code=0, counts=COUNTS if ALL else (1, 7))
        for name in ("cut", "crc", "even", "even1", "late"):
            self.all_tools(f"{name}-idx1-ubyte.gz", counts=(1, 2, 3, 6, 17) if ALL else (2, 5))

    def test_zip(self):
        for name in ("packed.npz:y", "stored.npz:y"):
            self.all_tools(name, counts=(1, 3, 8), code=0)
        for name in ("packed.npz", "damaged.npz:y"):
            self.all_tools(name, counts=(1, 3))

    @unittest.skipIf(h5py is None, "no h5py")
    def test_hdf5(self):
        self.all_tools("a.h5")
        for name in ("chunked/y", "contiguous", "fill", "text"):
            self.all_tools(f"a.h5:/{name}", counts=(1, 3, 8), code=0)

    def test_masks(self):
        self.is_one("balance", "--pixels", "masks", code=0, counts=(1, 5))
        self.is_one("balance", "--pixels", "--ignore-label=0", "--ignore-label=3",
                    "masks.npy", code=0, counts=(1, 5))

    def test_inputs_that_fail(self):
        self.all_tools("labels.npy", "nowhere.npy", code=2, counts=(1, 3))
        self.all_tools("nowhere.npy", code=2, counts=(1, 3))

    def test_options_of_the_tool(self):
        for words in (("--classes=classes",), ("--weights=enet:1.1", "--normalize=sum"),
                      ("--sentinel=-7", "--sentinel=3", "--min-per-class=0"),
                      ("--max-imbalance=1e300", "--max-repeat=1.0000000000000002"),
                      ("--target=12", "--params=7M", "--seed=9"), ("--exclude=*.png",)):
            self.is_one("balance", *words, "labels.npy", code=0, counts=(3,))

    def test_options_of_merge(self):
        outputs = (("-ftable",), ("-fcsv", "--no-header"), ("-fndjson", "-z"), ("-q",),
                   ("-v", "--severity=imbalance=off"), ("--fail-on=warning",),
                   ("--fail-on=below_min", "--severity=below_min=error", "-q"),
                   ("--fail-on=nonsense",))
        self.is_one("balance", "tree", counts=(3,), outputs=outputs)
        codes = [call("balance", *how, "tree", cwd=self.dir)[0] for how in outputs]
        self.assertEqual(codes, [0, 0, 0, 0, 0, 1, 1, 2])

    def test_files_are_not_written(self):
        code, out, err = call("balance", "labels.npy", "--class-weights=w.npy",
                              "--shard=1/1", "--partial=p", cwd=self.dir)
        self.assertEqual((code, out), (2, b""))
        self.assertIn(b"--class-weights: neither a shard nor merge writes", err)
        self.check(not (self.dir / "w.npy").exists() and not (self.dir / "p").exists(),
                   "nothing is written")

    def test_list_of_files(self):
        call("balance", "labels.npy", "-o", "alone.json", cwd=self.dir)
        files = self.shards(3, "balance", "labels.npy")
        (self.dir / "list").write_text("\n".join(files))
        code, _, _ = call("merge", "--files-from=list", "-o", "merged.json", cwd=self.dir)
        self.assertEqual(code, 0)
        self.assertEqual((self.dir / "merged.json").read_bytes(),
                         (self.dir / "alone.json").read_bytes())

    def test_merge_opens_no_input(self):
        expected = call("balance", "-fjson", "labels.npy", cwd=self.dir)
        files = self.shards(4, "balance", "labels.npy")
        (self.dir / "labels.npy").unlink()
        self.assertEqual(call("merge", "-fjson", *files, cwd=self.dir), expected)


class Refusals(TestCase):
    def setUp(self):
        super().setUp()
        np.save(self.dir / "a.npy", np.arange(300_000) % 5)
        np.save(self.dir / "b.npy", np.arange(300_001) % 5)
        (self.dir / "classes").write_text("0\n1\n2\n3\n4\n")

    def make(self, name, shard="1/2", tool="balance", words=("a.npy",), code=0):
        got = call(tool, f"--shard={shard}", f"--partial={name}", *words, cwd=self.dir)
        self.assertEqual(got[0], code, got)
        return name

    def refuses(self, files, *said):
        code, out, err = call("merge", *files, cwd=self.dir)
        self.assertEqual((code, out), (2, b""), err)
        for words in said:
            self.check(words in err.decode(), f"wanted {words!r} in {err.decode()}")

    def test_missing_and_twice(self):
        p = [self.make(f"p{i}", f"{i}/6") for i in range(1, 7)]
        self.refuses([p[0], p[2]], "4 of the 6 shards are missing: 2, 4-6")
        self.refuses(p[1:], "1 of the 6 shards is missing: 1")
        shutil.copy(self.dir / "p3", self.dir / "q3")
        self.refuses([*p, "q3"], "q3: the same shard as p3, 3 of 6")

    def test_foreign(self):
        p = self.make("p")
        for words, said in (
                ({"tool": "info"}, "of another tool: info, not balance"),
                ({"shard": "2/3"}, "one of 3 shards, not of 2"),
                ({"words": ("b.npy",)}, "of other inputs"),
                ({"words": ("--limit-bytes=5M", "a.npy")}, "of other inputs, or of other"),
                ({"words": ("--weights=inverse", "a.npy")},
                 "of other options: with --weights=inverse"),
                ({"words": ("--classes=classes", "a.npy")},
                 "of other options: with --classes=classes")):
            self.refuses([p, self.make("q", **{"shard": "2/2", **words})], f"q: ", said)

    def test_changed_data(self):
        p = self.make("p")
        shutil.copy(self.dir / "b.npy", self.dir / "a.npy")
        self.refuses([p, self.make("q", "2/2")], "q: ", "of other data")

    def test_changed_classes(self):
        words = ("--classes=classes", "a.npy")
        p, q = self.make("p", words=words), self.make("q", "2/2", words=words)
        (self.dir / "classes").write_text("0\n1\n2\n3\n9\n")
        self.refuses([p, q], "--classes=classes has changed since")
        self.refuses([p, self.make("q", "2/2", words=words)], "q: ",
                     "the file of --classes was another one then")
        (self.dir / "classes").unlink()
        self.refuses([p, self.remake(p, "2/2")], "--classes=classes is read again")

    def remake(self, name, shard):
        """A shard like that of the file, though what it was made from is gone."""
        (self.dir / "classes").write_text("0\n1\n2\n3\n4\n")
        made = self.make("r", shard, words=("--classes=classes", "a.npy"))
        (self.dir / "classes").unlink()
        return made

    def test_damage(self):
        p, q = self.make("p"), (self.dir / self.make("q", "2/2"))
        whole = q.read_bytes()
        for at in (30, len(whole) // 2, len(whole) - 1):
            q.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            self.refuses([p, "q"], "q: damaged: its checksum does not match")
        q.write_bytes(whole + b"\n")
        self.refuses([p, "q"], "q: damaged")
        q.write_bytes(whole[:-1])
        self.refuses([p, "q"], f"q: cut short: {len(whole) - 1} bytes of {len(whole)}")
        q.write_bytes(whole[:9])
        self.refuses([p, "q"], "q: cut short")
        q.write_bytes(whole[:8] + b"\1" + whole[9:])
        self.refuses([p, "q"], "q: of version 1 of the format")
        for text in (b"", b"a,b\n", (self.dir / "a.npy").read_bytes()):
            q.write_bytes(text)
            self.refuses([p, "q"], "q: not a partial file")
        self.refuses([p, "nowhere", "."], "nowhere: No such file", ".: ")

    def test_every_bad_file_is_named(self):
        (self.dir / "x").write_text("x")
        self.refuses([self.make("p"), "x", "nowhere"], "x: not a", "nowhere: No such")

    def test_usage(self):
        for shard in ("0/2", "3/2", "1", "1/", "/2", "1/2/3", "-1/2", "+1/2", " 1/2", "1/2 ",
                      "1/65537", "1/99999999999999999999", "01x/2", "a/b", ""):
            code, out, err = call("info", f"--shard={shard}", "--partial=p", "a.npy",
                                  cwd=self.dir)
            self.assertEqual((code, out), (2, b""), shard)
            self.check(b"is not I/N" in err, (shard, err))
        for words, said in ((("--shard=1/2",), "--shard needs --partial"),
                            (("--partial=p",), "--partial needs --shard"),
                            (("--fail-on=error",), "--fail-on is for dsinspect merge"),
                            (("-o", "x.json"), "--output is for dsinspect merge"),
                            (("-fjson",), "--format is for dsinspect merge"),
                            (("--resample=over", "--indices=i.npy"), "--indices: neither"),
                            (("--sample-weights=w.npy",), "--sample-weights: neither"),
                            (("--partial=a.npy",), "would overwrite the input a.npy"),
                            (("-",), "standard input cannot be cut"),
                            (("--labels=-",), "standard input cannot be cut")):
            pair = () if "needs" in said else ("--shard=1/2", "--partial=p")
            code, out, err = call("balance", *pair, *words, "a.npy", cwd=self.dir)
            self.assertEqual((code, out), (2, b""), words)
            self.check(said in err.decode(), f"wanted {said!r} in {err.decode()}")
            self.check(not (self.dir / "p").exists(), f"{words} wrote a file")
        self.refuses([], "no input given")

    def test_outputs_of_merge(self):
        p, q = self.make("p"), self.make("q", "2/2")
        whole = (self.dir / "p").read_bytes()
        self.refuses(["-o", "p", p, q], "would overwrite the input p")
        self.assertEqual((self.dir / "p").read_bytes(), whole)

    def test_a_partial_file_is_whole_or_not_there(self):
        got = call("info", "--shard=1/2", "--partial=nowhere/p", "a.npy", cwd=self.dir)
        self.assertEqual(got[:2], (2, b""))
        self.assertEqual(sorted(os.listdir(self.dir)), ["a.npy", "b.npy", "classes"])


if __name__ == "__main__":
    main()
