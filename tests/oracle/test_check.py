"""dsinspect check: what rides together reports what each tool reports alone, and
everything that is wrong with a configuration is told.

What is expected comes from the tools by themselves, and by hand."""

import gzip
import json
import re

import h5py
import numpy as np

from check_run import (FASHION, SAMPLES, SCANNERS, exact, failed, picture, run,
                       write_config)
from oracle import TestCase, main


def without_histograms(report):
    """The report of range alone has one where somebody sees it; no gate does."""
    return [(key, [[pair for pair in row if pair[0] != "histogram"] for row in value]
             if key == "rows" else value) for key, value in report]


class Parts(TestCase):
    """Every part of a check is what the tool prints alone."""

    def alone(self, tool, inputs, options):
        known = run(tool, "--help").stdout.decode()
        words = [f"--{key}={value}" for key, value in options.items() if f"--{key}=" in known]
        done = run(tool, "-q", "-f", "json", *words, "--", *inputs)
        return exact(done.stdout) if done.stdout else None

    def compare(self, name, inputs, tools=SCANNERS, **options):
        config = write_config(self.dir / f"{name}.yaml", {
            "datasets": {name: {"input": list(map(str, inputs)), "tools": tools,
                                "fail_on": "off", "warn_on": "off", **options}}})
        self.compare_config(config, name, [(tool, inputs) for tool in tools], options)

    def compare_config(self, config, name, looks, options):
        done = run("check", "-q", "-f", "json", config)
        self.check(done.stdout, f"{name}: {done.stderr}")
        parts = {}
        for part in dict(exact(done.stdout))["results"]:
            self.check(dict(part)["dataset"] == name)
            report = dict(part)["report"]
            parts[dict(report)["schema"].split(".")[1].split("/")[0]] = report
        wanted = {tool: self.alone(tool, inputs, options) for tool, inputs in looks}
        wanted = {tool: report for tool, report in wanted.items() if report}
        for tool in set(parts) - set(wanted):  # alone it says why, and prints nothing
            report = dict(parts.pop(tool))
            first = dict(report["findings"][0])
            said = run(tool, "-q", *dict(looks)[tool]).stderr.decode()
            self.check(report["rows"] == [] and first["severity"] == "error" and
                       first["detail"] in said, f"{report}, but alone {said}")
        self.check(sorted(parts) == sorted(wanted),
                   f"{name}: parts {list(parts)}, alone {list(wanted)}: {done.stderr}")
        for tool, report in wanted.items():
            for key, value in without_histograms(report):
                self.check(dict(without_histograms(parts[tool]))[key] == value,
                           f"{name}: {tool} {key}:\n"
                           f"{str(dict(parts[tool])[key])[:1500]}\nbut alone\n"
                           f"{str(value)[:1500]}")
            self.check([k for k, _ in report] == [k for k, _ in parts[tool]])
        for threads in (1, 2, 7):
            again = run("check", "-q", "-f", "json", f"-j{threads}", config)
            self.check((again.stdout, again.stderr, again.returncode) ==
                       (done.stdout, done.stderr, done.returncode),
                       f"{name} with {threads} threads")

    def test_sample_folders(self):
        for name in "flowers", "splits", "album", "photos", "masks":
            self.compare(name, [SAMPLES / name])

    def test_sample_arrays(self):
        for name in ("features.npy", "labels.npy", "structured.npy", "digits.npz",
                     "digits.h5", "labels.csv", "labels-idx1-ubyte", "after.h5",
                     "doubted.npy", "ported.npz"):
            self.compare(name, [SAMPLES / name])
        self.compare("two", [SAMPLES / "features.npy", SAMPLES / "doubted.npy"])

    def test_pictures_that_are_nowhere(self):
        """Beside class folders, of no class, unreadable, and of suffixes that lie."""
        root = self.dir / "tree"
        for i in range(6):
            picture(root / "ab"[i % 2] / f"{i}.png", i)
        picture(root / "outside.png", 10)
        picture(root / "a" / "deep" / "er.jpg", 11)
        picture(root / "b" / "lies.jpg", 12, format="png")
        cut = picture(root / "b" / "cut.jpg", 13)
        cut.write_bytes(cut.read_bytes()[:400])
        (root / "b" / "none.png").write_bytes(b"no picture")
        (root / "a" / "empty.jpg").write_bytes(b"")
        (root / "a" / "animated.gif").write_bytes(b"GIF89a")
        (root / "nothing").mkdir()
        self.compare("tree", [root])
        self.compare("excluded", [root], exclude="none.png")
        self.compare("relabelled", [root], classes=self.classes("b", "a", "nothing"))

    def classes(self, *names):
        path = self.dir / "classes"
        path.write_text("".join(f"{name}\n" for name in names))
        return path

    def test_several_inputs(self):
        for split in "train", "val":
            for i in range(4):
                picture(self.dir / split / "ab"[i % 2] / f"{i}.png", i)
        self.compare("splits", [self.dir / "train", self.dir / "val"])
        self.compare("one gone", [self.dir / "train", self.dir / "test"])
        self.compare("mixed", [self.dir / "train", SAMPLES / "labels.npy"])

    def test_fashion_mnist(self):
        images = FASHION / "t10k-images-idx3-ubyte.gz"
        labels = FASHION / "t10k-labels-idx1-ubyte.gz"
        if not images.exists():
            self.skipTest("dataset-fashion-mnist is not installed")
        self.compare("images", [images], ["info", "missing", "range", "outliers", "dups"])
        self.compare("labels", [labels])
        self.compare("both", [images], ["balance", "labels", "dups"], labels=str(labels))

    def test_odd_arrays(self):
        with h5py.File(self.dir / "odd.h5", "w") as f:
            f["x"] = np.array([[1, np.nan], [np.inf, -1], [0, 3]], "f4")
            f["label"] = np.array([0, 1, 1], "i8")
            f.create_dataset("empty", (0, 3), "f8")
            f["text"] = np.array([b"a", b"b", b"c"])
            f["group/y"] = np.arange(12, dtype="u1").reshape(3, 2, 2)
        self.compare("odd", [self.dir / "odd.h5"])
        self.compare("one", [f"{self.dir}/odd.h5:/x"])
        np.savez(self.dir / "odd.npz", x=np.zeros((4, 2), "f2"), y=np.array([1, 2, 3, 4]))
        self.compare("npz", [self.dir / "odd.npz"])
        self.compare("part", [f"{self.dir}/odd.npz:x"])
        np.save(self.dir / "scalar.npy", np.float64(3))
        np.save(self.dir / "none.npy", np.zeros((0, 4)))
        np.save(self.dir / "complex.npy", np.array([1j, 2]))
        for name in "scalar", "none", "complex":
            self.compare(name, [self.dir / f"{name}.npy"])
        (self.dir / "cut.npy").write_bytes((SAMPLES / "features.npy").read_bytes()[:999])
        self.compare("cut", [self.dir / "cut.npy"])
        self.compare("axis", [f"{self.dir}/odd.h5:/group/y"],
                     ["range", "outliers", "missing"], **{"channel-axis": 1})

    def arrays(self, n=40):
        """Pictures and their labels: as files of their own, and in one."""
        rng = np.random.default_rng(0)
        x = rng.integers(0, 256, (n, 8, 9, 3), np.uint8)
        x[n // 2] = x[0]
        y = np.arange(n) % 4
        np.save(self.dir / "x.npy", x)
        np.save(self.dir / "y.npy", y)
        np.savez(self.dir / "xy.npz", x=x, y=y)
        with h5py.File(self.dir / "xy.h5", "w") as f:
            f.create_dataset("images", data=x, chunks=(8, 8, 9, 3), compression="gzip")
            f["labels"] = y
            f["extra"] = rng.random((n, 2), np.float32)

    def test_arrays_with_labels(self):
        self.arrays()
        x, y = self.dir / "x.npy", str(self.dir / "y.npy")
        self.compare("beside", [x], labels=y)
        self.compare("npz", [self.dir / "xy.npz"])
        self.compare("h5", [self.dir / "xy.h5"])
        self.compare("named", [f"{self.dir}/xy.h5:/images"], labels=f"{self.dir}/xy.h5:/labels")
        self.compare("none", [self.dir / "nowhere.npy", x])
        self.compare("gone", [x], labels=str(self.dir / "nowhere.npy"))
        np.save(self.dir / "short.npy", np.arange(30) % 4)
        self.compare("short", [x], labels=str(self.dir / "short.npy"))

    def test_arrays_that_cannot_be_read(self):
        """What one reads badly is nothing to those who do not read it."""
        self.arrays()
        x, y = self.dir / "x.npy", self.dir / "y.npy"
        whole, labels = x.read_bytes(), y.read_bytes()
        y.write_bytes(labels[:-99])
        self.compare("labels", [x], labels=str(y))
        for tools in (["range", "labels"], ["balance", "missing", "dups"]):
            self.compare("some", [x], tools, labels=str(y))
        y.write_bytes(labels)
        x.write_bytes(whole[:-999])
        self.compare("values", [x], labels=str(y))
        for name, data in ("x", whole), ("y", labels):
            packed = gzip.compress(data)
            (self.dir / f"{name}.npy.gz").write_bytes(packed[:-30])
        x.write_bytes(whole)
        if run("info", self.dir / "y.npy.gz").returncode == 0:
            self.compare("packed", [x], labels=str(self.dir / "y.npy.gz"))
        h5 = bytearray((self.dir / "xy.h5").read_bytes())
        at = h5.index(b"\x78\x5e") if b"\x78\x5e" in h5 else h5.index(b"\x78\x01")
        h5[at + 20:at + 60] = bytes(40)
        (self.dir / "xy.h5").write_bytes(h5)
        self.compare("chunk", [self.dir / "xy.h5"])

    def test_few_tools_of_a_tree(self):
        for tools in (["info", "images"], ["info", "range"], ["missing", "info", "dups"]):
            self.compare("few", [SAMPLES / "splits"], tools)

    def test_each_sees_its_own(self):
        """Labels and channels of another are none of its business."""
        rng = np.random.default_rng(0)
        y = np.where(np.arange(50) < 4, np.nan, np.arange(50) % 3)
        x = rng.standard_normal((50, 6))
        np.savez(self.dir / "xy.npz", x_train=x, y_train=y, x_test=x[:9] + 1, y_test=y[9:18])
        for tools in (["missing", "dups"], ["missing", "labels"], ["missing", "balance", "dups"],
                      ["missing", "range", "labels", "dups", "outliers"]):
            self.compare("own", [self.dir / "xy.npz"], tools)
            self.compare("zeros", [self.dir / "xy.npz"], tools, sentinel="0")
        np.save(self.dir / "x.npy", x)
        config = write_config(self.dir / "c.yaml", {"datasets": {"x": {
            "input": str(self.dir / "x.npy"), "tools": ["range", "outliers", "missing"],
            "fail_on": "off", "warn_on": "off",
            "options": {"range": {"channel-axis": "none"}}}}})
        parts = {part["report"]["schema"]: part["report"] for part in
                 json.loads(run("check", "-q", "-f", "json", config).stdout)["results"]}
        self.check(parts["dsinspect.range/1"]["summary"]["channels"] == 1)
        self.check(len(parts["dsinspect.outliers/1"]["rows"]) == 6)

    def test_nothing_could_be_looked_at(self):
        config = write_config(self.dir / "c.yaml", {"datasets": {"x": {
            "input": str(SAMPLES / "labels.npy"), "tools": ["balance"],
            "labels": str(self.dir / "nowhere.npy")}}})
        done = run("check", "-q", "-f", "json", config)
        self.check(done.returncode == 2 and json.loads(done.stdout)["results"] == [], done)

    def test_who_fails_fails_alone(self):
        self.arrays()
        config = write_config(self.dir / "c.yaml", {
            "datasets": {"x": {"input": str(self.dir / "x.npy"),
                               "tools": ["range", "labels"],
                               "labels": str(self.dir / "y.npy"),
                               "options": {"labels": {
                                   "pred-probs": str(self.dir / "nowhere.npy")}}}}})
        done = run("check", "-q", "-f", "json", config)
        self.check(done.returncode == 2 and b"nowhere.npy" in done.stderr, done)
        parts = [dict(dict(part)["report"])["schema"]
                 for part in dict(exact(done.stdout))["results"]]
        self.check("dsinspect.range/1" in parts, parts)

    def test_pairs(self):
        for a, b in (("before.h5", "after.h5"), ("candidate", "benchmark"),
                     ("features.npy", "features.npy"), ("labels.npy", "features.npy")):
            pair = [SAMPLES / a, SAMPLES / b]
            config = write_config(self.dir / "diff.yaml", {
                "datasets": {a: {"diff": list(map(str, pair)), "fail_on": "off"}},
                "checks": [{"metric": "diff.compared", "min": 0}]})
            self.compare_config(config, a, [("diff", pair)], {})


class Configurations(TestCase):
    def test_checks_that_can_never_fail_or_are_there_twice(self):
        code, lines = self.errors("""\
datasets:
  x: {input: [x.npy, y.npy, x.npy], tools: [range]}
checks:
  - {metric: findings.dup_conflict, max: 0}
  - {metric: range.samples, max: 2000}
  - {metric: range.samples, max: 3000}
  - {metric: range.samples, min: 30, severity: warning}
  - {metric: range.samples, max: 3000, name: other}
  - {metric: findings.truncated, max: 0}
""")
        self.check(code == 2 and [line.split(": ")[1] for line in lines] ==
                   [f"dsinspect.yaml:{at}" for at in ("2:29", "4:14", "6:14")], lines)

    def errors(self, text, name="dsinspect.yaml", *words, **how):
        (self.dir / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        done = run("check", *words, name, cwd=self.dir, **how)
        self.check(done.stdout == b"", done)
        return done.returncode, done.stderr.decode().splitlines()

    def test_everything_wrong_is_told_at_once(self):
        code, lines = self.errors("""\
datsets: {}
datasets:
  train:
    input: nowhere
    tools: [balance, blance, diff]
    threds: 3
    fail_on: never
  pair:
    diff: [a.npy]
  both: {input: x, diff: [a, b]}
  none: {tools: {range: 1}}
  one: {input: x, tools: rnage}
  odd: {input: {a: b}, tools: xyz}
checks:
  - {dataset: trian, metric: balance.samples, min: 1}
  - {dataset: train, metric: balance.smaples, min: 1}
  - {dataset: train, metric: 'balance.rows[klass=cat].count', min: 1}
  - {dataset: train, metric: balance.samples, min: many}
  - {dataset: train, metric: balance.samples}
  - {dataset: train, metric: balance.samples, max_change: 5%, sevrity: error}
  - 5
outputs: json:x.json
""")
        self.check(code == 2)
        start = "dsinspect check: dsinspect.yaml:"
        self.check(all(line.startswith(start) for line in lines), lines)
        places = [re.match(r"(\d+):(\d+): (.*)", line[len(start):]).groups()
                  for line in lines]
        numbers = [(int(line), int(column)) for line, column, _ in places]
        self.check(numbers == sorted(numbers), "in the order of the file")
        for line, column, words in (
                (1, 1, "unknown key 'datsets' of a configuration (did you mean datasets?)"),
                (5, 22, "unknown tool 'blance' (did you mean balance?)"),
                (5, 30, "'diff' is no tool that looks at a dataset"),
                (6, 5, "unknown key 'threds' of a dataset"),
                (7, 14, "fail_on is off, note, warning or error, not 'never'"),
                (9, 11, "diff wants two inputs"),
                (10, 3, "'both' wants input: FILE, or diff: [A, B], and not both"),
                (11, 3, "'none' wants input: FILE, or diff: [A, B]"),
                (11, 17, "a tool is a single value, not a map"),
                (12, 26, "unknown tool 'rnage' (did you mean range?)"),
                (13, 16, "input is a single value, not a map"),
                (13, 31, "unknown tool 'xyz'"),
                (15, 15, "no dataset 'trian' (did you mean train?)"),
                (16, 30, "unknown metric 'balance.smaples' (did you mean balance.samples?)"),
                (17, 30, "unknown column 'klass' of balance in [...] (did you mean class?)"),
                (18, 52, "min wants a number, not 'many'"),
                (19, 5, "a check wants min, max, equals or max_change"),
                (20, 59, "max_change is from a baseline: FILE, and none is named"),
                (20, 63, "unknown key 'sevrity' of a check (did you mean severity?)"),
                (21, 5, "a check is a map, not a single value"),
                (22, 10, "outputs is a list, not a single value")):
            self.check(any((int(at), int(of)) == (line, column) and text.startswith(words)
                           for at, of, text in places),
                       f"{line}:{column}: {words} is not in\n" + "\n".join(lines))

    def test_one_tool_needs_no_list(self):
        np.save(self.dir / "a.npy", np.arange(20.0))
        (self.dir / "c.yaml").write_text("datasets: {a: {input: a.npy, tools: range}}")
        done = run("check", "--dry-run", "c.yaml", cwd=self.dir)
        self.check(done.returncode == 0 and b"a: range < a.npy\n" in done.stdout, done)

    def test_quiet_says_what_fails_alone(self):
        """An error that fails nothing is not told with -q, and is in the report."""
        picture(self.dir / "t" / "a" / "0.png", 0)
        (self.dir / "t" / "a" / "bad.png").write_bytes(b"no picture")
        for fail_on, code in ("error", 1), ("off", 0):
            write_config(self.dir / "c.yaml", {"datasets": {"t": {
                "input": "t", "tools": ["images"], "fail_on": fail_on,
                "warn_on": "off"}}})
            done = run("check", "-q", "c.yaml", cwd=self.dir)
            self.check(done.returncode == code and bool(done.stderr) == bool(code), done)
            done = run("check", "c.yaml", cwd=self.dir)
            self.check(b"bad.png" in done.stderr, done)

    def test_a_rule_to_fail_on_is_one(self):
        np.save(self.dir / "a.npy", np.arange(20.0))
        for word, told in (("misspelt", "these are: imbalance, "),
                           ("error,constnt", "did you mean constant?")):
            done = run("check", f"--fail-on={word}", "a.npy", cwd=self.dir)
            self.check(done.returncode == 2 and told in done.stderr.decode() and
                       not done.stdout, done)
            self.check(word != "misspelt" or
                       done.stderr.endswith(b", error\n"), done)
        for word in "off", "error", "dup_conflict", "no_values", "unreadable":
            done = run("check", f"--fail-on={word}", "a.npy", cwd=self.dir)
            self.check(done.returncode == 0, done)

    def test_forms(self):
        for text, words in (
                ("", "dsinspect.yaml: is empty"),
                ("# nothing\n", "dsinspect.yaml: is empty"),
                ("[]", "dsinspect.yaml:1:1: a configuration is a map, not a list"),
                ("checks: []", "dsinspect.yaml:1:1: names no datasets:"),
                ("datasets: {}", "dsinspect.yaml:1:11: names no dataset"),
                ("datasets:\n", "dsinspect.yaml:1:10: datasets is a map"),
                ("datasets: {a: {input: x, tools: []}}",
                 "dsinspect.yaml:1:12: nothing looks at 'a'"),
                ("datasets: {a: {input: [], tools: [range]}}",
                 "dsinspect.yaml:1:23: input names no file"),
                ("datasets: {a: {input: x, tools: [range], max_spread: wide}}",
                 "dsinspect.yaml:1:54: range: "),
                ("datasets: {a: {input: x, tools: [range], no_percentiles: maybe}}",
                 "dsinspect.yaml:1:58: no-percentiles is true or false, not 'maybe'"),
                ("datasets: {a: {input: x, tools: [range], output: y}}",
                 "dsinspect.yaml:1:42: unknown key 'output' of a dataset"),
                ("datasets: {a: {input: x, tools: [range], options: {images: {}}}}",
                 "dsinspect.yaml:1:52: options for 'images', which looks at nothing"),
                (b"datasets: {a: {input: \xff}}",
                 "dsinspect.yaml:1:23: is no YAML: invalid leading UTF-8 octet"),
                ("datasets: &x {a: *x}", "dsinspect.yaml:1:11: anchors are not"),
                ("datasets: [", "is no YAML")):
            code, lines = self.errors(text)
            self.check(code == 2 and words in lines[0], f"{text}: {lines}")
        done = run("check", "nowhere.yaml", cwd=self.dir)
        self.check(done.returncode == 2 and done.stderr.startswith(
            b"dsinspect check: nowhere.yaml: No such file"), done)

    def test_paths_are_from_the_folder_of_the_file(self):
        folder = self.dir / "sub"
        folder.mkdir()
        np.save(folder / "a.npy", np.arange(20.0))
        np.save(folder / "labels.npy", np.arange(20) % 2)
        (folder / "classes").write_text("0\n1\n")
        write_config(folder / "c.yaml", {
            "datasets": {"x": {"input": "a.npy", "tools": ["balance", "range"],
                               "labels": "labels.npy", "classes": "classes",
                               "warn_on": "off"}},
            "baseline": "base.json", "outputs": ["json:out.json", "junit:out.xml"],
            "checks": [{"metric": "balance.samples", "equals": 20},
                       {"metric": "range.rows[*].mean", "max_change": 0}]})
        for where, path in ((self.dir, "sub/c.yaml"), (folder, "c.yaml"),
                            ("/", folder / "c.yaml")):
            done = run("check", "--update-baseline", path, cwd=where)
            self.check(done.returncode == 0, done)
            for name in "base.json", "out.json", "out.xml":
                self.check((folder / name).exists(), f"{name} from {where}")
                (folder / name).unlink()
        self.check(not (self.dir / "out.json").exists())

    def test_a_baseline_of_the_command_line(self):
        """Which max_change may be from, too."""
        np.save(self.dir / "a.npy", np.arange(20.0))
        write_config(self.dir / "c.yaml", {
            "datasets": {"x": {"input": "a.npy"}},
            "checks": [{"metric": "range.rows[*].mean", "max_change": "1%"}]})
        done = run("check", "c.yaml", "--baseline=b.json", "--update-baseline", cwd=self.dir)
        self.check(done.returncode == 0, done)
        np.save(self.dir / "a.npy", np.arange(21.0))
        done = run("check", "c.yaml", "--baseline=b.json", cwd=self.dir)
        self.check(done.returncode == 1 and "was 9.5, is 10" in failed(done)[0], done)

    def test_a_dry_run_opens_no_data(self):
        write_config(self.dir / "c.yaml", {
            "datasets": {"x": {"input": "not/there", "tools": ["range"]}},
            "checks": [{"metric": "range.samples", "min": 1}]})
        done = run("check", "--dry-run", "c.yaml", cwd=self.dir)
        self.check(done.returncode == 0 and b"x: range < not/there\n" in done.stdout, done)
        self.check(b"  x: range.samples min 1 [error]\n" in done.stdout, done)

    def test_a_proposal_is_a_configuration(self):
        for name in "flowers", "features.npy", "labels.npy", "digits.h5", "photos":
            done = run("check", "--init", SAMPLES / name)
            self.check(done.returncode == 0 and done.stdout, done)
            path = self.dir / "c.yaml"
            path.write_bytes(done.stdout)
            again = run("check", "-q", path)
            self.check(again.returncode in (0, 1), again)
            # What it asks holds tonight; what tools find may fail all the same.
            self.check(all("findings.error" in line for line in failed(again)), again)
        done = run("check", "--init", self.dir / "nothing")
        self.check(done.returncode == 2 and not done.stdout and b"nothing" in done.stderr)

    def test_a_list_with_nothing_left_is_empty(self):
        path = self.dir / "c.yaml"
        path.write_text("datasets: {a: {input: %s, tools: [range]}}\nchecks:\n"
                        "  # - {metric: range.samples, min: 1}\noutputs:\n"
                        % (SAMPLES / "features.npy"))
        done = run("check", "-q", path)
        self.check(done.returncode == 0, done)

    def test_what_cannot_be_opened_is_not_passed(self):
        """A folder of arrays, an empty one and none at all, named alone or by a
        configuration: no tool looks at them, and no check of theirs holds."""
        np.save(self.dir / "x.npy", np.zeros(3))
        (self.dir / "empty").mkdir()
        for folder, reason in ((self.dir, b"name it as the"),
                               (self.dir / "empty", b"holds no pictures"),
                               (self.dir / "none", b"No such file")):
            config = write_config(self.dir / "c.yaml", {
                "datasets": {"a": {"input": str(folder), "tools": ["range"]}},
                "checks": [{"metric": "findings.scale_spread", "max": 0}]})
            for words in ([folder], [config]):
                done = run("check", "-q", "--format=json", *words)
                rows = json.loads(done.stdout)["rows"]
                left = {row["metric"]: row["status"] for row in rows}
                self.check(done.returncode == 2 and left.pop("findings.error") == "failed"
                           and set(left.values()) == {"skipped"}, done)
                self.check(reason in done.stderr, done)
            done = run("check", "--init", folder)
            self.check(done.returncode == 2 and reason in done.stderr and not done.stdout,
                       done)


class Metrics(TestCase):
    def test_metrics_are_those_of_the_tools(self):
        """--metrics lists the keys that the tools' JSON has, and no others."""
        listed = run("check", "--metrics").stdout.decode().split()
        self.check(len(listed) == len(set(listed)))
        keys, columns = {}, {}
        for path in listed:
            tool, rest = path.split(".", 1)
            if rest.startswith("rows[*]."):
                columns.setdefault(tool, set()).add(rest[8:])
            elif not rest.startswith("findings."):
                keys.setdefault(tool, set()).add(rest)
        self.check(sorted(keys) == sorted([*SCANNERS, "diff"]), keys)
        calls = [(tool, [SAMPLES / name], options) for tool in SCANNERS
                 for name in ("flowers", "splits", "digits.npz", "labels.npy", "masks",
                              "features.npy")
                 for options in ([], *MORE[tool])]
        calls += [("diff", [SAMPLES / "before.h5", SAMPLES / "after.h5"], options)
                  for options in ([], ["--metrics"], ["--tolerance-needed"])]
        found, in_rows = {}, {}
        for tool, inputs, options in calls:
            done = run(tool, "-q", "-f", "json", *options, *inputs)
            if not done.stdout:
                continue
            report = json.loads(done.stdout)
            found.setdefault(tool, set()).update(report["summary"])
            for row in report["rows"]:
                in_rows.setdefault(tool, set()).update(row)
        for tool, names in keys.items():
            printed = found[tool] - {"nulls_from_non_finite"}
            self.check(printed == names, f"{tool}: printed alone {printed - names}, "
                                         f"listed alone {names - printed}")
            self.check(columns[tool] <= in_rows[tool] | {"histogram"},  # for eyes
                       f"{tool}: {columns[tool] - in_rows[tool]} in no row")


MORE = {"info": [], "balance": [["--pixels"]], "outliers": [["--rows"]],
        "images": [["--all"]], "dups": [["--near=phash"], ["--verify"]],
        "range": [["--for=resnet"]], "labels": [["--no-content"]],
        "missing": [["--sentinel=0"]]}


main()
