"""HDF5 files of plain values: every type in every layout, with every filter, in every
kind of chunk index, with holes, edges and odd shapes. Each case is (name, make), and
make(path) writes the file. What must come out of it h5py tells (hdf5_expected.py); and
where make returns a dict, those arrays were written under those names."""

import ctypes
import zlib

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t, h5z

UNLIMITED = h5s.UNLIMITED
SHUFFLE, FLETCHER32, NBIT = h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, 5

SHAPES = [(), (61,), (13, 11), (5, 7, 9), (3, 4, 5, 6), (2, 3, 4, 3, 5)]
CHUNKS = [None, (16,), (5, 4), (2, 7, 4), (2, 3, 5, 4), (1, 2, 3, 3, 2)]

NUMBERS = ["i1", "u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8",
           ">i8", "<u8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]
BOOL = h5t.py_create(np.dtype(bool), logical=True)
COLOURS = h5py.enum_dtype({"red": 0, "green": 1, "blue": 200}, basetype="u1")
STEPS = h5py.enum_dtype({"down": -1, "up": 1, "far": 30000}, basetype=">i2")
OTHERS = ["bool", "<c8", ">c8", "<c16", ">c16", "S5", "S1", "V3", "enum u1", "enum >i2",
          "M8", "record"]
RECORD = np.dtype({"names": ["a", "b", "c"], "offsets": [1, 8, 20], "itemsize": 31,
                   "formats": ["u1", (">f4", (3,)), "<i8"]})


class Type:
    """How a type is called here, and how it is made and filled."""

    def __init__(self, name):
        self.name = name
        special = {"enum u1": COLOURS, "enum >i2": STEPS, "record": RECORD,
                   "M8": h5py.opaque_dtype("M8[us]")}
        self.dtype = np.dtype(special.get(name, name))
        self.tid = h5t.py_create(self.dtype, logical=True)
        self.is_integer = self.dtype.kind in "iu" and name in NUMBERS
        self.is_number = name in NUMBERS

    def values(self, rng, shape):
        """Half of them noise, half of them few: so filters have something to do."""
        n = int(np.prod(shape))
        if self.name == "bool":
            return rng.integers(0, 2, shape).astype(bool)
        if self.name.startswith("enum"):
            members = list(h5py.check_enum_dtype(self.dtype).values())
            return rng.choice(members, shape).astype(self.dtype)
        if self.dtype.kind == "S":
            words = np.array([b"", b"a", b"bc", b"\xffe", b"hello"], "S5")
            return rng.choice(words, shape).astype(self.dtype)
        raw = rng.integers(0, 256, (n, self.dtype.itemsize), np.uint8)
        raw[n // 2:] //= 100
        return raw.reshape(-1).view(self.dtype).reshape(shape)


def create(file, name, type_, shape, *, maxshape=None, chunk=None, fill=None,
           values=None, options=()):
    """One dataset through the low level: options are (property, arguments...)."""
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_attr_creation_order(0)
    if chunk:
        plist.set_chunk(chunk)
    for option, *arguments in options:
        getattr(plist, option)(*arguments)
    if fill is not None:
        plist.set_fill_value(np.asarray(fill))
    if shape and maxshape:
        space = h5s.create_simple(shape, maxshape)
    else:
        space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    made = h5d.create(file.id, name.encode(), type_.tid, space, plist)
    if values is not None:
        made.write(h5s.ALL, h5s.ALL, np.ascontiguousarray(values), type_.tid)
    return made


# --- every type, in every layout and through every filter ---------------------------

GZIP1, GZIP9 = ("set_deflate", 1), ("set_deflate", 9)
LZF = ("set_filter", h5z.FILTER_LZF, h5z.FLAG_OPTIONAL)  # as where it saves nothing
STORAGE = {  # options, and whether chunked
    "contiguous": ([], False),
    "compact": ([("set_layout", h5d.COMPACT)], False),
    "chunked": ([], True),
    "gzip1": ([GZIP1], True),
    "shuffle_gzip9": ([("set_shuffle",), GZIP9], True),
    "lzf": ([LZF], True),
    "shuffle_lzf": ([("set_shuffle",), LZF], True),
    "fletcher32": ([("set_fletcher32",)], True),
    "gzip_fletcher32": ([GZIP1, ("set_fletcher32",)], True),
    "fletcher32_gzip": ([("set_fletcher32",), GZIP1], True),
    "gzip_twice": ([GZIP9, ("set_shuffle",), GZIP1], True),
    "szip_nn": ([("set_szip", 32, 4)], True),
    "szip_ec": ([("set_shuffle",), ("set_szip", 4, 8)], True),
    "scaleoffset": ([("set_scaleoffset", h5z.SO_INT, 0)], True),
    "nbit": ([("set_filter", NBIT, h5z.FLAG_OPTIONAL)], True),
    "everything": ([("set_shuffle",), LZF, GZIP1, ("set_fletcher32",)], True),
}


def fits(type_, storage):
    if storage.startswith("szip"):
        return type_.is_number
    if storage == "scaleoffset":
        return type_.is_integer or type_.name in ("<f4", ">f8")
    if storage == "nbit":
        return type_.is_number or type_.name == "record"
    return True


def matrix_file(path, type_, storage, latest, seed):
    rng = np.random.default_rng(seed)
    options, chunked = STORAGE[storage]
    rounded = storage == "scaleoffset" and not type_.is_integer
    if rounded:
        options = [("set_scaleoffset", h5z.SO_FLOAT_DSCALE, 3)]
    written = {}
    with h5py.File(path, "w", libver="latest" if latest else "earliest") as file:
        for rank, shape in enumerate(SHAPES):
            if chunked and rank == 0:
                continue
            values = type_.values(rng, shape)
            if rounded:
                values = rng.normal(0, 50, shape).astype(type_.dtype)
            else:
                written[f"/rank{rank}"] = values
            create(file, f"rank{rank}", type_, shape, values=values,
                   chunk=CHUNKS[rank] if chunked else None, options=options)
    return {} if type_.name in ("record", "M8") else written


def matrix():
    seed = 0
    for name in NUMBERS + OTHERS:
        for storage in STORAGE:
            seed += 1
            if not fits(Type(name), storage):
                continue

            def make(path, name=name, storage=storage, seed=seed):
                return matrix_file(path, Type(name), storage, seed % 2 == 0, seed)

            yield f"{name} {storage}".replace(" ", "_").replace("<", "le_").replace(
                ">", "be_"), make


# --- every kind of chunk index ------------------------------------------------------

INDEXES = {  # shape, maxshape, chunk, options; by libver latest the index named
    "single": ((30, 20), (30, 20), (30, 20), []),
    "single_larger": ((30, 20), (40, 20), (40, 20), []),
    "implicit": ((30, 20), None, (7, 6), [("set_alloc_time", h5d.ALLOC_TIME_EARLY)]),
    "fixed_array": ((30, 20), None, (7, 6), []),
    "fixed_array_paged": ((3000,), None, (2,), []),
    "extensible_array": ((3000, 2), (UNLIMITED, 2), (7, 2), []),
    "extensible_second_axis": ((6, 300), (6, UNLIMITED), (4, 5), []),
    "btree2": ((60, 40), (UNLIMITED, UNLIMITED), (7, 6), []),
}


def index_file(path, index, latest, compressed):
    shape, maxshape, chunk, options = INDEXES[index]
    type_ = Type("<i4")
    values = np.arange(np.prod(shape), dtype="<i4").reshape(shape)
    options = options + ([GZIP1] if compressed and index != "implicit" else [])
    with h5py.File(path, "w", libver="latest" if latest else "earliest") as file:
        create(file, "full", type_, shape, maxshape=maxshape, chunk=chunk,
               options=options, values=values)
        made = create(file, "part", type_, shape, maxshape=maxshape, chunk=chunk,
                      options=options, fill=np.int32(-5))
        h5py.Dataset(made)[..., 1:2] = 9 if len(shape) > 1 else 8
        create(file, "none", type_, shape, maxshape=maxshape, chunk=chunk,
               options=options, fill=np.int32(123456))
        grown = h5py.Dataset(create(file, "grown", type_, shape, maxshape=maxshape,
                                    chunk=chunk, options=options, values=values,
                                    fill=np.int32(77)))
        limits = [s if m is None else s + 9 if m == UNLIMITED else m
                  for s, m in zip(shape, maxshape or shape)]
        grown.resize([max(1, s - 5) for s in shape])
        grown.resize(limits)


def indexes():
    for index in INDEXES:
        for latest in (False, True):
            for compressed in (False, True):
                def make(path, how=(index, latest, compressed)):
                    index_file(path, *how)
                yield (f"index_{index}_{'latest' if latest else 'earliest'}"
                       f"{'_gzip' if compressed else ''}"), make


# --- holes, edges, chunks that skip filters -----------------------------------------

def fills(path):
    """Never written, with each type's own fill value or none, in each layout."""
    fill = {"<i4": -7, ">u2": 513, "<f8": -0.0, ">f4": 2.5, "enum u1": 200, "bool": True,
            "S5": b"fill", "<c8": 1 + 2j}
    with h5py.File(path, "w") as file:
        for name, value in fill.items():
            type_ = Type(name)
            for layout, chunk in [("contiguous", None), ("chunked", (4, 3))]:
                for given in (True, False):
                    create(file, f"{name} {layout} {given}".replace("<", "l"), type_,
                           (9, 7), chunk=chunk,
                           fill=np.array(value, type_.dtype) if given else None)


def partly(path):
    with h5py.File(path, "w") as file:
        for name in ("<i2", ">f8", "record", "S5"):
            type_ = Type(name)
            rng = np.random.default_rng(5)
            made = create(file, name[-3:], type_, (40, 30), chunk=(7, 8),
                          options=[("set_shuffle",), GZIP1],
                          fill=type_.values(rng, (1,))[0])
            data = h5py.Dataset(made)
            data[10:12, 3:20] = type_.values(rng, (2, 17))
            data[39, 29] = type_.values(rng, (1,))[0]


def fill_times(path):
    with h5py.File(path, "w") as file:
        for time in (h5d.FILL_TIME_IFSET, h5d.FILL_TIME_ALLOC):
            create(file, f"time{time}", Type("<i4"), (20,), chunk=(6,),
                   options=[("set_fill_time", time)], fill=np.int32(3))
        early = create(file, "early", Type("<i4"), (20,),
                       options=[("set_alloc_time", h5d.ALLOC_TIME_EARLY)],
                       fill=np.int32(4))
        h5py.Dataset(early)[5:9] = 1


def skipped_filters(path):
    """Chunks stored with some of their filters not applied, as the mask says."""
    values = np.arange(8 * 16, dtype="<u4").reshape(8, 16) * 1000003

    def stored(chunk, mask):
        raw = np.ascontiguousarray(chunk).tobytes()
        if not mask & 1:
            raw = np.frombuffer(raw, np.uint8).reshape(-1, 4).T.tobytes()
        return raw if mask & 2 else zlib.compress(raw)

    with h5py.File(path, "w") as file:
        data = h5py.Dataset(create(file, "x", Type("<u4"), (8, 16), chunk=(4, 4),
                                   options=[("set_shuffle",), GZIP1]))
        for i, mask in enumerate([0, 1, 2, 3, 3, 2, 1, 0]):
            at = (i // 4 * 4, i % 4 * 4)
            chunk = values[at[0]:at[0] + 4, at[1]:at[1] + 4]
            data.id.write_direct_chunk(at, stored(chunk, mask), mask)
        # Optional filters that did not make it smaller are left out by libhdf5 itself.
        noise = np.random.default_rng(1).integers(0, 256, 5000, np.uint8)
        create(file, "noise", Type("u1"), (5000,), chunk=(64,), values=noise,
               options=[("set_deflate", 9), ("set_fletcher32",)])
        create(file, "lzf", Type("u1"), (5000,), chunk=(64,), values=noise,
               options=[LZF])
    return {"/x": values, "/noise": noise, "/lzf": noise}


def plain_edges(path):
    """Partial chunks at the edge, stored without filters; h5py has no call for it."""
    library = ctypes.CDLL(libhdf5())
    with h5py.File(path, "w", libver="latest") as file:
        for name, shape, chunk in [("one", (61,), (16,)), ("two", (13, 11), (5, 4)),
                                   ("whole", (12, 8), (4, 4)), ("tiny", (3,), (16,))]:
            for filters in ([GZIP1], [("set_shuffle",), GZIP1, ("set_fletcher32",)]):
                plist = h5p.create(h5p.DATASET_CREATE)
                plist.set_chunk(chunk)
                if library.H5Pset_chunk_opts(ctypes.c_int64(plist.id), 2) < 0:
                    raise OSError("H5Pset_chunk_opts")
                for option, *arguments in filters:
                    getattr(plist, option)(*arguments)
                maxshape = tuple(9 * n for n in shape)
                made = h5d.create(file.id, f"{name}{len(filters)}".encode(),
                                  Type("<i4").tid, h5s.create_simple(shape, maxshape),
                                  plist)
                values = np.arange(np.prod(shape), dtype="i4").reshape(shape)
                made.write(h5s.ALL, h5s.ALL, values)


def libhdf5():
    """The very library that h5py has loaded."""
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libhdf5_serial.so" in line)


def resized(path):
    type_ = Type("<i4")
    values = np.arange(35 * 23, dtype="<i4").reshape(35, 23)
    with h5py.File(path, "w") as file:
        for name, steps in {"shrunk": [(20, 10)], "grown": [(50, 40)],
                            "both": [(3, 2), (35, 23)], "to_nothing": [(0, 23)],
                            "from_nothing": [(0, 0), (9, 9)]}.items():
            for filters in ([], [("set_shuffle",), GZIP1]):
                data = h5py.Dataset(create(
                    file, f"{name}{len(filters)}", type_, values.shape, chunk=(6, 7),
                    maxshape=(UNLIMITED, UNLIMITED), values=values, options=filters,
                    fill=np.int32(-1)))
                for step in steps:
                    data.resize(step)


def empty(path):
    with h5py.File(path, "w") as file:
        for name in ("<i4", "S5", "record", "bool"):
            for shape in [(0,), (0, 3), (3, 0), (0, 0), (2, 0, 4)]:
                file.create_dataset(f"{name[-3:]} {shape}", shape, Type(name).dtype)
                file.create_dataset(f"{name[-3:]} {shape} chunked", shape,
                                    Type(name).dtype, chunks=tuple(4 for _ in shape),
                                    maxshape=tuple(None for _ in shape))
        file.create_dataset("strings", (0,), h5py.string_dtype())


def null_space(path):
    with h5py.File(path, "w") as file:
        file["null"] = h5py.Empty("f4")
        file["null text"] = h5py.Empty(h5py.string_dtype())
        file["real"] = [1, 2, 3]


def user_block(size):
    def make(path):
        with h5py.File(path, "w", userblock_size=size) as file:
            file["x"] = np.arange(100.0)
            file.create_dataset("z", data=np.arange(1000), chunks=(64,),
                                compression="gzip", shuffle=True)
            file["s"] = np.array(["one", "two"], object)
        with open(path, "r+b") as file:
            file.write(b"#! whatever the user wants here\n")
    return make


def sizes_of_addresses(path):
    """Files whose offsets and lengths take 4 bytes, as few writers choose."""
    plist = h5p.create(h5p.FILE_CREATE)
    plist.set_sizes(4, 4)
    made = h5f.create(str(path).encode(), h5f.ACC_TRUNC, plist)
    with h5py.File(made) as file:
        file["x"] = np.arange(100.0)
        file.create_dataset("z", data=np.arange(1000), chunks=(64,), compression="gzip",
                            maxshape=(None,))


def many_chunks(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.arange(20000, dtype="u2"), chunks=(1,))
        file.create_dataset("y", data=np.arange(40000, dtype="u2").reshape(200, 200),
                            chunks=(3, 2), compression="lzf")


def more():
    for make in (fills, partly, fill_times, skipped_filters, plain_edges, resized,
                 empty, null_space, sizes_of_addresses, many_chunks):
        yield make.__name__, make
    for size in (512, 1024, 4096):
        yield f"user_block_{size}", user_block(size)
