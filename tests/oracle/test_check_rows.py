"""Checks of single rows: that many of many rows are found quickly, and that what has gone
is told by the checks that asked for it, and by no other."""

import json

import numpy as np

from check_run import failed, run, write_config
from oracle import TestCase, main


class Many(TestCase):
    """20,000 checks of 100,000 rows: a look at every row for each is 2e9 of them, which
    took more than the two minutes that run() waits."""

    def night(self, op, *words):
        write_config(self.dir / "c.yaml", {
            "datasets": {"l": {"input": "l.npy", "tools": ["balance"], "fail_on": "off",
                               "warn_on": "off"}},
            "baseline": "base.json",
            "checks": [{"metric": f"balance.rows[class={5 * i}].count", **op}
                       for i in range(20000)]})
        done = run("check", "-q", "-fjson", "c.yaml", *words, cwd=self.dir)
        self.check(done.returncode in (0, 1), done.stderr[:500])
        return json.loads(done.stdout)["rows"]

    def test_each_finds_its_row(self):
        counts = 1 + np.arange(100000) % 7
        labels = np.repeat(np.arange(100000), counts)
        np.save(self.dir / "l.npy", labels)
        rows = self.night({"min": 4})
        self.check([row["value"] for row in rows] == counts[::5].tolist())
        rows = self.night({"max_change": 0}, "--update-baseline")
        self.check({row["status"] for row in rows} == {"passed"})
        np.save(self.dir / "l.npy", labels[labels < 50000])
        rows = self.night({"max_change": 0})
        self.check([row["status"] for row in rows] == ["passed"] * 10000 +
                   ["failed"] * 10000)


class Gone(TestCase):
    """A class that one of two inputs no longer has."""

    def test_each_is_told_by_its_own_check(self):
        names = ["5", "50", "15", "5%", "a\\b", "c]d", "e,class=5", "plain"]
        for part in "a", "b":
            np.save(self.dir / f"{part}.npy", np.array(names))
        write_config(self.dir / "c.yaml", {
            "datasets": {"l": {"input": ["a.npy", "b.npy"], "tools": ["balance"],
                               "fail_on": "off", "warn_on": "off"}},
            "baseline": "base.json",
            "checks": [{"metric": f"balance.rows[class={json.dumps(name)}].count",
                        "max_change": 0} for name in names]})
        self.check(run("check", "--update-baseline", "c.yaml", cwd=self.dir).returncode
                   == 0)
        for name in names[1:]:
            np.save(self.dir / "b.npy", np.array([n for n in names if n != name]))
            lines = failed(run("check", "-q", "c.yaml", cwd=self.dir))
            # The row of a class that is nowhere in an input may be there, with 0 samples.
            self.check(len(lines) == 1, f"{name}: {lines}")
            self.check("was 1, and is gone" in lines[0] or "was 1, is 0" in lines[0],
                       lines)


main()
