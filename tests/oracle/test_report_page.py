"""dsinspect report, as a browser sees it: results of real data, of every tool and of
check, are made into pages; html-validate and axe find no fault with them at 360 and 1280
pixels, light and dark; nothing is asked of the network; names that are code are text; the
same results make the same bytes, and the figures are those of the JSON."""

import gzip
import html.parser
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
from PIL import Image

from oracle import BUILD, SOURCE, TestCase, main

PROGRAM = str(BUILD.resolve() / "dsinspect")
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
SAMPLES = SOURCE / "samples"
HERE = SOURCE / "tests" / "page"
NODE = BUILD.resolve() / "tests" / "page"
BLOCKS = " ▁▂▃▄▅▆▇█"


def install():
    """The checkers that tests/page/package-lock.json pins, in the build folder."""
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = NODE / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir(parents=True)
    for name in "package.json", "package-lock.json":
        shutil.copy(HERE / name, NODE)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE,
                   check=True, stdout=subprocess.DEVNULL, timeout=600)
    stamp.write_bytes(lock)


def run(*words, cwd=SAMPLES, stdin=None):
    done = subprocess.run([PROGRAM, *map(str, words)], cwd=cwd, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return done.returncode, done.stdout, done.stderr.decode()


def result(*words):
    code, out, err = run(words[0], "-q", "--format=json", *words[1:])
    assert code in (0, 1), err
    return json.loads(out)


def with_histograms(report):
    """As check prints the rows of range."""
    rng = np.random.default_rng(1)
    for row in report["rows"]:
        row["histogram"] = "".join(BLOCKS[i] for i in rng.integers(0, 9, 24))
    return report


class Tables(html.parser.HTMLParser):
    """The page's sections: {h2: [tables]}, each table a list of rows of cells; a cell is
    the value of its <data>, or its text."""

    def __init__(self, text):
        super().__init__()
        self.sections, self.cell, self.in_h2, self.skip = {}, None, False, 0
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "h2":
            self.in_h2, self.name = True, ""
        elif tag == "table":
            self.sections[self.name].append([])
        elif tag == "tr":
            self.sections[self.name][-1].append([])
        elif tag in ("td", "th"):
            self.cell = ["", None]
        elif tag == "data" and self.cell:
            self.cell[1] = attributes["value"]
        elif tag == "svg":
            self.skip += 1

    def handle_endtag(self, tag):
        if tag == "h2":
            self.in_h2 = False
            self.sections[self.name] = []
        elif tag in ("td", "th"):
            text, value = self.cell
            self.sections[self.name][-1][-1].append(text if value is None else value)
            self.cell = None
        elif tag == "svg":
            self.skip -= 1

    def handle_data(self, data):
        if self.in_h2:
            self.name += data
        elif self.cell and not self.skip:
            self.cell[0] += data

    def named(self, name, heading):
        """The rows of the table of that section with a column of that heading, as
        dictionaries."""
        for table in self.sections[name]:
            if heading in table[0]:
                return [dict(zip(table[0], row)) for row in table[1:]]
        raise AssertionError(f"no {heading} in {name}: {[t[0] for t in self.sections[name]]}")


def shown(value):
    """A value of JSON as the page has it."""
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value) and abs(value) < 1e16:
        return str(int(value))
    return str(value)


