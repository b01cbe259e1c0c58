"""Our .npz reader against numpy.load, and against archives that no writer makes: each
with one lie in it, placed by hand where APPNOTE.TXT says the field is."""

import io
import struct
import subprocess
import warnings
import zipfile

import numpy as np

from oracle import DumpError, TestCase, dump, equal, main

STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def npy(array, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), **options)
    return out.getvalue()


def arrays_of_all_kinds():
    rng = np.random.default_rng(7)
    for kind in "?bBhHiIlLqQefdFD":
        for order in "<>":
            bits = rng.integers(0, 256, 7 * 5 * np.dtype(kind).itemsize, np.uint8)
            if kind == "?":
                bits &= 1
            yield f"{order}{kind}", bits.view(np.dtype(kind).newbyteorder(order)).reshape(7, 5)
    yield "text", np.array(["", "a", "\u00fc\U0001f600"])
    yield "bytes", np.array([b"", b"ab", b"abc"])
    yield "time", np.array(["2020-01-01", "NaT"], "M8[s]")
    yield "0d", np.array(3.5)
    yield "empty", np.zeros((0, 3), "i4")
    yield "hollow", np.zeros((3, 0), "i4")
    yield "fortran", np.asfortranarray(rng.random((6, 4, 3)))
    yield "one", np.zeros((1,), "u1")


class Unseekable(io.RawIOBase):
    """What makes zipfile write the sizes after the data."""

    def __init__(self):
        self.out = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.out += data
        return len(data)


def archive(members, method=DEFLATED, seekable=True, zip64=False, comment=b"",
            prefix=b""):
    """members are (name, bytes); returns the archive."""
    file = io.BytesIO(prefix) if seekable else Unseekable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(file, "a" if prefix else "w", method) as out:
            for name, data in members:
                info = zipfile.ZipInfo(name)
                info.compress_type = method
                with out.open(info, "w", force_zip64=zip64) as member:
                    member.write(data)
            out.comment = comment
    return file.getvalue() if seekable else bytes(file.out)


def places(data, signature):
    at = data.find(signature)
    while at >= 0:
        yield at
        at = data.find(signature, at + 1)


def patched(data, signature, field, value, format, which=0):
    """Writes value at the field-th byte of the which-th header."""
    data = bytearray(data)
    struct.pack_into(format, data, list(places(data, signature))[which] + field, value)
    return bytes(data)


