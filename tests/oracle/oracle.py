"""What every oracle test shares: running our readers, and saying what went wrong.

    from oracle import TestCase, dump, DumpError, main

    class Npy(TestCase):
        def test_it(self):
            path = self.dir / "a.npy"           # a temporary directory of each test
            np.save(path, expected)
            (meta, got), = dump(path)
            self.check(equal(got, expected), "what should have held")

    main()
"""

import json
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

import numpy as np

BUILD = pathlib.Path(os.environ.get("DSI_BUILD", "build"))
SOURCE = pathlib.Path(os.environ.get("DSI_SOURCE", pathlib.Path(__file__).parents[2]))
DUMP_VALUES = BUILD / "tests" / "dump_values"
# The tests' own programs do not stand beside it, as dsinspect does.
os.environ.setdefault("DSINSPECT_HDF5_HELPER", str((BUILD / "dsinspect-hdf5").absolute()))


class DumpError(Exception):
    """dump_values said no: rule and message, and the arrays (with the rows that were
    sound) printed before it."""

    def __init__(self, rule, message, arrays):
        super().__init__(f"{rule}: {message}")
        self.rule, self.message, self.arrays = rule, message, arrays


class Crash(AssertionError):
    """dump_values died of a signal, of a sanitizer, or printed nonsense."""


def run(path, *options, name=None, stdin=None, memory=None, timeout=60):
    """Runs dump_values; memory, in bytes, is a hard limit on its address space (not for
    builds with AddressSanitizer, which reserves terabytes). Returns (code, stdout)."""
    limit = None
    if memory and not sanitized():
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    words = [DUMP_VALUES, *options, "--", path] + ([name] if name is not None else [])
    done = subprocess.run(words, stdin=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=limit, timeout=timeout)
    if done.returncode not in (0, 1) or done.stderr:
        raise Crash(f"dump_values {' '.join(map(str, words[1:]))}: exit "
                    f"{done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.returncode, done.stdout


def dump(path, *options, name=None, **how):
    """The arrays of a file as our readers deliver them: a list of (meta, numpy array).
    options are dump_values' ("--rows=7"). Raises DumpError."""
    code, out = run(path, *options, name=name, **how)
    arrays, at = [], 0
    while at < len(out):
        end = out.index(b"\n", at) + 1
        meta = json.loads(out[at:end].decode("utf-8", "surrogateescape"))
        if "error" in meta:
            if code != 1 or end != len(out):
                raise Crash(f"an error that is not the end: {meta}")
            raise DumpError(meta["error"], meta["message"], arrays)
        at = end + meta["n_bytes"]
        if at > len(out):
            raise Crash(f"{meta['n_bytes']} bytes promised, {len(out) - end} printed")
        arrays.append((meta, array_of(meta, out[end:at])))
    if code != 0:
        raise Crash("exit 1 without an error line")
    return arrays


def array_of(meta, values):
    """Values as dump_values prints them. bfloat16 comes as its bits in a uint16;
    variable-length strings as an array of bytes objects."""
    shape = tuple(meta["shape"])
    if shape:
        shape = (meta["rows"],) + shape[1:]
    if meta["dtype"] == "string":
        return strings_of(shape, values)
    name = meta["dtype"]
    dtype = np.dtype(np.uint16 if name.endswith("bfloat16") else name).newbyteorder("=")
    if not values:
        return np.ndarray(shape, dtype)  # not empty(), which makes S1 of S0
    return np.frombuffer(values, dtype).reshape(shape)


def strings_of(shape, values):
    items, at = [], 0
    while at < len(values):
        n = int.from_bytes(values[at:at + 8], "little")
        items.append(values[at + 8:at + 8 + n])
        at += 8 + n
    out = np.empty(len(items), object)
    out[:] = items
    return out.reshape(shape) if items or 0 in shape else out


def equal(got, expected):
    """The same shape, the same type but for byte order, and the same value bits: NaN
    equals a NaN of the same bits, and -0.0 is not 0.0."""
    expected = np.asarray(expected)
    if not expected.dtype.isnative:  # not astype: it leaves >m8 without a unit as it is
        expected = expected.byteswap().view(expected.dtype.newbyteorder("="))
    return (got.shape == expected.shape and got.dtype == expected.dtype
            and got.tobytes() == expected.tobytes())


def sanitized():
    cache = (BUILD / "CMakeCache.txt").read_text()
    return "DSI_SANITIZE:STRING=\n" not in cache


class TestCase(unittest.TestCase):
    """unittest's, with a temporary directory self.dir for each test."""

    maxDiff = None

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="dsinspect-test-")
        self.addCleanup(holder.cleanup)
        self.dir = pathlib.Path(holder.name)

    def check(self, condition, text="does not hold"):
        if not condition:
            raise AssertionError(text)

    def refused(self, path, rule, words="", *options, **how):
        """dump must fail with that rule and those words in the message."""
        try:
            arrays = dump(path, *options, **how)
        except DumpError as e:
            self.check(e.rule == rule and words in e.message,
                       f"{path}: wanted {rule} {words!r}, got {e}")
            return e
        raise AssertionError(f"{path}: wanted {rule} {words!r}, but it was read: "
                             f"{[meta for meta, _ in arrays]}")


main = unittest.main
