"""Broken HDF5 files, made from sound ones, and what libhdf5 reads of each.

    /usr/bin/python3 tests/oracle/hostile_hdf5.py FOLDER [N [SEED]]

writes them into FOLDER, N of them with bytes changed at random. Published cases are
restated from what was told of them: which field of which part lies, and how."""

import pathlib
import random
import sys

import h5py
import numpy as np

from hdf5_anatomy import LAYOUT, PIPELINE, Anatomy
from hdf5_lies import NEW_LIES, NOWHERE, OLD_LIES, SHARED_LIES

TABLE = np.dtype([("id", "<i4"), ("x", "<f8"), ("v", "<i2", (3,)), ("name", "S5")])


def packed(f):
    """12 bits of 16 each, by N-bit: h5py has no keyword for it."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((20,))
    plist.set_filter(h5py.h5z.FILTER_NBIT, 0)
    kind = h5py.h5t.STD_U16LE.copy()
    kind.set_precision(12)
    made = h5py.h5d.create(f.id, b"packed", kind, h5py.h5s.create_simple((40,)), plist)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(40, dtype="<u2"))


def compact(f):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    made = h5py.h5d.create(f.id, b"small", h5py.h5t.STD_I64LE,
                           h5py.h5s.create_simple((5,)), plist)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(5))


def sound(path, libver):
    """A file with one of everything that a change may want to break."""
    with h5py.File(path, "w", libver=libver) as f:
        f.create_dataset("plain", data=np.arange(12, dtype="<i4").reshape(4, 3))
        labels = f.create_dataset("labels", data=np.arange(40) % 4, chunks=(16,),
                                  compression="gzip", shuffle=True, fletcher32=True)
        labels.attrs["classes"] = ["cat", "dog", "bird", "fish"]
        labels.attrs["unit"] = np.bytes_("none")
        labels.attrs["_FillValue"] = np.int64(-1)
        f.create_dataset("lzf", data=np.arange(900, dtype="<u2").reshape(90, 10) // 7,
                         chunks=(40, 4), compression="lzf", maxshape=(None, None))
        f.create_dataset("grows", data=np.arange(9.0), chunks=(2,), maxshape=(None,),
                         compression="gzip")
        f.create_dataset("one_chunk", data=np.arange(8), chunks=(8,), compression="gzip")
        part = f.create_dataset("part", (100,), "<f4", chunks=(10,), fillvalue=7)
        part[:25] = range(25)
        table = np.zeros(3, TABLE)
        table["id"], table["name"] = [5, 6, 7], [b"a", b"bc", b"def"]
        f.create_dataset("table", data=table, chunks=(2,))
        f.create_dataset("words", data=["one", "two", "three", "", "five"],
                         dtype=h5py.string_dtype())
        f.create_dataset("kinds", data=np.int8([0, 1, 1, 2]),
                         dtype=h5py.enum_dtype({"red": 0, "blue": 1, "dark": 2}, "i1"))
        f.create_dataset("deep/er/inner", data=np.float32([1, 2, 3]))
        f.create_dataset("scaled", data=np.arange(40, dtype="<i4") * 3, scaleoffset=0,
                         chunks=(20,))
        packed(f)
        compact(f)
        if h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
            f.create_dataset("szip", data=np.arange(64, dtype="<i4"), chunks=(32,),
                             compression="szip")
        f["twin"] = f["plain"]
        f["soft"] = h5py.SoftLink("/deep/er/inner")
        f["dangling"] = h5py.SoftLink("/not/there")
        f["outside"] = h5py.ExternalLink("/etc/passwd", "/x")


def by_message(anatomy, lies):
    for name, (path, kind, (where, how, value)) in lies.items():
        at = anatomy.body("/" + path.strip("/"), kind) + where
        yield name, anatomy.changed((at, how, value))


def chunk(anatomy, path, n=0):
    """(address, size) of a chunk's bytes, as libhdf5 says."""
    at = anatomy.chunks[path][n]
    return at.byte_offset, at.size