class Npz(TestCase):
    def write(self, data, name="a.npz"):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def same(self, path, *options, but=()):
        """Every array, as numpy.load has it; but for those beyond a limit."""
        with np.load(path) as loaded:
            expected = {name: loaded[name] for name in loaded.files}
        got = {meta["name"]: array for meta, array in dump(path, *options)
               if meta["status"] != "limit"}
        self.assertEqual(set(expected) - set(got), set(but))
        for name, array in got.items():
            self.check(equal(array, expected[name]), f"{path}: {name}")
        return expected

    def one_is_bad(self, data, rule, words, name="bad"):
        """The member called name says rule and words; x, beside it, is as it was."""
        metas = {meta["name"]: (meta, array)
                 for meta, array in dump(self.write(data), "--named")}
        self.check(equal(metas["x"][1], self.x), "the sound member is not read")
        meta = metas[name][0]
        self.check(meta["status"] == rule and words in (meta["reason"] or ""),
                   f"wanted {rule} {words!r}, got {meta['status']} {meta['reason']}")

    x = np.arange(12, dtype=np.int16)

    # --- what numpy writes

    def test_all_kinds(self):
        arrays = dict(arrays_of_all_kinds())
        for save in (np.savez, np.savez_compressed):
            path = self.dir / f"{save.__name__}.npz"
            save(path, **arrays)
            self.assertEqual(len(self.same(path)), len(arrays))
            self.same(path, "--rows=2")
            beyond = ["fortran"] if save is np.savez_compressed else []
            self.same(path, "--limit-bytes=200", "--rows=3", but=beyond)

    def test_what_is_said(self):
        values = np.zeros((4000, 100))
        np.savez_compressed(self.dir / "d.npz", values)
        np.savez(self.dir / "s.npz", values)
        (meta, _), = dump(self.dir / "d.npz", "--header")
        info, = zipfile.ZipFile(self.dir / "d.npz").infolist()
        self.assertEqual((meta["name"], meta["format"], meta["filters"]),
                         ("arr_0", "npz", "deflate"))
        self.assertEqual(meta["n_bytes_stored"], info.compress_size)
        self.assertEqual((meta["n_rows_together"], meta["sequential"]), (4000, False))
        (meta, _), = dump(self.dir / "s.npz", "--header")
        self.assertEqual((meta["filters"], meta["n_bytes_stored"]), (None, values.nbytes))

    def test_large_members(self):
        rng = np.random.default_rng(1)
        np.savez_compressed(self.dir / "l.npz",
                            c=rng.integers(0, 9, (2500, 1000)),
                            f=np.asfortranarray(rng.integers(0, 9, (2500, 1000))))
        self.same(self.dir / "l.npz", "--rows=333")
        metas = {meta["name"]: meta for meta, _ in dump(self.dir / "l.npz", "--header")}
        self.assertTrue(metas["c"]["sequential"])
        self.assertFalse(metas["f"]["sequential"])
        limited = dump(self.dir / "l.npz", "--limit-bytes=1000000", "--rows=100")
        self.assertEqual([meta["status"] for meta, _ in limited], ["ok", "limit"])
        self.check("--limit-bytes" in limited[1][0]["reason"], limited[1][0]["reason"])

    def test_fields(self):
        records = np.zeros(9, [("a", "<i4"), ("b", ">f8", (2,)), ("c", "S3")])
        records["a"], records["b"][:, 1], records["c"] = range(9), range(9), b"xy"
        for save in (np.savez, np.savez_compressed):
            save(self.dir / "r.npz", r=records, x=self.x)
            for options in ([], ["--rows=4"], ["--limit-bytes=100", "--rows=2"]):
                got = {m["name"]: a for m, a in dump(self.dir / "r.npz", *options)}
                self.assertEqual(list(got), ["r.a", "r.b", "r.c", "x"])
                for field in records.dtype.names:
                    self.check(equal(got["r." + field], records[field]), field)

    def test_objects_are_refused(self):
        np.savez(self.dir / "o.npz", bad=np.array([{}, 1], object), x=self.x)
        self.one_is_bad((self.dir / "o.npz").read_bytes(), "refused", "pickle")

    def test_empty(self):
        np.savez(self.dir / "e.npz")
        self.assertEqual(dump(self.dir / "e.npz"), [])

    # --- what other writers may write

    def test_writers(self):
        members = [("x.npy", npy(self.x)), ("folder/\u00e9 \u4e2d.npy", npy(self.x[::2]))]
        for method in (STORED, DEFLATED):
            for how in ({}, {"zip64": True}, {"seekable": False},
                        {"seekable": False, "zip64": True}, {"comment": b"hello"},
                        {"comment": b"x" * 65535}):
                data = archive(members, method, **how)
                self.same(self.write(data))
                if len(how.get("comment", b"")) < 100:  # zipfile looks no further
                    self.same(self.write(data + b"and more"))

    def test_what_stands_before(self):
        """zipfile takes it for no part of the archive; numpy.load wants a zip's magic."""
        for method in (STORED, DEFLATED):
            for zip64 in (False, True):
                data = archive([("x.npy", npy(self.x)), ("y.npy", npy(self.x[::3]))],
                               method, zip64=zip64, prefix=b"\x7fELF" + bytes(999))
                for moved in (data, b"\x7fELF" + bytes(50) + data):
                    path = self.write(moved)
                    expected = [np.lib.format.read_array(io.BytesIO(
                        zipfile.ZipFile(path).read(name))) for name in ("x.npy", "y.npy")]
                    got = [array for _, array in dump(path, "--named")]
                    self.check(all(map(equal, got, expected)), "other values")

    def test_ends_that_look_like_ends(self):
        members = [("x.npy", npy(self.x))]
        (_, array), = dump(self.write(archive(members, comment=END + b" is no end")))
        self.check(equal(array, self.x))  # zipfile gives up on this
        self.same(self.write(archive(members + [("y.npy", npy(np.frombuffer(
            END + bytes(18), np.uint8)))], STORED)))

    def test_many(self):
        members = [(f"{i}.npy", npy(np.int32(i))) for i in range(70000)]
        path = self.write(archive(members, STORED))  # zip64, for their number
        self.assertEqual([int(array) for _, array in dump(path)], list(range(70000)))

    def test_names_are_labels(self):
        names = ["../../x", "/etc/passwd", "C:\\x", "a:b", "", ".npy", "\n", "x.NPY"]
        path = self.write(archive([(name + ".npy", npy(self.x)) for name in names]))
        self.assertEqual([meta["name"] for meta, _ in dump(path)], names)

    def test_other_members_are_left_out(self):
        members = [("x.npy", npy(self.x)), ("README.txt", b"hello"), ("y.NPY", b"")]
        (meta, array), = dump(self.write(archive(members)))
        self.check(equal(array, self.x))
        self.check("2 members left out" in meta["warnings"][0]["message"], meta)
        bomb = archive([("1.zip", archive([("2.zip", archive([("3", bytes(99))]))]))])
        self.refused(self.write(bomb), "unsupported", "without arrays")

    def test_the_last_of_a_name_is_read(self):
        path = self.write(archive([("x.npy", npy(self.x[:3])), ("y.npy", npy(self.x)),
                                   ("x.npy", npy(self.x))]))
        self.same(path)
        warning = dump(path)[0][0]["warnings"][0]
        self.check(warning["rule"] == "unreadable" and "more than once" in
                   warning["message"], warning)

    # --- one lie each

    def two(self, method=DEFLATED, **how):
        return archive([("bad.npy", npy(np.arange(999))), ("x.npy", npy(self.x))],
                       method, **how)

    def test_headers_that_differ(self):
        for method in (STORED, DEFLATED):
            data = self.two(method)
            for field, format, words in ((6, "<H", "encryption"), (8, "<H", "method"),
                                         (14, "<I", "CRC-32"), (18, "<I", "size"),
                                         (22, "<I", "size"), (30, "<B", "name")):
                value = 1 if field == 6 else 12 if field == 8 else ord("c")
                self.one_is_bad(patched(data, LOCAL, field, value, format), "unreadable",
                                words)
            lying = patched(patched(data, LOCAL, 14, 7, "<I"), LOCAL, 18, 7, "<I")
            lying = patched(lying, LOCAL, 6, 8, "<H")  # says that the sizes follow
            got = {meta["name"]: array for meta, array in dump(self.write(lying))}
            self.check(equal(got["bad"], np.arange(999)))

    def test_no_header(self):
        data = self.two()
        self.one_is_bad(patched(data, LOCAL, 0, 0, "<I"), "unreadable", "is no member")
        for offset in (1, len(data) - 10, len(data) + 10, 0xfffffff0):
            self.one_is_bad(patched(data, CENTRAL, 42, offset, "<I"), "unreadable", "")

    def test_methods(self):
        for method, name in ((9, "deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"),
                             (95, "xz"), (77, "unknown")):
            data = patched(self.two(), CENTRAL, 10, method, "<H")
            data = patched(data, LOCAL, 8, method, "<H")
            self.one_is_bad(data, "unsupported", f"{name} (method {method})")

    def test_encrypted(self):
        data = patched(patched(self.two(), LOCAL, 6, 1, "<H"), CENTRAL, 8, 1, "<H")
        self.one_is_bad(data, "unsupported", "encrypted")

    def test_sizes(self):
        data = self.two()
        packed = struct.unpack_from("<I", data, data.find(CENTRAL) + 20)[0]
        for n in (packed * 1032 + 1, 0xfffffff0):
            lying = patched(patched(data, CENTRAL, 24, n, "<I"), LOCAL, 22, n, "<I")
            self.one_is_bad(lying, "unreadable", "1032 to one")
        lying = patched(patched(data, CENTRAL, 20, 9999, "<I"), LOCAL, 18, 9999, "<I")
        self.one_is_bad(lying, "unreadable", "beyond the end")
        data = self.two(STORED)
        lying = patched(patched(data, CENTRAL, 24, 9999, "<I"), LOCAL, 22, 9999, "<I")
        self.one_is_bad(lying, "unreadable", "stored, but takes")

    def test_inflates_to_another_size(self):
        whole = npy(np.arange(999))
        for method, n, rule, words, n_rows in (
                (DEFLATED, len(whole) + 800, "unreadable", "inflates to 8120", 999),
                (DEFLATED, len(whole) - 800, "unreadable", "to more than", 899)):
            data = archive([("bad.npy", whole)], method)
            lying = patched(patched(data, CENTRAL, 24, n, "<I"), LOCAL, 22, n, "<I")
            for options in ([], ["--rows=100"], ["--limit-bytes=1000", "--rows=10"]):
                error = self.refused(self.write(lying), rule, words, *options)
                self.check(equal(error.arrays[0][1], np.arange(n_rows)), "rows are lost")

    def test_overlaps(self):
        data = archive([("a.npy", npy(np.arange(999))), ("b.npy", npy(np.arange(999))),
                        ("x.npy", npy(self.x))], STORED)
        first, second, _ = places(data, LOCAL)
        within = bytearray(data)  # a header for b inside of a's values
        within[first + 2000:first + 2000 + 163] = data[second:second + 163]
        within = patched(bytes(within), CENTRAL, 42, first + 2000, "<I", which=1)
        for lying in (within, patched(data, CENTRAL, 42, first, "<I", which=1)):
            self.one_is_bad(lying, "unreadable", "shares bytes", "a")
        self.one_is_bad(within, "unreadable", "shares bytes", "b")

    def test_kernels_of_bombs(self):
        """Thousands of entries that share one deflated kernel are all refused."""
        data = archive([("a.npy", npy(np.zeros(10**6)))])
        start = data.find(CENTRAL)
        entry = data[start:data.find(END)]
        n = 5000
        bomb = data[:start] + entry * n + END + struct.pack(
            "<HHHHIIH", 0, 0, n, n, len(entry) * n, start, 0)
        (meta, _), = dump(self.write(bomb))  # one name: the last of them
        self.check(meta["status"] == "unreadable" and "shares bytes" in meta["reason"])

    def test_wrong_crc(self):
        for method in (STORED, DEFLATED):
            data = self.two(method)
            lying = patched(patched(data, CENTRAL, 16, 7, "<I"), LOCAL, 14, 7, "<I")
            for options in ([], ["--rows=100"], ["--limit-bytes=1000", "--rows=10"]):
                error = self.refused(self.write(lying), "crc", "00000007", *options,
                                     name="bad")
                self.check(equal(error.arrays[0][1], np.arange(999)), "rows are lost")

    def test_damaged_in_the_middle(self):
        rng = np.random.default_rng(3)
        values = rng.integers(0, 200, 20000, dtype=np.uint8)
        data = archive([("bad.npy", npy(values))])
        for at in range(100, len(data) - 200, 1999):
            hurt = bytearray(data)
            hurt[at:at + 40] = bytes(b ^ 0xff for b in hurt[at:at + 40])
            lengths = set()
            for options in ([], ["--rows=999"], ["--limit-bytes=1000", "--rows=1000"]):
                try:
                    arrays = dump(self.write(bytes(hurt)), *options)
                    error = arrays[0][0]["status"]
                except DumpError as e:
                    error, arrays = e.rule, e.arrays
                self.check(error in ("unreadable", "crc", "unsupported"), error)
                got = arrays[0][1] if arrays else values[:0]
                if arrays and arrays[0][0]["status"] == "ok":
                    lengths.add(len(got))
                    sure = max(0, at - 200)  # deflate's symbols here are 8 bits at most
                    n = min(len(got), sure // 2)
                    self.check(equal(got[:n], values[:n]), f"byte {at}: other values")
            self.check(len(lengths) <= 1, f"byte {at}: {lengths} rows by different ways")

    def test_cut_anywhere(self):
        for method in (STORED, DEFLATED):
            data = self.two(method, comment=b"hello")
            for n in sorted({*range(0, len(data), 61), *range(len(data) - 40, len(data))}):
                self.refused(self.write(data[:n]), "truncated", "", "--named")

    def test_two_ends(self):
        data = self.two()
        other = archive([("x.npy", npy(self.x))])
        for lying in (data + other, data + other[other.find(CENTRAL):]):
            try:
                dump(self.write(lying), "--named")
            except DumpError as e:
                self.check(e.rule == "unreadable", str(e))

    def test_pipes(self):
        np.savez(self.dir / "p.npz", self.x)
        with subprocess.Popen(["cat", self.dir / "p.npz"], stdout=subprocess.PIPE) as cat:
            self.refused("-", "unsupported", "save it to a file", stdin=cat.stdout)


if __name__ == "__main__":
    main()
