"""Memory does not grow with the data: peak resident sizes of the program, as the kernel
counts them, against what a few blocks a worker may take."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

from oracle import BUILD, sanitized

PROGRAM = str(BUILD / "dsinspect")
MIB = 1 << 20


def peak(*words):
    """(exit code, peak resident bytes) of a run. At least what this Python takes, whose
    child it starts as."""
    child = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss * 1024


@unittest.skipIf(sanitized(), "a sanitizer's shadow memory is not the program's")
class Memory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def test_a_sparse_array_of_gigabytes(self):
        path, n = self.dir / "sparse.npy", 4 << 27
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<i8", "fortran_order": False, "shape": (n,)})
            file.truncate(file.tell() + 8 * n)
        code, size = peak("balance", path)
        self.assertEqual(code, 0)
        self.assertLess(size, 64 * MIB)

    def test_many_rows_of_a_table(self):
        with open(self.dir / "a.csv", "w") as file:
            file.write("id,label\n")
            for start in range(0, 2_000_000, 1000):
                file.writelines(f"{i},c{i % 7}\n" for i in range(start, start + 1000))
        code, size = peak("balance", self.dir / "a.csv")
        self.assertEqual(code, 0)
        self.assertLess(size, 64 * MIB)


if __name__ == "__main__":
    unittest.main()