def of_data(anatomy):
    """Damage within the chunks, which libhdf5 sees only when it decodes them."""
    at, size = chunk(anatomy, "labels")
    yield "data: gzip of noise", anatomy.changed((at, "20s", b"\x5a" * 20))
    yield "data: gzip without header", anatomy.changed((at, "B", 0))
    yield "data: gzip cut short", anatomy.changed((at + 12, f"{size - 16}s", b""))
    yield "data: gzip's Adler-32", anatomy.changed((at + size - 8, "I", 0))
    yield "data: fletcher32", anatomy.changed((at + size - 4, "I", 1))
    at, size = chunk(anatomy, "lzf")
    yield "data: lzf that looks back before its start", anatomy.changed((at, "I", ~0 % 2**32))
    yield "data: lzf of noise", anatomy.changed((at, f"{size}s", b"\xff" * size))
    yield "data: lzf of literals beyond the end", anatomy.changed((at + size - 1, "B", 31))
    for name in "scaled", "packed", "szip":
        if name in anatomy.chunks:
            at, size = chunk(anatomy, name)
            yield f"data: {name} of ones, CVE-2024-29159", anatomy.changed(
                (at, f"{size}s", b"\xff" * size))
            yield f"data: {name} of zeros", anatomy.changed((at, f"{size}s", bytes(size)))
    heap = anatomy.find(b"GCOL")
    ids = anatomy.number(anatomy.body("/words", LAYOUT) + 2, 8)
    yield "words: in no heap", anatomy.changed((ids + 4, "Q", NOWHERE))
    yield "words: heap beyond the end", anatomy.changed((ids + 4, "Q", 1 << 45))
    yield "words: heap at the superblock", anatomy.changed((ids + 4, "Q", 0))
    yield "words: object 65535, CVE-2024-29157", anatomy.changed((ids + 12, "I", 65535))
    yield "words: of 2^32-1 bytes", anatomy.changed((ids, "I", 2**32 - 1))
    yield "words: longer than there", anatomy.changed((ids, "I", 5000))
    yield "heap of words: 0 bytes", anatomy.changed((heap + 8, "Q", 0))
    yield "heap of words: 2^60 bytes", anatomy.changed((heap + 8, "Q", 1 << 60))
    yield "heap of words: object of 2^64-1", anatomy.changed((heap + 24, "Q", NOWHERE))
    yield "heap of words: object of 0, for ever", anatomy.changed((heap + 16, "HHIQ",
                                                                   (0, 0, 0, 0)))
    yield "heap of words: object 65535", anatomy.changed((heap + 16, "H", 65535))
    yield "compound: one longer than its element", anatomy.changed(
        (anatomy.data.index(b"name\0") + 8, "I", 40))


def of_filters(anatomy):
    """The N-bit, scale-offset and szip filters run from parameters in the file."""
    for path, n in (("packed", 8), ("scaled", 20), ("szip", 4)):
        if "/" + path not in anatomy.messages:
            continue
        at = anatomy.body("/" + path, PIPELINE) + (8 if anatomy.late else 24)
        for value in (0, 255, 2**32 - 1) if path != "packed" else (2**32 - 1,):
            for i in range(n):
                yield f"{path}: parameter {i} is {value}" + \
                    (", CVE-2016-4331" if path == "packed" else ""), \
                    anatomy.changed((at + 4 * i, "I", value))


