#!/usr/bin/env python3
"""Writes chunk_vectors.h: chunks as libhdf5 (through h5py) stores them.

    /usr/bin/python3 make_chunk_vectors.py > chunk_vectors.h

Every chunk decodes to the bytes that pattern() gives, which the test computes for
itself. libhdf5 reads each chunk back here, and so confirms what it means.
"""
import os
import tempfile

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

DEFLATE, SHUFFLE, FLETCHER32, LZF = 1, 2, 3, 32000


def pattern(n):
    """Repeats enough for every filter to find something, and never for long."""
    i = np.arange(n, dtype=np.uint64)
    return (i // 40 * 37 ^ i % 7 // 5).astype(np.uint8)


def noise(n):
    """What LZF cannot make smaller: h5py then stores the chunk as it is."""
    state, out = 1, bytearray()
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(state >> 56)
    return np.frombuffer(bytes(out), np.uint8)


def swapped(stored):
    """The last four bytes as HDF5 1.6.2 wrote them on little-endian machines."""
    a, b, c, d = stored[-4:]
    return stored[:-4] + bytes([b, a, d, c])


def make(folder, size, n_elements, filters, data, change=None):
    """(skipped, stored bytes) of a dataset that is one chunk."""
    path = os.path.join(folder, "x.h5")
    file_type = h5t.create(h5t.OPAQUE, size)
    file_type.set_tag(b"x")
    with h5py.File(path, "w") as f:
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((n_elements,))
        for number, values in filters:
            if number == FLETCHER32:
                plist.set_fletcher32()
            elif number == SHUFFLE and not values:
                plist.set_shuffle()
            else:
                plist.set_filter(number, h5py.h5z.FLAG_OPTIONAL, tuple(values))
        space = h5s.create_simple((n_elements,))
        d = h5d.create(f.id, b"x", file_type, space, plist)
        elements = data.view(f"V{size}")
        d.write(h5s.ALL, h5s.ALL, elements, file_type)
    with h5py.File(path, "r+") as f:
        d = f["x"].id
        skipped, stored = d.read_direct_chunk((0,))
        if change:
            stored = change(stored)
            d.write_direct_chunk((0,), stored, skipped)
        client = []
        for k in range(d.get_create_plist().get_nfilters()):
            number, _, values, _ = d.get_create_plist().get_filter(k)
            client.append((number, list(values)))
    with h5py.File(path, "r") as f:
        d = f["x"].id
        back = np.empty(n_elements, f"V{size}")
        d.read(h5s.ALL, h5s.ALL, back, file_type)
        assert back.tobytes() == data.tobytes()
    return skipped, stored, client


def cases():
    deflate, shuffle, check, lzf = (DEFLATE, [4]), (SHUFFLE, []), (FLETCHER32, []), (LZF, [])
    yield "deflate", 1, 700, [deflate]
    yield "deflate, stored blocks", 1, 150, [(DEFLATE, [0])]
    yield "shuffle", 4, 40, [shuffle]
    for size in (1, 2, 3, 4, 8, 12, 16, 20):
        yield f"shuffle of {size}, deflate", size, 131, [shuffle, deflate]
    yield "fletcher32", 1, 101, [check]
    yield "fletcher32, even", 2, 64, [check]
    yield "shuffle, deflate, fletcher32", 8, 67, [shuffle, deflate, check]
    yield "fletcher32, deflate", 1, 333, [check, deflate]
    yield "fletcher32, shuffle, deflate", 4, 55, [check, shuffle, deflate]
    yield "lzf", 1, 900, [lzf]
    yield "shuffle, lzf", 4, 300, [shuffle, lzf]
    yield "shuffle, lzf, fletcher32", 2, 211, [shuffle, lzf, check]
    yield "lzf, deflate", 1, 1500, [lzf, deflate]
    yield "deflate, fletcher32, lzf", 1, 1000, [(DEFLATE, [0]), check, lzf]
    # libhdf5 tells only the first shuffle how large an element is.
    yield "shuffle twice, deflate twice", 4, 200, [shuffle, (SHUFFLE, [5]), deflate, deflate]
    yield "shuffle twice, one of nothing", 4, 200, [shuffle, shuffle, deflate]
    yield "deflate, fletcher32, fletcher32, deflate", 4, 60, [deflate, check, check, deflate]


def literal(data):
    lines = [data[i : i + 20] for i in range(0, len(data), 20)]
    return "\n".join('     "' + "".join(f"\\x{b:02x}" for b in line) + '"' for line in lines)


def emit(name, n_out, is_noise, made):
    skipped, stored, client = made
    filters = ", ".join(
        f"{{.id = {number}, .n_values = {len(v)}, .values = {{{', '.join(map(str, v)) or 0}}}}}"
        for number, v in client
    )
    print(f'    {{"{name}", {n_out}, {"true" if is_noise else "false"}, {len(client)}, {skipped}, {len(stored)},')
    print(f"     {{{filters}}},")
    print(f"{literal(stored)}}},")


def main():
    print("/* Made by make_chunk_vectors.py with h5py", h5py.__version__, "and HDF5", h5py.version.hdf5_version)
    print(" * (the chunks are as libhdf5 stores them, and it read each of them back). */")
    print("/* clang-format off */")
    print("#ifndef DSI_CHUNK_VECTORS_H\n#define DSI_CHUNK_VECTORS_H\n")
    print('#include "hdf5_protocol.h"\n')
    print("struct chunk_vector {\n    const char *name;\n    size_t n_out;\n    bool is_noise;")
    print("    size_t n_filters;\n    uint64_t skipped;\n    size_t n_stored;")
    print("    struct dsi_hdf5_filter filters[4];\n    const char *stored;\n};\n")
    print("static const struct chunk_vector chunk_vectors[] = {")
    with tempfile.TemporaryDirectory() as folder:
        for name, size, n, filters in cases():
            emit(name, size * n, False, make(folder, size, n, filters, pattern(size * n)))
        emit("fletcher32 of old", 101, False,
             make(folder, 1, 101, [(FLETCHER32, [])], pattern(101), swapped))
        emit("lzf that was skipped", 60, True, make(folder, 1, 60, [(LZF, [])], noise(60)))
        emit("deflate after lzf that was skipped", 60, True,
             make(folder, 1, 60, [(LZF, []), (DEFLATE, [4])], noise(60)))
    print("};\n\n#endif")


main()