class Page(TestCase):
    def write(self, name, data):
        path = self.dir / name
        path.write_text(json.dumps(data))
        return path

    def page(self, *words, name="page.html", cwd=SAMPLES):
        path = self.dir / name
        code, out, err = run("report", "-o", path, *words, cwd=cwd)
        self.assertEqual((code, out, err), (0, b"", ""))
        self.assertEqual(run("report", *words, cwd=cwd), (0, path.read_bytes(), ""))
        return path

    def look(self, path):
        """No fault is found with the page; what it holds."""
        install()
        modules = NODE / "node_modules"
        done = subprocess.run([modules / ".bin" / "html-validate", path], cwd=NODE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout.decode()[:2000]), (0, ""))
        done = subprocess.run(["node", HERE / "look.mjs", path],
                              env={**os.environ, "NODE_MODULES": str(modules)},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-2000:])
        seen = json.loads(done.stdout)
        self.assertEqual(seen["requests"], [])
        self.assertEqual(seen["errors"], [])
        self.assertEqual([(l["width"], l["scheme"]) for l in seen["looks"]],
                         [(w, s) for w in (360, 1280) for s in ("light", "dark")])
        for look in seen["looks"]:
            self.assertEqual((look["overflow"], look["violations"]), (0, []),
                             f"{look['width']} {look['scheme']}")
            self.assertTrue(look["width"] < 1280 or "All checks" not in look["scrolled"],
                            look["scrolled"])
        self.assertEqual(seen["printed"], {"ground": "rgb(255, 255, 255)", "cut": 0})
        self.assertEqual((seen["content"]["scripts"], seen["content"]["handlers"]), (0, 0))
        return seen["content"]

    def same_figures(self, tables, name, report, columns):
        """Every row of the report, by its exact values."""
        rows = tables.named(name, columns[0])
        self.assertEqual(len(rows), len(report["rows"]))
        for got, want in zip(rows, report["rows"]):
            for column in columns:
                self.assertEqual(got[column], shown(want[column]), f"{name} {column}")


class Tools(Page):
    """One result of each tool."""

    def test_every_tool(self):
        images, labels = FASHION / "train-images-idx3-ubyte.gz", \
            FASHION / "train-labels-idx1-ubyte.gz"
        results = {
            "balance": result("balance", labels),
            "range": with_histograms(result("range", images)),
            "info": result("info", FASHION / "t10k-labels-idx1-ubyte.gz"),
            "labels": result("labels", "data/album"),
            "missing": result("missing", "data/features.npy", "data/structured.npy"),
            "outliers": result("outliers", "data/features.npy"),
            "dups": result("dups", "data/album"),
            "images": result("images", "data/photos"),
            "diff": result("diff", "--metrics", "data/candidate", "data/benchmark"),
        }
        paths = [self.write(f"{name}.json", data) for name, data in results.items()]
        page = self.page(*paths)
        content = self.look(page)
        self.assertEqual(content["images"], [], "pictures that nobody asked for")
        tables = Tables(page.read_text())
        columns = {
            "balance": ["count", "share", "weight", "class"],
            "range": ["mean", "std", "min", "p01", "p25", "p50", "p75", "p99", "max"],
            "missing": ["kind", "count", "share", "first"],
            "outliers": ["n_low", "low", "high", "n_high", "min", "max"],
            "labels": ["rule", "index", "detail"],
            "dups": ["group", "where", "label", "split"],
            "images": ["score", "path", "issue", "detail"],
            "diff": ["max_abs", "name", "status", "n_diff", "cosine", "abs_histogram"],
        }
        for name, wanted in columns.items():
            full = next(n for n in tables.sections if n.split(" ")[0] == name)
            self.same_figures(tables, full, results[name], wanted)
        counts = np.bincount(np.frombuffer(gzip.open(labels).read()[8:], np.uint8))
        full = next(n for n in tables.sections if n.startswith("balance "))
        self.assertEqual([int(r["count"]) for r in tables.named(full, "count")],
                         counts.tolist())
        self.assertLess(page.stat().st_size, 400_000)
        self.assertEqual(self.page(*paths, name="again.html").read_bytes(),
                         page.read_bytes())

    def test_thumbnails(self):
        paths = [self.write(f"{tool}.json", result(tool, where)) for tool, where in
                 (("labels", "data/album"), ("dups", "data/album"),
                  ("images", "data/photos"))]
        page = self.page("--thumbnails", *paths)
        content = self.look(page)
        self.check(len(content["images"]) >= 4 + 4 + 12, str(content["images"]))
        self.check(all(content["images"]))
        trace = self.dir / "trace"
        for words, n in ([], 0), (["--thumbnails"], 1):
            subprocess.run(["strace", "-f", "-e", "trace=open,openat,openat2", "-o", trace,
                            PROGRAM, "report", *words, *paths], cwd=SAMPLES, check=True,
                           env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
                           stdout=subprocess.DEVNULL)  # LeakSanitizer is no tracee
            pictures = [line for line in trace.read_text().split("\n")
                        if "data/album" in line or "data/photos" in line]
            self.assertEqual(bool(pictures), bool(n), pictures[:3])

    def test_thumbnails_open_pictures_alone(self):
        """What a result names is opened where it is named as a picture and is a file."""
        tree = self.dir / "tree"
        tree.mkdir()
        for i in range(70):
            Image.new("L", (200, 100), i).save(tree / f"{i:02}.png")
        (tree / "secret.txt").write_text("secret")
        os.mkfifo(tree / "pipe.png")
        (tree / "text.png").write_text("a,b\n1,2\n")
        report = result("images", "data/photos")
        names = ["secret.txt", "pipe.png", "text.png", "none.png"] + \
            [f"{i:02}.png" for i in range(70)]
        report["rows"] = [{"path": str(tree / name), "issue": f"i{i // 8}", "score": 0,
                           "detail": None} for i, name in enumerate(names)]
        path = self.write("images.json", report)
        content = self.look(self.page("--thumbnails", "--max-rows=3", path))
        # The two that are no pictures count among the 60, as does the one that is not.
        self.assertEqual(content["images"], [128] * 57)


