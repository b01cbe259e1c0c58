"""What h5diff and diff make of pairs of files: ALIKE, where both exit alike, and
DELIBERATE, where they do not, with the reason."""

import h5py
import numpy as np

from h5diff_pairs import (COLOURS, GROUP, HUES, TEXT, TEXT_8, bits, changed,
                          named_type, objects, partly_written, ragged, regions,
                          same_object, stored, table, unwritten)

# h5diff knows no tolerance unless told, NaN agrees with NaN, and it looks at attributes.
EXACT = "--attributes --rtol=0 --atol=0 --equal-nan"

F = np.random.default_rng(17).normal(size=(6, 5)).astype("f4")
I = np.arange(12, dtype="i4")
ONE_NAN = np.array([1, np.nan, 3])
NO_NAN = np.array([1., 2, 3])
INF = np.array([1, np.inf, -np.inf])
TINY = np.array([1e-20, 2e-20, 3e-20])
WORDS = np.array([b"one", b"two"], "S8")
OTHER_WORDS = np.array([b"one", b"six"], "S8")
FLAGS = np.array([True, False, True])
SHADES = np.array([0, 1, 2, 0], "i1")
BYTES = np.array([b"ab", b"cd"], "V2")
ROWS = table(id=np.arange(5), score=np.arange(5) / 4)
NESTED = np.zeros(3, [("p", [("x", "f4"), ("y", "f4", (2,))]), ("n", "S4")])
NESTED_2 = NESTED.copy()
NESTED_2["p"]["y"][1, 1] = 4
NUMBER_TYPES = "i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 >i4 >u8 >f2 >f8".split()


def x(a, b, **both):
    """Datasets called x, and what both files hold besides."""
    return {"x": a, **both}, {"x": b, **both}


def attribute(a, b, of="x"):
    """Of the same objects; None: there is none."""
    return tuple({"x": F, "g/y": I} | ({} if value is None else {f"{of}@name": value})
                 for value in (a, b))


def within(d=None, p=None):
    """h5diff's tolerance and ours for the same."""
    if d is not None:
        return f"-d {d}", f"{EXACT} --atol={d}"
    return f"-p {p}", f"{EXACT} --rtol={p}"


