"""HDF5 files of odd numbers, texts, records, links and attributes: cases() as that of
hdf5_files.py."""

import struct

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from hdf5_files import GZIP1


def stored(file, name, tid, raw, shape, memory=None, chunk=None, options=()):
    """A dataset of any HDF5 type; raw are its bytes, as memory (tid) has them."""
    plist = h5p.create(h5p.DATASET_CREATE)
    if chunk:
        plist.set_chunk(chunk)
    for option, *arguments in options:
        getattr(plist, option)(*arguments)
    made = h5d.create(file.id, name.encode(), tid, h5s.create_simple(shape), plist)
    memory = memory or tid
    items = np.frombuffer(bytes(raw), f"V{memory.get_size()}").reshape(shape)
    made.write(h5s.ALL, h5s.ALL, items, memory)
    return made


# --- numbers of sizes that NumPy has not ---------------------------------------------


def integer_type(size, precision, offset=0, signed=True, big=False):
    tid = (h5t.STD_I8LE if signed else h5t.STD_U8LE).copy()
    tid.set_size(size)
    tid.set_precision(precision)
    tid.set_offset(offset)
    tid.set_order(h5t.ORDER_BE if big and size > 1 else h5t.ORDER_LE)
    return tid


def odd_integers(path):
    """What was written is known, and so is what must be read."""
    written = {}
    with h5py.File(path, "w") as file:
        for size in range(1, 9):
            for signed in (True, False):
                for big in (False, True):
                    low = -(1 << 8 * size - 1) if signed else 0
                    high = low + (1 << 8 * size) - 1
                    values = [low, high, 0, 1, low + 5, high // 3, high - 1]
                    raw = b"".join(v.to_bytes(size, "big" if big else "little",
                                              signed=signed) for v in values)
                    name = f"{'i' if signed else 'u'}{size}{'be' if big else 'le'}"
                    tid = integer_type(size, 8 * size, 0, signed, big)
                    stored(file, name, tid, raw, (7,))
                    stored(file, name + "z", tid, raw, (7,), chunk=(3,),
                           options=[("set_shuffle",), GZIP1])
                    taken = next(n for n in (1, 2, 4, 8) if n >= size)
                    array = np.array(values, f"{'i' if signed else 'u'}{taken}")
                    written["/" + name] = written[f"/{name}z"] = array
    return written


def narrow_integers(path):
    """Integers of fewer bits than their bytes have, and not at the first bit."""
    written = {}
    with h5py.File(path, "w") as file:
        for size, precision, offset, signed, big in [
                (2, 12, 0, True, False), (2, 12, 4, True, False), (2, 12, 3, False, True),
                (4, 17, 5, True, True), (4, 31, 0, False, False), (1, 3, 2, True, False),
                (8, 50, 7, True, False), (3, 20, 2, False, False)]:
            low = -(1 << precision - 1) if signed else 0
            values = np.array([low, low + (1 << precision) - 1, 0, 1, low + 2],
                              "i8" if signed else "u8")
            name = f"{size}_{precision}_{offset}_{signed}_{big}"
            tid = integer_type(size, precision, offset, signed, big)
            memory = h5t.py_create(values.dtype)
            stored(file, name, tid, values.tobytes(), (5,), memory)
            stored(file, name + "n", tid, values.tobytes(), (5,), memory, (2,),
                   [("set_filter", 5, 0), GZIP1])
            taken = next(n for n in (1, 2, 4, 8) if n >= size)
            written["/" + name] = written[f"/{name}n"] = values.astype(
                f"{'i' if signed else 'u'}{taken}")
    return written


def float_type(size, fields, bias, big=False):
    tid = h5t.IEEE_F32LE.copy() if size <= 4 else h5t.IEEE_F128LE.copy()
    sign, exponent, n_exponent, mantissa, n_mantissa = fields
    if size > tid.get_size():
        tid.set_size(size)
    tid.set_fields(sign, exponent, n_exponent, mantissa, n_mantissa)
    tid.set_ebias(bias)
    tid.set_precision(sign + 1)
    tid.set_size(size)
    tid.set_order(h5t.ORDER_BE if big else h5t.ORDER_LE)
    return tid


def odd_floats(path):
    """bfloat16, quadruples, long doubles, 3-byte and 8-bit ones; values that a double
    holds exactly, so what must come out is known."""
    exact = np.array([0.0, 1.0, -2.5, 0.125, 96.0, -1.0])
    bits = (exact.astype("f4").view("u4") >> 16).astype("u2")
    written = {}
    with h5py.File(path, "w") as file:
        for big in (False, True):
            end = "be" if big else "le"
            bfloat = float_type(2, (15, 7, 8, 0, 7), 127, big)
            raw = bits.astype(">u2" if big else "<u2").tobytes()
            stored(file, "bfloat16" + end, bfloat, raw, (6,))
            stored(file, "bfloat16z" + end, bfloat, raw, (6,), chunk=(4,),
                   options=[("set_shuffle",), GZIP1])
            written["/bfloat16" + end] = written["/bfloat16z" + end] = bits
            for name, tid in {
                    "quad": h5t.IEEE_F128BE if big else h5t.IEEE_F128LE,
                    "three": float_type(3, (23, 16, 7, 0, 16), 63, big),
                    "eight": float_type(1, (7, 3, 4, 0, 3), 7, False)}.items():
                for z, more in [("", {}), ("z", {"chunk": (4,), "options": [GZIP1]})]:
                    stored(file, name + z + end, tid, exact.tobytes(), (6,),
                           h5t.IEEE_F64LE, **more)
                    written[f"/{name}{z}{end}"] = exact
        file["long double"] = exact.astype(np.longdouble)
        written["/long double"] = exact
    return written


def bit_fields(path):
    with h5py.File(path, "w") as file:
        for name in ("STD_B8LE", "STD_B16LE", "STD_B16BE", "STD_B32LE", "STD_B32BE",
                     "STD_B64LE", "STD_B64BE"):
            tid = getattr(h5t, name)
            raw = bytes(range(1, 1 + 5 * tid.get_size()))
            stored(file, name, tid, raw, (5,))
            stored(file, name + "z", tid, raw, (5,), chunk=(2,), options=[GZIP1])


# --- texts ---------------------------------------------------------------------------


def fixed_texts(path):
    """Every padding, with bytes behind the end that do not count."""
    raw = b"abc\0xab  \0hello\0\0\0\0\0     \xc3\xa9\0  "
    with h5py.File(path, "w") as file:
        for name, padding in [("nul padded", h5t.STR_NULLPAD),
                              ("nul terminated", h5t.STR_NULLTERM),
                              ("space padded", h5t.STR_SPACEPAD)]:
            for cset in (h5t.CSET_ASCII, h5t.CSET_UTF8):
                tid = h5t.C_S1.copy()
                tid.set_size(5)
                tid.set_strpad(padding)
                tid.set_cset(cset)
                stored(file, f"{name} {cset}", tid, raw, (6,))
                stored(file, f"{name} {cset} z", tid, raw, (3, 2), chunk=(2, 2),
                       options=[GZIP1])


def texts(path):
    words = np.array(["", "a", "été", "日本語", "x" * 3000, " spaces ", "line\nbreak"] * 30,
                     object)
    with h5py.File(path, "w") as file:
        file["flat"] = words
        file["box"] = words[:24].reshape(4, 3, 2)
        file["scalar"] = "one text"
        file.create_dataset("bytes", data=[b"\xff\xfe", b"", b"a"],
                            dtype=h5py.string_dtype("ascii"))
        file.create_dataset("z", data=words, chunks=(16,), compression="gzip",
                            shuffle=True)
        file.create_dataset("lzf", data=words, chunks=(16,), compression="lzf")
        file.create_dataset("hole", (50,), h5py.string_dtype(), chunks=(7,))[20:25] = "x"
        file.create_dataset("none", (5,), h5py.string_dtype())
        record = np.zeros(9, [("id", "<i4"), ("s", h5py.string_dtype()), ("x", "<f8")])
        record["s"] = words[:9]
        record["x"] = np.arange(9) / 4
        file["record"] = record
        file.create_dataset("recordz", data=record, chunks=(4,), compression="gzip")
    as_bytes = np.array([w.encode() for w in words], object)
    return {"/flat": as_bytes, "/box": as_bytes[:24].reshape(4, 3, 2), "/z": as_bytes, "/lzf": as_bytes,
            "/record.s": as_bytes[:9], "/record.x": np.arange(9) / 4}


# --- records, arrays, opaque ones ----------------------------------------------------


def records(path):
    inner = np.dtype([("c", ">c8"), ("q", "<f4", (2, 3)), ("flag", "?")])
    nested = np.dtype([("a", ">i4"), ("n", inner, (2,)), ("deep", [("er", inner)]),
                       ("k", "S4"), ("with.dot", "u1")])
    padded = np.dtype({"names": ["late", "early", "middle"], "itemsize": 40,
                       "offsets": [30, 3, 17], "formats": ["<f8", "<u2", (">i2", (4,))]})
    rng = np.random.default_rng(3)
    with h5py.File(path, "w") as file:
        for name, dtype in [("nested", nested), ("padded", padded)]:
            raw = rng.integers(0, 2, (35, dtype.itemsize), np.uint8) * 64
            data = np.frombuffer(raw.tobytes(), dtype).reshape(7, 5).copy()
            if name == "nested":  # nothing but 0 and 1 is a bool
                data["n"]["flag"] = data["deep"]["er"]["flag"] = raw[0, 0] > 0
            file[name] = data
            file[name + " scalar"] = data[3, 3]
            file.create_dataset(name + " z", data=data, chunks=(3, 2), shuffle=True,
                                compression="gzip")
            file.create_dataset(name + " hole", (7, 5), dtype, chunks=(3, 2),
                                fillvalue=data[1, 1])[:2] = data[:2]
        enums = np.zeros(6, [("e", h5py.enum_dtype({"no": 0, "yes": 7}, "<i2")),
                             ("d", h5py.opaque_dtype("M8[s]"))])
        enums["e"] = [0, 7, 7, 0, 0, 7]
        file["enums"] = enums


def array_types(path):
    with h5py.File(path, "w") as file:
        for name, base, dims in [("a", "<i2", (3,)), ("b", ">f4", (2, 2)), ("c", "S3", (4,))]:
            tid = h5t.array_create(h5t.py_create(np.dtype(base)), dims)
            raw = bytes((b"abcdefghij" * 400)[:11 * tid.get_size()])
            stored(file, name, tid, raw, (11,))
            stored(file, name + "z", tid, raw, (11,), chunk=(4,),
                   options=[("set_shuffle",), GZIP1])


def complexes(path):
    """As h5py writes them and as others do: other names, halves, room between."""
    with h5py.File(path, "w") as file:
        for parts in [("r", "i"), ("real", "imag"), ("re", "im")]:
            for kind in ("<f2", ">f4", "<f8"):
                for gap in (0, 5):
                    size = np.dtype(kind).itemsize
                    dtype = np.dtype({"names": parts, "formats": [kind, kind],
                                      "offsets": [gap, size + 2 * gap],
                                      "itemsize": 2 * size + 3 * gap})
                    data = np.zeros((4, 5), dtype)
                    data[parts[0]] = np.arange(20).reshape(4, 5) / 4
                    data[parts[1]] = -np.arange(20).reshape(4, 5)
                    name = f"{parts[0]}{kind[1:]}{gap}"
                    file[name] = data
                    file.create_dataset(name + "z", data=data, chunks=(3, 2),
                                        compression="gzip", shuffle=True)
                    file.create_dataset(name + "l", data=data, chunks=(3, 2),
                                        compression="lzf", fletcher32=True)


def filled_texts(path):
    with h5py.File(path, "w") as file:
        for padding in (h5t.STR_NULLPAD, h5t.STR_NULLTERM, h5t.STR_SPACEPAD):
            tid = h5t.C_S1.copy()
            tid.set_size(6)
            tid.set_strpad(padding)
            plist = h5p.create(h5p.DATASET_CREATE)
            plist.set_chunk((4,))
            plist.set_fill_value(np.array(b"ab  ", "S6"))
            made = h5d.create(file.id, b"%d" % padding, tid, h5s.create_simple((11,)),
                              plist)
            made.write(h5s.create_simple((1,)), slab(made, 5), np.array([b"x"], "S6"))


def slab(dataset, at):
    space = dataset.get_space()
    space.select_hyperslab((at,), (1,))
    return space


def opaque(path):
    with h5py.File(path, "w") as file:
        for unit in ("s", "ms", "us", "ns", "D"):
            for letter in "Mm":
                dates = np.array([0, 1, -5, 10**9, "NaT"], f"{letter}8[{unit}]")
                file[f"{letter} {unit}"] = dates.astype(h5py.opaque_dtype(dates.dtype))
        file["raw"] = np.frombuffer(b"0123456789ab", "V3")
        tid = h5t.create(h5t.OPAQUE, 2)
        tid.set_tag(b"bfloat16")
        stored(file, "bfloat16", tid, bytes(range(12)), (6,))


def no_values(path):
    """Types that hold no values here: said, and the others are read all the same."""
    with h5py.File(path, "w") as file:
        file["sound"] = np.arange(10)
        file["object references"] = np.array([file["sound"].ref], h5py.ref_dtype)
        ragged = file.create_dataset("ragged", (3,), h5py.vlen_dtype(np.dtype("i4")))
        ragged[0] = [1, 2, 3]
        mixed = np.zeros(3, [("x", "<f4"), ("r", h5py.ref_dtype)])
        mixed["x"] = [1, 2, 3]
        mixed["r"] = file["sound"].ref
        file["mixed"] = mixed
        stored(file, "sixteen", integer_type(16, 128), bytes(range(64)), (4,))


def four_byte_addresses(path):
    """Texts and references take fewer bytes in the file than in memory then."""
    plist = h5p.create(h5p.FILE_CREATE)
    plist.set_sizes(4, 4)
    made = h5py.h5f.create(str(path).encode(), h5py.h5f.ACC_TRUNC, plist)
    with h5py.File(made) as file:
        file["x"] = np.arange(7, dtype="f4")
        mixed = np.zeros(7, [("r", h5py.ref_dtype), ("x", ">f4"), ("s", "S3"),
                             ("t", h5py.string_dtype()), ("y", "<i8", (2,)),
                             ("when", h5py.opaque_dtype("M8[s]")), ("h", "<f2")])
        mixed["r"], mixed["x"], mixed["s"] = file["x"].ref, file["x"][:], b"abc"
        mixed["t"], mixed["y"] = "text", [5, 6]
        mixed["when"], mixed["h"] = np.datetime64(10**9, "s"), 0.5
        file["mixed"] = mixed
        file.create_dataset("z", data=mixed, chunks=(3,), compression="gzip",
                            shuffle=True)
        file.create_dataset("l", data=mixed, chunks=(3,), compression="lzf")
    written = {}
    for name in ("/mixed", "/z", "/l"):
        written.update({name + ".x": np.arange(7, dtype="f4"), name + ".s": mixed["s"],
                        name + ".y": mixed["y"], name + ".h": mixed["h"]})
    return written


# --- groups, links, names ------------------------------------------------------------


def links(path):
    with h5py.File(path, "w") as file:
        file["a/b/c/x"] = np.arange(3)
        file["again"] = file["a/b/c/x"]
        file["a/again"] = file["again"]
        file["a/b/c/up"] = file["a"]
        file["a/root"] = file["/"]
        file["soft"] = h5py.SoftLink("/a/b/c/x")
        file["soft group"] = h5py.SoftLink("/a/b")
        file["loop"] = h5py.SoftLink("/loop")
        file["dangling"] = h5py.SoftLink("/no/such/thing")
        file["empty group"] = h5py.Group(file.create_group("other").id)
        file.create_group("many")
        for i in range(300):
            file["many"].create_dataset(f"d{i}", data=np.int32(i))
    return {"/many/d7": np.array(7, "i4"), "/many/d299": np.array(299, "i4")}


def odd_names(path):
    names = ["a.b", "x:y", "two words", "new\nline", "été", "日本語", "quote\"'", "\\", "tab\t",
             "\x7f", "-", "x.", ".x", "..x", "a" * 1000, "#!?*[]", "\U0001f600"]
    with h5py.File(path, "w") as file:
        for i, name in enumerate(names):
            file[name] = np.int32([i])
            file["in " + name + "/" + name] = np.int32([100 + i])
        h5d.create(file.id, b"\xff\xfe not utf-8", h5t.STD_I32LE, h5s.create_simple((2,)))
    return {"/" + name: np.int32([i]) for i, name in enumerate(names)}


def deep_groups(path):
    """3,000 groups, each inside the one before."""
    with h5py.File(path, "w", libver="latest") as file:
        group = file.id
        for i in range(3000):
            group = h5py.h5g.create(group, b"g")
        space = h5s.create_simple((2,))
        made = h5d.create(group, b"x", h5t.STD_I32LE, space)
        made.write(h5s.ALL, h5s.ALL, np.int32([4, 5]))
        file["top"] = np.int32([1])
    return {"/" + "g/" * 3000 + "x": np.int32([4, 5]), "/top": np.int32([1])}


def matlab(path):
    """A MATLAB 7.3 file: its text in a user block, its classes in attributes."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, kind, values in [("X", "double", np.arange(12.0).reshape(3, 4)),
                                   ("labels", "uint8", np.uint8([[1, 2, 3]])),
                                   ("flags", "logical", np.uint8([[0, 1, 1]])),
                                   ("text", "char", np.uint16([[104, 105]]))]:
            file[name] = values
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        file["flags"].attrs["MATLAB_int_decode"] = np.int32(1)
        file["s/field"] = np.arange(5.0)
        file["empty"] = np.uint64([0, 0])
        file["empty"].attrs["MATLAB_class"] = np.bytes_("double")
        file["empty"].attrs["MATLAB_empty"] = np.uint8(1)
        file["s"].attrs["MATLAB_class"] = np.bytes_("struct")
        cell = np.array([[file["X"].ref]], h5py.ref_dtype)
        file["cell"] = cell
        file["cell"].attrs["MATLAB_class"] = np.bytes_("cell")
    text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Thu Jan  1 00:00:00 1970"
    with open(path, "r+b") as file:
        file.write(text.ljust(124) + struct.pack("<HH", 0x0200, 0x4D49))
    return {"/X": np.arange(12.0).reshape(3, 4), "/s/field": np.arange(5.0),
            "/labels": np.uint8([1, 2, 3]), "/empty": np.zeros(0, "u8")}


def cases():
    for make in (odd_integers, narrow_integers, odd_floats, bit_fields, fixed_texts,
                 texts, filled_texts, records, complexes, array_types, opaque, four_byte_addresses, no_values, links, odd_names,
                 deep_groups, matlab):
        yield make.__name__, make
