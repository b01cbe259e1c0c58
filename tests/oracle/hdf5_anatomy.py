"""Where the parts of an HDF5 file lie, so that a test can break one part and leave the
rest sound: object headers and their messages, the superblock, whatever has a signature,
and the checksums of the later formats, which are made to match again after a change.
Written after the HDF5 File Format Specification, version 3.0."""

import struct

import h5py

DATASPACE, LINK_INFO, DATATYPE, FILL, LINK, EXTERNAL = 1, 2, 3, 5, 6, 7
LAYOUT, GROUP_INFO, PIPELINE, ATTRIBUTE, CONTINUED, SYMBOLS = 8, 10, 11, 12, 16, 17
SIGNED = (b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF", b"BTIN", b"FAHD", b"FADB",
          b"EAHD", b"EAIB", b"EASB", b"EADB", b"SMTB", b"SMLI", b"FSHD", b"FSSE")


def rotated(value, n):
    return (value << n | value >> (32 - n)) & 0xFFFFFFFF


def lookup3(data):
    """Bob Jenkins' hashlittle of 2006, from 0."""
    mask = 0xFFFFFFFF
    a = b = c = 0xDEADBEEF + len(data) & mask
    if not data:
        return c
    whole = (len(data) - 1) // 12 * 12
    for at in range(0, whole, 12):
        x, y, z = struct.unpack_from("<III", data, at)
        a, b, c = a + x & mask, b + y & mask, c + z & mask
        for n in (4, 6, 8, 16, 19, 4):
            a = (a - c & mask) ^ rotated(c, n)
            c = c + b & mask
            a, b, c = b, c, a
    x, y, z = struct.unpack("<III", data[whole:].ljust(12, b"\0"))
    a, b, c = a + x & mask, b + y & mask, c + z & mask
    for n in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - rotated(b, n) & mask
        a, b, c = b, c, a
    return b  # what was c before the last turn of the names


class Anatomy:
    """One sound file, in memory. messages[path] is a list of (type, where its body is,
    its size); sums holds the (start, end) of what a checksum at end covers."""

    def __init__(self, path):
        self.data = path.read_bytes()
        self.late = self.data[8] >= 2
        self.headers, self.messages, self.sums = {}, {}, []
        with h5py.File(path, "r") as file:
            self.headers["/"] = h5py.h5o.get_info(file.id).addr
            file.visititems(lambda name, item: self.headers.__setitem__(
                "/" + name, h5py.h5o.get_info(item.id).addr))
        for name, at in self.headers.items():
            self.messages[name] = list(self.header(at))
        if self.late:
            self.sums.append((0, 44))
            self.sums += filter(None, map(self.signed, SIGNED))

    def number(self, at, n):
        return int.from_bytes(self.data[at:at + n], "little")

    def header(self, at):
        if self.data[at:at + 4] != b"OHDR":
            yield from self.old_block(at + 16, self.number(at + 8, 4))
            return
        flags = self.data[at + 5]
        start = at + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
        wide = 1 << (flags & 3)
        end = start + wide + self.number(start, wide)
        self.sums.append((at, end))
        yield from self.new_block(start + wide, end, 6 if flags & 4 else 4)

    def old_block(self, at, n):
        end = at + n
        while at + 8 <= end:
            kind, size = self.number(at, 2), self.number(at + 2, 2)
            yield kind, at + 8, size
            if kind == CONTINUED:
                yield from self.old_block(self.number(at + 8, 8), self.number(at + 16, 8))
            at += 8 + size

    def new_block(self, at, end, head):
        while at + head <= end:
            kind, size = self.data[at], self.number(at + 1, 2)
            yield kind, at + head, size
            if kind == CONTINUED:
                start = self.number(at + head, 8)
                stop = start + self.number(at + head + 8, 8) - 4
                self.sums.append((start, stop))
                yield from self.new_block(start + 4, stop, head)
            at += head + size

    def signed(self, signature):
        """The first part of that signature, its end found by its own checksum."""
        start = self.data.find(signature)
        if start < 0:
            return None
        for end in range(start + 8, min(start + 600, len(self.data) - 4)):
            if lookup3(self.data[start:end]) == self.number(end, 4):
                return start, end
        return None

    def find(self, signature, n=0):
        """Where the nth part of that signature is."""
        at = -1
        for _ in range(n + 1):
            at = self.data.index(signature, at + 1)
        return at

    def body(self, path, kind, n=0):
        """Where the body of the nth message of that type of an object is."""
        return [at for k, at, _ in self.messages[path] if k == kind][n]

    def with_sums(self, data):
        """A changed copy, of the same length, with its checksums made right."""
        data = bytearray(data)
        for start, end in self.sums:
            struct.pack_into("<I", data, end, lookup3(bytes(data[start:end])))
        return bytes(data)

    def changed(self, *changes):
        """With each (where, struct format, value or values) written over what was."""
        data = bytearray(self.data)
        for at, how, value in changes:
            values = value if isinstance(value, tuple) else (value,)
            struct.pack_into("<" + how, data, at, *values)
        return self.with_sums(data) if self.late else bytes(data)