def check_report(results, runs_ago, rows):
    """What dsinspect check prints."""
    columns = ["check", "status", "severity", "dataset", "metric", "value", "op",
               "threshold", "baseline", "detail"]
    statuses = [row[1] for row in rows]
    findings = []
    for dataset, report in results:
        tool = report["schema"].split(".")[1].split("/")[0]
        findings += [{**f, "rule": f"{tool}.{f['rule']}", "id": f"{len(findings):016x}"}
                     for f in report["findings"]]
    summary = {"verdict": "failed" if "failed" in statuses else "passed"}
    summary |= {s: statuses.count(s) for s in ("passed", "warned", "failed", "skipped")}
    return {"schema": "dsinspect.check/1", "tool": {"name": "dsinspect", "version": "0"},
            "input": ["nightly.toml"], "parameters": {"fail_on": ["error"]},
            "summary": {**summary, "findings": len(findings), "new_findings": runs_ago},
            "rows": [dict(zip(columns, row)) for row in rows], "findings": findings,
            "results": [{"dataset": d, "report": r} for d, r in results]}


class Check(Page):
    def runs(self):
        results = [
            ("train", result("balance", FASHION / "train-labels-idx1-ubyte.gz")),
            ("val", result("balance", FASHION / "t10k-labels-idx1-ubyte.gz")),
            ("album", result("labels", "data/album")),
            ("features", with_histograms(result("range", "data/features.npy"))),
            ("dumps", result("diff", "data/candidate", "data/benchmark"))]
        paths = []
        for i, ratio in enumerate((1.25, 1.375, 1.75)):
            is_bad = ratio > 1.5
            rows = [  # which the page has by what came of them
                ["features: verdict", "passed", "error", "features", "range.verdict",
                 "mixed", "equals", "mixed", None, None],
                ["train: imbalance", "failed" if is_bad else "passed", "error", "train",
                 "balance.imbalance_ratio", ratio, "max", 1.5, 1.25,
                 "train: class 4" if is_bad else None],
                ["album: leaks", "warned", "warning", "album", "labels.split_leak", 1, "max",
                 0, 0, "data/album/val/beach/beach_8.png"],
                ["dumps: same", "skipped", "error", "dumps", "diff.differ", None, "equals", 0,
                 None, "not looked at"]]
            gone = [("gone", results[0][1])] if i == 0 else []
            data = check_report(results + gone, 3 - i, rows)
            paths.append(self.write(f"2026-11-0{i + 1}.json", data))
        return paths

    def test_runs(self):
        paths = self.runs()
        page = self.page("--title", "Nightly", *paths)
        self.look(page)
        text = page.read_text()
        tables = Tables(text)
        self.assertEqual(list(tables.sections),
                         ["check nightly.toml", "balance train", "balance val",
                          "labels album", "range features", "diff dumps"])
        self.check('<p class="verdict bad">' in text)
        trend = tables.named("check nightly.toml", "trend")
        line = next(r for r in trend if r["check"] == "train: imbalance")
        self.assertEqual([line[p.name] for p in paths], ["1.25", "1.375", "1.75"])
        verdicts = next(r for r in trend if r["check"] == "features: verdict")
        self.assertEqual([verdicts[p.name] for p in paths], ["mixed"] * 3)
        checks = {r["check"]: r for r in tables.named("check nightly.toml", "metric")}
        self.assertEqual(list(checks), ["train: imbalance", "album: leaks",
                                        "features: verdict", "dumps: same"])
        self.assertEqual(checks["train: imbalance"]["status"], "failed")
        self.assertEqual(checks["train: imbalance"]["value"], "1.75")
        self.assertEqual(checks["train: imbalance"]["baseline"], "1.25")
        new = next(r for r in trend if r["check"] == "new_findings")
        self.assertEqual([new[p.name] for p in paths], ["3", "2", "1"])

    def test_one_run_has_no_trend(self):
        page = self.page(self.runs()[0])
        self.look(page)
        self.assertNotIn("From run to run", page.read_text())
        self.assertIn("balance <small>gone", page.read_text())

    def test_runs_of_a_tool(self):
        """The same inputs are runs, others stand beside."""
        a = result("balance", "data/labels.npy")
        b = json.loads(json.dumps(a))
        b["summary"]["imbalance_ratio"] = 7
        other = result("balance", "data/flowers")
        paths = [self.write(n, d) for n, d in (("1.json", a), ("o.json", other),
                                               ("2.json", b))]
        tables = Tables(self.page(*paths).read_text())
        self.assertEqual(list(tables.sections), ["balance data/flowers",
                                                 "balance data/labels.npy"])
        line, = tables.named("balance data/labels.npy", "trend")
        self.assertEqual([line["figure"], line["1.json"], line["2.json"]],
                         ["imbalance_ratio", "140", "7"])


