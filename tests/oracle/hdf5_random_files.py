"""HDF5 files at random: cases() as that of hdf5_files.py. Types, shapes, chunks larger
and smaller than them, filters, parts written and extents changed, all drawn."""

import h5py
import numpy as np
from h5py import h5s

from hdf5_files import GZIP1, LZF, NUMBERS, OTHERS, Type, create

TYPES = [name for name in NUMBERS + OTHERS if name != "M8"]  # no writing parts of it
FILTERS = [[], [], [GZIP1], [LZF], [("set_shuffle",), GZIP1], [("set_shuffle",), LZF],
           [("set_fletcher32",)], [GZIP1, ("set_fletcher32",)], [LZF, GZIP1],
           [("set_shuffle",), GZIP1, ("set_fletcher32",)]]


def part_of(rng, shape):
    first = [int(rng.integers(0, n + 1)) for n in shape]
    return tuple(slice(a, int(rng.integers(a, n + 1))) for a, n in zip(first, shape))


def random_dataset(file, name, rng):
    rank = int(rng.integers(1, 6))
    most = [40, 12, 8, 6, 4][rank - 1]
    shape = tuple(int(n) for n in rng.integers(0 if rng.random() < 0.1 else 1, most, rank))
    chunk = tuple(int(n) for n in rng.integers(1, most + 3, rank))
    limits = tuple(h5s.UNLIMITED if rng.random() < 0.5 else max(n, c)
                   for n, c in zip(shape, chunk))
    type_ = Type(str(rng.choice(TYPES)))
    fill = type_.values(rng, (1,)).reshape(()) if rng.random() < 0.5 else None
    data = h5py.Dataset(create(file, name, type_, shape, maxshape=limits, chunk=chunk,
                               options=FILTERS[rng.integers(len(FILTERS))], fill=fill))
    for _ in range(int(rng.integers(0, 5))):
        if rng.random() < 0.3:
            data.resize([int(rng.integers(0, most)) if limit == h5s.UNLIMITED else
                         int(rng.integers(0, limit + 1)) for limit in limits])
        part = part_of(rng, data.shape)
        extents = tuple(s.stop - s.start for s in part)
        if 0 not in extents:
            data[part] = type_.values(rng, extents)


def cases(n_files=24, n_datasets=16):
    for seed in range(n_files):
        def make(path, seed=seed):
            rng = np.random.default_rng(seed)
            with h5py.File(path, "w", libver="latest" if seed % 2 else "earliest") as file:
                for i in range(n_datasets):
                    random_dataset(file, f"d{i}", rng)
        yield f"random_{seed}", make
