"""diff --like=torch: tolerances by type, as the documentation of
torch.testing.assert_close has them in its table."""

import json
import subprocess

import h5py
import numpy as np

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")

TABLE = {"f2": (1e-3, 1e-5), "bf": (1.6e-2, 1e-5), "f4": (1.3e-6, 1e-5),
         "f8": (1e-7, 1e-7), "c8": (1.3e-6, 1e-5), "c16": (1e-7, 1e-7)}
# Of numbers from 1 on, the distance of neighbours.
STEP = {"f2": 2 ** -10, "bf": 2 ** -7, "f4": 2 ** -23, "f8": 2 ** -52,
        "c8": 2 ** -23, "c16": 2 ** -52}


def bfloat_bits(x):
    return (np.asarray(x, "f4").view("u4") >> 16).astype("u2")


class Torch(TestCase):
    def save(self, name, values, dtype):
        """As HDF5, which can say what a bfloat16 is."""
        values = np.atleast_1d(values)
        with h5py.File(self.dir / name, "w") as file:
            if dtype != "bf":
                file["x"] = values.astype(dtype)
                return
            kind = h5py.h5t.IEEE_F32LE.copy()
            kind.set_fields(15, 7, 8, 0, 7)
            kind.set_size(2)
            kind.set_ebias(127)
            space = h5py.h5s.create_simple(values.shape)
            data = h5py.h5d.create(file.id, b"x", kind, space)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, bfloat_bits(values), mtype=kind)

    def status(self, a, a_type, b, b_type, *options):
        self.save("a.h5", a, a_type)
        self.save("b.h5", b, b_type)
        done = subprocess.run([PROGRAM, "diff", "--format=json", "--like=torch",
                               "--any-dtype", *options, str(self.dir / "a.h5"),
                               str(self.dir / "b.h5")], stdout=subprocess.PIPE)
        return json.loads(done.stdout)["rows"][0]["status"]

    def test_every_type(self):
        for dtype, (rtol, atol) in TABLE.items():
            with self.subTest(dtype=dtype):
                self.assertEqual(self.status(.9 * atol, dtype, 0, dtype), "same")
                self.assertEqual(self.status(1.1 * atol, dtype, 0, dtype), "differs")
                steps = (rtol + atol) // STEP[dtype]
                near, far = (1 + n * STEP[dtype] for n in (steps, steps * 1.01 + 1))
                far = 1 + (far - 1) // STEP[dtype] * STEP[dtype]
                self.assertEqual(self.status(near, dtype, 1, dtype), "same")
                self.assertEqual(self.status(far, dtype, 1, dtype), "differs")

    def test_integers_are_exact(self):
        for dtype in "i1", "u2", "i8":
            self.assertEqual(self.status(100, dtype, 100, dtype), "same")
            self.assertEqual(self.status(101, dtype, 100, dtype), "differs")

    def test_of_two_types_the_larger(self):
        for a, b in ("f4", "f8"), ("f8", "f4"), ("i4", "f4"), ("c8", "f8"):
            rtol, atol = (max(TABLE.get(t, (0, 0))[i] for t in (a, b)) for i in (0, 1))
            size = 2 ** 20
            off = (rtol * size + atol) * (1 if a == "i4" else .99)
            self.assertEqual(self.status(size + off // 1, a, size, b), "same")
            self.assertEqual(self.status(size + off * 1.02 // 1 + 1, a, size, b),
                             "differs")

    def test_what_is_given_holds(self):
        self.assertEqual(self.status(1.5, "f8", 1, "f8", "--rtol=0.6"), "same")
        self.assertEqual(self.status(.5, "f4", 0, "f4", "--atol=0.6"), "same")
        self.assertEqual(self.status(1 + 5e-6, "f4", 1, "f4", "--atol=0"), "differs")


if __name__ == "__main__":
    main()
