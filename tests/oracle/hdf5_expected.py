"""What our reader should deliver of an HDF5 file, told by h5py (that is, by libhdf5).

The delivered types: integers and floats of NumPy's sizes as they are; integers of other
sizes as the next size up; bfloat16 as its bits; other floats as float64; a compound {r,
i} or {real, imag} of one float type as complex; an enumeration of FALSE 0 and TRUE 1 as
bool, others as their integers; bit fields as unsigned integers; strings padded with NUL,
whatever they are padded with in the file; strings of variable length as bytes; opaque
ones as they are, or as what a tag "NUMPY:..." or "bfloat16" says they are; a compound as
an array a field, an array type as further axes. What holds anything else has no values
here (None). No dataspace is a shape of (0,).

What writers meant: MATLAB's (1, N) is (N,) unless chunks go across the first axis, and
its empty arrays, whose data are their extents, are (0,); dimensions that netCDF keeps as
datasets without values are none.

Each field is read by itself, through a compound type in memory that has nothing else.
"""

import h5py
import numpy as np
from h5py import h5o, h5s, h5t


class Leaf:
    """A plain value inside an element: its name below the dataset's, the type to read it
    as, NumPy's and HDF5's, the axes that array types add, and what is left to do with
    the values read."""

    def __init__(self, dtype, memory, finish=None, unsupported=False):
        self.names, self.axes = (), ()
        self.dtype = np.dtype(dtype)
        self.memory = memory
        self.finish = finish or (lambda values: values)
        self.unsupported = unsupported

    @property
    def suffix(self):
        return "".join("." + name for name in self.names)


def integer(size, signed):
    taken = next((n for n in (1, 2, 4, 8) if n >= size), None)
    if not taken:
        return unsupported()
    dtype = np.dtype(f"{'i' if signed else 'u'}{taken}")
    return Leaf(dtype, h5t.py_create(dtype))


def unsupported():
    return Leaf("V1", None, unsupported=True)


def layout_of(tid):
    """All that tells one float format from another, the byte order apart."""
    return tid.get_size(), tid.get_fields(), tid.get_ebias(), tid.get_norm()


IEEE = {layout_of(h5t.py_create(np.dtype(t))): t for t in ("f2", "f4", "f8")}


def is_bfloat16(tid):
    return layout_of(tid)[:3] == (2, (15, 7, 8, 0, 7), 127)


def floating(tid):
    if layout_of(tid) in IEEE:
        dtype = np.dtype(IEEE[layout_of(tid)])
        return Leaf(dtype, h5t.py_create(dtype))
    if is_bfloat16(tid):
        return Leaf("f4", h5t.IEEE_F32LE.copy(),
                    lambda read: (read.view("u4") >> 16).astype("u2"))
    return Leaf("f8", h5t.IEEE_F64LE.copy())


def bit_field(tid):
    leaf = integer(tid.get_size(), False)
    if not leaf.unsupported:
        leaf.memory = getattr(h5t, f"STD_B{8 * leaf.dtype.itemsize}LE")
    return leaf


def fixed_string(tid):
    size, padding = tid.get_size(), tid.get_strpad()

    def unpad(text):
        if padding == h5t.STR_NULLTERM:
            return text.partition(b"\0")[0]
        return text.rstrip(b"\0" if padding == h5t.STR_NULLPAD else b" \0")

    def finish(read):
        out = np.ndarray(read.shape, f"S{size}")
        raw = read.tobytes()
        out.reshape(-1)[:] = [unpad(raw[i:i + size]) for i in range(0, len(raw), size)]
        return out

    return Leaf(f"V{size}", tid.copy(), finish)


def opaque(tid):
    size, tag = tid.get_size(), tid.get_tag()
    leaf = Leaf(f"V{size}", tid.copy())
    if tag.startswith(b"NUMPY:"):
        dtype = np.dtype(tag[6:].decode())
        leaf.finish = lambda read: read.view(dtype).astype(dtype.newbyteorder("="))
    elif b"bfloat16" in tag and size == 2:
        leaf.finish = lambda read: read.view("<u2")
    return leaf


