"""diff when a side is missing, cut short, damaged, of Python objects, or shrinks while it
is read: exit code 2, a row that says which side and why, and the other rows all the same."""

import json
import pathlib
import subprocess
import time

import h5py
import numpy as np

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
GIB = 1 << 30
AT_ONCE = 30  # seconds, on a machine that has other things to do


def finished(child):
    """(exit code, rows by name, standard error) of a run with JSON for output."""
    out, err = child.communicate()
    rows = json.loads(out)["rows"] if out else []
    return child.returncode, {row["name"]: row for row in rows}, err.decode()


def start(*words):
    return subprocess.Popen([PROGRAM, "diff", "--format=json", *map(str, words)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def diff(*words):
    return finished(start(*words))


def diff_at_once(*words):
    child = start(*words)
    try:
        child.wait(AT_ONCE)  # the reports are smaller than a pipe
    except subprocess.TimeoutExpired:
        child.kill()
        raise
    return finished(child)


def write_npy(path, descr, shape, n_bytes, fortran_order=False):
    """A header that says what it likes, and so many bytes."""
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": descr, "fortran_order": fortran_order, "shape": shape})
        file.write(bytes(n_bytes))
    return path


def until_read(child, n_bytes):
    """Waits until the program has read so much."""
    while child.poll() is None:
        said = pathlib.Path(f"/proc/{child.pid}/io").read_text()
        if int(said.split("rchar: ")[1].split()[0]) > n_bytes:
            return
        time.sleep(0.001)
    raise AssertionError("ended before it had read anything to speak of")


class Trouble(TestCase):
    def setUp(self):
        super().setUp()
        self.x = np.arange(30000, dtype="f4").reshape(100, 300)
        for side in "ab":
            (self.dir / side).mkdir()
            for name in "1ok", "2bad", "3ok":
                np.save(self.dir / side / f"{name}.npy", self.x)

    def check(self, reason, path=None, name="2bad.npy"):
        """B's file 2bad is trouble: alone, and among others."""
        path = path or self.dir / "b" / "2bad.npy"
        code, rows, err = diff(self.dir / "a" / "2bad.npy", path)
        told = err + "".join(str(row["detail"]) for row in rows.values())
        self.assertEqual(code, 2)
        self.assertIn(reason, told)
        code, rows, _ = diff(self.dir / "a", self.dir / "b")
        self.assertEqual(code, 2)
        self.assertEqual({k: row["status"] for k, row in rows.items()},
                         {"1ok.npy": "same", name: "error", "3ok.npy": "same"})
        self.assertIn(reason, rows[name]["detail"])
        self.assertIn("B (", rows[name]["detail"])

    def test_missing(self):
        code, rows, err = diff(self.dir / "a" / "1ok.npy", self.dir / "none.npy")
        self.assertEqual((code, rows), (2, {}))
        self.assertIn("none.npy", err)
        (self.dir / "b" / "2bad.npy").unlink()  # a name is missing: a difference
        code, rows, _ = diff(self.dir / "a", self.dir / "b")
        self.assertEqual((code, rows["2bad.npy"]["status"]), (1, "only_a"))

    def test_cut_short(self):
        path = self.dir / "b" / "2bad.npy"
        for n in 0, 5, 60, 128, 5000, path.stat().st_size - 1:
            path.write_bytes((self.dir / "a" / "2bad.npy").read_bytes()[:n])
            self.check("")

    def test_a_header_that_promises_more_than_any_file_holds(self):
        """All that is there is compared: so many whole values as 800 bytes are."""
        for descr, shape, fortran, n in (("|u1", (1 << 60,), False, 800),
                                         ("<f4", (1, 10**15), False, 200),
                                         ("<f4", (10**6, 10**9), False, 200),
                                         ("<f8", (10**9, 10**9), True, None),
                                         ("<f8", (10**9, 100), False, 100)):
            path = write_npy(self.dir / "x.npy", descr, shape, 800, fortran)
            for threads in 1, 2:
                code, rows, _ = diff_at_once(f"-j{threads}", path, path)
                row, = rows.values()
                self.assertEqual((code, row["status"], row["n"]), (2, "error", n))
                self.assertRegex(row["detail"], "are there|ends within")

    def test_values_of_no_bytes(self):
        for descr in "|S0", "<U0", "|V0":
            path = write_npy(self.dir / "x.npy", descr, (10**15,), 0)
            code, rows, _ = diff_at_once(path, path)
            row, = rows.values()
            self.assertEqual((code, row["status"], row["n"], row["n_diff"]),
                             (0, "same", 10**15, 0))

    def test_what_was_never_written(self):
        """8 TB of one value against as many of another."""
        n = 10**12
        for name, fill in ("a", 1), ("b", 3):
            with h5py.File(self.dir / f"{name}.h5", "w") as file:
                file.create_dataset("x", (n,), "f8", fillvalue=fill)
                file.create_dataset("y", (n // 1000, 1000), "f4", chunks=(10, 1000),
                                    fillvalue=fill)
        a, b = self.dir / "a.h5", self.dir / "b.h5"
        self.assertEqual(diff_at_once(a, a)[0], 0)
        code, rows, _ = diff_at_once("-v", "--metrics", a, b)
        for row in rows.values():
            self.assertEqual((code, row["n"], row["n_diff"], row["max_abs"]),
                             (1, n, n, 2))
            self.assertEqual((row["rmse"], row["abs_histogram"]), (2, f"1e0:{n}"))

    def test_damage_counts_alike_with_any_number_of_threads(self):
        with h5py.File(self.dir / "d.h5", "w") as file:
            x = np.arange(4 << 20, dtype="f4").reshape(64, -1)
            file.create_dataset("x", data=x, chunks=(1, x.shape[1]), fletcher32=True)
            at = file["x"].id.get_chunk_info(4).byte_offset
        path = self.dir / "d.h5"
        with open(path, "r+b") as file:
            file.seek(at + 100)
            file.write(b"damaged")
        runs = [diff(f"-j{threads}", path, path)[:2] for threads in (1, 2, 5)]
        self.assertEqual(runs[0][1]["/x"]["status"], "error")
        self.assertGreater(runs[0][1]["/x"]["n"], 50 * x.shape[1])
        self.assertEqual(runs[1:], runs[:1] * 2)

    def test_of_python_objects(self):
        np.save(self.dir / "b" / "2bad.npy", np.array([{}, 1], object),
                allow_pickle=True)
        self.check("object")

    def test_a_link_to_itself(self):
        path = self.dir / "b" / "2bad.npy"
        path.unlink()
        path.symlink_to(path)
        code, _, err = diff(self.dir / "a" / "2bad.npy", path)
        self.assertEqual(code, 2)
        self.assertIn("2bad.npy", err)

    def test_damaged_chunks(self):
        for name, how in ("a", {}), ("b", {"fletcher32": True}):
            with h5py.File(self.dir / f"{name}.h5", "w") as file:
                file.create_dataset("x", data=self.x, chunks=(10, 300), **how)
                file.create_dataset("y", data=self.x)
                at = file["x"].id.get_chunk_info(4).byte_offset
        self.assertEqual(diff(self.dir / "a.h5", self.dir / "b.h5")[0], 0)
        with open(self.dir / "b.h5", "r+b") as file:
            file.seek(at + 100)
            file.write(b"damaged")
        code, rows, _ = diff(self.dir / "a.h5", self.dir / "b.h5")
        self.assertEqual((code, rows["/x"]["status"], rows["/y"]["status"]),
                         (2, "error", "same"))
        self.assertIn("B (", rows["/x"]["detail"])

    def test_shrinks_while_it_is_read(self):
        """Sparse files that take a while; one of them loses its end after the first MB."""
        shape = (6 * GIB // 4000, 1000)
        for side in "AB":
            for name in "AB":
                with open(self.dir / f"{name}.npy", "wb") as file:
                    np.lib.format.write_array_header_1_0(
                        file, {"descr": "<f4", "fortran_order": False, "shape": shape})
                    file.truncate(file.tell() + 4000 * shape[0])
            child = start(self.dir / "A.npy", self.dir / "B.npy")
            until_read(child, 1 << 24)
            with open(self.dir / f"{side}.npy", "r+b") as file:
                file.truncate(1 << 20)
            code, rows, _ = finished(child)
            row, = rows.values()
            self.assertEqual((code, row["status"]), (2, "error"))
            self.assertTrue(row["detail"].startswith(f"{side} ("), row["detail"])
            self.assertLess(row["n"], shape[0] * shape[1])

    def test_an_hdf5_file_shrinks_while_it_is_read(self):
        n = GIB // 16
        paths = [self.dir / f"{name}.h5" for name in "AB"]
        for path in paths:
            with h5py.File(path, "w") as file:
                data = file.create_dataset("x", (n, 8), "f4")
                data[-1] = 1  # early allocation: what is contiguous is there as a whole
        child = start(*paths)
        until_read(child, 1 << 24)
        with open(paths[1], "r+b") as file:
            file.truncate(1 << 20)
        code, rows, _ = finished(child)
        row, = rows.values()
        self.assertEqual((code, row["status"]), (2, "error"))


if __name__ == "__main__":
    main()
