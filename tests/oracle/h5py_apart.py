"""What libhdf5 reads of a broken file, by h5py in a process of its own, for it may crash
or hang: then there is nothing to compare with."""

import ctypes
import os
import pickle
import resource
import signal

import h5py

from hdf5_expected import leaves_of, values_of

MEMORY, SECONDS = 2 << 30, 3


class Said:
    """arrays: a list of (names, shape, values), values None where libhdf5 refused.
    trouble: what else it said no to."""

    def __init__(self):
        self.arrays, self.trouble = [], []

    def trying(self, work, *args):
        try:
            return work(*args)
        except Exception as e:  # h5py raises every kind there is
            self.trouble.append(str(e))
            return None


def links_of(group):
    return [group.get_objname_by_idx(i) for i in range(group.get_num_objs())]


def object_of(group, name):
    if group.links.get_info(name).type == h5py.h5l.TYPE_HARD:
        return h5py.h5o.get_info(group, name)
    return None


def walk(file, said):
    """{address: names} of the datasets, as hdf5_expected.objects_of, past any error."""
    names, seen = {}, set()
    todo = [(b"", said.trying(h5py.h5g.open, file.id, b"/"))]
    while todo:
        path, group = todo.pop()
        for name in (said.trying(links_of, group) or []) if group else []:
            info = said.trying(object_of, group, name)
            full = path + b"/" + name
            if info and info.type == h5py.h5o.TYPE_DATASET:
                names.setdefault(info.addr, []).append(full)
            elif info and info.type == h5py.h5o.TYPE_GROUP and info.addr not in seen:
                seen.add(info.addr)
                todo.append((full, said.trying(h5py.h5o.open, group, name)))
    return names


def read_dataset(file, paths, said):
    dataset = h5py.h5d.open(file.id, paths[0])
    if dataset.get_space().get_simple_extent_type() == h5py.h5s.NULL:
        return
    for leaf in leaves_of(dataset.get_type()):
        names = {p.decode("utf-8", "surrogateescape") + leaf.suffix for p in paths}
        said.arrays.append((names, dataset.shape + leaf.axes,
                            said.trying(values_of, dataset, leaf)))


def read_all(path, said):
    with h5py.File(path, "r", locking=False) as file:
        for paths in walk(file, said).values():
            said.trying(read_dataset, file, paths, said)


def in_child(path, into, noise):
    # mallopt's M_PERTURB: what is allocated, and freed, holds that byte.
    ctypes.CDLL(None).mallopt(-6, noise)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    signal.alarm(2 * SECONDS)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    said = Said()
    said.trying(read_all, path, said)
    with open(into, "wb") as file:
        pickle.dump((said.arrays, said.trouble), file)


def read_with(path, noise):
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            in_child(path, into, noise)
        finally:
            os._exit(0)
    os.close(into)
    with open(out, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    said = Said()
    try:
        said.arrays, said.trouble = pickle.loads(told)
    except (EOFError, pickle.UnpicklingError):
        return None
    return said


def is_same(a, b):
    return (a is None) == (b is None) and (a is None or a.tobytes() == b.tobytes()
                                           if a is None or a.dtype.kind != "O"
                                           else list(a.flat) == list(b.flat))


def read_apart(path):
    """What libhdf5 Said of the file, or None where it did not live to tell, or reads what
    it never wrote to: other values in memory filled with another byte."""
    one, other = read_with(path, 0x55), read_with(path, 0xAA)
    if one is None or other is None or len(one.arrays) != len(other.arrays):
        return None
    for a, b in zip(one.arrays, other.arrays):
        if a[0] != b[0] or not is_same(a[2], b[2]):
            return None
    return one
