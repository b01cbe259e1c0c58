"""One array in every container it can stand in gives the same report of balance, but for
the name of the input: npy, npz (stored, deflated), HDF5 (contiguous, chunked, gzip,
shuffle, fletcher32, lzf, compact), big-endian, Fortran order. The counts of one of them
are held against numpy.unique; so all are."""

import json
import os
import subprocess
import tempfile

import h5py
import numpy as np

program = os.path.join(os.environ["DSI_BUILD"], "dsinspect")
SEED = 20240301


def report(path, *options):
    """The report as a tree, without what names the input, and its bytes for any -j."""
    command = [program, "balance", "--format=json", *options, path]
    texts = {subprocess.run([*command, f"-j{j}"], check=True, capture_output=True,
                            text=True).stdout for j in [1, 2]}
    assert len(texts) == 1, path
    tree = json.loads(texts.pop())
    tree.pop("input")
    for finding in tree["findings"]:
        finding.pop("source", None)
        finding.pop("where", None)
    tree["findings"] = [f for f in tree["findings"] if f["rule"] != "assumed"]
    return tree


def h5_layouts(array):
    """Options of create_dataset, by name. Chunks do not divide the shape."""
    chunks = tuple(max(1, n // 3 + 1) for n in array.shape)
    chunked = {"chunks": chunks}
    return {
        "contiguous": {},
        "chunked": chunked,
        "gzip": {**chunked, "compression": "gzip"},
        "gzip_shuffle": {**chunked, "compression": "gzip", "shuffle": True},
        "small_chunks": {"chunks": tuple(min(n, 7) for n in array.shape),
                         "compression": "gzip"},
        "lzf": {**chunked, "compression": "lzf"},
        "fletcher32": {**chunked, "fletcher32": True, "shuffle": True},
        "one_chunk": {"chunks": array.shape, "compression": "gzip"},
    }


def compact(file, array):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(array.shape)
    kind = h5py.h5t.py_create(array.dtype, logical=True)
    dataset = h5py.h5d.create(file.id, b"compact", kind, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, array)


def in_hdf5(path, array):
    with h5py.File(path, "w") as file:
        for name, options in h5_layouts(array).items():
            file.create_dataset(name, data=array, **options)
        if array.dtype.byteorder != "|":
            file.create_dataset("big_endian", data=array,
                                dtype=array.dtype.newbyteorder(">"))
            file.create_dataset("big_endian_gzip", data=array, compression="gzip",
                                dtype=array.dtype.newbyteorder(">"), shuffle=True,
                                chunks=h5_layouts(array)["chunked"]["chunks"])
        if array.nbytes < 60_000:
            compact(file, array)
        return [f"{path}:{name}" for name in file]


def in_numpy(folder, array):
    """The .npy and .npz files, in either byte order and either order of axes."""
    made = {"c": array, "fortran": np.asfortranarray(array),
            "big": array.astype(array.dtype.newbyteorder(">"))}
    paths = []
    for name, variant in made.items():
        np.save(os.path.join(folder, f"{name}.npy"), variant)
        paths.append(os.path.join(folder, f"{name}.npy"))
        for write, how in [(np.savez, "stored"), (np.savez_compressed, "deflated")]:
            path = os.path.join(folder, f"{name}_{how}.npz")
            write(path, other=np.zeros(3), a=variant)
            paths.append(f"{path}:a")
    return paths


def check_counts(tree, array):
    values, counts = np.unique(array, return_counts=True)
    names = [v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()]
    if array.dtype.kind == "f":
        names = [name.removesuffix(".0") for name in names]
    got = {row["class"]: row["count"] for row in tree["rows"]}
    assert got == dict(zip(names, counts.tolist())), (got, names, counts)


def check(title, array, *options):
    with tempfile.TemporaryDirectory() as folder:
        paths = in_numpy(folder, array)
        paths += in_hdf5(os.path.join(folder, "a.h5"), array)
        first = report(paths[0], *options)
        check_counts(first, array)
        for path in paths[1:]:
            assert report(path, *options) == first, (title, path)
        return len(paths)


def labels(rng, n, k):
    return (rng.random(n) ** 2 * k).astype("<i8")


def check_all(rng):
    n = 0
    whole = labels(rng, 20_011, 9)
    for dtype in ["u1", "<i2", "<u4", "<i8", "<u8", "<f4", "<f8", "<f2"]:
        n += check(dtype, whole.astype(dtype))
    n += check("column", whole.astype("<i4")[:, None])
    n += check("bool", whole > 2)
    n += check("far apart", whole * 1_000_003 - 5)
    n += check("bytes", np.array([b"cat", b"dog", b"a b", b"emu"])[whole % 4])
    words = np.array(["cat", "dög", "a b", "狐"])[whole % 4]
    text = np.array([w.encode() for w in words.tolist()], dtype=object)
    n += check_strings(words, text)
    masks = labels(rng, 60 * 17 * 11, 4).reshape(60, 17, 11)
    for dtype in ["u1", "<i2", "<i8"]:
        n += check(f"masks {dtype}", masks.astype(dtype), "--pixels",
                   "--weights=median-frequency")
    return n


def check_strings(words, objects):
    """U, which HDF5 does not have, against its UTF-8 strings of variable length and of
    fixed length."""
    with tempfile.TemporaryDirectory() as folder:
        paths = in_numpy(folder, words)
        path = os.path.join(folder, "s.h5")
        with h5py.File(path, "w") as file:
            for name, kind in [("variable", h5py.string_dtype()),
                               ("fixed", h5py.string_dtype("utf-8", 6))]:
                values = objects if name == "variable" else objects.astype(kind)
                file.create_dataset(name, data=values, dtype=kind)
                file.create_dataset(f"{name}_gzip", data=values, dtype=kind,
                                    chunks=(1000,), compression="gzip", shuffle=True)
            paths += [f"{path}:{name}" for name in file]
        first = report(paths[0])
        check_counts(first, words)
        for other in paths[1:]:
            assert report(other) == first, other
        return len(paths)


print(check_all(np.random.default_rng(SEED)), "arrays in containers")
