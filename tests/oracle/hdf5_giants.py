"""HDF5 files that are far larger than what makes them.

    /usr/bin/python3 tests/oracle/hdf5_giants.py KIND FILE NUMBER CHUNK [WRITTEN]

KIND is same_chunks, sparse_chunks or unwritten; the numbers are those that the function
of that name takes."""

import sys
import zlib

import h5py
import numpy as np


def same_chunks(path, n_bytes, chunk_bytes, level=1):
    """int64 labels in gzip chunks, 1 once in every 4096 and else 0. All chunks are the
    same: compressed once, each of them is stored, in seconds."""
    n, step = n_bytes // 8, chunk_bytes // 8
    values = np.zeros(step, "<i8")
    values[::4096] = 1
    packed = zlib.compress(values.tobytes(), level)
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("labels", (n,), "<i8", chunks=(step,),
                                   compression="gzip", compression_opts=level)
        for at in range(0, n, step):
            data.id.write_direct_chunk((at,), packed)


def sparse_chunks(path, n_bytes, chunk_bytes):
    """Chunks of int64 zeros, as long in the file as in memory, but holes on the disk."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((chunk_bytes // 8,))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    with h5py.File(path, "w", libver="latest") as file:
        space = h5py.h5s.create_simple((n_bytes // 8,))
        h5py.h5d.create(file.id, b"labels", h5py.h5t.STD_I64LE, space, plist)


def unwritten(path, n, chunk, written=0):
    """n int64 3s, none of them stored but those of so many chunks: 0 and 1 in turn. In
    the earliest format, for the later ones have an index as long as it may become."""
    with h5py.File(path, "w", libver="earliest") as file:
        data = file.create_dataset("labels", (n,), "<i8", chunks=(chunk,), fillvalue=3,
                                   compression="gzip")
        for i in range(written):
            at = i * (n // chunk // max(1, written)) * chunk
            data[at:at + chunk] = np.arange(chunk) % 2


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
