"""What dsinspect check looks at, and with which tools, where there is no configuration."""

import gzip
import json
import shutil
import struct

import numpy as np

from check_run import failed, picture, run
from oracle import TestCase, main

OF_LABELS = ["balance", "labels"]
OF_VALUES = ["missing", "outliers", "range", "dups"]


def write_idx(path, values):
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "wb") as file:
        file.write(head + values.astype("u1").tobytes())


class Defaults(TestCase):
    def tools(self, *inputs):
        done = run("check", "--dry-run", *inputs, cwd=self.dir)
        self.check(done.returncode == 0, done)
        line = done.stdout.decode().splitlines()[0]
        return line.split(": ")[1].split(" < ")[0].split(), line.split(" < ")[1].split()

    def reports(self, *words):
        done = run("check", "-q", "-fjson", *words, cwd=self.dir)
        return {part["report"]["schema"].split(".")[1].split("/")[0]: part["report"]
                for part in json.loads(done.stdout)["results"]}

    def test_a_manifest(self):
        """Its labels, and the pictures that it names."""
        for i in range(6):
            picture(self.dir / "p" / f"{i}.png", i)
        shutil.copy(self.dir / "p" / "0.png", self.dir / "p" / "1.png")
        rows = [f"p/{i}.png,{'cat dog'.split()[i % 2]}" for i in range(7)]
        (self.dir / "m.csv").write_text("\n".join(["file_name,Label", *rows, ""]))
        self.check(self.tools("m.csv") == (OF_LABELS, ["m.csv"]))
        reports = self.reports("m.csv")
        counts = {row["class"]: row["count"] for row in reports["balance"]["rows"]}
        self.check(counts == {"cat": 4, "dog": 3}, counts)
        self.check(reports["labels"]["summary"]["dup_conflict"] == 1 and
                   reports["labels"]["summary"]["orphan_label"] == 1)
        for tool in OF_LABELS:
            alone = json.loads(run(tool, "-q", "-fjson", "m.csv", cwd=self.dir).stdout)
            self.check(alone == reports[tool], tool)

    def test_tables_that_are_none(self):
        for name, text in (("a.csv", "x,y\n1,2\n3,4\n"), ("b.csv", "1,2\n3,4\n"),
                           ("c.csv", "path,size\np/0.png,3\n")):
            (self.dir / name).write_text(text)
            self.check(self.tools(name) == (OF_VALUES, [name]), name)
        (self.dir / "m.csv").write_text("path,label,size\np/0.png,a,3\n")
        self.check(self.tools("m.csv:size") == (OF_VALUES, ["m.csv:size"]))

    def test_idx(self):
        rng = np.random.default_rng(0)
        labels, images = np.arange(40) % 4, rng.integers(0, 256, (40, 5, 5))
        images[7] = images[4]  # one content, two labels
        for start, end in (("train", ".gz"), ("t10k", "")):
            write_idx(self.dir / f"{start}-images-idx3-ubyte{end}", images)
            write_idx(self.dir / f"{start}-labels-idx1-ubyte{end}", labels)
            x, y = f"{start}-images-idx3-ubyte{end}", f"{start}-labels-idx1-ubyte{end}"
            self.check(self.tools(y) == (OF_LABELS, [y]))
            for words in ([x], [x, y], [y, x]):
                self.check(self.tools(*words) == (OF_LABELS + OF_VALUES, [x]))
                reports = self.reports(*words)
                self.check({row["class"]: row["count"] for row in
                            reports["balance"]["rows"]} == dict.fromkeys("0123", 10))
                self.check(reports["labels"]["summary"]["dup_conflict"] == 1)
                self.check(reports["outliers"]["summary"]["values"] == 1000)
            done = run("check", x, cwd=self.dir)
            self.check(f"note: {x}: labels are read from {y}".encode() in done.stderr)
            done = run("check", "--init", x, cwd=self.dir)
            (self.dir / "c.yaml").write_bytes(done.stdout)
            again = self.reports("c.yaml")
            self.check(again == reports, "what is proposed looks at the same")
        (self.dir / "train-labels-idx1-ubyte.gz").rename(
            self.dir / "other-labels-idx1-ubyte.gz")
        self.check(self.tools("train-images-idx3-ubyte.gz")[0] == OF_VALUES)
        write_idx(self.dir / "train-labels-idx1-ubyte", labels)  # packed or not
        self.check(self.tools("train-images-idx3-ubyte.gz")[0] == OF_LABELS + OF_VALUES)

    def test_folders_called_so(self):
        """images beside labels: no IDX is there."""
        for i in range(4):
            picture(self.dir / "images" / "ab"[i % 2] / f"{i}.png", i)
        (self.dir / "labels").mkdir()
        self.check(self.tools("images")[0] == OF_LABELS + ["range", "dups", "images"])