def enumeration(tid):
    members = {tid.get_member_name(i): tid.get_member_value(i)
               for i in range(tid.get_nmembers())}
    leaf = integer(tid.get_super().get_size(), tid.get_super().get_sign())
    if members == {b"FALSE": 0, b"TRUE": 1} and tid.get_size() == 1:
        leaf.finish = lambda read: read != 0
    return leaf


def complex_of(tid):
    """The complex type that a compound is, or None."""
    names = [tid.get_member_name(i) for i in range(tid.get_nmembers())]
    if (len(names) != 2 or names[0] not in (b"r", b"real")
            or names[1] not in (b"i", b"imag")):
        return None
    parts = [tid.get_member_type(i) for i in (0, 1)]
    if (not isinstance(parts[0], h5t.TypeFloatID) or layout_of(parts[0]) not in IEEE
            or not parts[0].equal(parts[1])):
        return None
    half = max(4, parts[0].get_size())
    memory = h5t.create(h5t.COMPOUND, 2 * half)
    for i in (0, 1):
        memory.insert(names[i], i * half, h5t.py_create(np.dtype(f"f{half}")))
    return Leaf(f"c{2 * half}", memory)


def compound(tid):
    leaf = complex_of(tid)
    if leaf:
        return [leaf]
    out = []
    for i in range(tid.get_nmembers()):
        name = tid.get_member_name(i)
        for leaf in leaves_of(tid.get_member_type(i)):
            if leaf.memory:
                size = leaf.memory.get_size()
                outer = h5t.create(h5t.COMPOUND, size)
                outer.insert(name, 0, leaf.memory)
                leaf.memory = outer
            leaf.names = (name.decode("utf-8", "surrogateescape"),) + leaf.names
            out.append(leaf)
    return out


def array(tid):
    dims, out = tid.get_array_dims(), []
    for leaf in leaves_of(tid.get_super()):
        if leaf.memory:
            leaf.memory = h5t.array_create(leaf.memory, dims)
        leaf.axes = dims + leaf.axes
        out.append(leaf)
    return out


def leaves_of(tid):
    """The plain values of an element of type tid, in the order of the fields."""
    kind = tid.get_class()
    if kind == h5t.COMPOUND:
        return compound(tid)
    if kind == h5t.ARRAY:
        return array(tid)
    if kind == h5t.INTEGER:
        return [integer(tid.get_size(), tid.get_sign())]
    if kind == h5t.FLOAT:
        return [floating(tid)]
    if kind == h5t.BITFIELD:
        return [bit_field(tid)]
    if kind == h5t.ENUM:
        return [enumeration(tid)]
    if kind == h5t.OPAQUE:
        return [opaque(tid)]
    if kind == h5t.STRING:
        if not tid.is_variable_str():
            return [fixed_string(tid)]
        return [Leaf("O", h5t.py_create(h5py.string_dtype(
            "utf-8" if tid.get_cset() == h5t.CSET_UTF8 else "ascii"), logical=False),
            all_bytes)]
    return [unsupported()]


def all_bytes(read):
    out = np.empty(read.shape, object)
    out.reshape(-1)[:] = [b"" if v is None or isinstance(v, int) else bytes(v)
                          for v in read.reshape(-1)]
    return out


def values_of(dataset, leaf):
    """dataset: h5py.h5d.DatasetID. None where there are no values to deliver."""
    if leaf.unsupported:
        return None
    out = np.zeros(dataset.shape + leaf.axes, leaf.dtype)
    if out.size:
        dataset.read(h5s.ALL, h5s.ALL, whole(out, len(dataset.shape)), leaf.memory)
    return leaf.finish(out)


def whole(out, n_dims):
    """out seen with the dataset's own axes alone, its items as large as they are."""
    if out.ndim == n_dims or out.dtype.hasobject:
        return out
    items = out.dtype.itemsize * int(np.prod(out.shape[n_dims:]))
    return np.frombuffer(out.data, f"V{items}").reshape(out.shape[:n_dims])