# name: exit code of both, (a, b), and the options of both where these are not
# ("", EXACT)
ALIKE = {
    # objects
    "all is the same": (0, x(F, F)),
    "one value": (1, x(F, changed(F, (3, 2), 9))),
    "nested groups": (0, x(F, F, **{"a/b/c": F, "a/d": I})),
    "in a nested group": (1, ({"a/b/c": F, "a/d": I}, {"a/b/c": F + 1, "a/d": I})),
    "only in a": (1, ({"x": F, "y": I}, {"x": F})),
    "only in b": (1, ({"x": F}, {"x": F, "y": I})),
    "a group of something only in a": (1, ({"x": F, "g/y": I}, {"x": F})),
    "a group of something only in b": (1, ({"x": F}, {"x": F, "g/h/y": I})),
    "empty groups in both": (0, x(F, F, g=GROUP)),
    "a dataset against a group of one": (1, ({"x": F, "y": I}, {"x": F, "y/z": I})),
    "nothing against something": (1, ({}, {"x": F})),
    "a type that has a name": (0, x(F, F, t=named_type("i4"))),
    # how it is stored
    **{f"{dtype}, the same": (0, x(I.astype(dtype), I.astype(dtype)))
       for dtype in NUMBER_TYPES},
    **{f"{dtype}, one differs": (1, x(I.astype(dtype), changed(I.astype(dtype), 5, 99)))
       for dtype in NUMBER_TYPES},
    "complex": (1, x(I.astype("c8"), changed(I.astype("c8"), 5, 1j))),
    "byte order of floats": (0, x(F, F.astype(">f4"))),
    "byte order of floats, and a value": (1, x(F, changed(F, (3, 2), 1).astype(">f4"))),
    "byte order of integers": (0, x(I.astype(">i8"), I.astype("<i8"))),
    "chunks": (0, x(stored(F, chunks=(2, 2)), F)),
    "gzip": (0, x(stored(F, chunks=(2, 2), compression=4), F)),
    "shuffle and gzip": (1, x(stored(F, chunks=(4, 2), compression=9, shuffle=True),
                              changed(F, (5, 4), 0))),
    "chunks across": (0, x(stored(F, chunks=(6, 1), compression=1),
                           stored(F, chunks=(1, 5), compression=9))),
    "fletcher32": (0, x(stored(F, chunks=(2, 2), fletcher32=True), F)),
    "scale and offset": (0, x(stored(I, chunks=(4,), scaleoffset=0), I)),
    "may grow": (0, x(stored(F, maxshape=(None, 5)), F)),
    # what was never written
    "never written, both": (0, x(unwritten(), unwritten())),
    "never written, and zeros": (0, x(unwritten(), np.zeros(16, "f4"))),
    "never written, and its fill": (0, x(unwritten(fillvalue=7), np.full(16, 7, "f4"))),
    "not in chunks": (0, x(stored(shape=(16,), dtype="f4", fillvalue=2),
                           np.full(16, 2, "f4"))),
    "partly written": (0, x(partly_written([1, 2], slice(5, 7), fillvalue=3),
                            np.array([3] * 5 + [1, 2] + [3] * 9, "f4"))),
    "partly written, other fills": (1, x(
        partly_written([1, 2], slice(5, 7), fillvalue=3),
        partly_written([1, 2], slice(5, 7), fillvalue=4))),
    # shapes
    "scalars": (0, x(np.float64(2), np.float64(2))),
    "other scalars": (1, x(np.float64(2), np.float64(3))),
    "of no values": (0, x(np.zeros((0, 3), "f4"), np.zeros((0, 3), "f4"))),
    "null dataspaces": (0, x(h5py.Empty("f4"), h5py.Empty("f4"))),
    # NaN, infinities, zeros
    "NaN in both": (0, x(ONE_NAN, ONE_NAN)),
    "NaN in a": (1, x(ONE_NAN, NO_NAN)),
    "NaN in b": (1, x(NO_NAN, ONE_NAN)),
    "NaN of other bits": (0, x(bits("f4", 0x7fc00000), bits("f4", 0xffc00001))),
    "NaN of half precision, both": (0, x(ONE_NAN.astype("f2"), ONE_NAN.astype("f2"))),
    "NaN of half precision": (1, x(ONE_NAN.astype("f2"), NO_NAN.astype("f2"))),
    "NaN is in no tolerance": (1, x(ONE_NAN, NO_NAN), within(d=100)),
    "NaN is in no share of b": (1, x(ONE_NAN, NO_NAN), within(p=100)),
    "NaN has no share": (1, x(NO_NAN, ONE_NAN), within(p=100)),
    "infinities": (0, x(INF, INF)),
    "infinities of other sign": (1, x(INF, -INF)),
    "an infinity": (1, x(INF, changed(INF, 1, 2))),
    "infinities within": (0, x(INF, INF), within(d=1)),
    "infinities within a share": (0, x(INF, INF), within(p=0.5)),
    "an infinity in a is no share of b": (1, x(changed(INF, 1, 2), INF), within(p=0.5)),
    "zeros of other sign within": (0, x(np.array([0., 1]), np.array([-0., 1])),
                                   within(p=0.001)),
    # tolerances
    "within -d": (0, x(F, F + np.float32(0.001)), within(d=0.01)),
    "beyond -d": (1, x(F, F + np.float32(0.1)), within(d=0.01)),
    "on the edge of -d": (0, x(np.array([1., 2]), np.array([1.5, 2])), within(d=0.5)),
    "within -p": (0, x(F, F * np.float32(1.001)), within(p=0.01)),
    "beyond -p": (1, x(F, F * np.float32(1.1)), within(p=0.01)),
    "integers within -d": (0, x(I, I + 2), within(d=2)),
    "integers beyond -d": (1, x(I, I + 3), within(d=2)),
    "integers within -p": (0, x(I + 100, I + 101), within(p=0.1)),
    "uint8 does not wrap": (1, x(np.array([0, 255], "u1"), np.array([255, 255], "u1")),
                            within(d=2)),
    "int8 does not wrap": (1, x(np.array([-128], "i1"), np.array([127], "i1")),
                           within(d=2)),
    "uint64 does not wrap": (1, x(np.array([2**64 - 1], "u8"), np.array([0], "u8")),
                             within(d=5)),
    "one ulp of float32": (1, x(np.float32([1]), np.float32([1 + 2**-23]))),
    "one ulp of float64": (1, x(np.array([1.]), np.array([1 + 2**-52]))),
    "subnormal": (1, x(np.array([5e-324]), np.array([1e-323]))),
    "near 1e-20": (1, x(TINY, TINY * 1.5)),
    "near 1e-20 against 0": (1, x(TINY, TINY * 0)),
    "near 1e-20 beyond -d": (1, x(TINY, TINY * 1.5), within(d=1e-21)),
    "near 1e-20 within -p": (0, x(TINY, TINY * 1.05), within(p=0.1)),
    "near 1e-12 beyond -p": (1, x(TINY * 1e8, TINY * 1.5e8), within(p=0.1)),
    "a share of 0": (1, x(np.array([1., 2]), np.array([0., 2])), within(p=0.1)),
    # other types
    "records": (0, x(ROWS, ROWS)),
    "a field of a record": (1, x(ROWS, table(id=np.arange(5), score=np.arange(5) / 5))),
    "records in another order of fields": (
        0, x(ROWS, table(score=np.arange(5) / 4, id=np.arange(5)))),
    "records in records": (0, x(NESTED, NESTED)),
    "an array in a record in a record": (1, x(NESTED, NESTED_2)),
    "texts": (0, x(WORDS, WORDS)),
    "other texts": (1, x(WORDS, OTHER_WORDS)),
    "texts of any length": (0, x(*2 * [stored(["one", "two"], dtype=TEXT)])),
    "other texts of any length": (1, x(stored(["one", "two"], dtype=TEXT),
                                       stored(["one", "twofold"], dtype=TEXT))),
    "an empty text": (1, x(stored(["one", ""], dtype=TEXT),
                           stored(["one", "x"], dtype=TEXT))),
    "letters beyond ASCII": (1, x(stored(["ä"], dtype=TEXT), stored(["ö"], dtype=TEXT))),
    "UTF-8 and ASCII": (0, x(stored(["one", "two"], dtype=TEXT_8), WORDS)),
    "one text": (1, x("hello", "hullo")),
    "enumerations": (0, x(*2 * [stored(SHADES, dtype=COLOURS)])),
    "an enumeration": (1, x(stored(SHADES, dtype=COLOURS),
                            stored(changed(SHADES, 0, 2), dtype=COLOURS))),
    "other names of values that are not there": (
        0, x(stored(SHADES[:2], dtype=COLOURS), stored(SHADES[:2], dtype=HUES))),
    "truth": (0, x(FLAGS, FLAGS)),
    "other truth": (1, x(FLAGS, ~FLAGS)),
    "opaque": (0, x(BYTES, BYTES)),
    "other opaque": (1, x(BYTES, np.array([b"ab", b"ce"], "V2"))),
    # attributes
    **{f"an attribute of {where or 'the file'}": (0, attribute(5, 5, where))
       for where in ("x", "g", "g/y", "")},
    **{f"an attribute of {where or 'the file'} differs": (1, attribute(5, 6, where))
       for where in ("x", "g", "g/y", "")},
    **{f"an attribute of {where or 'the file'} only in a": (1, attribute(5, None, where))
       for where in ("x", "g", "g/y", "")},
    **{f"an attribute of {where or 'the file'} only in b": (1, attribute(None, 5, where))
       for where in ("x", "g", "g/y", "")},
    "an attribute of another name": (1, ({"x": F, "x@a": 1}, {"x": F, "x@b": 1})),
    "attributes in another order": (
        0, ({"x": F, "x@a": 1, "x@b": 2}, {"x": F, "x@b": 2, "x@a": 1})),
    "one of two attributes": (
        1, ({"x": F, "x@a": 1, "x@b": 2}, {"x": F, "x@a": 1, "x@b": 3})),
    "values beside an attribute": (1, ({"x": F, "x@a": 1}, {"x": F + 1, "x@a": 1})),
    "a text as attribute": (0, attribute("metre", "metre")),
    "another text as attribute": (1, attribute("metre", "meter")),
    "bytes as attribute": (1, attribute(np.bytes_("mm"), np.bytes_("km"))),
    "texts as attribute": (1, attribute((["a", "b"], TEXT), (["a", "c"], TEXT))),
    "byte order of an attribute": (0, attribute(I.astype(">i4"), I)),
    "NaN in an attribute of both": (0, attribute(ONE_NAN, ONE_NAN)),
    "NaN in an attribute": (1, attribute(ONE_NAN, NO_NAN)),
    "infinities as attributes": (1, attribute(np.inf, -np.inf)),
    "an attribute within -d": (0, attribute(1., 1.5), within(d=1)),
    "an attribute beyond -d": (1, attribute(1., 2.5), within(d=1)),
    "an attribute within -p": (0, attribute(100., 101.), within(p=0.1)),
    "an attribute beyond -p": (1, attribute(100., 150.), within(p=0.1)),
    "complex as attribute": (1, attribute(np.complex64(1j), np.complex64(2j))),
    "an enumeration as attribute": (
        1, attribute((np.int8(1), COLOURS), (np.int8(2), COLOURS))),
    "truth as attribute": (1, attribute(np.True_, np.False_)),
    "records as attribute": (0, attribute(ROWS, ROWS)),
    "records as attribute differ": (1, attribute(ROWS, ROWS[::-1])),
    "opaque as attribute": (1, attribute(np.void(b"ab"), np.void(b"ac"))),
    "nothing as attribute": (0, attribute(np.zeros(0), np.zeros(0))),
    "null dataspaces as attribute": (0, attribute(h5py.Empty("f4"), h5py.Empty("f4"))),
    "a reference as attribute": (0, attribute(lambda f: f["x"].ref, lambda f: f["x"].ref)),
    "groups of attributes alone": (0, ({"g": GROUP, "g@a": 1},) * 2),
    "groups of attributes alone, and one differs": (
        1, ({"g": GROUP, "g@a": 1}, {"g": GROUP, "g@a": 2})),
    # links
    "a soft link in both": (0, x(F, F, s=h5py.SoftLink("/x"))),
    "a dangling link in both": (0, x(F, F, s=h5py.SoftLink("/nowhere"))),
    "a hard link in both": (0, ({"x": F, "y": same_object("x")},) * 2),
    "a group that holds itself": (0, ({"g/x": F, "g/g": same_object("g")},) * 2),
    "an object and its copy differ": (
        1, ({"x": F, "y": same_object("x")}, {"x": F, "y": F + 1})),
    "an external link in both": (0, x(F, F, e=h5py.ExternalLink("one.h5", "/x"))),
    "a dangling external link in both": (0, x(F, F, e=h5py.ExternalLink("no.h5", "/x"))),
    "external links followed, to the same": (
        0, x(F, F, e=h5py.ExternalLink("one.h5", "/x")),
        ("--follow-symlinks", EXACT + " --follow-external")),
    "external links followed, to others": (
        1, ({"e": h5py.ExternalLink("one.h5", "/x")},
            {"e": h5py.ExternalLink("two.h5", "/x")}),
        ("--follow-symlinks", EXACT + " --follow-external")),
}

