#!/usr/bin/python3
"""What range, missing and outliers take beside their peers, as ratios of one run.

    /usr/bin/python3 tests/bench/values.py [--build DIR] [--data DIR] [--rounds N]
                                           [--only WORD,...] [--decode PROGRAM]

Makes its data where it is missing: a table of 5,000,000 x 30 float32 with NaN and
infinities, tables of 784 and 30 columns with as many values, pictures of float32 in a
compressed HDF5 file. Folders of pictures are taken from --data (images_jpg, images_png),
which may hold any. Programs are timed from start to exit, peers without the start of the
interpreter and of its modules. In each round every contender runs once, in turn; a ratio
is taken within a round, and the median of the rounds is printed. --decode names a program
that is called with a number of threads and a folder, decodes every JPEG below it three
times, and prints the least, {"min_s": seconds}; of those beside it, too, the least of three
runs is taken.
"""

import argparse
import multiprocessing
import os
import pathlib
import subprocess
import sys

import numpy as np

from contend import command, least, measured, rounds, show, timed
from containers import make_images

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUANTILES = [.01, .25, .5, .75, .99]


# --- data

def make_table(path, n_rows, n_columns, plant):
    if path.exists():
        return
    rng = np.random.default_rng(7)
    part = path.with_suffix(".part")
    out = np.lib.format.open_memmap(part, "w+", np.float32, (n_rows, n_columns))
    for at in range(0, n_rows, 100000):
        block = rng.standard_normal((min(100000, n_rows - at), n_columns), np.float32)
        if plant:
            block[:, 5:10] = np.exp(block[:, 5:10])
            block[:, 10:15] = block[:, 10:15] * 1000 + 1e5
            block[:, 15:20] = np.floor(block[:, 15:20] * 10)
            block[:, 20:23] = 0
            for column, share in ((0, .01), (1, .1), (2, .5), (6, .001), (29, .9)):
                block[rng.random(len(block)) < share, column] = np.nan
            block[rng.random(len(block)) < 1e-5, 3] = np.inf
        out[at:at + len(block)] = block
    del out
    part.rename(path)


