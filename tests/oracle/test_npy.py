"""The npy reader against NumPy: every value of every dtype, order, version and shape,
and the same verdict on headers that are sound, odd or broken."""

import io
import itertools
import random
import subprocess
import warnings

import numpy as np
import numpy.lib.format as npy

import npy_files
from npy_files import header_bytes, raw_header
from oracle import DUMP_VALUES, DumpError, TestCase, dump, equal, main

MEMORY = 256 << 20

PLAIN = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8",
         "c16", "S1", "S7", "U1", "U5", "M8[ns]", "M8[25us]", "M8[D]", "m8[s]", "m8",
         "V3", "V16"]

RECORDS = [
    [("a", "<f4"), ("b", ">i2"), ("label", "u1")],
    [("a", "<f4", (2,)), ("b", "S3", (2, 2))],
    [("a", [("b", "<f4"), ("c", [("d", ">u2"), ("e", "?")])]), ("f", "<U2")],
    [("a", [("x", "<i2", (2,)), ("y", "u1")], (3,)), ("z", ">f8")],
    [("a", [("b", [("x", "u1"), ("y", "<i2")], (2,))], (2, 3)), ("n", "u1")],
    [(("a title", "name"), "<f4"), ("other", "<i8")],
    [("größe", "<f4"), ("标签", "<i8")],
    [("gap", "V5"), ("t", "<M8[ms]")],
    [("one", ">c8")],
]

SHAPES = [(), (1,), (7,), (0,), (3, 4), (1, 6), (6, 1), (0, 3), (3, 0), (2, 3, 4),
          (1, 3, 2), (3, 1, 2), (2, 2, 3, 2), (2, 3, 1, 2, 2)]


def random_array(dtype, shape, seed=0):
    """Random bits, so that NaN payloads, NaT and lone surrogates are among them; but a
    bool stays 0 or 1 and a code point one that Python can hold."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(seed)
    if dtype.names is not None:
        out = np.zeros(shape, dtype)
        for i, name in enumerate(dtype.names):
            out[name] = random_array(dtype[name].base, shape + dtype[name].shape, i)
        return out
    count = int(np.prod(shape, dtype=int))
    if dtype.kind == "b":
        return rng.integers(0, 2, count).astype(dtype).reshape(shape)
    if dtype.kind == "U":
        points = rng.integers(0, 0xD800, count * dtype.itemsize // 4)
        return points.astype(dtype.byteorder + "u4").view(dtype).reshape(shape)
    return np.frombuffer(rng.bytes(count * dtype.itemsize), dtype).reshape(shape)


def leaves(array, name=None):
    """An array's plain fields, as our reader names them."""
    if array.dtype.names is None:
        yield name, array
        return
    for field in array.dtype.names:
        yield from leaves(array[field], field if name is None else f"{name}.{field}")


def save(path, array, version=None):
    with open(path, "wb") as f, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        npy.write_array(f, array, version=version)


