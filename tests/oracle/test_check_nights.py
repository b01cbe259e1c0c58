"""Nights of dsinspect check over real data: Fashion-MNIST, icons of a Debian package, an
HDF5 file and a golden batch. The first night passes; then each fault, on a fresh copy,
must be told in one line that names the place. The faults are planted with NumPy, h5py
and Pillow, and what they change was worked out by hand."""

import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import zlib

import h5py
import numpy as np
from lxml import etree
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from check_run import FASHION, ICONS, PROGRAM, SOURCE, failed, picture, run, write_config
from oracle import TestCase, main, sanitized

CLASSES = ("actions", "apps", "mimetypes")
PER_CLASS = {"train": 20, "val": 12}


def icon_tree(root):
    """Icons that all differ, on white; every fourth a JPEG."""
    seen = set()
    for name in CLASSES:
        files = iter(sorted((ICONS / "48x48" / name).glob("*.png")))
        for split, n in PER_CLASS.items():
            (root / split / name).mkdir(parents=True)
            while n:
                icon = Image.open(next(files)).convert("RGBA")
                flat = Image.new("RGBA", icon.size, "white")
                flat.alpha_composite(icon)
                content = zlib.crc32(flat.tobytes())
                if content in seen:
                    continue
                seen.add(content)
                suffix = "png" if n % 4 else "jpg"
                flat.convert("RGB").save(root / split / name / f"{n:02}.{suffix}")
                n -= 1


def table(path, x, y):
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=x, chunks=(64, 4), compression="gzip")
        f["y"] = y


def batch():
    rng = np.random.default_rng(5)
    return {"input": rng.random((4, 3, 8, 8), "f4"),
            "logits": rng.normal(size=(4, 10)).astype("f4")}


CONFIG = {
    "datasets": {
        "fashion": {"input": "t10k-images-idx3-ubyte.gz", "warn_on": "off"},
        "targets": {"input": "t10k-labels-idx1-ubyte.gz", "tools": ["balance"],
                    "warn_on": "off"},
        "icons": {"input": "icons", "tools": ["balance", "labels", "images"],
                  "warn_on": "off"},
        "table": {"input": "table.h5:/x", "max_share": 0, "warn_on": "off"},
        "labels": {"input": "table.h5:/y", "tools": ["balance"], "warn_on": "off"},
        "golden": {"diff": ["batch.npz", "golden.npz"]}},
    "baseline": "baseline.json",
    "checks": [
        {"dataset": "fashion", "metric": "range.verdict", "equals": "raw_0_255"},
        {"dataset": "fashion", "metric": "range.rows[*].mean", "max_change": "1%"},
        {"dataset": "targets", "metric": "balance.imbalance_ratio", "equals": 1},
        {"dataset": "targets", "metric": "balance.rows[*].count", "equals": 1000},
        {"dataset": "icons", "metric": "balance.classes", "equals": 3},
        {"dataset": "icons", "metric": "balance.rows[*].count", "max_change": "10%"},
        {"dataset": "table", "metric": "missing.missing", "max": 0},
        {"dataset": "table", "metric": "range.rows[*].mean", "max_change": "5%"},
        {"dataset": "table", "metric": "info.rows[*].dtype", "equals": "float32"},
        {"name": "rows of the table", "dataset": "table",
         "metric": "info.rows[name=/x].shape", "equals": "400x4"}]}