def objects_of(file):
    """The datasets of an open file, each once: {address: all its names}. Links that
    lead back are not followed again, and soft ones lead to nothing new. What libhdf5
    cannot look into is left out."""
    names, seen, todo = {}, set(), [(b"", file.id)]
    while todo:
        path, group = todo.pop()
        links = []
        try:
            group.links.iterate(lambda name, links=links: links.append(name))
        except RuntimeError:
            pass
        for name in links:
            full = path + b"/" + name
            if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
                continue
            try:
                info = h5o.get_info(group, name)
            except (RuntimeError, KeyError):
                continue
            if info.type == h5o.TYPE_DATASET:
                names.setdefault(info.addr, []).append(full)
            elif info.type == h5o.TYPE_GROUP and info.addr not in seen:
                seen.add(info.addr)
                todo.append((full, h5o.open(group, name)))
    return names


LARGE = 64 << 20  # bytes, from which on values are not compared


class Expected:
    """One array that our reader should list: names are all that it may be called. values
    is None where it should say that it cannot be read, and where large is true."""

    def __init__(self, paths, suffix, shape):
        self.names = {p.decode("utf-8", "surrogateescape") + suffix for p in paths}
        self.shape, self.values, self.why, self.large = shape, None, "", False
        self.n_bytes = 0

    def read(self, dataset, leaf):
        self.n_bytes = leaf.dtype.itemsize
        for extent in self.shape:
            self.n_bytes *= extent
        self.large = self.n_bytes > LARGE and not leaf.unsupported
        try:
            self.values = None if self.large else values_of(dataset, leaf)
        except OSError as e:
            self.why = str(e)


def attribute(dataset, name):
    """What an attribute holds, a bytes object where that is one text; None."""
    try:
        if not h5py.h5a.exists(dataset, name):
            return None
    except RuntimeError:  # an attribute that is broken
        return None
    value = h5py.AttributeManager(h5py.Dataset(dataset))[name.decode()]
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    return value.encode() if isinstance(value, str) else value


def is_no_variable(dataset):
    name = attribute(dataset, b"NAME")
    return isinstance(name, bytes) and name.startswith(b"This is a netCDF dimension but "
                                                       b"not a netCDF variable")


def shape_meant(dataset):
    """None: the shape it has."""
    if dataset.get_space().get_simple_extent_type() == h5s.NULL:
        return (0,)
    if attribute(dataset, b"MATLAB_class") is None:
        return None
    if attribute(dataset, b"MATLAB_empty"):
        return (0,)
    plist = dataset.get_create_plist()
    chunked = plist.get_layout() == h5py.h5d.CHUNKED
    if len(dataset.shape) != 2 or dataset.shape[0] != 1 or (
            chunked and plist.get_chunk()[0] != 1):
        return None
    return dataset.shape[1:]


def add_dataset(out, paths, dataset):
    meant = shape_meant(dataset)
    for leaf in leaves_of(dataset.get_type()):
        one = Expected(paths, leaf.suffix, (meant or dataset.shape) + leaf.axes)
        if meant == (0,):
            one.values = None if leaf.unsupported else leaf.finish(
                np.zeros(one.shape, leaf.dtype))
        else:
            one.read(dataset, leaf)
            if meant and one.values is not None:
                one.values = one.values.reshape(one.shape)
        out.append(one)


def expected(path):
    """(what is expected, what libhdf5 cannot open): a list of Expected, in no order,
    and the names of datasets."""
    out, broken = [], []
    with h5py.File(path, "r", locking=False) as file:
        for paths in objects_of(file).values():
            try:
                dataset = h5py.h5d.open(file.id, paths[0])
            except (KeyError, RuntimeError):
                broken += [p.decode("utf-8", "surrogateescape") for p in paths]
                continue
            if not is_no_variable(dataset):
                add_dataset(out, paths, dataset)
    return out, broken
