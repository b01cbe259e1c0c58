"""diff with --map, --rules, --max-share and -v. Expected values are NumPy's, or follow
from how the files were made."""

import json
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM = os.path.join(os.environ["DSI_BUILD"], "dsinspect")


def diff(*args):
    done = subprocess.run([PROGRAM, "diff", "--format=json", *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    report = json.loads(done.stdout) if done.stdout else None
    return done.returncode, report, done.stderr.decode()


def statuses(*args):
    code, report, err = diff(*args)
    assert report, err
    return code, {row["name"]: row["status"] for row in report["rows"]}


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.chdir(self.folder.name)
        self.rng = np.random.default_rng(7)
        self.x = self.rng.normal(size=(20, 5))
        self.y = self.x + 1

    def write(self, text, name="file"):
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
        return name

    def refused(self, option, text, *reasons):
        self.write(text)
        np.savez("a.npz", x=self.x)
        code, _, err = diff(f"--{option}=file", "a.npz", "a.npz")
        self.assertEqual(code, 2)
        for reason in reasons:
            self.assertIn(reason, err)


class Map(Base):
    def test_names_that_differ(self):
        np.savez("a.npz", x=self.x, y=self.y)
        np.savez("b.npz", u=self.x, v=self.y)
        self.write("# from, to\n\nx\tu\r\ny\tv")
        code, found = statuses("--map=file", "a.npz", "b.npz")
        self.assertEqual((code, found), (0, {"x": "same", "y": "same"}))

    def test_names_that_changed_places(self):
        np.savez("a.npz", x=self.x, y=self.y)
        np.savez("b.npz", x=self.y, y=self.x)
        self.assertEqual(statuses("a.npz", "b.npz")[0], 1)
        self.write("x\ty\ny\tx\n")
        self.assertEqual(statuses("--map=file", "a.npz", "b.npz")[0], 0)

    def test_a_mapped_name_is_looked_for_nowhere_else(self):
        np.savez("a.npz", x=self.x, y=self.y)
        np.savez("b.npz", x=self.x, y=self.y)
        self.write("x\ty\n")
        code, report, _ = diff("--map=file", "a.npz", "b.npz")
        self.assertEqual(sorted((row["name"], row["status"]) for row in report["rows"]),
                         [("x", "differs"), ("x", "only_b"), ("y", "only_a")])
        self.write("x\tgone\n")
        code, report, _ = diff("--map=file", "a.npz", "b.npz")
        self.assertEqual(sorted((row["name"], row["status"]) for row in report["rows"]),
                         [("x", "only_a"), ("x", "only_b"), ("y", "same")])
        self.assertEqual([(f["rule"], f["where"]) for f in report["findings"]],
                         [("unused_map", "file:1")])

    def test_keys_serve_across_containers(self):
        os.makedirs("A/enc")
        np.save("A/enc/w.npy", self.x)
        np.save("A/v.npy", self.y)
        with h5py.File("b.h5", "w") as file:
            file["net/w"] = self.x
            file["net/v"] = self.y
        for text in ("enc/w\tnet/w\nv\tnet/v\n", "enc/w.npy\tnet/w\nv.npy\tnet/v\n"):
            self.write(text)
            code, report, _ = diff("--map=file", "A", "b.h5")
            self.assertEqual((code, report["summary"]["same"]), (0, 2))
            self.assertEqual(report["findings"], [])

    def test_both_names_of_one_array(self):
        """By its name and by its key: the first line has it."""
        os.makedirs("A")
        np.save("A/w.npy", self.x)
        np.savez("b.npz", u=self.x, v=self.x)
        self.write("w.npy\tu\nw\tv\n")
        code, report, _ = diff("--map=file", "A", "b.npz")
        self.assertEqual([(row["name"], row["status"]) for row in report["rows"]],
                         [("v", "only_b"), ("w.npy", "same")])

    def test_lines_that_are_wrong(self):
        self.refused("map", "# x\nx y\n", "file:2:", "tab")
        self.refused("map", "x\ty\tz\n", "file:1:", "more than two")
        self.refused("map", "\ty\n", "file:1:", "A is missing")
        self.refused("map", "x\t\n", "file:1:", "B is missing")
        self.refused("map", "x\ty\n\nx\tz\n", "file:3:", "'x' of A", "line 1")
        self.refused("map", "x\tz\ny\tz\n", "file:2:", "'z' of B", "line 1")
        self.refused("map", "x\t\0z\n", "NUL")
        self.assertEqual(diff("--map=nope", "a.npz", "a.npz")[0], 2)


class Rules(Base):
    def setUp(self):
        super().setUp()
        self.off = self.x + 0.01
        np.savez("a.npz", **{"w": self.x, "head.w": self.x, "head.b": self.x})
        np.savez("b.npz", **{"w": self.x, "head.w": self.off, "head.b": self.off})

    def by(self, text, *args):
        self.write(text)
        return statuses("--rules=file", *args, "a.npz", "b.npz")

    def test_a_list_may_come_from_a_pipe(self):
        many = "".join(f"none{i} ignore\n" for i in range(30000))
        self.write(many + "head.* atol=0.1\n")
        self.write("w\tw\n", "map")
        for rules, names, code in (("<(cat file)", "/dev/null", 0),
                                   ("<(cat file)", "<(cat map)", 0),
                                   ("/dev/null", "/dev/null", 1)):
            done = subprocess.run(["bash", "-c", f"{PROGRAM} diff -q --rules={rules} "
                                                 f"--map={names} a.npz b.npz"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (code, b""))

    def test_the_option_is_named_whose_file_is_not_there(self):
        for option in "--rules=none", "--map=none":
            done = subprocess.run([PROGRAM, "diff", option, "a.npz", "b.npz"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{option}: No such file", done.stderr.decode())

    def test_the_last_line_that_matches_holds(self):
        same, differs = "same", "differs"
        for text, b, w in (("head.b atol=0.1\n", same, differs),
                           ("head.* atol=0.1", same, same),
                           ("* atol=0.1 # all\n  # none\nhead.b atol=0\n", differs, same),
                           ("head.b atol=0\n* atol=0.1\n", same, same),
                           # rtol alone: atol is as for all again
                           ("* atol=0.1\nhead.b rtol=1e-5\n", differs, same)):
            code, found = self.by(text)
            self.assertEqual(found, {"w": same, "head.b": b, "head.w": w}, text)
            self.assertEqual(code, int(differs in (b, w)))

    def test_what_is_ignored(self):
        code, found = self.by("head.b ignore\n")
        self.assertEqual((code, sorted(found)), (1, ["head.w", "w"]))
        code, report, _ = diff("--rules=file", "a.npz", "b.npz")
        self.assertEqual(report["summary"]["ignored"], 1)
        code, found = self.by("head.* ignore=yes\nhead.w ignore=no\n")
        self.assertEqual((code, found), (1, {"w": "same", "head.w": "differs"}))
        np.savez("b.npz", w=self.x)
        self.assertEqual(self.by("head.* ignore\n"), (0, {"w": "same"}))

    def test_ulps_in_place_of_tolerances_and_the_other_way(self):
        near = np.nextafter(self.x, np.inf)
        np.savez("b.npz", **{"w": near, "head.w": near, "head.b": self.off})
        code, found = self.by("w max-ulp=0\nhead.w max-ulp=1\nhead.b rtol=0 atol=.011\n",
                              "--max-ulp=0")
        self.assertEqual(found, {"w": "differs", "head.w": "same", "head.b": "same"})

    def test_nan(self):
        holed = self.x.copy()
        holed[3, 3] = np.nan
        np.savez("a.npz", u=holed, v=holed)
        np.savez("b.npz", u=holed, v=holed)
        self.assertEqual(self.by("u equal-nan\n"), (1, {"u": "same", "v": "differs"}))
        self.assertEqual(self.by("u equal-nan=no\n", "--equal-nan"),
                         (1, {"u": "differs", "v": "same"}))

    def test_a_share_may_differ(self):
        some = self.x.copy()
        some[:2] += 1
        np.savez("a.npz", u=self.x)
        np.savez("b.npz", u=some)
        np.testing.assert_equal(np.mean(~np.isclose(self.x, some)), 0.1)
        for share, status in ("0.1", "same"), ("0.0999", "differs"), ("0", "differs"):
            code, report, _ = diff(f"--max-share={share}", "a.npz", "b.npz")
            row = report["rows"][0]
            self.assertEqual((code, row["status"]), (int(status == "differs"), status))
            self.assertEqual((row["n_diff"], row["share"]), (10, 0.1))
            self.assertEqual("within max-share 0.1" == row["detail"], status == "same")
            self.assertEqual(self.by(f"u max-share={share}\n"), (code, {"u": status}))
        self.assertEqual(self.by("u max-share=0\n", "--max-share=1")[0], 1)
        for wrong in "-0.1", "1.1", "x":
            self.assertEqual(diff(f"--max-share={wrong}", "a.npz", "b.npz")[0], 2)

    def test_the_tolerances_needed_are_beside_those_of_the_rule(self):
        self.write("head.w atol=0.005\n")
        _, report, _ = diff("--rules=file", "--tolerance-needed", "a.npz", "b.npz")
        needed = {row["name"]: row["rtol_needed"] for row in report["rows"]}
        for name, atol in ("head.w", 0.005), ("head.b", 1e-8):
            passes = [np.allclose(self.x, self.off, rtol=rtol, atol=atol)
                      for rtol in (needed[name], np.nextafter(needed[name], 0))]
            self.assertEqual(passes, [True, False])

    def test_rules_name_arrays_whatever_holds_them(self):
        os.makedirs("A/enc")
        np.save("A/enc/w.npy", self.x)
        with h5py.File("b.h5", "w") as file:
            file["enc/w"] = self.off
        for glob in "enc/w", "enc/*", "enc/w.npy", "*w", "enc/?":
            self.write(f"{glob} atol=0.1\n")
            code, report, _ = diff("--rules=file", "A", "b.h5")
            self.assertEqual((code, report["findings"]), (0, []), glob)

    def test_a_rule_that_nothing_matches(self):
        self.write("w rtol=1\n# none\nheads.* rtol=1\n")
        _, report, _ = diff("--rules=file", "a.npz", "b.npz")
        self.assertEqual([(f["rule"], f["severity"], f["where"])
                          for f in report["findings"]],
                         [("unused_rule", "warning", "file:3")])

    def test_lines_that_are_wrong(self):
        for line, *reasons in (("x rtl=1", "did you mean rtol?"),
                               ("x what=1", "unknown key 'what'", "max-share"),
                               ("x", "nothing is said of 'x'"),
                               ("x rtol", "rtol=NUMBER"),
                               ("x rtol=", "not a number"),
                               ("x atol=-1", "0 or more"),
                               ("x atol=nan", "not a number"),
                               ("x max-ulp=1.5", "max-ulp"),
                               ("x max-share=2", "within 0 to 1"),
                               ("x ignore=perhaps", "neither yes nor no"),
                               ("x rtol=1 max-ulp=2", "in place of")):
            self.refused("rules", f"# rules\n{line}\n", "file:2:", *reasons)
        self.assertEqual(diff("--rules=nope", "a.npz", "a.npz")[0], 2)


class Worst(Base):
    def listed(self, *args):
        _, report, err = diff("-v", *args)
        self.assertTrue(report, err)
        return [(f["where"], f["index"], f["detail"]) for f in report["findings"]
                if f["rule"] == "differs"]

    def expected(self, a, b, name, **how):
        """The ten farthest apart by NumPy, of equal ones the first."""
        places = np.argwhere(~np.isclose(a, b, **how))
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b) if a.dtype.kind == "f" else np.abs(
                a.astype(np.float64) - b.astype(np.float64))
        rank = [(-np.inf if np.isnan(apart[tuple(p)]) else -apart[tuple(p)], *p)
                for p in places]
        order = sorted(range(len(rank)), key=lambda i: rank[i])[:10]
        return [(f"{name}[{','.join(map(str, places[i]))}]", places[i][0])
                for i in order]

    def test_the_farthest_apart_come_first(self):
        for dtype in np.float32, np.float64, np.uint8, np.int16:
            a = (100 + 20 * self.rng.normal(size=(300, 7))).astype(dtype)
            b = (100 + 20 * self.rng.normal(size=(300, 7))).astype(dtype)
            np.save("a.npy", a)
            np.save("b.npy", b)
            found = self.listed("a.npy", "b.npy")
            self.assertEqual([f[:2] for f in found], self.expected(a, b, "a.npy"))
            at = found[0][1], int(found[0][0][:-1].split(",")[1])
            apart = abs(float(a[at]) - float(b[at]))
            words = found[0][2].split()
            self.assertEqual((float(words[0]), float(words[2].rstrip(","))),
                             (float(a[at]), float(b[at])))
            self.assertLess(abs(float(words[3]) - apart), 1e-3)

    def test_of_large_pairs_in_any_container_and_any_threads(self):
        a = self.rng.normal(size=(200_000, 6)).astype(np.float32)
        b = a + (self.rng.random(a.shape) < 1e-4) * self.rng.normal(size=a.shape)
        b = b.astype(np.float32)
        np.save("a.npy", a)
        np.save("b.npy", b)
        np.savez_compressed("b.npz", b=b)
        with h5py.File("b.h5", "w") as file:
            file.create_dataset("b", data=b, chunks=(999, 4), compression="gzip")
        expected = self.expected(a, b, "a.npy")
        whole = self.listed("-j1", "a.npy", "b.npy")
        self.assertEqual([f[:2] for f in whole], expected)
        for other in "b.npy", "b.npz:b", "b.h5:/b":
            self.assertEqual(self.listed("-j3", "a.npy", other), whole)

    def test_nan_is_worse_than_any_distance(self):
        a = np.array([1, np.nan, 3, np.inf, 5, np.nan, 0])
        b = np.array([1, np.nan, np.nan, 4, 5.5, 6, 0])
        np.save("a.npy", a)
        np.save("b.npy", b)
        self.assertEqual(self.listed("--equal-nan", "a.npy", "b.npy"), [
            ("a.npy[2]", 2, "3 against nan"), ("a.npy[5]", 5, "nan against 6"),
            ("a.npy[3]", 3, "inf against 4, inf apart"),
            ("a.npy[4]", 4, "5 against 5.5, 0.5 apart")])
        self.assertEqual(self.listed("a.npy", "b.npy")[0],
                         ("a.npy[1]", 1, "nan against nan"))

    def test_one_value_against_many_and_no_dimensions(self):
        np.save("a.npy", np.arange(4).reshape(2, 2))
        np.save("b.npy", np.int64(1))
        self.assertEqual(self.listed("a.npy", "b.npy"), [
            ("a.npy[1,1]", 1, "3 against 1, 2 apart"),
            ("a.npy[0,0]", 0, "0 against 1, 1 apart"),
            ("a.npy[1,0]", 1, "2 against 1, 1 apart")])
        np.save("a.npy", np.int64(3))
        self.assertEqual(self.listed("a.npy", "b.npy"),
                         [("a.npy", None, "3 against 1, 2 apart")])

    def test_complex_numbers_and_texts(self):
        np.save("a.npy", np.array([1 + 2j, 3]))
        np.save("b.npy", np.array([1 - 2j, 3]))
        self.assertEqual(self.listed("a.npy", "b.npy"),
                         [("a.npy[0]", 0, "1+2j against 1-2j, 4 apart")])
        for kind in "S", "U":
            np.save("a.npy", np.array(["one", "two", "x" * 50] + 20 * ["a"], kind))
            np.save("b.npy", np.array(["one", "six", "y" * 50] + 20 * ["b"], kind))
            found = self.listed("a.npy", "b.npy")
            self.assertEqual(found[0], ("a.npy[1]", 1, "'two' against 'six'"))
            self.assertEqual(found[1][2], f"'{'x' * 40}...' against '{'y' * 40}...'")
            self.assertEqual([f[1] for f in found], list(range(1, 11)))

    def test_the_exit_code_is_the_same_and_others_list_nothing(self):
        np.save("a.npy", self.x)
        np.save("b.npy", self.y)
        for args in ("a.npy", "a.npy"), ("a.npy", "b.npy"):
            code, report, _ = diff(*args)
            self.assertEqual(report["findings"], [])
            self.assertEqual(diff("-v", *args)[0], code)
        self.assertEqual(self.listed("a.npy", "a.npy"), [])


if __name__ == "__main__":
    unittest.main()
