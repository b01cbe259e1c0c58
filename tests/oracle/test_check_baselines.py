"""dsinspect check: what a baseline holds, and what is new beside it."""

import json

import numpy as np

from check_run import failed, picture, run, write_config
from oracle import TestCase, main


class Baselines(TestCase):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "tree"
        for i in range(8):
            picture(self.root / "ab"[i % 2] / f"{i}.png", i)
        (self.root / "a" / "bad.png").write_bytes(b"no picture")
        write_config(self.dir / "c.yaml", {
            "datasets": {"t": {"input": "tree", "tools": ["balance", "images"],
                               "warn_on": "off"}},
            "baseline": "base.json",
            "checks": [{"metric": "balance.rows[*].count", "max_change": "10%"}]})
        self.base = self.dir / "base.json"

    def night(self, *words):
        return run("check", "-q", "-f", "json", "c.yaml", *words, cwd=self.dir)

    def test_only_when_asked(self):
        done = self.night()
        self.check(done.returncode == 1 and not self.base.exists(), "of itself")
        rows = json.loads(done.stdout)["rows"]
        self.check([r["status"] for r in rows] == ["skipped", "skipped", "failed"], rows)
        self.check(self.night("--new-only").returncode == 2, "nothing is known yet")
        done = self.night("--update-baseline")
        self.check(done.returncode == 1 and self.base.exists())
        before = self.base.read_bytes()
        stamp = self.base.stat().st_mtime_ns
        for words in (), ("--new-only",), ("--dry-run",), ("-o", "x.json"):
            self.night(*words)
            self.check(self.base.read_bytes() == before)
            self.check(self.base.stat().st_mtime_ns == stamp)
        values = json.loads(before)["values"]
        self.check(values["t: balance.rows[class=a].count"] == 5, values)
        self.check(values["t: findings.error"] == 1, values)
        self.night("--update-baseline")
        self.check(self.base.read_bytes() == before, "the same night, the same bytes")

    def test_what_is_known_is_not_counted(self):
        self.night("--update-baseline")
        done = self.night("--new-only")
        self.check(done.returncode == 0 and not done.stderr, done)
        report = json.loads(done.stdout)
        self.check(report["summary"]["new_findings"] == 0)
        self.check(report["findings"] == [], "what is known is not told again")
        self.check(self.night().returncode == 1, "without it, everything counts")
        picture(self.root / "a" / "0000.png", 99)  # which moves every index
        done = self.night("--new-only")
        self.check(not any("findings" in line for line in failed(done)), done)
        (self.root / "b" / "worse.png").write_bytes(b"none either")
        done = self.night("--new-only")
        lines = [line for line in failed(done) if "findings.error" in line]
        self.check(done.returncode == 1 and len(lines) == 1 and
                   "1 is above 0" in lines[0] and "worse.png" in lines[0], done)
        self.check(json.loads(done.stdout)["summary"]["new_findings"] == 1)

    def test_datasets_are_told_apart(self):
        """What is known of one is new in another, though it is called the same there."""
        def save(name, test):
            np.savez(self.dir / name, x_train=np.random.default_rng(0).random((40, 3)),
                     y_train=train, x_test=np.random.default_rng(1).random((40, 3)),
                     y_test=test)
        train = np.arange(40) % 4
        lacks = np.where(train == 3, 0, train)
        save("a.npz", lacks)
        save("b.npz", train)
        write_config(self.dir / "c.yaml", {
            "datasets": {name: {"input": f"{name}.npz", "tools": ["labels"]}
                         for name in "ab"}, "baseline": "base.json"})
        self.night("--update-baseline")
        self.check(self.night("--new-only").returncode == 0)
        save("b.npz", lacks)
        done = self.night("--new-only")
        self.check(done.returncode == 1 and [line.split(":")[0] for line in failed(done)]
                   == ["b"], done)
        done = self.night()
        found = [(f["dataset"], f["rule"]) for f in json.loads(done.stdout)["findings"]]
        self.check(found == [("a", "class_set_mismatch"), ("b", "class_set_mismatch")])
        done = run("check", "c.yaml", "-o", "out.txt", cwd=self.dir)
        for name in "ab":
            self.check(f"dsinspect check: error: {name}: test: ".encode() in done.stderr,
                       done)

    def test_no_baseline_of_a_night_that_did_not_see(self):
        self.night("--update-baseline")
        before = self.base.read_bytes()
        self.root.rename(self.dir / "gone")
        done = self.night("--update-baseline")
        self.check(done.returncode == 2 and self.base.read_bytes() == before, done)
        self.check(b"base.json" in done.stderr, "that it is left as it was is said")

    def test_what_is_no_baseline(self):
        self.base.write_text("{}")
        done = self.night()
        self.check(done.returncode == 2 and not done.stdout and
                   b"dsinspect check: base.json: 1:1: is no baseline" in done.stderr, done)
        done = self.night("--update-baseline")
        self.check(done.returncode == 1 and json.loads(self.base.read_bytes())["values"])


main()
