"""Pairs of HDF5 files for h5diff and diff to compare, written with h5py from a few words.

A file is a dictionary of paths. A value is an array or a number; a link of h5py's; GROUP;
h5py.Empty; or a function of the file and the path that makes it. "PATH@NAME" is an
attribute of what was written before: a value; a value and its type; or a function of the
file that tells the value."""

import h5py
import numpy as np

GROUP = object()
TEXT = h5py.string_dtype()
TEXT_8 = h5py.string_dtype(length=8)
COLOURS = h5py.enum_dtype({"red": 0, "green": 1, "blue": 2}, basetype="i1")
HUES = h5py.enum_dtype({"red": 0, "green": 1, "violet": 2}, basetype="i1")


def write(path, tree):
    with h5py.File(path, "w") as file:
        for name, value in tree.items():
            where, at, attribute = name.partition("@")
            if at:
                value, dtype = value if isinstance(value, tuple) else (value, None)
                value = value(file) if callable(value) else value
                file[where or "/"].attrs.create(attribute, value, dtype=dtype)
            elif value is GROUP:
                file.require_group(name)
            elif isinstance(value, h5py.Empty):
                file.create_dataset(name, data=value)
            elif callable(value):
                value(file, name)
            else:
                file[name] = value


# --- values that take more than an array ----------------------------------------------

def stored(data=None, **how):
    return lambda file, path: file.create_dataset(path, data=data, **how)


def unwritten(**how):
    """Chunks of which none was ever written."""
    return stored(shape=(16,), dtype="f4", chunks=(4,), **how)


def partly_written(values, where, **how):
    """Chunks of which only those exist that values fall into."""
    def create(file, path):
        made = file.create_dataset(path, (16,), "f4", chunks=(4,), **how)
        made[where] = values
    return create


def objects(*targets):
    return lambda file, path: file.create_dataset(
        path, data=[file[target].ref for target in targets], dtype=h5py.ref_dtype)


def regions(target, *slices):
    return lambda file, path: file.create_dataset(
        path, data=[file[target].regionref[s] for s in slices],
        dtype=h5py.regionref_dtype)


def ragged(*rows):
    def create(file, path):
        made = file.create_dataset(path, (len(rows),), h5py.vlen_dtype(np.int32))
        for i, row in enumerate(rows):
            made[i] = np.array(row, np.int32)
    return create


def same_object(target):
    def create(file, path):
        file[path] = file[target]
    return create


def named_type(dtype):
    def create(file, path):
        file[path] = np.dtype(dtype)
    return create


# --- arrays ---------------------------------------------------------------------------

def table(**columns):
    out = np.empty(len(next(iter(columns.values()))),
                   [(name, np.asarray(c).dtype) for name, c in columns.items()])
    for name, column in columns.items():
        out[name] = column
    return out


def changed(array, at, value):
    out = array.copy()
    out[at] = value
    return out


def bits(dtype, *patterns):
    """Floats of these bits."""
    return np.array(patterns, f"u{np.dtype(dtype).itemsize}").view(dtype)
