"""diff --attributes against h5py and NumPy: what attributes there are and what is in them
is what h5py reads; whether they are the same is numpy.isclose's word, or their bytes'."""

import json
import subprocess

import h5py
import numpy as np

from oracle import BUILD, TestCase, main, sanitized

PROGRAM = str(BUILD / "dsinspect")
TEXT = h5py.string_dtype()
COLOURS = h5py.enum_dtype({"red": 0, "green": 1, "blue": 2}, basetype="i1")
POINT = np.dtype([("x", "f4"), ("y", "f8", (2,))])
POINTS = np.array([(1, (2, 3)), (4, (5, 6))], POINT)
NAN = np.array([1, np.nan])

# Attribute: its value in A and in B, and how they compare where that is not for
# numpy.isclose to say. A type beside a value is the one to store it with.
VALUES = {
    "int": (np.int32(5), np.int32(5)),
    "other int": (np.int32(5), np.int32(6)),
    "close": (np.float64(1), np.float64(1 + 1e-7)),
    "far": (np.array([1., 2, 3, 4]), np.array([1., 2.5, 3, 5])),
    "half": (np.array([1, 2], "f2"), np.array([1, 2.002], "f2")),
    "big endian": (np.arange(5, dtype=">i8"), np.arange(5, dtype="<i8")),
    "two axes": (np.arange(6.).reshape(2, 3), np.arange(6.).reshape(2, 3) + [0, 0, 1]),
    "complex": (np.array([1 + 2j]), np.array([1 + 2j])),
    "one for all": (np.float64(1), np.array([1., 1, 2])),
    "no values": (np.zeros((0, 2)), np.zeros((0, 2))),
    "nan": (NAN, NAN),
    "uint64": (np.uint64(2**64 - 1), np.uint64(2**64 - 1)),
    "truth": (np.bool_(True), np.bool_(False)),
    "bytes": (np.bytes_("metre"), np.bytes_("meter")),
    "fixed": (np.array([b"a", b"bc"]), np.array([b"a", b"bc"])),
    "text": ("ä text of any length", "ä text of any length"),
    "other text": ("one", "two"),
    "texts": (["a", "", "ccc"], ["a", "x", "ccc"]),
    "many texts": ([str(i) for i in range(3000)], [str(i) for i in range(2999)] + ["x"]),
    "a/b.c d": (np.int64(1), np.int64(1)),
}
# What is not one array, or no two that NumPy would compare.
STATUSES = {
    "enum": ((np.array([0, 2], "i1"), COLOURS), (np.array([0, 2], "i1"), COLOURS), "same"),
    "type": (np.int32(1), np.int64(1), "dtype"),
    "sign": (np.int8(1), np.uint8(1), "dtype"),
    "text or bytes": ("m", np.bytes_("m"), "dtype"),
    "number or text": (np.int32(1), "1", "dtype"),
    "shape": (np.arange(3), np.arange(4), "shape"),
    "axes": (np.arange(6), np.arange(6).reshape(2, 3), "shape"),
    "null": (h5py.Empty("f4"), h5py.Empty("f4"), "same"),
    "null or one": (h5py.Empty("f4"), np.float32(0), "shape"),
    "null or none": (h5py.Empty("f4"), np.zeros(0, "f4"), "shape"),
    "left": (np.int32(1), None, "only_a"),
    "right": (None, np.int32(1), "only_b"),
}


def set_attribute(where, name, value):
    if isinstance(value, tuple):
        where.attrs.create(name, value[0], dtype=value[1])
    elif isinstance(value, list):
        where.attrs.create(name, value, dtype=TEXT)
    elif value is not None:
        where.attrs[name] = value


def is_text(value):
    return np.asarray(value).dtype.kind in "OSU"


