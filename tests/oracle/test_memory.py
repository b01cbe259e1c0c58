"""Memory does not grow with the data: peak resident sizes of the program, as the kernel
counts them, against what a few blocks a worker may take."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np

from oracle import BUILD, sanitized

PROGRAM = str(BUILD / "dsinspect")
HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20


def peak(*words):
    """(exit code, peak resident bytes) of a run. At least what this Python takes, whose
    child it starts as."""
    child = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss * 1024


def children(pid):
    """Of any thread of it: who starts a process is its parent, whichever thread did."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            stat = pathlib.Path("/proc", entry, "stat").read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if entry.isdigit() and int(stat.rpartition(")")[2].split()[1]) == pid:
            found.append(entry)
    return found


def peak_of_all(*words):
    """(exit code, stdout, peak resident bytes of the program and of the helpers it has
    at a time), looked at every few milliseconds."""
    child = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    most, done = {}, threading.Event()

    def watch():
        while not done.wait(0.003):
            for pid in [str(child.pid)] + children(child.pid):
                try:
                    status = pathlib.Path("/proc", pid, "status").read_text()
                except OSError:
                    continue
                if "VmHWM" in status:
                    most[pid] = int(status.split("VmHWM:")[1].split()[0]) << 10

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = child.communicate()
    done.set()
    watcher.join()
    return child.returncode, out, sum(most.values())


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

    def giant(self, kind, *numbers):
        """Made by another process: ours is where the program starts, as large as it."""
        path = self.dir / "giant.h5"
        subprocess.run([sys.executable, "-B", HERE / "hdf5_giants.py", kind, path,
                        *map(str, numbers)], check=True)
        return path

    def test_an_hdf5_file_of_gigabytes(self):
        """At most 64 MB and four chunks a worker."""
        for chunk, n in (1 << 20, 1 << 29), (16 << 20, 1 << 29), (64 << 20, 1 << 29):
            path = self.giant("same_chunks", n, chunk)
            for workers in 1, 2:
                code, out, size = peak_of_all("balance", f"-j{workers}", "-fjson", path)
                self.assertEqual(code, 0)
                counts = [row["count"] for row in json.loads(out)["rows"]]
                self.assertEqual(counts, [n // 8 - n // 8 // 4096, n // 8 // 4096])
                self.assertLess(size, 64 * MIB + 4 * chunk * workers)

    def test_an_hdf5_file_with_holes(self):
        path = self.giant("sparse_chunks", 1 << 30, 1 << 20)
        code, _, size = peak_of_all("balance", path)
        self.assertEqual(code, 0)
        self.assertLess(size, 64 * MIB)

    def test_terabytes_of_nothing(self):
        """8 TB of labels in a file of kilobytes: none was written, which is an exact
        answer at once; a few chunks were, and that is said at once."""
        n = 10**12
        for chunk in 1, 65536, 1 << 20:
            began = time.monotonic()
            path = self.giant("unwritten", n, chunk)
            self.assertLess(path.stat().st_size, 4096)
            code, out, size = peak_of_all("balance", "-fjson", path)
            row, = json.loads(out)["rows"]
            self.assertEqual((code, row["class"], row["count"]), (0, "3", n))
            for written in 1, 5:
                path = self.giant("unwritten", n, chunk, written)
                code, out, size = peak_of_all("balance", "-fjson", path)
                self.assertEqual(code, 2)
                self.assertLess(size, 64 * MIB)
                code, out, _ = peak_of_all("info", "-fjson", path)
                self.assertIn("limit", [f["rule"] for f in json.loads(out)["findings"]])
            self.assertLess(time.monotonic() - began, 20)


if __name__ == "__main__":
    unittest.main()
