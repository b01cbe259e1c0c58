#!/usr/bin/python3
"""What reading HDF5 takes beside its peers, as ratios of one run.

    /usr/bin/python3 tests/bench/containers.py [--build DIR] [--data DIR] [--labels N]
                                               [--rounds N] [--only WORD,...]

Makes its data where it is missing: gzip and shuffle over int64 labels, images of float32 in
one chunk each and in many, a hundred thousand chunks of 256 bytes. Programs are timed from
start to exit, peers without the start of the interpreter and of its modules. In each round
every contender runs once, in turn; a ratio is taken within a round, and the median of the
rounds is printed.
"""

import argparse
import os
import pathlib
import sys

import h5py
import numpy as np

from contend import command, measured, rounds, show, timed

ROOT = pathlib.Path(__file__).resolve().parents[2]


def zipf(rng, n, classes):
    weights = 1 / np.arange(1, classes + 1)
    limits = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(limits, rng.random(n)), classes - 1)


def uniform(rng, n, classes):
    return rng.integers(0, classes, n)


def make_labels(path, n, draw, classes):
    """In chunks of 64 Ki, as h5py would have for rows appended by the batch."""
    if path.exists():
        return
    rng = np.random.default_rng(4)
    with h5py.File(path.with_suffix(".part"), "w") as file:
        out = file.create_dataset("labels", (n,), "<i8", chunks=(65536,),
                                  compression="gzip", shuffle=True)
        for at in range(0, n, 1 << 20):
            k = min(1 << 20, n - at)
            out[at:at + k] = draw(rng, k, classes)
    path.with_suffix(".part").rename(path)


def make_images(path, chunk, n=348):
    """Smooth pictures with the noise of a camera, normalised as for training."""
    if path.exists():
        return
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:224, 0:224] / 224
    with h5py.File(path.with_suffix(".part"), "w") as file:
        out = file.create_dataset("images", (n, 3, 224, 224), "<f4", chunks=chunk,
                                  compression="gzip", compression_opts=4, shuffle=True)
        for i in range(n):
            a, b, c = rng.uniform(1, 9, 3)
            scene = 120 + 90 * np.sin(a * x + c) * np.cos(b * y)
            levels = np.clip(scene + rng.normal(0, 3, (3, 224, 224)), 0, 255)
            out[i] = (np.round(levels) - 117) / 58
    path.with_suffix(".part").rename(path)


def make_tiny(path, n=100000):
    if path.exists():
        return
    rng = np.random.default_rng(6)
    with h5py.File(path.with_suffix(".part"), "w") as file:
        out = file.create_dataset("x", (n, 64), "<f4", chunks=(1, 64))
        for at in range(0, n, 10000):
            out[at:at + 10000] = rng.random((min(10000, n - at), 64), dtype=np.float32)
    path.with_suffix(".part").rename(path)


def h5py_labels(path, n):
    def work():
        with h5py.File(path, "r") as file:
            np.bincount(file["labels"][:], minlength=n)

    return lambda: timed(work)


def labels(o, data):
    program = o.build / "dsinspect"
    for title, draw, classes in (("1000 Zipf classes", zipf, 1000),
                                 ("10 equal classes", uniform, 10)):
        path = data / f"labels_{o.labels}_{classes}.h5"
        make_labels(path, o.labels, draw, classes)
        show(f"counting {o.labels} int64 labels, gzip and shuffle, {title}", rounds({
            "dsinspect": command(program, "balance", "-q", path),
            "dsinspect -j1": command(program, "balance", "-q", "-j1", path),
            "h5py and numpy.bincount": h5py_labels(path, classes),
        }, o.rounds), "dsinspect", {"h5py and numpy.bincount": "4 or more",
                                    "dsinspect -j1": "1.8 or more"})


def images(o, data):
    """All of a file, opened, decoded and dropped; libdeflate inflates the same chunks on
    as many threads, and neither unshuffles them nor puts them in place."""
    bench = o.build / "tests"
    for title, name, chunk in (("one chunk each", "img_gzip.h5", (1, 3, 224, 224)),
                               ("147 chunks each", "img_gzip_small.h5", (1, 1, 32, 32))):
        path = data / name
        make_images(path, chunk)
        show(f"decoding images of float32, {title}", rounds({
            "reader": measured(bench / "read_arrays", "2", path),
            "libdeflate alone": measured(bench / "bench_chunks", path, "/images",
                                         key="libdeflate_s"),
            "reader, 1 thread": measured(bench / "read_arrays", "1", path),
        }, o.rounds), "reader", {"libdeflate alone": "0.8 or more",
                                 "reader, 1 thread": "1.8 or more"})


def tiny(o, data):
    path = data / "many_chunks.h5"
    make_tiny(path)

    def by_h5py():
        with h5py.File(path, "r") as file:
            file["x"][:]

    show("100,000 chunks of 256 bytes, opened and read", rounds({
        "reader": measured(o.build / "tests" / "read_arrays", "2", path),
        "dsinspect info": command(o.build / "dsinspect", "info", path),
        "h5py": lambda: timed(by_h5py),
    }, o.rounds), "reader", {"reader": "1 s"})


PARTS = {"labels": labels, "images": images, "tiny": tiny}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path, default="/var/tmp/dsinspect-bench")
    parser.add_argument("--labels", type=int, default=100_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    o = parser.parse_args()
    o.data.mkdir(parents=True, exist_ok=True)
    if not os.access(o.build / "dsinspect", os.X_OK):
        sys.exit(f"{o.build} holds no built program")
    # The programs in tests/ do not lie beside the one that reads HDF5 for them.
    os.environ["DSINSPECT_HDF5_HELPER"] = str((o.build / "dsinspect-hdf5").resolve())
    for part in o.only.split(","):
        PARTS[part](o, o.data)


if __name__ == "__main__":
    main()
