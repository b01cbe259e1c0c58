"""What our reader delivers of an HDF5 file, beside what h5py does."""

import numpy as np

from hdf5_expected import expected
from oracle import DumpError, dump, equal


class Comparison:
    """Of one file: the names of the arrays that are the same, of those that both sides
    have no values of, of those that we refuse to look for in other files, and a text for
    each that is wrong."""

    def __init__(self, path, written=None, options=("--named",)):
        self.same, self.without, self.refused, self.wrong = [], [], [], []
        every, broken = expected(path)
        if any(wanted.large for wanted in every):
            options += ("--header",)
        self.ours = {meta["name"]: (meta, values) for meta, values in ours(path, options)}
        left = set(self.ours)
        for wanted in every:
            name = next(iter(wanted.names & left), None)
            if name is None:
                if wanted.n_bytes < 1 << 63:
                    self.wrong.append(f"{sorted(wanted.names)[0]}: not listed")
                continue
            left.remove(name)
            self.compare(name, wanted, "--header" in options)
        self.wrong += [f"{name}: listed, but h5py has it not"
                       for name in sorted(left - set(broken))]
        for name, values in (written or {}).items():
            if name not in self.ours:
                self.wrong.append(f"{name}: was written, but is not listed")
            elif not same(self.ours[name][1], values):
                self.wrong.append(f"{name}: {self.ours[name][1]!r} is not what was "
                                  f"written, {values!r}")

    def compare(self, name, wanted, header_alone):
        meta, values = self.ours[name]
        if meta["status"] == "refused":
            self.refused.append(name)
        elif meta["shape"] != list(wanted.shape):
            self.wrong.append(f"{name}: shape {meta['shape']}, h5py {wanted.shape}")
        elif header_alone:
            self.without.append(name)
        elif wanted.values is None:
            if meta["status"] == "ok":
                self.wrong.append(f"{name}: read as {meta['dtype']}, though h5py has no "
                                  f"values: {wanted.why}")
            self.without.append(name)
        elif meta["status"] != "ok":
            self.wrong.append(f"{name}: {meta['status']}: {meta['reason']}, though h5py "
                              f"reads {wanted.values.dtype}")
        elif not same(values, wanted.values):
            self.wrong.append(f"{name}: {meta['dtype']} {values.reshape(-1)[:9]}, h5py "
                              f"{wanted.values.dtype} {wanted.values.reshape(-1)[:9]}")
        else:
            self.same.append(name)


def ours(path, options):
    """As dump, but an array that fails while it is read does not end it; it has the
    failure's rule for a status."""
    try:
        return dump(path, *options)
    except DumpError as e:
        if not e.arrays:
            raise
    out = []
    for meta, nothing in dump(path, *options, "--header"):
        try:
            out += dump(path, *options, name=meta["name"])
        except DumpError as e:
            out.append(({**meta, "status": e.rule, "reason": e.message}, nothing))
    return out


def same(got, wanted):
    wanted = np.asarray(wanted)
    if got.dtype == object and wanted.dtype == object:
        return got.shape == wanted.shape and list(got.flat) == list(wanted.flat)
    return equal(got, wanted)