@unittest.skipUnless(FASHION.exists() and ICONS.exists(), "the packages are missing")
class Nights(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory(prefix="dsinspect-nights-")
        cls.addClassCleanup(cls.holder.cleanup)
        cls.home = home = pathlib.Path(cls.holder.name) / "home"
        home.mkdir()
        for name in "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz":
            shutil.copy(FASHION / name, home)
        icon_tree(home / "icons")
        rng = np.random.default_rng(3)
        cls.x = rng.normal((5, 10, 15, 20), 1, (400, 4)).astype("f4")
        cls.y = (np.arange(400) % 4).astype("f8")
        table(home / "table.h5", cls.x, cls.y)
        for name in "batch", "golden":
            np.savez(home / f"{name}.npz", **batch())
        write_config(home / "dsinspect.yaml", CONFIG)
        first = run("check", "-q", "--update-baseline", cwd=home)
        assert first.returncode == 0, first.stderr

    def setUp(self):
        super().setUp()
        self.home = self.dir / "home"
        shutil.copytree(type(self).home, self.home)

    def night(self, *words):
        return run("check", "-q", *words, cwd=self.home)

    def must_tell(self, code, *words):
        """One line, which has all these words."""
        done = self.night()
        lines = failed(done)
        self.check(done.returncode == code, done)
        self.check(len(lines) == 1, lines)
        self.check(all(word in lines[0] for word in words), lines[0])
        report = json.loads(self.night("-fjson").stdout)
        rows = [row for row in report["rows"] if row["status"] == "failed"]
        self.check(len(rows) == 1 and lines[0].startswith(rows[0]["check"] + ": "))
        self.check(report["summary"]["verdict"] == "failed" and
                   report["summary"]["failed"] == 1, report["summary"])

    def test_a_sound_night(self):
        done = self.night("-fjson")
        self.check(done.returncode == 0 and done.stderr == b"", done)
        report = json.loads(done.stdout)
        self.check(all(row["status"] == "passed" for row in report["rows"]))
        values = {(row["dataset"], row["metric"]): row["value"] for row in report["rows"]}
        with gzip.open(FASHION / "t10k-images-idx3-ubyte.gz") as file:
            pixels = np.frombuffer(file.read(), np.uint8, offset=16)
        mean, = (v for (d, m), v in values.items() if d == "fashion" and ".mean" in m)
        self.check(abs(mean - pixels.mean()) < 1e-9)
        for split, n in PER_CLASS.items():
            for name in CLASSES:
                row = "icons", f"balance.rows[class={name},split={split}].count"
                self.check(values[row] == n, values)
        counts = [v for (d, m), v in values.items() if d == "targets" and ".count" in m]
        self.check(counts == [1000] * 10)

    def test_a_class_loses_a_third(self):
        for path in sorted((self.home / "icons/train/apps").iterdir())[:6]:
            path.unlink()
        self.must_tell(1, "icons: balance.rows[class=apps,split=train].count max_change: ",
                       "was 20, is 14: a change of -30%")

    def test_a_nan_in_a_column(self):
        x = self.x.copy()
        x[123, 2] = np.nan
        table(self.home / "table.h5", x, self.y)
        self.must_tell(1, "table: missing.missing max: 1 is above 0; first: ",
                       "table.h5:/x", "channel '2': 1 of 400", "[missing]")

    def test_a_picture_is_cut(self):
        path = self.home / "icons/val/apps/08.jpg"
        path.write_bytes(path.read_bytes()[:-200])
        self.must_tell(1, "icons: findings.error max: 1 is above 0; first: "
                          "icons/val/apps/08.jpg: ", "[truncated]")

    def test_a_leak(self):
        shutil.copy(self.home / "icons/train/apps/07.png",
                    self.home / "icons/val/apps/extra.png")
        self.must_tell(1, "icons: findings.error max: 1 is above 0; first: "
                          "icons/val/apps/extra.png: ", "train/apps/07.png", "[split_leak]")

    def test_a_mean_is_shifted(self):
        x = self.x.copy()
        x[:, 1] += 1
        table(self.home / "table.h5", x, self.y)
        self.must_tell(1, "table: range.rows[", "channel=1].mean max_change: ",
                       f"was {self.x[:, 1].mean(dtype='f8'):.6g}")

    def test_a_class_is_renamed(self):
        (self.home / "icons/val/apps").rename(self.home / "icons/val/bapps")
        (self.home / "icons/train/apps").rename(self.home / "icons/train/bapps")
        done = self.night()  # nothing is wrong with the tree; the baseline has another
        gone = [f"icons: balance.rows[class=apps,split={split}].count max_change: was {n}, "
                "and is gone" for split, n in (("train", 20), ("val", 12))]
        self.check(done.returncode == 1 and failed(done) == gone, done.stderr)
        (self.home / "icons/val/bapps").rename(self.home / "icons/val/apps")
        done = self.night()
        self.check(done.returncode == 1 and failed(done) == [
            "icons: balance.classes equals: is 4, not 3", gone[0],
            "icons: findings.error max: 2 is above 0; first: train: 1 of the classes of "
            "val has no sample here: apps [class_set_mismatch]"], done.stderr)

    def test_a_renamed_class_that_a_check_names(self):
        config = json.loads(json.dumps(CONFIG))
        config["checks"].append({"dataset": "icons", "min": 12,
                                 "metric": "balance.rows[class=apps].count"})
        write_config(self.home / "dsinspect.yaml", config)
        self.check(self.night().returncode == 0)
        for split in "val", "train":
            (self.home / "icons" / split / "apps").rename(
                self.home / "icons" / split / "bapps")
        done = self.night()
        self.check(done.returncode == 1 and failed(done)[-1] ==
                   "icons: balance.rows[class=apps].count min: no row is like that: "
                   "renamed, or gone?", done.stderr)

    def test_a_type_changes(self):
        arrays = batch()
        arrays["logits"] = arrays["logits"].astype("f8")
        np.savez(self.home / "batch.npz", **arrays)
        self.must_tell(1, "golden: diff.not_comparable max: 1 is above 0; first: logits: ",
                       "dtype", "float64")

    def test_a_type_changes_in_a_table(self):
        table(self.home / "table.h5", self.x.astype("f8"), self.y)
        self.must_tell(1, "table: info.rows[", "].dtype equals: "
                          "is 'float64', not 'float32'")

    def test_the_first_that_cannot_be_compared(self):
        """Not the first that differs, which comes before it."""
        for side, more in ("a", 0), ("b", 1):
            (self.dir / side).mkdir()
            np.save(self.dir / side / "one.npy", np.arange(3.) + more)
            np.save(self.dir / side / "two.npy", np.zeros(3 + more))
        config = write_config(self.dir / "c.yaml", {
            "datasets": {"a": {"diff": [self.dir / "a", self.dir / "b"]}}})
        lines = failed(run("check", config))
        self.check(len(lines) == 2 and "first: one.npy: differs" in lines[0]
                   and "first: two.npy: shape" in lines[1], lines)

    def test_a_value_changes(self):
        arrays = batch()
        arrays["input"][2, 1, 0, 3] += 1
        np.savez(self.home / "batch.npz", **arrays)
        self.must_tell(1, "golden: diff.differ max: 1 is above 0; first: input: differs")

    def test_a_label_is_none(self):
        y = self.y.copy()
        y[17] = np.nan
        table(self.home / "table.h5", self.x, y)
        self.must_tell(1, "labels: findings.error max: 1 is above 0; first: ",
                       "table.h5:/y", "[nan_label]")

    def test_a_file_is_gone(self):
        (self.home / "golden.npz").unlink()
        done = self.night()
        self.check(done.returncode == 2 and failed(done) == [
            "golden: diff.error max: golden.npz: No such file or directory"], done)

    def test_a_tree_is_gone(self):
        shutil.rmtree(self.home / "icons")
        done = self.night()
        lines = failed(done)
        self.check(done.returncode == 2 and len(lines) == 1 and
                   "icons: findings.error" in lines[0] and
                   "icons: No such file or directory" in lines[0], done)

    def test_a_full_disk(self):
        """On a disk of 64 KB where root may mount one; nothing but the line is new."""
        disk = self.home / "disk"
        disk.mkdir()
        mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk],
            stderr=subprocess.DEVNULL).returncode == 0
        if not mounted:
            done = self.night("-o", "json:/dev/full")
            self.check(done.returncode == 2 and b"No space left" in done.stderr, done)
            return
        try:
            (disk / "report.json").write_text("old\n")
            done = self.night("-o", "json:disk/report.json")
            lines = done.stderr.decode().splitlines()
            self.check(done.returncode == 2, done)
            self.check(lines == ["dsinspect check: disk/report.json: "
                                 "No space left on device"], lines)
            self.check(os.listdir(disk) == ["report.json"], os.listdir(disk))
            self.check((disk / "report.json").read_text() == "old\n")
        finally:
            subprocess.run(["umount", disk])

    def test_outputs_fail_one_by_one(self):
        """A report that cannot be written keeps none of the others back."""
        done = self.night("-o", "json:/dev/full", "-o", "junit:whole.xml", "-o",
                          "whole.prom")
        self.check(done.returncode == 2 and b"/dev/full" in done.stderr, done)
        etree.parse(str(self.home / "whole.xml"))
        self.check(list(text_string_to_metric_families(
            (self.home / "whole.prom").read_text())))