def reread(path):
    """Out of the page cache and in again: pages written through a mapping are small ones."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(1 << 24):
            pass


# --- peers

def numpy_statistics(path):
    """Five passes, as people write them; NaN and infinities left out of mean and std."""
    x = np.load(path)
    finite = np.isfinite(x)
    np.isnan(x).sum(0), np.isinf(x).sum(0), np.nanmin(x, 0), np.nanmax(x, 0)
    x[~finite] = np.nan
    np.nanmean(x, 0, dtype=np.float64), np.nanstd(x, 0, dtype=np.float64)


def numpy_quantiles(path):
    x = np.load(path)
    for j in range(x.shape[1]):
        column = x[:, j]
        np.quantile(column[~np.isnan(column)], QUANTILES)


def numpy_all(path):
    numpy_statistics(path)
    numpy_quantiles(path)


def pandas_describe(path):
    import pandas as pd
    frame = pd.DataFrame(np.load(path))
    frame.isna().sum(), frame.describe(percentiles=QUANTILES)


def h5py_statistics(path):
    import h5py
    with h5py.File(path, "r") as file:
        images = file["images"]
        for at in range(0, len(images), 16):
            block, axes = images[at:at + 16], (0, 2, 3)
            np.isnan(block).sum(axes), np.nanmin(block, axes), np.nanmax(block, axes)
            np.nansum(block, axes, dtype=np.float64)
            np.nansum(np.square(block, dtype=np.float64), axes)


def image_stat(path):
    from PIL import Image, ImageStat
    statistics = ImageStat.Stat(Image.open(path).convert("RGB"))
    return statistics.sum, statistics.sum2


def opencv(path):
    import cv2
    cv2.setNumThreads(1)
    return cv2.meanStdDev(cv2.imread(path))


def in_processes(work, folder):
    files = sorted(str(f) for f in folder.rglob("*") if f.is_file())

    def run():
        with multiprocessing.Pool(2) as pool:
            for _ in pool.imap_unordered(work, files, chunksize=16):
                pass

    return lambda: timed(run)


# --- parts

def table(o):
    path = o.data / "table.npy"
    make_table(path, 5_000_000, 30, True)
    reread(path)
    program = o.build / "dsinspect"
    read = measured(o.build / "tests" / "read_and_sum", "2", path)
    peer = lambda work: lambda: timed(lambda: work(path))
    times = rounds({
        "range": command(program, "range", "-q", path),
        "range --no-percentiles": command(program, "range", "-q", "--no-percentiles", path),
        "missing": command(program, "missing", "-q", path),
        "outliers": command(program, "outliers", "-q", path),
        "outliers, zscore": command(program, "outliers", "-q", "--method=zscore", path),
        "reading": read,
        "NumPy": peer(numpy_statistics),
        "NumPy with quantiles": peer(numpy_all),
        "pandas describe": peer(pandas_describe),
    }, o.rounds)
    show("5,000,000 x 30 float32", times, "range --no-percentiles",
         {"NumPy": "20 or more", "reading": "0.25 or more, aim 0.5"})
    show("with percentiles", times, "range",
         {"NumPy with quantiles": "8 or more, aim 14", "pandas describe": "10 or more"})
    show("missing", times, "missing", {"reading": "0.67 or more"})


def wide(o):
    program, contenders = o.build / "dsinspect", {}
    for columns in (30, 784):
        path = o.data / f"normal_{columns}.npy"
        make_table(path, 120_000_000 // columns, columns, False)
        reread(path)
        for words in ((), ("--no-percentiles",)):
            name = " ".join([f"{columns} columns", *words])
            contenders[name] = command(program, "range", "-q", *words, path)
    times = rounds(contenders, o.rounds)
    show("120,000,000 values of float32", times, "784 columns",
         {"30 columns": "0.5 or more"})
    show("without percentiles", times, "784 columns --no-percentiles",
         {"30 columns --no-percentiles": "0.5 or more"})


def hdf5(o):
    path = o.data / "img_gzip.h5"
    make_images(path, (1, 3, 224, 224))
    program = o.build / "dsinspect"
    times = rounds({
        "range --no-percentiles": command(program, "range", "-q", "--no-percentiles",
                                          f"{path}:/images"),
        "range": command(program, "range", "-q", f"{path}:/images"),
        "decoding": measured(o.build / "tests" / "read_arrays", "2", path),
        "h5py and NumPy": lambda: timed(lambda: h5py_statistics(path)),
    }, o.rounds)
    show("pictures of float32, gzip and shuffle", times, "range --no-percentiles",
         {"h5py and NumPy": "4 or more", "decoding": "0.8 or more"})


def jpeg(o):
    folder = o.data / "images_jpg"
    contenders = {"range": least(command(o.build / "dsinspect", "range", "-q", folder)),
                  "PIL ImageStat, 2 processes": least(in_processes(image_stat, folder))}
    if o.decode:  # tells the least of three
        contenders["decoding"] = measured(o.decode, "2", folder, key="min_s")
    show("JPEG pictures", rounds(contenders, o.rounds), "range",
         {"PIL ImageStat, 2 processes": "1.6 or more", "decoding": "0.8 or more"})


def png(o):
    folder = o.data / "images_png"
    show("PNG pictures", rounds({
        "range": command(o.build / "dsinspect", "range", "-q", folder),
        "OpenCV, 2 processes": in_processes(opencv, folder),
    }, o.rounds), "range", {"OpenCV, 2 processes": "1.7 or more"})


PARTS = {"table": table, "wide": wide, "hdf5": hdf5, "jpeg": jpeg, "png": png}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path, default="/var/tmp/dsinspect-bench")
    parser.add_argument("--decode", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    o = parser.parse_args()
    o.data.mkdir(parents=True, exist_ok=True)
    if not os.access(o.build / "dsinspect", os.X_OK):
        sys.exit(f"{o.build} holds no built program")
    os.environ["DSINSPECT_HDF5_HELPER"] = str((o.build / "dsinspect-hdf5").resolve())
    np.seterr(all="ignore")
    for part in o.only.split(","):
        PARTS[part](o)


if __name__ == "__main__":
    main()