class Attributes(TestCase):
    def setUp(self):
        super().setUp()
        self.a, self.b = str(self.dir / "a.h5"), str(self.dir / "b.h5")
        for path in self.a, self.b:
            with h5py.File(path, "w", libver="latest") as file:
                file["x"] = np.arange(3.)
                file["g/y"] = np.arange(4)

    def give(self, where, name, a, b):
        for path, value in (self.a, a), (self.b, b):
            with h5py.File(path, "r+", libver="latest") as file:
                set_attribute(file[where], name, value)

    def diff(self, *words, code=None):
        done = subprocess.run([PROGRAM, "diff", "-f", "json", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.check(done.returncode in (0, 1, 2) and done.stdout, done.stderr.decode())
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout.decode())
        return {row["name"]: row for row in json.loads(done.stdout)["rows"]}

    def test_values_are_compared_as_numpy_does(self):
        places = {"/": "/", "/g": "/g", "/g/y": "/g/y", "/x": "/x"}
        for where in places:
            for name, (a, b) in VALUES.items():
                self.give(where, name, a, b)
        for words, how in (([], {}), (["--equal-nan"], {"equal_nan": True}),
                           (["--rtol=0", "--atol=1"], {"rtol": 0, "atol": 1})):
            rows = self.diff("--attributes", *words, self.a, self.b, code=1)
            self.assertEqual(len(rows), 2 + len(places) * len(VALUES))
            for where in places:
                for name in VALUES:
                    self.compare(rows[f"{where}@{name}"], where, name, how)

    def compare(self, row, where, name, how):
        with h5py.File(self.a) as a, h5py.File(self.b) as b:
            left, right = a[where].attrs[name], b[where].attrs[name]
        apart = left != right if is_text(left) else ~np.isclose(left, right, **how)
        self.assertEqual((row["n"], row["n_diff"]),
                         (np.size(apart), np.count_nonzero(apart)), row)
        self.assertEqual(row["status"], "differs" if np.any(apart) else "same", row)
        if np.any(apart) and np.ndim(apart):
            first = np.unravel_index(np.argmax(apart), np.shape(apart))
            self.assertEqual(row["at"], ",".join(map(str, first)))

    def test_statuses(self):
        for name, (a, b, _) in STATUSES.items():
            self.give("g", name, a, b)
        rows = self.diff("--attributes", self.a, self.b, code=1)
        self.assertEqual({name: rows[f"/g@{name}"]["status"] for name in STATUSES},
                         {name: status for name, (_, _, status) in STATUSES.items()})
        self.assertEqual(self.diff("--attributes", "--any-dtype", self.a, self.b)
                         ["/g@type"]["status"], "same")
        self.assertEqual(set(self.diff(self.a, self.b, code=0)), {"/g/y", "/x"})

    def test_members_of_compounds(self):
        changed = POINTS.copy()
        changed["y"][1, 0] = 7
        self.give("x", "points", POINTS, changed)
        rows = self.diff("--attributes", self.a, self.b, code=1)
        self.assertEqual(rows["/x@points.x"]["status"], "same")
        row = rows["/x@points.y"]
        self.assertEqual((row["n"], row["n_diff"], row["at"]), (4, 1, "1,0"))
        self.assertEqual((row["a"], row["b"]), (5, 7))

    def test_references_are_left_out(self):
        for path in self.a, self.b:
            with h5py.File(path, "r+") as file:
                file["x"].attrs["to"] = file["g"].ref
                file["x"].attrs.create("region", file["g/y"].regionref[:2],
                                       dtype=h5py.regionref_dtype)
                file["x"].make_scale("name")
                file["g/y"].dims[0].attach_scale(file["x"])
        rows = self.diff("--attributes", self.a, self.b, code=0)
        self.assertEqual(set(rows), {"/g/y", "/x", "/x@CLASS", "/x@NAME"})

    def test_ragged_ones_are_errors(self):
        kind = h5py.vlen_dtype(np.int32)
        ragged = np.empty(2, object)
        ragged[:] = [np.array([1], "i4"), np.array([1, 2], "i4")]
        self.give("x", "r", (ragged, kind), (ragged, kind))
        self.assertEqual(self.diff("--attributes", self.a, self.b, code=2)["/x@r"]["status"],
                         "error")

    def test_large_ones(self):
        """Dense attributes may have any size; 16 MiB is the most that is read."""
        fits, too_large = np.arange(1 << 21, dtype="f8"), np.zeros((1 << 21) + 1)
        other = fits.copy()
        other[-1] += 1000
        self.give("g", "fits", fits, other)
        rows = self.diff("--attributes", self.a, self.b, code=1)
        row = rows["/g@fits"]
        self.assertEqual((row["n"], row["n_diff"], row["at"]), (1 << 21, 1, "2097151"))
        self.give("x", "large", too_large, too_large)
        rows = self.diff("--attributes", self.a, self.b, code=2)
        self.assertEqual(rows["/x@large"]["status"], "error")
        self.assertIn("16777224 bytes", rows["/x@large"]["detail"])

    def test_many(self):
        for path, last in (self.a, 1), (self.b, 2):
            with h5py.File(path, "r+", libver="latest") as file:
                for i in range(2000):
                    file["g"].attrs[f"n{i}"] = i if i < 1999 else i + last
        rows = self.diff("--attributes", self.a, self.b, code=1)
        self.assertEqual([name for name, row in rows.items() if row["status"] != "same"],
                         ["/g@n1999"])
        self.assertEqual(len(rows), 2002)

    def test_one_object(self):
        self.give("/", "title", "one", "two")
        self.give("g", "of group", 1, 2)
        self.give("g/y", "units", "m", "m")
        self.give("x", "units", "m", "m")

        def names(selector, *words):
            return set(self.diff("--attributes", *words, self.a + selector,
                                 self.b + selector))
        self.assertEqual(names(":/x"), {"/x", "/x@units"})
        self.assertEqual(names(":x"), {"/x", "/x@units"})
        self.assertEqual(names(":/g"), {"/g@of group", "/g/y", "/g/y@units"})
        self.assertEqual(names(":/g/"), {"/g@of group", "/g/y", "/g/y@units"})
        self.assertEqual(names(":/x@units"), {"/x@units"})
        everything = {"/@title", "/g@of group", "/g/y", "/g/y@units", "/x", "/x@units"}
        self.assertEqual(names(":/"), everything)
        self.assertEqual(names("", "--exclude=x"), everything - {"/x", "/x@units"})
        self.assertEqual(names("", "--exclude=*@units"),
                         everything - {"/x@units", "/g/y@units"})
        self.assertEqual(names("", "--exclude=/@*"), everything - {"/@title"})

    def test_of_objects_that_are_called_otherwise(self):
        for path, name in (self.a, "x"), (self.b, "other"):
            with h5py.File(path, "w") as file:
                file[name] = np.arange(3)
                file[name].attrs["units"] = "m"
                file.attrs["title"] = "t"
                if name == "other":
                    file[name].attrs["more"] = 1
        rows = self.diff("--attributes", self.a, self.b, code=1)
        self.assertEqual({name: row["status"] for name, row in rows.items()},
                         {"/@title": "same", "/x": "same", "/x@units": "same",
                          "/other@more": "only_b"})
        self.diff("--attributes", "--exclude=*@more", self.a, self.b, code=0)

    def test_rules_and_maps_take_their_names(self):
        self.give("x", "rate", 1., 1.01)
        self.give("g", "version", 1, 2)
        rules, names = self.dir / "rules", self.dir / "map"
        rules.write_text("*@rate rtol=0.1\n*@version ignore\n")
        rows = self.diff("--attributes", f"--rules={rules}", self.a, self.b, code=0)
        self.assertEqual(set(rows), {"/g/y", "/x", "/x@rate"})
        self.give("g", "a name", 1, None)
        self.give("g", "another", None, 1)
        names.write_text("/g@a name\t/g@another\n")
        rows = self.diff("--attributes", f"--rules={rules}", f"--map={names}", self.a,
                         self.b, code=0)
        self.assertEqual(rows["/g@a name"]["status"], "same")

    def test_files_without_objects(self):
        for path in self.a, self.b:
            with h5py.File(path, "w") as file:
                file.attrs["title"] = "t"
        self.assertEqual(set(self.diff("--attributes", self.a, self.b, code=0)),
                         {"/@title"})

    def test_other_formats_have_none(self):
        np.save(self.dir / "x.npy", np.arange(3.))
        np.savez(self.dir / "x.npz", x=np.arange(3.))
        npy, npz = str(self.dir / "x.npy"), str(self.dir / "x.npz")
        self.assertEqual(list(self.diff("--attributes", npy, npy, code=0)), [npy])
        self.assertEqual(list(self.diff("--attributes", npz, npz, code=0)), ["x"])
        self.give("x", "units", "m", "m")
        rows = self.diff("--attributes", npy, self.b + ":/x", code=1)
        self.assertEqual({name: row["status"] for name, row in rows.items()},
                         {npy: "same", "/x@units": "only_b"})

    def test_in_folders(self):
        for side, path in ("A", self.a), ("B", self.b):
            (self.dir / side).mkdir()
            with h5py.File(self.dir / side / "f.h5", "w") as file:
                file["x"] = np.arange(3)
                file["x"].attrs["side"] = side
        rows = self.diff("--attributes", str(self.dir / "A"), str(self.dir / "B"), code=1)
        self.assertEqual({name: row["status"] for name, row in rows.items()},
                         {"f.h5:x": "same", "f.h5:x@side": "differs"})

    def test_in_other_files(self):
        """Where external links are followed, so are their attributes."""
        for path in self.a, self.b:
            with h5py.File(path, "r+") as file:
                file["e"] = h5py.ExternalLink("one.h5" if path == self.a else "two.h5", "/z")
        for name, value in ("one", 1), ("two", 2):
            with h5py.File(self.dir / f"{name}.h5", "w") as file:
                file["z"] = np.arange(3)
                file["z"].attrs["which"] = value
        rows = self.diff("--attributes", "--follow-external", self.a, self.b, code=1)
        self.assertEqual(rows["/e@which"]["status"], "differs")

    def test_one_text_a_million_times(self):
        """A small file may say so much that memory would not hold it."""
        if sanitized():
            return
        text = "x" * 50_000
        for path in self.a, self.b:
            with h5py.File(path, "r+", libver="latest") as file:
                kind = h5py.h5t.py_create(TEXT, logical=True)
                space = h5py.h5s.create_simple((200,))
                made = h5py.h5a.create(file["x"].id, b"bomb", kind, space)
                made.write(np.array([text] * 200, object))
        self.assertEqual(self.diff("--attributes", self.a, self.b, code=0)
                         ["/x@bomb"]["status"], "same")
        rows = self.diff("--attributes", "--limit-bytes=1M", self.a, self.b)
        self.check(rows["/x@bomb"]["status"] in ("same", "error"))

    def test_threads_say_the_same(self):
        for i in range(20):
            self.give("x", f"n{i}", np.arange(i + 1.), np.arange(i + 1.) + (i % 3 == 0))
        whole = self.diff("-j1", "--attributes", self.a, self.b)
        for threads in 2, 5:
            self.assertEqual(self.diff(f"-j{threads}", "--attributes", self.a, self.b),
                             whole)


main()
