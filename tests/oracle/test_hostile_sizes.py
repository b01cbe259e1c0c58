"""Files that claim more than they hold, and machines that grant less than is asked for:
`dsinspect balance` answers at once, says what is missing once, and counts what is there.
What is expected is the arithmetic of each header, done by hand."""

import gzip
import json
import os
import resource
import struct
import subprocess
import zlib

import numpy as np

from oracle import BUILD, TestCase, main, sanitized


def npy(descr, shape, data=b""):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + data


def flat_png(width, height):
    """A grey picture, all of it 0."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data +
                struct.pack(">I", zlib.crc32(name + data)))
    row, pack = bytes(1 + width), zlib.compressobj(1)
    data = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def limited(what, n):
    return lambda: resource.setrlimit(what, (n, n))


class Hostile(TestCase):
    def balance(self, *args, **how):
        return self.call("balance", *args, **how)

    def call(self, *args, code=0, **how):
        done = subprocess.run([BUILD / "dsinspect", *map(str, args)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60, **how)
        self.check(done.returncode == code,
                   f"{args}: exit {done.returncode}: {done.stderr.decode()[-999:]}")
        return done

    def report(self, *args, **how):
        return json.loads(self.balance("--format=json", *args, **how).stdout)

    def write(self, name, data):
        (self.dir / name).write_bytes(data)
        return self.dir / name

    def lost(self, report, words):
        found = [f for f in report["findings"] if f["rule"] == "truncated"]
        self.check(len(found) == 1 and words in found[0]["detail"],
                   f"one finding with {words!r}: {found}")

    def counts(self, report):
        return [row["count"] for row in report["rows"]]

    def test_more_rows_claimed_than_there(self):
        n, values = 1 << 59, np.arange(6, dtype="<i8").tobytes()
        big = self.write("big.npy", npy("<i8", f"({n},)", values))
        idx = b"\0\0\x0e\x01" + b"\xff" * 4 + bytes(8 * 300000)
        plain = self.write("a-idx1-ubyte", idx)
        packed = self.write("a-idx1-ubyte.gz", gzip.compress(idx, 1))
        left = (1 << 32) - 1 - 300000
        for threads in "-j1", "-j7":
            report = self.report(threads, big)
            self.lost(report, f"{n - 6} of {n} rows are missing")
            self.check(self.counts(report) == [1] * 6)
            with big.open("rb") as file:
                cat = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
                report = self.report(threads, "-", stdin=cat.stdout)
                cat.wait()
                cat.stdout.close()
            self.lost(report, f"{n - 6} samples are lost")
            self.check(self.counts(report) == [1] * 6)
            report = self.report(threads, plain)
            self.lost(report, f"{left} of {(1 << 32) - 1} rows are missing")
            self.check(self.counts(report) == [300000])
            report = self.report(threads, packed)
            self.lost(report, f"{left} samples are lost")
            self.check(self.counts(report) == [300000])

    def test_labels_beside_fewer_values(self):
        """4 rows of values are there of 10, for 10 labels: no lengths differ."""
        x = self.write("x.npy", npy("|u1", "(10, 2)", bytes(8)))
        y = self.write("y.npy", npy("|u1", "(10,)", bytes(10)))
        report = self.report(f"--labels={y}", "--pixels", x)
        self.check("length_mismatch" not in
                   [f["rule"] for f in report["findings"]], report["findings"])
        self.lost(report, "6 of 10 rows are missing")

    def test_rows_of_nothing(self):
        for descr in "|S0", "<U0":
            path = self.write("y.npy", npy(descr, f"({1 << 40},)"))
            self.check(b"hold nothing" in self.balance(path, code=2).stderr)
        path = self.write("m.npy", npy("|u1", f"({10**12}, 0)"))
        report = self.report("--pixels", path)
        self.check(report["summary"]["samples"] == 10**12, report["summary"])

    def test_values_of_nothing(self):
        for descr in "|S0", "<U0", "|V0", [("a", "<f4", (0,))]:
            for shape in f"({1 << 50},)", f"(3, {1 << 50})", "(3, 0)":
                path = self.write("x.npy", npy(descr, shape))
                for tool in "range", "outliers", "missing":
                    report = json.loads(self.call(tool, "-fjson", path).stdout)
                    self.check(report["summary"]["values"] == 0, report["summary"])

    def test_rows_beyond_the_limit(self):
        """2^20 rows of 2^40 bytes, none of which is there."""
        path = self.write("w.npy", npy("|u1", f"({1 << 20}, {1 << 40})"))
        report = self.report("--pixels", path)
        self.lost(report, f"{1 << 20} of {1 << 20} rows are missing")
        with path.open("wb") as file:  # and all of them there, as a hole
            file.write(npy("|u1", f"(1000, {1 << 32})"))
            file.truncate(file.tell() + (1000 << 32))
        found = self.report("--pixels", path)["findings"]
        limits = [f for f in found if f["rule"] == "limit"]
        self.check(len(limits) == 1 and "1000 samples" in limits[0]["detail"], found)

    def test_threads_that_cannot_be_had(self):
        path = self.write("y.npy", npy("<i8", "(1000000,)", bytes(8000000)))
        env = dict(os.environ, OMP_STACKSIZE="100G", OMP_THREAD_LIMIT="1")
        self.balance("-j16", path, env=env)
        if sanitized():
            return
        done = self.balance("-j64", path,
                            preexec_fn=limited(resource.RLIMIT_AS, 60 << 20))
        self.check(b"1000000" in done.stdout)

    def test_more_inputs_than_descriptors(self):
        """1,100 arrays where 1,024 files may be open, unless more is asked for."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY and hard < 2000:
            self.skipTest(f"at most {hard} files may be open here")
        data = npy("<i8", "(1,)", bytes(8))
        paths = [self.write(f"{i}.npy", data) for i in range(1100)]
        report = self.report(*paths, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (1024, hard)))
        self.check(report["summary"]["samples"] == 1100, report["summary"])

    def test_many_large_pictures(self):
        """Each of 100 million pixels, below the limit: two at once of two workers, and of
        sixteen as many as 32 MiB a worker have room for, five."""
        data = flat_png(10000, 10000)
        paths = [self.write(f"{i}.png", data) for i in range(4)] * 4
        if sanitized():
            return
        for jobs, n_at_once in (2, 2), (16, 5):
            done = self.report("--pixels", f"-j{jobs}", *paths)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            most = n_at_once * 10**8 // 1024 + (90 << 10)
            self.check(peak < most, f"{peak} KiB of {most}")
            self.check(self.counts(done) == [16 * 10**8], done["rows"])


main()