class Killed(TestCase):
    """At any moment of a night each file is the old one or the new one."""

    N = 60 if sanitized() else 200

    def test_any_moment(self):
        rng = random.Random(11)
        for i in range(10):
            picture(self.dir / "tree" / "ab"[i % 2] / f"{i}.png", i)
        write_config(self.dir / "c.yaml", {
            "datasets": {"t": {"input": "tree", "tools": ["balance", "range"]}},
            "baseline": "base.json",
            "checks": [{"metric": "range.rows[*].mean", "max_change": "5%"}]})
        outputs = ["out.json", "out.xml", "out.prom", "out.md"]
        words = [PROGRAM, "check", "-q", "-j1", "c.yaml", "--update-baseline"]
        words += [f"-o{name}" for name in outputs]
        names = [*outputs, "base.json"]

        def whole_run():
            done = subprocess.run(words, cwd=self.dir, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=60)
            self.check(done.returncode == 0)
            return {name: (self.dir / name).read_bytes() for name in names}

        old = whole_run()
        picture(self.dir / "tree" / "a" / "another.png", 99)
        started = time.monotonic()
        new = whole_run()
        length = time.monotonic() - started
        self.check(all(old[name] != new[name] for name in names))
        before = set(os.listdir(self.dir))
        mixed = stayed = 0
        for i in range(self.N):
            for name in names:
                (self.dir / name).write_bytes(old[name])
            # Half of them in the last third, when files are written.
            at = rng.uniform(0, 1) if i % 2 else rng.uniform(0.6, 1.1)
            process = subprocess.Popen(words, cwd=self.dir, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(at * length)
            process.send_signal(signal.SIGKILL)
            process.wait()
            kinds = set()
            for name in names:
                path = self.dir / name
                is_there = path.exists()
                content = path.read_bytes() if is_there else b""
                self.check(not is_there or content in (old[name], new[name]),
                           f"{name} is neither: {content[:200]}")
                kinds.add(content == new[name])
            mixed += len(kinds) == 2
            left = set(os.listdir(self.dir)) - before
            stayed += len(left) > 0
            if i % 20 == 0 or left:
                self.check(whole_run() == new, f"{left} stands in the way")
                self.check(all(name not in names for name in left))
                for name in left & set(os.listdir(self.dir)):
                    (self.dir / name).unlink()
        self.parse()
        if not sanitized():
            self.check(mixed > 0, "not once while files were written")

    def parse(self):
        json.loads((self.dir / "out.json").read_bytes())
        json.loads((self.dir / "base.json").read_bytes())
        etree.parse(str(self.dir / "out.xml"))
        self.check(list(text_string_to_metric_families(
            (self.dir / "out.prom").read_text())))


HOSTILE = ["<script>alert(1)<", "\"q\"", "it's", "a,b", "a]b", "a\\b", "\\\"",
           "%41", "{{x}}", "$(x)", "`x`|", "\u202eabc", "\u2028", "\x1b[31mred", "a\nb",
           "a\rb", "\x85", "名前", "\U0001f600", "\uffff", " ", "#x", "x: y", "*", "-",
           "null", "a" * 250]
BYTES = [b"\xff", b"caf\xe9", b"\xed\xa0\x80"]


class Hostile(TestCase):
    """Class names as nobody should give them, through selectors, baseline and outputs."""

    def setUp(self):
        super().setUp()
        self.names = [os.fsencode(name) for name in HOSTILE] + BYTES
        for i, name in enumerate(self.names):
            for j in range(1 + i % 2):
                folder = os.fsdecode(os.fsencode(self.dir / "tree") + b"/" + name)
                picture(pathlib.Path(folder) / f"{j}.png", 2 * i + j, (6, 8, 3))

    def config(self, checks, **more):
        text = json.dumps({"datasets": {"t": {
            "input": "tree", "tools": ["balance"], "warn_on": "off"}},
            "baseline": "base.json", "checks": checks, **more}, ensure_ascii=False)
        # YAML takes no such characters as they are, and no pairs of surrogates escaped.
        for code in "\u2028\x85\uffff":
            text = text.replace(code, f"\\u{ord(code):04x}")
        (self.dir / "c.yaml").write_text(text)

    def quoted(self, name):
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def test_selectors(self):
        self.config([{"metric": f"balance.rows[class={self.quoted(name)}].count",
                      "equals": 1 + i % 2} for i, name in enumerate(HOSTILE)])
        done = run("check", "-q", "-fjson", "c.yaml", cwd=self.dir)
        self.check(done.returncode == 0, done)
        rows = json.loads(done.stdout)["rows"][:len(HOSTILE)]
        self.check([row["value"] for row in rows] ==
                   [1 + i % 2 for i in range(len(HOSTILE))])

    def test_baseline_and_outputs(self):
        self.config([{"metric": "balance.rows[*].count", "max_change": 0}])
        done = run("check", "-q", "--update-baseline", "c.yaml", cwd=self.dir)
        self.check(done.returncode == 0, done)
        self.check(len(json.loads((self.dir / "base.json").read_bytes())["values"]) >=
                   len(self.names))
        done = run("check", "-q", "-fjson", "c.yaml", cwd=self.dir)
        rows = json.loads(done.stdout)["rows"]
        self.check([row["status"] for row in rows] == ["passed"] * len(rows), rows)
        for name in self.names:  # one more each: every check fails, and is told of
            folder = os.fsdecode(os.fsencode(self.dir / "tree") + b"/" + name)
            picture(pathlib.Path(folder) / "more.png", name[0], (6, 8, 3))
        words = [f"-oout.{s}" for s in ("json", "xml", "prom", "md", "tsv", "csv")]
        done = run("check", "-fgithub", *words, "c.yaml", cwd=self.dir)
        self.check(done.returncode == 1 and len(failed(done)) == len(self.names), done)
        for where, text in [("stderr", done.stderr), ("github", done.stdout)] + [
                (s, (self.dir / f"out.{s}").read_bytes())
                for s in ("json", "xml", "prom", "md", "tsv")]:
            text = text.decode("utf-8")  # or it is not, which fails
            for raw in "\x1b\r\u202e\u2028\x85":
                self.check(raw not in text, f"{raw!r} is in {where}")
        self.check_files()

    def check_files(self):
        with open(SOURCE / "docs" / "schema" / "junit.xsd", "rb") as file:
            schema = etree.XMLSchema(etree.parse(file))
        tree = etree.parse(str(self.dir / "out.xml"))
        schema.assertValid(tree)
        self.check(len(tree.findall(".//failure")) == len(self.names))
        self.check(not tree.findall(".//script"))
        families = {f.name: f.samples for f in text_string_to_metric_families(
            (self.dir / "out.prom").read_text())}
        values = families["dsinspect_check_value"]
        self.check(len({s.labels["check"] for s in values}) == len(values))
        self.check(sum(".count" in s.labels["metric"] for s in values) == len(self.names))
        lines = (self.dir / "out.tsv").read_text().split("\n")[:-1]
        rows = json.loads((self.dir / "out.json").read_bytes())["rows"]
        self.check(len(lines) == len(rows) + 1)
        self.check({line.count("\t") for line in lines} == {9})
        self.check("<script>" not in (self.dir / "out.md").read_text().replace(
            "`", "") or "`t: balance.rows[class=<script>" in
            (self.dir / "out.md").read_text())


main()