class Proposals(TestCase):
    def test_a_proposal_lets_what_is_bad_fall(self):
        """Counts of what is bad: more of it fails, less of it does not."""
        tree = self.dir / "tree"
        for i in range(40):
            picture(tree / "ab"[i % 2] / f"{i:02}.png", i)
        for i in range(3):
            picture(tree / "a" / f"again{i}.png", 0)
            (tree / "a" / f"bad{i}.png").write_bytes(b"no picture")
        self.propose("tree", "dups.duplicates', max: 3}", "images.unreadable', max: 3}")
        (tree / "a" / "again0.png").unlink()
        (tree / "a" / "bad0.png").unlink()
        self.check(not failed(run("check", "c.yaml", cwd=self.dir)))
        for i in 1, 3:
            picture(tree / "b" / f"again{i}.png", i)
        lines = failed(run("check", "c.yaml", cwd=self.dir))
        self.check(len(lines) == 1 and "dups.duplicates max: 4 is above 3" in lines[0],
                   lines)

        values = np.arange(1000.0, 1100)
        for n_missing in 5, 4, 6:
            np.save(self.dir / "x.npy", np.where(np.arange(100) < n_missing, np.nan,
                                                 values))
            if n_missing == 5:
                self.propose("x.npy", "missing.missing', max: 5}")
            lines = failed(run("check", "c.yaml", cwd=self.dir))
            told = any("missing.missing max: 6 is above 5" in line for line in lines)
            self.check(told == (n_missing == 6) and (told or not lines), lines)

    def test_a_proposal_holds_tonight(self):
        """Texts have no mean; a mean near 0 moves by more than a share of itself."""
        rng = np.random.default_rng(0)
        (self.dir / "t.csv").write_text("city,x\nBonn,1.5\nKiel,2.5\nUlm,2.25\n")
        self.propose("t.csv", "range.rows[*].mean', max_change: 5%}")
        values = rng.standard_normal((2000, 4)) * (1, 2, 3, 4)
        np.save(self.dir / "x.npy", values)
        step = np.float32(f"{values.std(axis=0).min() / 10:.2g}")
        self.propose("x.npy", f"range.rows[*].mean', max_change: {step:.2g}}}")
        np.save(self.dir / "x.npy", np.concatenate([values, rng.standard_normal((20, 4))]))
        self.check(not failed(run("check", "c.yaml", cwd=self.dir)))
        values[:, 2] += 1
        np.save(self.dir / "x.npy", values)
        (line,) = failed(run("check", "c.yaml", cwd=self.dir))
        self.check("channel=2].mean max_change" in line, line)

    def test_what_cannot_be_meant(self):
        for words in (["--init", "--dry-run"], ["--init", "--new-only"], ["--cache="]):
            done = run("check", *words, "x.npy", cwd=self.dir)
            self.check(done.returncode == 2 and words[-1].rstrip("=").encode() in
                       done.stderr and not done.stdout, done)

    def propose(self, name, *words):
        done = run("check", "--init", name, cwd=self.dir)
        text = done.stdout.decode()
        self.check(all(word in text for word in words), text)
        (self.dir / "c.yaml").write_text(text.replace("on: error", "on: off"))
        run("check", "--update-baseline", "c.yaml", cwd=self.dir)
        self.check(not failed(run("check", "c.yaml", cwd=self.dir)))


main()
