"""Checks that look more than once, cut into shards: round after round, with any number of
shards in each, they print what one run prints, the same bytes on standard output and
standard error. What is expected is the single run of the same program, which other tests
hold against NumPy. What cannot be looked at twice has null for what another look would
tell, and nothing else is different."""

import gzip
import json
import random
import shutil
import struct
import subprocess
import unittest

import numpy as np

from oracle import BUILD, SOURCE, TestCase, main

try:
    import h5py
except ImportError:  # pragma: no cover
    h5py = None

PROGRAM = str(BUILD / "dsinspect")
PERCENTILES = ("p01", "p25", "p50", "p75", "p99")


def call(*words, cwd=None, stdin=b""):
    done = subprocess.run([PROGRAM, *map(str, words)], cwd=cwd, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return done.returncode, done.stdout, done.stderr


def without_percentiles(report, *rules):
    """The report as if percentiles were not known, and findings of these rules not made."""
    rows = [{name: None if name in PERCENTILES else value for name, value in row.items()}
            for row in report["rows"]]
    findings = [f for f in report["findings"] if f["rule"] not in rules]
    return {**report, "rows": rows, "findings": findings}


class Rounds(TestCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(5)
        rng = np.random.default_rng(11)
        table = rng.normal(size=(200_000, 3))
        table[:, 1] = np.exp(3 * table[:, 1])
        table[:, 2] += 1e6
        table[7, 0] = np.nan
        np.save(self.dir / "table.npy", table)
        np.save(self.dir / "few.npy", rng.integers(0, 4, (100_000, 2)).astype(np.float32))
        np.save(self.dir / "bytes.npy", rng.integers(0, 256, (3000, 8, 8)).astype(np.uint8))
        idx = struct.pack(">BBBBII", 0, 0, 13, 2, 50_000, 2) + table[:50_000, :2].astype(
            ">f4").tobytes()
        (self.dir / "table-idx2-float.gz").write_bytes(gzip.compress(idx, 1, mtime=0))
        shutil.copytree(SOURCE / "samples" / "data" / "flowers", self.dir / "tree")

    def run_round(self, n, *words, begun_with=None, merge=("-fjson", "--next=next")):
        """Merges n shards in any order. Returns what merge returned."""
        files = []
        for i in range(1, n + 1):
            files.append(f"part.{i}")
            own = (f"--pass={begun_with}",) if begun_with else ()
            got = call("range", f"--shard={i}/{n}", f"--partial=part.{i}", *own,
                       f"-j{self.random.choice((1, 2, 3))}", *words, cwd=self.dir)
            self.assertEqual(got[:2], (0, b""), (words, got))
        self.random.shuffle(files)
        got = call("merge", *merge, *files, cwd=self.dir)
        for file in files:
            (self.dir / file).unlink()
        return got

    def is_one(self, *words, counts, rounds=2):
        alone = call("range", "-fjson", *words, cwd=self.dir)
        self.assertEqual(alone[0], 0, alone)
        for of_first, of_later in counts:
            begun_with, n, made = None, of_first, 0
            while True:
                got = self.run_round(n, *words, begun_with=begun_with)
                made += 1
                if not (self.dir / "next").exists():
                    break
                self.assertEqual(got[:2], (0, b""), got)
                self.check(f"round {made + 1} is needed" in got[2].decode(), got)
                (self.dir / "next").rename(self.dir / "pass")
                begun_with, n = "pass", of_later
            self.assertEqual(got, alone, (words, of_first, of_later))
            self.assertEqual(made, rounds, words)

    def test_tables(self):
        self.is_one("table.npy", counts=((1, 1), (2, 3), (7, 1)))
        self.is_one("few.npy", counts=((3, 2),))
        self.is_one("table.npy", "few.npy", counts=((4, 2),))

    def test_streams(self):
        self.is_one("table-idx2-float.gz", counts=((3, 4),))

    def test_one_round_is_enough(self):
        self.is_one("bytes.npy", counts=((2, 9),), rounds=1)
        self.is_one("tree", counts=((5, 9),), rounds=1)
        self.is_one("--no-percentiles", "table.npy", counts=((2, 9),), rounds=1)

    @unittest.skipIf(h5py is None, "no h5py")
    def test_hdf5(self):
        with h5py.File(self.dir / "a.h5", "w") as file:
            file.create_dataset("x", data=np.load(self.dir / "table.npy"),
                                chunks=(1000, 3), compression="gzip")
        self.is_one("a.h5:/x", counts=((2, 3),))

    def test_number_of_shards_leaves_no_trace(self):
        passes = []
        for n in (1, 5):
            self.run_round(n, "table.npy")
            passes.append((self.dir / "next").read_bytes())
        self.assertEqual(passes[0], passes[1])

    def test_merge_without_next(self):
        """The percentiles are null, and one note says why: nothing else differs."""
        alone = json.loads(call("range", "-fjson", "table.npy", cwd=self.dir)[1])
        code, out, _ = self.run_round(3, "table.npy", merge=("-fjson",))
        merged = json.loads(out)
        self.assertEqual(code, 0)
        self.assertEqual([f["severity"] for f in merged["findings"]
                          if f["rule"] == "another_round"], ["note"])
        self.assertEqual(without_percentiles(merged, "another_round"),
                         without_percentiles(alone))
        for row in merged["rows"]:
            self.assertEqual({row[name] for name in PERCENTILES}, {None})

    def test_pipe(self):
        """What comes through a pipe is read once; small types need no second look."""
        for name, is_known in (("table.npy", False), ("few.npy", False),
                               ("bytes.npy", True)):
            alone = call("range", "-fjson", name, cwd=self.dir)[1]
            code, out, _ = call("range", "-fjson", "-", cwd=self.dir,
                                stdin=(self.dir / name).read_bytes())
            self.assertEqual(code, 0)
            alone = json.loads(alone.replace(name.encode(), b"-"))
            piped = json.loads(out)
            notes = [f for f in piped["findings"] if f["rule"] == "one_look"]
            self.assertEqual(len(notes), 0 if is_known else 1, name)
            if is_known:
                self.assertEqual(piped, alone)
                continue
            self.assertEqual(notes[0]["severity"], "note")
            self.assertEqual(without_percentiles(piped, "one_look"),
                             without_percentiles(alone))

    def test_gate_that_is_not_judged(self):
        """What --fail-on names might come to light in the look that cannot be had: the
        gate must not pass."""
        calm = np.linspace(0, 1, 100_000)[:, None]
        wild = calm.copy()
        wild[:5000] *= 1e3  # 4.9 % beyond the fences, by NumPy (below)
        q1, q3 = np.percentile(wild, [25, 75])
        self.assertGreater((wild > q3 + 1.5 * (q3 - q1)).mean(), 0.01)
        for name, values, judged in ("calm.npy", calm, 0), ("wild.npy", wild, 1):
            np.save(self.dir / name, values)
            for tool in "outliers", "range":
                gate = ("-q", "--fail-on=outliers" if tool == "outliers" else
                        "--fail-on=infinite")
                judgement = judged if tool == "outliers" else 0
                self.assertEqual(call(tool, *gate, name, cwd=self.dir)[0], judgement)
                code, out, err = call(tool, *gate, "-", cwd=self.dir,
                                      stdin=(self.dir / name).read_bytes())
                self.assertEqual(code, 2)
                self.check(out and b"is not judged: standard input" in err, err)
                self.assertEqual(call(tool, "-q", "-", cwd=self.dir,
                                      stdin=(self.dir / name).read_bytes())[0], 0)
                self.assertEqual(call(tool, name, "--shard=1/1", "--partial=part",
                                      cwd=self.dir)[0], 0)
                code, out, err = call("merge", *gate, "part", cwd=self.dir)
                self.assertEqual(code, 2)
                self.check(out and b"is not judged: it takes another round" in err, err)
                for word in "note", "another_round":
                    self.assertEqual(call("merge", "-q", f"--fail-on={word}", "part",
                                          cwd=self.dir)[0], 1)
        self.assertEqual(call("range", "-q", "--no-percentiles", "--fail-on=infinite", "-",
                              cwd=self.dir, stdin=(self.dir / name).read_bytes())[0], 0)

    # --- what does not go together

    def refuses(self, words, *said):
        code, out, err = call(*words, cwd=self.dir)
        self.assertEqual((code, out), (2, b""), err)
        for text in said:
            self.check(text in err.decode(), f"wanted {text!r} in {err.decode()}")
        self.check(not (self.dir / "out").exists(), f"{words} wrote a file")

    def test_foreign_passes(self):
        self.run_round(2, "table.npy")
        begin = ("--shard=1/1", "--partial=out", "--pass=next")
        self.refuses(("range", *begin, "few.npy"), "--pass=next: of other inputs")
        self.refuses(("range", *begin, "--sentinel=3", "table.npy"),
                     "--pass=next: of other options: without --sentinel=3")
        self.refuses(("info", *begin, "table.npy"), "--pass=next: of another tool: range")
        self.refuses(("merge", "next"), "next: no shard, but what those of round 2 begin")
        call("range", "--shard=1/1", "--partial=part", "table.npy", cwd=self.dir)
        self.refuses(("range", "--shard=1/1", "--partial=out", "--pass=part", "table.npy"),
                     "--pass=part: the file of a shard")
        self.refuses(("range", "--pass=next", "table.npy"), "--pass needs --shard")

    def test_rounds_do_not_mix(self):
        self.run_round(2, "table.npy")
        (self.dir / "next").rename(self.dir / "pass")
        for name, own in (("p", ()), ("q", ("--pass=pass",))):
            i = "1/2" if own else "2/2"
            call("range", f"--shard={i}", f"--partial={name}", *own, "table.npy",
                 cwd=self.dir)
        self.refuses(("merge", "p", "q"), "q: does not go with the first file: of round 2")

    def test_damage(self):
        self.run_round(2, "table.npy")
        whole = (self.dir / "next").read_bytes()
        begin = ("range", "--shard=1/1", "--partial=out", "--pass=cut", "table.npy")
        for text, said in ((b"", "not a partial file"), (whole[:9], "cut short"),
                           (whole[:-1], "cut short"), (whole + b"\n", "damaged"),
                           (whole[:99] + bytes([whole[99] ^ 1]) + whole[100:], "damaged")):
            (self.dir / "cut").write_bytes(text)
            self.refuses(begin, "--pass=cut: ", said)

    def test_changed_data(self):
        """Same shape and size, other values: refused when the round is merged, if not
        before."""
        self.run_round(2, "table.npy")
        (self.dir / "next").rename(self.dir / "pass")
        table = np.load(self.dir / "table.npy")
        np.save(self.dir / "table.npy", table[:, ::-1])
        outcomes = []
        for i in (1, 2):
            outcomes.append(call("range", f"--shard={i}/2", f"--partial=part.{i}",
                                 "--pass=pass", "table.npy", cwd=self.dir))
        if all(code == 0 for code, _, _ in outcomes):
            outcomes = [call("merge", "-fjson", "part.1", "part.2", cwd=self.dir)]
        code, out, err = max(outcomes)
        self.assertEqual((code, out), (2, b""))
        self.check(b"the data changed while it was read" in err, err)


if __name__ == "__main__":
    main()