class Values(TestCase):
    def same_as_numpy(self, path, *options):
        expected = list(leaves(np.load(path)))
        got = dump(path, *options)
        self.check(len(got) == len(expected), "as many arrays as plain fields")
        for (meta, values), (name, wanted) in zip(got, expected):
            self.check(meta["name"] == name, f"{meta['name']} is called {name}")
            self.check(np.dtype(meta["dtype"]) == wanted.dtype, wanted.dtype)
            self.check(equal(values, wanted), f"{path} {options} {name} {wanted.dtype}")
            self.check(meta["n_bytes_stored"] == wanted.nbytes, "bytes stored")
            self.check(meta["warnings"] == [], f"warned: {meta['warnings']}")

    def test_every_dtype_and_byte_order(self):
        path = self.dir / "a.npy"
        for dtype, byte_order, order in itertools.product(PLAIN, "<>", "CF"):
            array = random_array(np.dtype(dtype).newbyteorder(byte_order), (5, 3, 4))
            save(path, np.asarray(array, order=order))
            self.same_as_numpy(path, "--rows=2")

    def test_every_shape_order_and_version(self):
        path = self.dir / "a.npy"
        for shape, order, version in itertools.product(SHAPES, "CF",
                                                       [(1, 0), (2, 0), (3, 0)]):
            array = random_array(">i4", shape)
            save(path, np.asarray(array, order=order), version)
            self.same_as_numpy(path)
            self.same_as_numpy(path, "--rows=1")

    def test_records(self):
        path = self.dir / "a.npy"
        for dtype, shape, order in itertools.product(RECORDS, SHAPES[::2] + [(40, 3)],
                                                     "CF"):
            save(path, np.asarray(random_array(dtype, shape), order=order))
            self.same_as_numpy(path, "--rows=3")

    def test_records_with_padding(self):
        path = self.dir / "a.npy"
        aligned = np.dtype([("a", "u1"), ("b", "f8"), ("c", "u2")], align=True)
        gaps = np.dtype({"names": ["x", "y"], "formats": ["u1", "<i4"],
                         "offsets": [7, 20], "itemsize": 5000})
        far = np.dtype({"names": ["x", "y"], "formats": ["u1", ("<i4", (3,))],
                        "offsets": [100, 200000], "itemsize": 300001})
        nested = np.dtype({"names": ["s"], "formats": [(aligned, (2,))],
                           "offsets": [3], "itemsize": 400000})
        for dtype, order in itertools.product([aligned, gaps, far, nested], "CF"):
            save(path, np.asarray(random_array(dtype, (4, 3)), order=order))
            self.same_as_numpy(path)
            self.same_as_numpy(path, "--rows=3")

    def test_many_records(self):
        """Chunks of scratch begin and end within the rows."""
        path = self.dir / "a.npy"
        array = random_array([("a", "u1", (3,)), ("b", [("c", ">f4"), ("d", "V90")])],
                             (20011,))
        save(path, array)
        self.same_as_numpy(path)
        self.same_as_numpy(path, "--rows=5000")

    def test_large_fortran_files(self):
        """Tiles of rows and columns; gaps read through and gaps passed over."""
        path = self.dir / "a.npy"
        cases = [("<f4", (30011, 30), 4001), (">i2", (17, 20011), 5),
                 ("u1", (2500, 400), 999),
                 ("<f8", (1500, 11, 13), 700), ("V3", (5003, 40), 1000),
                 ("<U9", (401, 3, 7, 11), 100), ("<c16", (3, 100, 101), 1),
                 ("V300000", (2, 3), 1),
                 ([("a", "<i4"), ("b", "u1")], (3001, 50), 900)]
        for dtype, shape, n_rows in cases:
            save(path, np.asfortranarray(random_array(dtype, shape)))
            self.same_as_numpy(path, f"--rows={n_rows}")
            self.same_as_numpy(path)

    def test_one_field_by_name(self):
        path = self.dir / "a.npy"
        save(path, random_array(RECORDS[2], (5,)))
        (meta, values), = dump(path, name="a.c.d")
        self.check(equal(values, np.load(path)["a"]["c"]["d"]))

    def test_bools_are_0_or_1(self):
        path = self.dir / "a.npy"
        path.write_bytes(header_bytes("'|b1'", (6,)) + bytes([0, 1, 2, 128, 255, 0]))
        (_, values), = dump(path)
        self.check(values.tobytes() == bytes([0, 1, 1, 1, 1, 0]), "by hand")

    def test_as_dtype(self):
        path = self.dir / "a.npy"
        data = np.arange(12, dtype="<u2") * 5000
        for descr, name, expected in [
                ("<V2", "bfloat16", "bfloat16"), ("|V2", "bfloat16", "bfloat16"),
                (">V2", "bfloat16", ">bfloat16"), ("<V2", "float16", "float16"),
                ("<V2", "int16", "int16"), ("<V2", "uint16", "uint16"),
                ("<V2", "float32", "|V2"), ("<i2", "float16", "int16"),
                ("|V8", "datetime64[ns]", "datetime64[ns]"), ("|V2", ">u2", ">u2")]:
            item = int(descr[2:])
            path.write_bytes(header_bytes(f"'{descr}'", (24 // item,)) + data.tobytes())
            (meta, values), = dump(path, f"--as-dtype={name}")
            self.check(meta["dtype"] == expected, f"{descr} as {name}: {meta['dtype']}")
            swapped = expected.startswith(">")
            wanted = data.byteswap() if swapped else data
            self.check(values.tobytes() == wanted.tobytes(), f"{descr} as {name}")
        (meta, _), = dump(path.with_name("a.npy"))
        self.check("bfloat16" in meta["note"], "V2 is said to perhaps be bfloat16")
        self.refused(path, "usage", "--as-dtype", "--as-dtype=floaty")

    def test_notes(self):
        path = self.dir / "a.npy"
        save(path, np.asfortranarray(np.zeros((3, 4))))
        self.check(dump(path)[0][0]["note"] == "Fortran order")
        save(path, np.zeros((3, 4)))
        self.check(dump(path)[0][0]["note"] is None)
        save(path, np.zeros(3, "u1,<f8"))
        self.check(dump(path)[1][0]["note"] == "byte 1 of records of 9 bytes")


class Streams(TestCase):
    def pipe(self, data, *options):
        words = [DUMP_VALUES, *options, "-"]
        done = subprocess.run(words, input=data, stdout=subprocess.PIPE, timeout=60)
        path = self.dir / "out"
        path.write_bytes(done.stdout)
        return done

    def test_pipe_and_file_agree(self):
        path = self.dir / "a.npy"
        for array in [random_array(">f4", (30000, 3)), random_array("?", ()),
                      random_array(RECORDS[0][:1], (50000,)),
                      np.asfortranarray(random_array("u1", (5, 1, 1)))]:
            save(path, array)
            words = [DUMP_VALUES, "--rows=1000"]
            from_file = subprocess.run([*words, path], stdout=subprocess.PIPE).stdout
            from_pipe = self.pipe(path.read_bytes(), "--rows=1000").stdout
            self.check(b'"sequential": true' in from_pipe, "a pipe is sequential")
            self.check(from_pipe.replace(b'"sequential": true', b'"sequential": false')
                       == from_file, "a pipe gives what the file gives")

    def test_fortran_order_needs_a_file(self):
        data = io.BytesIO()
        npy.write_array(data, np.asfortranarray(np.zeros((3, 4))))
        done = self.pipe(data.getvalue())
        self.check(done.returncode == 1 and b'"unsupported"' in done.stdout)
        self.check(b"save it to a file" in done.stdout)

    def test_short_stream(self):
        data = io.BytesIO()
        npy.write_array(data, random_array("<i8", (30000,)))
        done = self.pipe(data.getvalue()[:-12], "--rows=999")
        first = done.stdout.split(b"\n")[0]
        self.check(b'"rows": 29998' in first, "the whole rows before the end are read")
        self.check(b'"truncated"' in done.stdout.split(b"\n")[-2])


class Sizes(TestCase):
    def test_truncation_at_every_byte(self):
        """Whatever is left, the rows wholly there are read and the rest is said."""
        whole, part = self.dir / "whole.npy", self.dir / "part.npy"
        for array in [np.arange(12, dtype=">i4").reshape(6, 2),
                      np.asfortranarray(np.arange(12, dtype="<u2").reshape(4, 3)),
                      random_array(RECORDS[0], (5,))]:
            save(whole, array)
            data = whole.read_bytes()
            offset = len(data) - array.nbytes
            for end in [0, *range(len(npy_files.MAGIC), len(data))]:
                part.write_bytes(data[:end])
                memory = None if end % 16 else MEMORY
                e = self.refused(part, "truncated", memory=memory)
                self.check(bool(e.arrays) == (end >= offset), "opened after header")
                for (meta, got), (_, full) in zip(e.arrays[:1], leaves(array)):
                    there = (end - offset) // array.itemsize
                    n = (max(0, there - 8) if array.flags.fnc
                         else there // (array[:1].size))
                    self.check(meta["rows"] == n, f"not {n} rows at {end}")
                    self.check(equal(got, full[:n]), f"the sound rows at {end}")
                    self.check(meta["warnings"][0]["rule"] == "truncated")
                    self.check(f"{len(full) - n} of {len(full)} rows are missing" in
                               meta["warnings"][0]["message"], meta["warnings"])

    def test_rows_beyond_the_end(self):
        path = self.dir / "a.npy"
        save(path, np.arange(100))
        path.write_bytes(path.read_bytes()[:-80])
        e = self.refused(path, "truncated", "90 of 100 rows", "--rows=30")
        self.check(equal(e.arrays[0][1], np.arange(90)), "90 rows before the end")

    def test_bytes_after_the_end(self):
        path = self.dir / "a.npy"
        save(path, np.arange(5))
        data = path.read_bytes()
        for tail, words in [(b"x", "1 bytes after the array"), (data, "another array")]:
            path.write_bytes(data + tail)
            (meta, values), = dump(path)
            self.check(equal(values, np.load(path)), "numpy.load ignores them too")
            warning, = meta["warnings"]
            self.check(warning["rule"] == "decoder" and words in warning["message"],
                       warning)

    def test_limits(self):
        path = self.dir / "a.npy"
        save(path, np.zeros((3, 1000)))
        self.check(len(dump(path, "--limit-bytes=8000")) == 1, "a row of the limit")
        self.refused(path, "limit", "--limit-bytes", "--limit-bytes=7999")
        self.check(len(dump(path, "--header", "--limit-bytes=10")) == 1, "described")
        save(path, np.zeros(3, [("a", "u1"), ("b", "V999")]))
        self.refused(path, "limit", "record takes 1000 bytes", "--limit-bytes=999")

    def test_sparse_giant(self):
        """40 GB of zeros that take no room on disk, one row of it at a time."""
        path = self.dir / "a.npy"
        with open(path, "wb") as f:
            f.write(header_bytes("'<f4'", (10, 10**9)))
            f.truncate(f.tell() + 4 * 10**10)
        self.refused(path, "limit", "--limit-bytes", memory=MEMORY)
        self.check(dump(path, "--header", memory=MEMORY)[0][0]["shape"] == [10, 10**9])


class Headers(TestCase):
    def numpy_takes(self, data):
        """numpy.load's verdict on the header: (shape, dtype) or None. The values are
        left out of it, but not the checks of shape that come with them."""
        f = io.BytesIO(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                version = npy.read_magic(f)
                npy._check_version(version)
                shape, _, dtype = npy._read_array_header(f, version)
        except Exception:
            return None
        total = max(dtype.itemsize, 1)
        for extent in shape:
            total *= max(extent, 1)
        sound = all(0 <= n < 2**63 for n in shape) and total < 2**63
        return (shape, dtype) if sound and not dtype.hasobject else None

    def we_take(self, path):
        try:
            return dump(path, "--header")
        except DumpError:
            return None

    def agree(self, data):
        path = self.dir / "a.npy"
        path.write_bytes(data)
        ours, theirs = self.we_take(path), self.numpy_takes(data)
        self.check((ours is None) == (theirs is None),
                   f"{data!r}: numpy {theirs}, we {ours}")
        if theirs:
            shape, dtype = theirs
            wanted = [(name, list(a.shape[1:]), a.dtype)
                      for name, a in leaves(np.ndarray(1, dtype))]
            got = [(m["name"], m["shape"][len(shape):], np.dtype(m["dtype"]))
                   for m, _ in ours]
            self.check(got == wanted, f"{data!r}: numpy {wanted}, we {got}")
            self.check(all(m["shape"][:len(shape)] == list(shape) for m, _ in ours))

    def test_the_same_verdict_as_numpy(self):
        for data in npy_files.agreed():
            self.agree(data)

    def test_deliberate_differences(self):
        """Where we differ on purpose, and that NumPy does what is claimed of it."""
        path = self.dir / "a.npy"
        for data, numpy_takes in npy_files.deliberate():
            path.write_bytes(data)
            self.check((self.numpy_takes(data) is not None) == numpy_takes, data)
            self.check((self.we_take(path) is not None) == (not numpy_takes), data)

    def test_random_headers(self):
        """Headers NumPy wrote, then one or two characters changed."""
        rng = random.Random(20)
        for _ in range(500):
            descr = rng.choice(npy_files.SEED_DESCRS)
            shape = tuple(rng.choice([0, 1, 3, 70]) for _ in range(rng.randrange(4)))
            text = (f"{{'descr': {descr}, 'fortran_order': {rng.random() < 0.5}, "
                    f"'shape': {shape}, }}")
            for _ in range(rng.randrange(3)):
                at = rng.randrange(len(text))
                new = rng.choice(["", "", "(", ")", ",", "'", '"', " ", "1", "[", "]",
                                  "<", ":", "-", "L", "True", "\\", "\n", "}"])
                text = text[:at] + new + text[at + rng.randrange(2):]
            if not npy_files.differs_on_purpose(text):
                self.agree(raw_header(text))


class Hostile(TestCase):
    def test_hostile_files(self):
        path = self.dir / "a.npy"
        cases = list(npy_files.hostile())
        self.check(len(cases) >= 30, "at least thirty")
        for data, rule, words in cases:
            path.write_bytes(data)
            self.refused(path, rule, words, memory=MEMORY, timeout=5)

    def test_hostile_sizes_that_open(self):
        """Lies about size that a header alone does not betray."""
        path = self.dir / "a.npy"
        for descr, shape, fortran in [("'<i8'", (2**59,), False),
                                      ("'<f4'", (2**30, 2**26), True),
                                      ("'|u1'", (2**62, 1), False),
                                      ("[('a','|u1'),('b','|V200000000')]", (2**30,),
                                       False),
                                      ("'|S200000000'", (2**30,), True)]:
            path.write_bytes(header_bytes(descr, shape, fortran) + b"x" * 64)
            self.refused(path, "truncated", "", memory=MEMORY, timeout=5)

    def test_values_of_no_size(self):
        """No bytes, so no end to what may be claimed; and no time or room to take."""
        path = self.dir / "a.npy"
        for descr, shape in [("'|V0'", (2**62,)), ("'<U0'", (2**40, 2**20)),
                             ("[]", (5,)), ("[('a', [])]", (2**50,)),
                             ("[('a', '<f4', (0,))]", (2**40,)), ("'<f8'", (2**40, 0)),
                             ("'<f8'", (0, 2**40))]:
            path.write_bytes(header_bytes(descr, shape))
            for meta, values in dump(path, memory=MEMORY, timeout=5):
                self.check(values.nbytes == 0, "nothing")


if __name__ == "__main__":
    main()