def of_old_trees(anatomy):
    """Superblock 0, symbol tables, version 1 trees: no checksum stands in the way."""
    c = anatomy.changed
    for name, change in {
            "version 1": (8, "B", 1), "version 255": (8, "B", 255),
            "offsets of 1 byte": (13, "B", 1), "offsets of 0 bytes": (13, "B", 0),
            "lengths of 255 bytes, CVE-2021-45830": (14, "B", 255),
            "lengths of 2 bytes": (14, "B", 2), "leaves of 0": (16, "H", 0),
            "nodes of 0": (18, "H", 0), "leaves of 65535": (16, "H", 65535),
            "base address": (24, "Q", 96), "base address beyond": (24, "Q", 1 << 40),
            "end before the end": (40, "Q", 100), "end far behind": (40, "Q", 1 << 60),
            "end undefined": (40, "Q", NOWHERE), "a driver block": (48, "Q", 96),
            "root beyond the end": (64, "Q", 1 << 40), "root at 0": (64, "Q", 0),
            "root undefined": (64, "Q", NOWHERE), "root cached as 77": (72, "I", 77),
            "root's tree beyond": (80, "Q", 1 << 40), "root's heap at 0": (88, "Q", 0),
    }.items():
        yield f"superblock: {name}", c(change)
    node, leaf, heap = (anatomy.find(s) for s in (b"TREE", b"SNOD", b"HEAP"))
    root = anatomy.headers["/"]
    yield "tree: its own child", c((node + 32, "Q", node), (node + 5, "B", 1))
    yield "tree: level 255", c((node + 5, "B", 255))
    yield "tree: of chunks", c((node + 4, "B", 1))
    yield "tree: 65535 children, CVE-2018-14460", c((node + 6, "H", 65535))
    yield "tree: no child", c((node + 6, "H", 0))
    yield "tree: its own neighbour", c((node + 16, "Q", node), (node + 8, "Q", node))
    yield "tree: key beyond the heap", c((node + 24, "Q", 1 << 40), (node + 40, "Q", 1 << 40))
    yield "leaf: version 0", c((leaf + 4, "B", 0))
    yield "leaf: 65535 symbols, CVE-2017-17509", c((leaf + 6, "H", 65535))
    yield "leaf: no symbol", c((leaf + 6, "H", 0))
    yield "leaf: names beyond the heap", c((leaf + 8, "Q", 1 << 30))
    yield "leaf: cached as 99, CVE-2018-11204", c((leaf + 24, "I", 99))
    yield "leaf: a link to nowhere in the heap", c((leaf + 24, "II", (2, 0)),
                                                   (leaf + 32, "I", 1 << 30))
    yield "leaf: a child that is the root", c(*((leaf + 16 + 40 * i, "Q", root)
                                                for i in range(5)))
    yield "leaf: a child at an odd address", c((leaf + 16, "Q", root + 3))
    yield "leaf: all the same object", c(*((leaf + 16 + 40 * i, "Q",
                                            anatomy.headers["/plain"]) for i in range(6)))
    yield "heap: 2^60 bytes", c((heap + 8, "Q", 1 << 60))
    yield "heap: 0 bytes, CVE-2024-32612", c((heap + 8, "Q", 0))
    yield "heap: free list that is a circle", c((heap + 16, "Q", 8))
    yield "heap: free list beyond, CVE-2024-32613", c((heap + 16, "Q", 1 << 40))
    yield "heap: data at the superblock", c((heap + 24, "Q", 0))
    chunks = anatomy.number(anatomy.body("/labels", LAYOUT) + 3, 8)
    for name, change in {
            "level 200": (chunks + 5, "B", 200), "65535 chunks": (chunks + 6, "H", 65535),
            "of symbols": (chunks + 4, "B", 0), "no chunk": (chunks + 6, "H", 0),
            "chunk of 0 bytes": (chunks + 24, "I", 0),
            "chunk of 2^32-1 bytes": (chunks + 24, "I", 2**32 - 1),
            "chunk of 2^31 bytes": (chunks + 24, "I", 1 << 31),
            "chunk without filters": (chunks + 28, "I", 2**32 - 1),
            "chunk without gzip": (chunks + 28, "I", 2),
            "chunk at an odd place": (chunks + 32, "Q", 5),
            "chunk at 2^63": (chunks + 32, "Q", 1 << 63),
            "chunk beyond the end": (chunks + 48, "Q", 1 << 40),
            "chunk nowhere": (chunks + 48, "Q", NOWHERE),
            "chunk at 0": (chunks + 48, "Q", 0),
            "chunk onto the next": (chunks + 48, "Q", anatomy.number(chunks + 80, 8)),
            "chunk within an element, CVE-2018-17234": (chunks + 40, "Q", 8),
    }.items():
        yield f"tree of chunks: {name}", c(change)
    yield "tree of chunks: its own child", c((chunks + 5, "B", 1), (chunks + 48, "Q", chunks))


def of_old_headers(anatomy):
    c, at = anatomy.changed, anatomy.headers["/labels"]
    first = anatomy.messages["/labels"][0][1] - 8
    yield "header: version 0", c((at, "B", 0))
    yield "header: 65535 messages", c((at + 2, "H", 65535))
    yield "header: no message", c((at + 2, "H", 0))
    yield "header: 2^32-1 bytes, CVE-2018-13871", c((at + 8, "I", 2**32 - 1))
    yield "header: 0 bytes", c((at + 8, "I", 0))
    yield "message: 65535 bytes", c((first + 2, "H", 65535))
    yield "message: 0 bytes", c((first + 2, "H", 0))
    yield "message: 7 bytes", c((first + 2, "H", 7))
    yield "message: unknown", c((first, "H", 200))
    yield "message: unknown, fail if so", c((first, "H", 200), (first + 4, "B", 0x80))
    yield "message: shared", c((first + 4, "B", 2))
    for kind, body, _ in anatomy.messages["/labels"]:
        if kind == LAYOUT:
            yield "message: a layout shared, CVE-2016-4332", c((body - 4, "B", 2))
    for name, address, size in (("itself", at + 16, 300), ("the file", 0, 1 << 20),
                                ("nothing", NOWHERE, 64), ("2^63 bytes", 0, 1 << 63)):
        yield f"message: continued in {name}", c((first, "H", 16), (first + 8, "QQ",
                                                                  (address, size)))
    yield "message: a second dataspace", c((first, "H", 3))


