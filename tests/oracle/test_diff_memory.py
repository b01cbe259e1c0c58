"""diff needs the memory of a few blocks: 32 MB at most, whatever the arrays are like."""

import pathlib
import tempfile
import unittest

import numpy as np

from oracle import sanitized
from test_memory import MIB, peak_of_all


@unittest.skipIf(sanitized(), "a sanitizer's shadow memory is not the program's")
class Memory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def check(self, *options):
        for more in [], ["--metrics", "--tolerance-needed"]:
            code, _, size = peak_of_all("diff", *options, *more, self.dir / "a",
                                        self.dir / "b")
            self.assertEqual(code, 0)
            self.assertLess(size, 32 * MIB, (options, more))

    def sparse(self, shape, fortran=False, descr="<f4"):
        for side in "ab":
            (self.dir / side).mkdir(exist_ok=True)
            with open(self.dir / side / "x.npy", "wb") as file:
                np.lib.format.write_array_header_1_0(
                    file, {"descr": descr, "fortran_order": fortran, "shape": shape})
                size = np.dtype(descr).itemsize * int(np.prod(shape))
                file.truncate(file.tell() + size)
        self.check()

    def test_half_a_gigabyte(self):
        self.sparse((1 << 18, 512))

    def test_rows_of_a_quarter_of_a_gigabyte(self):
        self.sparse((2, 1 << 26))
        self.sparse((1, 1 << 20, 128))

    def test_fortran_order(self):
        self.sparse((1 << 17, 512), fortran=True)
        self.sparse((1 << 25, 3), fortran=True)

    def test_foreign_byte_order(self):
        self.sparse((3, 1 << 25), descr=">f8")

    def test_ten_thousand_pairs(self):
        rng = np.random.default_rng(1)
        for side in "ab":
            (self.dir / side).mkdir()
        for i in range(10000):
            x = rng.normal(size=100).astype("f4")
            for side in "ab":
                np.save(self.dir / side / f"{i:05}.npy", x)
        self.check("-fjson")


if __name__ == "__main__":
    unittest.main()
