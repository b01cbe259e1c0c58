"""IDX against NumPy's decode of the same bytes, on Fashion-MNIST and on files of every
type and rank; then files that lie."""

import gzip
import json
import pathlib
import random
import struct
import subprocess
import zlib

import numpy as np

from oracle import TestCase, dump, DumpError, equal, main, run

# yann.lecun.com/exdb/mnist, "the IDX file format".
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


def decode(data):
    shape = struct.unpack_from(f">{data[3]}I", data, 4)
    dtype = np.dtype(TYPES[data[2]])
    return np.frombuffer(data, dtype, offset=4 + 4 * data[3]).reshape(shape)


def header(code, shape):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def random_bytes(n, seed=1):
    return random.Random(seed).randbytes(n)


class IdxCase(TestCase):
    def write(self, data, name="a"):
        path = self.dir / name
        path.write_bytes(data)
        return path


class Idx(IdxCase):
    def same(self, path, expected, *options):
        (meta, got), = dump(path, *options)
        self.assertEqual(meta["shape"], list(expected.shape))
        self.assertEqual(meta["format"], "idx")
        self.check(equal(got, expected), f"{path}: values differ")
        return meta

    def test_fashion_mnist(self):
        files = sorted(FASHION.glob("*-ubyte.gz"))
        if not files:
            self.skipTest("dataset-fashion-mnist is not installed")
        self.assertEqual(len(files), 4)
        for path in files:
            data = gzip.decompress(path.read_bytes())
            expected = decode(data)
            meta = self.same(path, expected, "--rows=1009")
            self.assertEqual((meta["filters"], meta["sequential"], meta["warnings"]),
                             ("gzip", True, []))
            meta = self.same(self.write(data), expected, "--rows=777")
            self.assertEqual((meta["filters"], meta["sequential"], meta["warnings"]),
                             (None, False, []))
            self.assertEqual(meta["n_bytes_stored"], expected.nbytes)

    def test_every_type_and_rank(self):
        shapes = [(), (5,), (0,), (7, 3), (3, 0), (0, 4), (2, 3, 4), (2, 1, 3, 2),
                  (1,) * 32, (2,) + (1,) * 31]
        for code, dtype in TYPES.items():
            for shape in shapes:
                n = int(np.prod(shape)) * np.dtype(dtype).itemsize
                data = header(code, shape) + random_bytes(n, code)
                expected = decode(data)
                for rows in ("--rows=1", "--rows=1000"):
                    self.same(self.write(data), expected, rows)
                self.same(self.write(gzip.compress(data), "a.gz"), expected, "--rows=2")

    def test_rank_64(self):
        """NumPy 1 stops at 32 dimensions, so the printed bytes are looked at."""
        shape = [3] + [1] * 63
        code, out = run(self.write(header(8, shape) + b"abc"))
        meta, values = out.split(b"\n", 1)
        self.assertEqual((code, json.loads(meta)["shape"], values), (0, shape, b"abc"))

    def test_members_stored_blocks_and_padding(self):
        data = header(0x0C, (1000, 3)) + random_bytes(12000)
        expected = decode(data)
        cuts = [0, 1, 4, 5, 16, 17, 5000, len(data)]
        members = b"".join(gzip.compress(data[a:b]) + gzip.compress(b"")
                           for a, b in zip(cuts, cuts[1:]))
        for level in (0, 1, 9):
            self.same(self.write(gzip.compress(data, level)), expected, "--rows=7")
        self.check(self.same(self.write(members), expected)["warnings"] == [])
        named = b"\x1f\x8b\x08\x1e" + bytes(6) + b"\2\0xy" + b"name\0" + b"comment\0"
        named += struct.pack("<H", zlib.crc32(named) & 0xFFFF)
        self.same(self.write(named + gzip.compress(data)[10:]), expected)
        meta = self.same(self.write(gzip.compress(data) + b"junk"), expected)
        self.assertEqual([w["rule"] for w in meta["warnings"]], ["decoder"])

    def test_a_pipe(self):
        data = header(0x0B, (500, 2)) + random_bytes(2000)
        for text in (data, gzip.compress(data)):
            with open(self.write(text), "rb") as file:
                cat = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
                (meta, got), = dump("-", "--rows=99", stdin=cat.stdout)
                cat.stdout.close()
                cat.wait()
            self.check(equal(got, decode(data)) and meta["sequential"])

    def test_size_that_does_not_match(self):
        data = header(0x0B, (10, 3)) + random_bytes(60)
        meta = self.same(self.write(data + b"xy"), decode(data))
        self.assertEqual([w["rule"] for w in meta["warnings"]], ["decoder"])
        (meta, _), = dump(self.write(data[:-1]), "--header")
        self.assertEqual([w["rule"] for w in meta["warnings"]], ["truncated"])
        error = self.refused(self.write(data[:-1]), "truncated")
        (meta, got), = error.arrays
        self.check(equal(got, decode(data)[:9]), "the sound rows")
        longer = gzip.compress(data + b"xy")
        meta = self.same(self.write(longer), decode(data))
        self.assertEqual([w["rule"] for w in meta["warnings"]], ["decoder"])