def of_new_parts(anatomy):
    """Parts with checksums, made right, so that what they say is believed."""
    c = anatomy.changed
    for name, change in {
            "version 0": (8, "B", 0), "version 3 of 16-byte offsets": (9, "B", 16),
            "lengths of 1 byte": (10, "B", 1), "flags": (11, "B", 255),
            "base address": (12, "Q", 48), "extension at 0": (20, "Q", 0),
            "extension beyond": (20, "Q", 1 << 40), "end before the end": (28, "Q", 60),
            "end far behind": (28, "Q", 1 << 60), "root beyond": (36, "Q", 1 << 40),
            "root at 0": (36, "Q", 0),
            "extension is the root": (20, "Q", anatomy.headers["/"]),
    }.items():
        yield f"superblock: {name}", c(change)
    for signature in (b"OHDR", b"FRHP", b"BTHD", b"FAHD", b"EAHD"):
        if signature not in anatomy.data:
            continue
        at, name = anatomy.find(signature), signature.decode()
        for where in range(4, 16):
            yield f"{name}: byte {where} is 255", c((at + where, "B", 255))
        yield f"{name}: nothing but ones", c((at + 5, "20s", b"\xff" * 20))
        yield f"{name}: checksum", anatomy.data[:at + 8] + b"\x99" + anatomy.data[at + 9:]


def of_shape(anatomy):
    """The file cut, shifted, doubled."""
    data = anatomy.data
    for share in (0.02, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97):
        yield f"cut at {share}", data[:int(len(data) * share)]
    yield "cut by a byte", data[:-1]
    yield "signature alone", data[:8]
    yield "superblock alone", data[:48]
    yield "behind a user block of 512 that nobody counts", bytes(512) + data
    yield "behind 100 bytes", bytes(100) + data
    yield "a signature behind a signature", data[:8] + bytes(504) + data
    yield "holes", bytes(b if i // 256 % 2 == 0 or i < 800 else 0
                         for i, b in enumerate(data))


def at_random(anatomy, rng, n):
    """Bytes changed in what is not values; where there are checksums, made right."""
    values = np.frombuffer(anatomy.data, "u1") != 0
    places = np.flatnonzero(values)  # what is 0 is mostly padding
    for i in range(n):
        data = bytearray(anatomy.data)
        for at in rng.choices(places, k=rng.choice((1, 1, 2, 4, 16))):
            data[at] = rng.choice((0, 1, 255, 127, 128, data[at] ^ 1 << rng.randrange(8),
                                   rng.randrange(256)))
        right = anatomy.late and rng.random() < 0.8
        yield f"random {i}", anatomy.with_sums(data) if right else bytes(data)


def dissect(folder, libver):
    path = folder / f"sound-{libver}.h5"
    sound(path, libver)
    anatomy = Anatomy(path)
    with h5py.File(path, "r") as f:
        anatomy.chunks = {name: [item.id.get_chunk_info(i)
                                 for i in range(item.id.get_num_chunks())]
                          for name, item in f.items() if name not in ("dangling", "outside")
                          and isinstance(item, h5py.Dataset) and item.chunks}
    return anatomy


def hostile(folder, n_random=40, seed=1):
    """(name, bytes) of every case; folder is for the sound files they are made from."""
    rng = random.Random(seed)
    for libver in "earliest", "latest":
        anatomy = dissect(folder, libver)
        parts = [by_message(anatomy, SHARED_LIES), of_data(anatomy), of_filters(anatomy),
                 of_shape(anatomy), at_random(anatomy, rng, n_random)]
        if anatomy.late:
            parts += [by_message(anatomy, NEW_LIES), of_new_parts(anatomy)]
        else:
            parts += [by_message(anatomy, OLD_LIES), of_old_trees(anatomy),
                      of_old_headers(anatomy)]
        for part in parts:
            for name, data in part:
                yield f"{libver}: {name}", data


def file_name(name):
    return "".join(c if c.isalnum() else "-" for c in name) + ".h5"


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in hostile(folder, *map(int, sys.argv[2:])):
        (folder / file_name(name)).write_bytes(data)


if __name__ == "__main__":
    main()