NOT_COMPARABLE = "h5diff exits 0 on what it cannot compare; a change of type or shape " \
                 "is a difference here"
WIDER = "h5diff compares numbers of other sizes by value; here the type is a difference"
LINKS = "h5diff compares links as links; here the arrays that they lead to are compared"
UNREADABLE = "these are no arrays; diff says that it did not compare them, and exits 2"
NUMPY = "as numpy.isclose has it, whose numbers these are"
BUG = "h5diff is wrong"

# name: exit codes of h5diff and of diff, why, (a, b), and options as above
DELIBERATE = {
    "a dataset against an empty group": (
        0, 1, NOT_COMPARABLE, ({"x": F, "y": I}, {"x": F, "y": GROUP})),
    "signs": (0, 1, NOT_COMPARABLE, x(I, I.astype("u4"))),
    "signs, and a value": (0, 1, NOT_COMPARABLE, x(I, changed(I.astype("u4"), 3, 77))),
    "integers against floats": (0, 1, NOT_COMPARABLE, x(I, I + np.float32(1))),
    "numbers against texts": (0, 1, NOT_COMPARABLE, x(I, I.astype("S8"))),
    "numbers against texts, of any type": (
        0, 1, NOT_COMPARABLE, x(I, I.astype("S8")), ("", EXACT + " --any-dtype")),
    "truth against bytes": (0, 1, NOT_COMPARABLE, x(FLAGS, FLAGS.astype("u1"))),
    "shape": (0, 1, NOT_COMPARABLE, x(F, F[:5])),
    "shape of as many": (0, 1, NOT_COMPARABLE, x(F, F.reshape(5, 6))),
    "axes": (0, 1, NOT_COMPARABLE, x(F, F.ravel())),
    "shape of nothing": (
        0, 1, NOT_COMPARABLE, x(np.zeros((0, 3), "f4"), np.zeros((0, 4), "f4"))),
    "nothing against values": (
        0, 1, NOT_COMPARABLE, x(np.zeros(0, "f4"), np.zeros(3, "f4"))),
    "one value against others": (
        0, 1, NOT_COMPARABLE, x(np.array([1.]), np.array([1., 2]))),
    "a scalar against others": (0, 1, NOT_COMPARABLE, x(np.float64(1), np.arange(3.))),
    "fills of what was never written": (
        0, 1, NOT_COMPARABLE, x(unwritten(fillvalue=7), unwritten(fillvalue=8))),
    "what was never written against values": (
        0, 1, NOT_COMPARABLE, x(unwritten(fillvalue=7), np.full(16, 8, "f4"))),
    "a field less": (0, 1, NOT_COMPARABLE, x(ROWS, ROWS[["id"]])),
    "a field of another class": (
        0, 1, NOT_COMPARABLE, x(ROWS, table(id=np.arange(5.), score=np.arange(5) / 4))),
    "lengths of texts that vary": (
        0, 1, NOT_COMPARABLE, x(stored(["one", "two"], dtype=TEXT), WORDS)),
    "a field of another name": (
        0, 1, "h5diff pairs fields by their place, diff by their name",
        x(ROWS, table(id=np.arange(5), points=np.arange(5) / 4))),
    "int32 against int64": (0, 1, WIDER, x(I, I.astype("i8"))),
    "float32 against float64": (0, 1, WIDER, x(F, F.astype("f8"))),
    "a field of int32 against int64": (
        0, 1, WIDER, x(ROWS, table(id=np.arange(5, dtype="i4"), score=np.arange(5) / 4))),
    "lengths of texts": (0, 1, WIDER, x(WORDS, WORDS.astype("S12"))),
    "NaN unless told otherwise": (
        0, 1, NUMPY, x(ONE_NAN, ONE_NAN), ("", "--rtol=0 --atol=0")),
    "zeros of other sign": (1, 0, NUMPY, x(np.array([0.]), np.array([-0.]))),
    "a tolerance unless told otherwise": (
        1, 0, NUMPY, x(np.array([1.]), np.array([1 + 1e-6])), ("", "")),
    "uint64 beyond 2^53": (
        1, 0, NUMPY + "; --max-ulp=0 is exact",
        x(np.array([2**64 - 1], "u8"), np.array([2**64 - 2], "u8"))),
    "int64 beyond 2^53": (
        1, 0, NUMPY + "; --max-ulp=0 is exact",
        x(np.array([2**62 + 1]), np.array([2**62]))),
    "shape of an attribute": (0, 1, NOT_COMPARABLE, attribute(I, I[1:])),
    "axes of an attribute": (0, 1, NOT_COMPARABLE, attribute(I, I.reshape(3, 4))),
    "an integer attribute against a float": (
        0, 1, NOT_COMPARABLE, attribute(np.int32(1), np.float32(1))),
    "an attribute text of any length against bytes": (
        0, 1, NOT_COMPARABLE, attribute("m", np.bytes_("m"))),
    "a member less in an attribute": (0, 1, NOT_COMPARABLE, attribute(ROWS, ROWS[["id"]])),
    "a null attribute against a value": (
        0, 1, NOT_COMPARABLE, attribute(h5py.Empty("f4"), np.float32(0))),
    "a null dataspace against a value": (
        0, 1, NOT_COMPARABLE, x(h5py.Empty("f4"), np.float32(0))),
    "a null dataspace against nothing": (
        0, 1, NOT_COMPARABLE, x(h5py.Empty("f4"), np.zeros(0, "f4"))),
    "size of an attribute": (0, 1, WIDER, attribute(np.int32(1), np.int64(1))),
    "size of a float attribute": (0, 1, WIDER, attribute(np.float32(1), np.float64(1))),
    "signs of an attribute": (0, 1, WIDER, attribute(np.int32(1), np.uint32(1))),
    "an attribute unless asked for": (
        1, 0, "attributes are compared when asked for", attribute(1, 2), ("", "")),
    "an attribute of a type that has a name": (
        1, 0, "a type that has a name is no array",
        ({"x": F, "t": named_type("i4"), "t@a": 1},
         {"x": F, "t": named_type("i4"), "t@a": 2})),
    "a reference as attribute of a": (
        1, 0, "attributes of references are left out",
        attribute(lambda f: f["x"].ref, None)),
    "-p near 1e-20 of an attribute": (
        0, 1, BUG + ": as below", attribute(1e-20, 1.5e-20), within(p=0.1)),
    "-p near 1e-20": (0, 1, BUG + ": it takes what is so near to 0 for no difference",
                      x(TINY, TINY * 1.5), within(p=0.1)),
    "-p near 1e-20 of float32": (
        0, 1, BUG + ": as before",
        x(TINY.astype("f4"), (TINY * 1.5).astype("f4")), within(p=0.1)),
    "-p of 1e-20 against 0": (
        0, 1, BUG + ": as before", x(np.array([1e-20]), np.array([0.])), within(p=0.1)),
    "-p of an infinity": (
        0, 1, BUG + ": infinity is within no share of 2",
        x(INF, changed(INF, 1, 2)), within(p=0.5)),
    "-p of infinities of other sign": (
        0, 1, BUG + ": as before", x(INF, -INF), within(p=5)),
    "-N": (0, 1, "h5diff takes bytes that are the same for the same, NaN or not",
           x(ONE_NAN, ONE_NAN), ("-N", "--rtol=0 --atol=0")),
    "int64 wraps": (0, 1, BUG + ": the distance overflows",
                    x(np.array([-2**63]), np.array([2**63 - 1])), within(d=2)),
    "long double": (1, 0, BUG + ": it finds these different from themselves",
                    x(I.astype("f16"), I.astype("f16"))),
    "LZF": (2, 0, "h5diff of Debian has no such filter",
            x(stored(F, chunks=(2, 2), compression="lzf"), F)),
    "no objects at all": (
        0, 2, "nothing was compared, which is no sameness", ({}, {})),
    "groups alone": (
        0, 2, "nothing was compared, which is no sameness", ({"g": GROUP},) * 2),
    "an empty group": (
        1, 0, "groups hold arrays; one without is nothing",
        ({"x": F, "g": GROUP}, {"x": F})),
    "types that have a name": (
        1, 0, "a type that has a name is no array",
        ({"x": F, "t": named_type("i4")}, {"x": F, "t": named_type("f4")})),
    "a soft link to another": (
        1, 0, LINKS, ({"x": F, "y": F, "s": h5py.SoftLink("/x")},
                      {"x": F, "y": F, "s": h5py.SoftLink("/y")})),
    "a soft link in a": (1, 0, LINKS, ({"x": F, "s": h5py.SoftLink("/x")}, {"x": F})),
    "a soft link that dangles in a": (
        1, 0, LINKS, ({"x": F, "s": h5py.SoftLink("/no")}, {"x": F})),
    "soft links that dangle": (
        1, 0, LINKS, ({"x": F, "s": h5py.SoftLink("/no")},
                      {"x": F, "s": h5py.SoftLink("/not")})),
    "references": (0, 2, UNREADABLE, x(F, F, r=objects("x"))),
    "references to regions": (0, 2, UNREADABLE, x(F, F, r=regions("x", np.s_[:2, :2]))),
    "references to other regions": (
        0, 2, UNREADABLE + "; h5diff compares them to no end",
        ({"x": F, "r": regions("x", np.s_[:2, :2])},
         {"x": F, "r": regions("x", np.s_[:3, :2])})),
    "ragged rows": (0, 2, UNREADABLE, x(ragged([1, 2], [3]), ragged([1, 2], [3]))),
    "ragged rows of other lengths": (
        0, 2, UNREADABLE + "; h5diff exits 0 even where lengths differ",
        x(ragged([1, 2], [3]), ragged([1, 2], [3, 4]))),
}