def hostile():
    """Crafted files: (name, bytes, the rule of the refusal or None, options)."""
    sound = header(8, (50, 4)) + random_bytes(200)
    z = gzip.compress(sound, mtime=0)
    top = 0xFFFFFFFF
    yield "overflow", header(0x0E, (top, top)), "unreadable", []
    yield "overflow 3", header(8, (top,) * 3), "unreadable", []
    yield "overflow behind 0", header(8, (0, top, top, top)), "unreadable", []
    yield "overflow rank 64", header(0x0D, (2,) * 64), "unreadable", []
    yield "just below", header(8, (top, 0x7FFFFFFF)) + b"x", "limit", []
    yield "many rows", header(8, (top,)) + b"x", "truncated", ["--rows=4294967295"]
    yield "many rows gz", gzip.compress(header(8, (top,)) + b"x"), "truncated", \
        ["--rows=4294967295"]
    yield "many empty rows", header(8, (top, 0)), None, ["--rows=4294967295"]
    yield "many empty rows gz", gzip.compress(header(8, (top, 0))), None, \
        ["--rows=4294967295"]
    yield "wide row", header(8, (1, 1 << 30)), "limit", []
    yield "limit", sound, "limit", ["--limit-bytes=3"]
    yield "limit gz", z, "limit", ["--limit-bytes=3"]
    yield "at the limit", sound, None, ["--limit-bytes=4"]
    yield "type 0a", header(0x0A, (1,)) + b"x", "unreadable", []
    yield "type 0f", header(0x0F, (1,)) + b"x", "unreadable", []
    yield "rank 65", header(8, (1,) * 65) + b"x", "unreadable", []
    yield "rank 255", header(8, (1,) * 255) + b"x", "unreadable", []
    yield "magic only", b"\0\0\x08", "unreadable", []
    yield "no shape", b"\0\0\x08\x02", "truncated", []
    yield "no values", header(8, (3,)), "truncated", []
    yield "no values, no rows", header(8, (0,)), None, []
    yield "zeros", bytes(4096), "unreadable", []
    yield "gz magic", b"\x1f\x8b\x08", "truncated", []
    yield "gz empty", gzip.compress(b""), "unreadable", []
    yield "gz short", gzip.compress(b"\0\0\x08"), "unreadable", []
    yield "gz no shape", gzip.compress(header(8, (1, 2))[:9]), "truncated", []
    yield "gz csv", gzip.compress(b"path,label\n" * 50), "unreadable", []
    yield "gz of gz", gzip.compress(z), "unreadable", []
    yield "gz tar", gzip.compress(bytes(1024)), "unreadable", []
    yield "gz method", z[:2] + b"\x07" + z[3:], "unreadable", []
    yield "gz flags", z[:3] + b"\xe0" + z[4:], "unreadable", []
    yield "gz header crc", z[:3] + b"\x02" + z[4:10] + b"\1\1" + z[10:], "crc", []
    yield "gz block type", z[:10] + b"\x07" + z[11:], "unreadable", []
    yield "gz crc", z[:-8] + bytes([z[-8] ^ 1]) + z[-7:], "crc", []
    yield "gz length", z[:-1] + b"\1", "crc", []
    yield "gz second crc", gzip.compress(sound[:99]) + gzip.compress(sound[99:])[:-8] \
        + bytes(8), "crc", []
    yield "gz long name", z[:3] + b"\x08" + z[4:10] + b"n" * (1 << 20) + b"\0" + z[10:], \
        None, []
    yield "gz members", gzip.compress(b"") * 100000 + z, None, []
    yield "gz only members", gzip.compress(b"") * 100000, "unreadable", []
    yield "bomb after", gzip.compress(sound + bytes(300 << 20), 1), None, []
    yield "bomb of rows", gzip.compress(header(8, (1, 280 << 20)) + bytes(280 << 20), 1), \
        "limit", []
    yield "bomb before end", gzip.compress(header(0x0E, (top, 1)) + bytes(1 << 20)), \
        "truncated", []


class Hostile(IdxCase):
    MEMORY = 256 << 20

    def test_crafted(self):
        count = 0
        for name, data, rule, options in hostile():
            path = self.write(data)
            with self.subTest(name):
                count += 1
                if rule:
                    self.refused(path, rule, "", *options, memory=self.MEMORY)
                else:
                    dump(path, *options, memory=self.MEMORY)
        self.check(count >= 30)

    def test_words(self):
        self.refused(self.write(gzip.compress(b"path,label\n")), "unreadable",
                     "not an IDX header")
        self.refused(self.write(header(8, (1, 1 << 30))), "limit", "--limit-bytes")

    def test_crc_keeps_the_rows(self):
        data = header(8, (50, 4)) + random_bytes(200)
        z = gzip.compress(data)
        error = self.refused(self.write(z[:-8] + bytes(8)), "crc", "", "--rows=20")
        (meta, got), = error.arrays
        self.check(equal(got, decode(data)))

    def test_truncated_at_every_byte(self):
        """Every row that is wholly there is delivered, and none that is not."""
        data = header(0x0B, (9, 3)) + random_bytes(54)
        for n in range(1, len(data)):
            error = self.refused(self.write(data[:n]),
                                 "truncated" if n >= 4 else "unreadable",
                                 memory=self.MEMORY)
            if n >= 12:
                (meta, got), = error.arrays
                self.check(equal(got, decode(data)[:(n - 12) // 6]))
        z = gzip.compress(data)
        for n in range(1, len(z)):
            rule = "truncated" if n >= 3 else "unreadable"
            error = self.refused(self.write(z[:n]), rule, memory=self.MEMORY)
            there = zlib.decompressobj(31).decompress(z[:n])
            if error.arrays:
                (meta, got), = error.arrays
                self.check(equal(got, decode(data)[:max(0, len(there) - 12) // 6]))

    def test_any_byte_flipped(self):
        """Anything may come of it but a crash."""
        z = gzip.compress(header(8, (50, 4)) + bytes(range(200)))
        for i in range(len(z)):
            try:
                dump(self.write(z[:i] + bytes([z[i] ^ 0x55]) + z[i + 1:]),
                     memory=self.MEMORY)
            except DumpError:
                pass


if __name__ == "__main__":
    main()
