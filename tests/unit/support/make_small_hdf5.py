"""Writes small.h5, with h5py: one dataset for each way that the reader knows of.

/usr/bin/python3 tests/unit/support/make_small_hdf5.py tests/unit/support/small.h5
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w", libver="latest") as f:
    f["contiguous"] = np.arange(6, dtype=">i2").reshape(3, 2)
    record = np.zeros(4, [("x", "<f4"), ("label", "S3")])
    record["x"], record["label"] = [1, 2, 3, 4], [b"a", b"b", b"a", b"c"]
    f["record"] = record
    f.create_dataset("chunked", data=np.arange(35, dtype="i4").reshape(7, 5),
                     chunks=(2, 3), shuffle=True, compression="gzip", fletcher32=True)
    part = f.create_dataset("part", (10,), "u1", chunks=(4,), fillvalue=9)
    part[:3] = [1, 2, 3]
    f.create_dataset("unwritten", (5,), "i8", chunks=(2,), fillvalue=-1)
    f.create_dataset("by_rows", data=np.arange(12, dtype="i4"), chunks=(5,),
                     scaleoffset=0)
    f["kind"] = np.array([0, 1, 1], h5py.enum_dtype({"cat": 0, "dog": 1}, "i1"))