class Hostile(Page):
    NAMES = ["<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>",
             "a\" onmouseover=\"alert(1)", "'-alert(1)-'", "&lt;b&gt;", "\u202egnp.exe",
             "\x1b[31mred\x07", "</title></style><svg onload=alert(1)>", "]]><!--", "a\tb",
             "javascript:alert(1)", "x" * 3000, "https://example.org/a.png", "héllo 世界"]
    RAW = [b"caf\xe9", b"\xff\xfe\x00x"[:2]]

    def escaped(self, name):
        """As dsi_escape_text has it."""
        out = ""
        for c in name:
            code = ord(c)
            if c in "\\\t\n\r":
                out += {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}[c]
            elif code < 0x20 or 0x7f <= code < 0xa0 or code in (0x61c, 0x200e, 0x200f) or \
                    0x2028 <= code <= 0x202e or 0x2066 <= code <= 0x2069:
                out += "".join(f"\\x{b:02x}" for b in c.encode())
            else:
                out += c
        return out

    def test_names_are_text(self):
        labels = [self.escaped(n) for n in self.NAMES]
        report = result("balance", "data/labels.npy")
        row = report["rows"][0]
        report["rows"] = [{**row, "class": n, "split": n} for n in self.NAMES] + \
            [{**row, "class": "caf\\xe9"}, {**row, "class": "\\x5cx41"}]
        report["findings"] = [{"rule": n, "severity": "error", "source": n, "index": 0,
                               "where": n, "detail": n} for n in self.NAMES]
        report["summary"] = {n: n for n in self.NAMES}
        report["parameters"] = {n: [n, n] for n in self.NAMES}
        report["input"] = self.NAMES
        others = []
        for tool, where in (("labels", "data/album"), ("dups", "data/album"),
                            ("missing", "data/features.npy"), ("images", "data/photos"),
                            ("outliers", "data/features.npy"), ("range", "data/features.npy"),
                            ("diff", "data/candidate data/benchmark")):
            other = result(tool, *where.split())
            keys = [k for k, v in other["rows"][0].items() if v is None or isinstance(v, str)]
            other["rows"] = [{**r, **{k: n for k in keys}} for r in other["rows"]
                             for n in self.NAMES]
            others.append(self.write(f"{tool}.json", other))
        rows = [[n, n, n, n, n, n, n, n, n, n] for n in self.NAMES]
        check = check_report([(n, report) for n in self.NAMES[:3]], 1, rows)
        check["summary"]["verdict"] = self.NAMES[0]
        page = self.page("--thumbnails", "--title", self.NAMES[0][:40],
                         self.write("<b>check.json", check), *others)
        text = page.read_bytes().decode("utf-8")
        self.check("\u202e" not in text and "\x1b" not in text and "\x07" not in text)
        seen = Tables(text)
        self.assertEqual({t for t, _ in seen.tags} & {"script", "iframe", "object", "link",
                                                      "base", "form"}, set())
        for tag, attributes in seen.tags:
            self.check(not any(a.startswith("on") for a in attributes), f"{tag} {attributes}")
            self.check(not attributes.get("src", "data:").startswith("http"), tag)
        content = self.look(page)
        for name in labels:
            self.check(name in content["text"], f"{name!r} is not shown")
        self.check("caf\\xe9" in content["text"] and "\\\\x41" in content["text"])

    def test_sizes_are_capped(self):
        report = result("balance", "data/labels.npy")
        row, finding = report["rows"][0], {"rule": "r", "severity": "error", "source": "s",
                                           "index": 1, "where": "w", "detail": "d" * 100}
        report["rows"] = [{**row, "class": f"class {i}"} for i in range(20000)]
        report["findings"] = [{**finding, "index": i} for i in range(20000)]
        path = self.write("big.json", report)
        page = self.page(path)
        text = page.read_text()
        self.assertEqual(len(Tables(text).named("balance data/labels.npy", "count")), 200)
        self.assertIn("The first 200 of 20000 rows are shown; 19800 are left out", text)
        self.assertIn("The first 200 of 20000 findings are shown", text)
        self.assertLess(page.stat().st_size, 500_000)
        self.assertEqual(len(Tables(self.page("--max-rows=7", path).read_text()).named(
            "balance data/labels.npy", "count")), 7)

    def test_as_many_sections_as_datasets(self):
        """20,000 results of a check, and as many of the night before, take seconds."""
        night = json.loads(run("check", "-q", "--format=json", "data/labels.npy")[1])
        one = result("balance", "data/labels.npy")
        one["rows"] = one["findings"] = []
        night["results"] = [{"dataset": f"d{i}", "report": one} for i in range(20000)]
        paths = [self.write(name, night) for name in ("a.json", "b.json")]
        done = subprocess.run([PROGRAM, "report", "--limit-bytes=1G", *paths], check=True,
                              stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.stdout.count(b"<h2 id"), 20001)
        self.assertEqual(done.stdout.count(b"From run to run <small>2 runs"), 20001)

    def test_refusals(self):
        (self.dir / "text").write_text("{no json")
        (self.dir / "empty").write_text("")
        good = self.write("good.json", result("balance", "data/labels.npy"))
        rows = run("balance", "-q", "--format=ndjson", "data/labels.npy")[1]
        (self.dir / "rows.json").write_bytes(rows)
        for words, said in ((["text"], "line 1, column"), (["empty"], "empty"),
                            (["rows.json"], "line 2"), (["none"], "No such file"),
                            (["--limit-bytes=10", "good.json"], "limit"),
                            (["-o", "good.json", "good.json"], "overwrite"),
                            (["-o", "none/page.html", "good.json"], "folder"), ([], "input")):
            before = good.read_bytes()
            code, out, err = run("report", *words, cwd=self.dir)
            self.assertEqual((code, out), (2, b""), words)
            self.check(said.lower() in err.lower() or said == "folder", f"{words}: {err}")
            self.assertEqual(good.read_bytes(), before)
        code, out, err = run("report", "-", stdin=good.read_bytes())
        self.assertEqual((code, err), (0, ""))
        self.assertIn(b"standard input", out)


if __name__ == "__main__":
    main()
