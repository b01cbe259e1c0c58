"""dsinspect check reads every file of its data once, whatever looks at it.

What is read comes from strace."""

import os
import re
import subprocess
import unittest

import numpy as np

from check_run import PROGRAM, SCANNERS, picture, write_config
from oracle import TestCase, main, sanitized


def is_there(program):
    return subprocess.run(["which", program], stdout=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(is_there("strace"), "strace is missing")
@unittest.skipIf(sanitized(), "sanitizers open what they like")
class Reads(TestCase):
    """Every file of the data is opened once, and read once."""

    def traced(self, config):
        log = self.dir / "strace"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", log, "-e",
             "trace=openat,open,read,pread64,readv,preadv,mmap,close,dup,dup2,dup3",
             PROGRAM, "check", "-q", "-j2", config], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)
        self.check(done.returncode in (0, 1), done)
        return log.read_text(errors="surrogateescape")

    def look(self, log, root):
        """{path: [how often opened, bytes read]} below root."""
        seen, files, pending = {}, {}, {}
        for line in log.splitlines():
            thread, call = line.split(None, 1)
            if call.endswith("<unfinished ...>"):
                pending[thread] = call[:-len("<unfinished ...>")].rstrip()
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", call)
            if resumed:
                call = pending.pop(thread) + resumed[1]
            result = re.search(r"= (-?\d+)[^=]*$", call)
            if not result or int(result[1]) < 0:
                continue
            result = int(result[1])
            opened = re.match(r'open(?:at)?\(.*?"(.*?)"', call)
            if opened:
                files[result] = opened[1]
                if opened[1].startswith(root) and "O_DIRECTORY" not in call:
                    seen.setdefault(opened[1], [0, 0])[0] += 1
                continue
            fd = re.match(r"(\w+)\((\d+)", call)
            if fd and files.get(int(fd[2]), "").startswith(root):
                if fd[1] in ("read", "pread64", "readv", "preadv"):
                    if files[int(fd[2])] in seen:
                        seen[files[int(fd[2])]][1] += result
                elif fd[1] == "close":
                    del files[int(fd[2])]
            elif fd and fd[1] == "mmap":
                mapped = re.match(r"mmap\(\w+, (\d+), \w+, \w+, (\d+),", call)
                if mapped and files.get(int(mapped[2]), "").startswith(root):
                    seen[files[int(mapped[2])]][1] += int(mapped[1])
        return seen

    def test_a_tree(self):
        root = self.dir / "tree"
        for i in range(40):
            picture(root / "ab"[i % 2] / f"{i}.{'png jpg'.split()[i % 3 == 0]}", i,
                    (300, 400, 3))
        config = write_config(self.dir / "c.yaml", {
            "datasets": {"t": {"input": str(root), "tools": SCANNERS}},
            "checks": [{"metric": metric, "min": 0} for metric in (
                "info.bytes", "balance.samples", "missing.values", "range.channels",
                "outliers.share", "labels.split_leak", "dups.groups",
                "images.unreadable", "range.rows[*].mean", "images.findings.dark")]})
        seen = self.look(self.traced(config), str(root))
        self.check(len(seen) == 40, sorted(seen))
        for path, (opened, n_bytes) in seen.items():
            size = os.path.getsize(path)
            self.check(size <= n_bytes <= size + 4096, f"{n_bytes} of {size} of {path}")
        # Each of the two workers has a look whether files are at hand, and closes it.
        again = [path for path, (opened, _) in seen.items() if opened > 1]
        self.check(len(again) <= 4 and max(n for n, _ in seen.values()) <= 2, again)

    def test_an_array(self):
        rng = np.random.default_rng(0)
        np.save(self.dir / "x.npy", rng.integers(0, 256, (3000, 28, 28), np.uint8))
        config = write_config(self.dir / "c.yaml", {
            "datasets": {"x": {"input": str(self.dir / "x.npy")}},
            "checks": [{"metric": metric, "min": 0} for metric in (
                "missing.values", "missing.missing", "missing.rows_affected",
                "missing.findings.missing", "range.channels", "range.scale_spread",
                "range.rows[*].mean", "range.rows[*].p99", "outliers.outliers",
                "outliers.share")]})
        seen = self.look(self.traced(config), str(self.dir))
        opened, n_bytes = seen[str(self.dir / "x.npy")]
        size = os.path.getsize(self.dir / "x.npy")
        self.check(opened == 1 and size <= n_bytes <= size + 4096,
                   f"{n_bytes} of {size}, opened {opened} times")

    def test_an_array_with_labels(self):
        """Who looks for something else opens it once more, for its header."""
        rng = np.random.default_rng(0)
        np.save(self.dir / "x.npy", rng.integers(0, 256, (3000, 28, 28), np.uint8))
        np.save(self.dir / "y.npy", rng.integers(0, 10, 3000))
        for labels in ({}, {"labels": str(self.dir / "y.npy")}):
            tools = [tool for tool in SCANNERS
                     if labels or tool not in ("balance", "labels")]
            config = write_config(self.dir / "c.yaml", {
                "datasets": {"x": {"input": str(self.dir / "x.npy"), "tools": tools, **labels}},
                "checks": [{"metric": metric, "min": 0} for metric in (
                    "info.bytes", "missing.values", "range.channels",
                    "range.rows[*].p99", "outliers.share", "dups.groups",
                    "images.unreadable", "images.findings.dark",
                    "missing.rows_affected", "dups.duplicates")]})
            seen = self.look(self.traced(config), str(self.dir))
            for name in ["x.npy", "y.npy"][:1 + len(labels)]:
                opened, n_bytes = seen[str(self.dir / name)]
                size = os.path.getsize(self.dir / name)
                self.check(opened <= len(SCANNERS) and
                           size <= n_bytes <= size + 1024 * opened,
                           f"{n_bytes} of {size} of {name}, opened {opened} times")


main()
