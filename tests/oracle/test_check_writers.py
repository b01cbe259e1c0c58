"""junit, prometheus, github and markdown against readers of those formats: lxml with
docs/schema/junit.xsd, a parser of the exposition format written from its specification
and python3-prometheus-client's, the unescaping of GitHub's runner, and cmark-gfm.

What a reader must find is worked out here from the report as it was put in."""

import os
import re
import subprocess

from lxml import etree, html
from prometheus_client.parser import text_string_to_metric_families

from check_reports import (HOSTILE, STATUSES, Report, empty_report, hostile_report,
                           long_report, nulls_report, plain_report, safe, sentence, shown)

SOURCE = os.environ["DSI_SOURCE"]


# --- junit --------------------------------------------------------------------------

with open(os.path.join(SOURCE, "docs", "schema", "junit.xsd"), "rb") as file:
    SCHEMA = etree.XMLSchema(etree.parse(file))


def xml(text):
    """What XML cannot write is told of as bytes."""
    for character in "\ufffe", "\uffff":
        text = text.replace(character, "".join(f"\\x{b:02x}" for b in character.encode()))
    return text


def tool_of(name):
    name = name.encode() if isinstance(name, str) else name
    return name.split(b".")[0]


def check_case(case, row, report):
    dataset, metric = row["dataset"], row["metric"]
    parts = ["dsinspect"] + ([] if dataset is None else [shown(dataset)])
    parts += [] if metric is None else [safe(tool_of(metric))]
    assert case.get("classname") == xml(".".join(parts))
    words = [row["check"]] if metric is None else [metric, row["op"], row["threshold"]]
    assert case.get("name") == xml(" ".join(shown(w) for w in words if w is not None))
    if row["status"] == "passed":
        assert len(case) == 0 and not case.text
        return
    outcome, = case
    if row["status"] == "skipped":
        assert outcome.tag == "skipped"
        assert outcome.get("message") == xml(shown(row["detail"]) or "skipped")
    elif row["status"] == "warned":
        assert outcome.tag == "system-out"
        assert outcome.text.startswith("warned: " + xml(sentence(row)) + "\n")
    else:
        check_failure(outcome, row, report)


def check_failure(failure, row, report):
    assert failure.tag == "failure"
    assert failure.get("message") == xml(sentence(row))
    assert failure.get("type") == (xml(shown(row["metric"])) or "check")
    lines = failure.text.split("\n")
    assert lines.pop() == ""
    for name in "check", "value", "baseline", "detail":
        if row[name] is not None:
            assert f"{name}: {xml(shown(row[name]))}" in lines
    if row["threshold"] is not None:
        assert f"threshold: {xml(shown(row['op']))} {xml(shown(row['threshold']))}" in lines
    errors = [f for f in report.findings
              if f[0] == 3 and row["metric"] and tool_of(f[2]) == tool_of(row["metric"])]
    found = [line for line in lines if line.startswith("error ")]
    assert len(found) == min(20, len(errors))
    for line, (_, _, rule, *_) in zip(found, errors):
        assert line.startswith("error " + xml(safe(rule)))
    assert (lines[-1] == f"... and {len(errors) - 20} more") == (len(errors) > 20)


def check_junit(report):
    text = report.print_as("junit")
    assert "time" not in re.sub('"[^"]*"|>[^<]*<', "", text)
    root = etree.fromstring(text.encode("utf-8"))
    SCHEMA.assertValid(root)
    groups = {}
    for row in report.rows:
        groups.setdefault(row["dataset"], []).append(row)
    assert [s.get("name") for s in root] == [
        "dsinspect" if name is None else xml(shown(name)) for name in groups]
    for suite, rows in zip(root, groups.values(), strict=True):
        for case, row in zip(suite, rows, strict=True):
            check_case(case, row, report)
        assert int(suite.get("skipped")) == len(suite.findall(".//skipped"))
    for element in root, *root:
        assert int(element.get("tests")) == len(element.findall(".//testcase"))
        assert int(element.get("failures")) == len(element.findall(".//failure"))
        assert element.get("errors") == "0"


def check_schema_refuses():
    """The schema is not one that lets everything pass."""
    sound = plain_report().print_as("junit")
    for old, new in (('errors="0"', 'errors="x"'), ("<testcase ", '<testcase time="1" '),
                     (' classname="dsinspect.val.balance"', ""), ("skipped message", "skipped m"),
                     ('tests="4"', 'tests="-1"'), ("system-out", "system-odd")):
        assert old in sound
        assert not SCHEMA.validate(etree.fromstring(sound.replace(old, new).encode()))


# --- prometheus ---------------------------------------------------------------------

METRIC_NAME = re.compile("[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
# What Go's ParseFloat reads of what we may print; NaN and infinities as the page spells them.
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?|NaN|\+Inf|-Inf")


def label_value(line, at):
    """The text between quotes that begins at, and where it ends."""
    out = []
    while line[at] != '"':
        if line[at] == "\\":
            out.append({"\\": "\\", '"': '"', "n": "\n"}[line[at + 1]])
            at += 1
        else:
            out.append(line[at])
        at += 1
    return "".join(out), at + 1


def sample(line):
    name = METRIC_NAME.match(line).group()
    at, labels = len(name), {}
    if line[at] == "{":
        at += 1
        while line[at] != "}":
            label = LABEL_NAME.match(line, at).group()
            at += len(label)
            assert line[at:at + 2] == '="' and label not in labels
            labels[label], at = label_value(line, at + 2)
            at += line[at] == ","
        at += 1
    number = line[at + 1:]
    assert line[at] == " " and NUMBER.fullmatch(number), number
    return name, labels, number


def exposition(text):
    """Families in order: name, type and samples. From the page on exposition formats."""
    families = {}
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        assert line
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert METRIC_NAME.fullmatch(name) and rest
            family = families.setdefault(name, {"samples": []})
            assert word in ("HELP", "TYPE") and word not in family and not family["samples"]
            assert word == "HELP" or rest in ("gauge", "counter", "untyped")
            family[word] = rest
        else:
            name, labels, number = sample(line)
            assert name == list(families)[-1], "families are not interrupted"
            families[name]["samples"].append((labels, number))
    for family in families.values():
        names = [tuple(sorted(labels.items())) for labels, _ in family["samples"]]
        assert len(set(names)) == len(names), "series are unique"
        assert len({tuple(sorted(labels)) for labels, _ in family["samples"]}) <= 1
    return families


def go_number(value):
    if isinstance(value, bool):
        return "1" if value else "0"
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(shown(value), shown(value))


def check_prometheus(report):
    text = report.print_as("prometheus")
    families = exposition(text)
    samples = {name: family["samples"] for name, family in families.items()}
    theirs = {f.name: f.samples for f in text_string_to_metric_families(text)}
    for name, found in samples.items():
        their = [(s.labels, s.value, s.timestamp) for s in theirs.pop(name)]
        assert [labels for labels, *_ in their] == [labels for labels, _ in found]
        for (_, number, stamp), (_, ours) in zip(their, found):
            assert stamp is None and repr(number) == repr(float(ours))
    assert not theirs
    labels = [{k: shown(row[k]) for k in ("check", "dataset", "metric", "severity")}
              for row in report.rows]
    for name, column in (("value", "value"), ("threshold", "threshold"),
                         ("baseline", "baseline")):
        wanted = []
        for row, own in zip(report.rows, labels):
            if isinstance(row[column], (int, float)):
                more = {"op": shown(row["op"])} if name == "threshold" else {}
                wanted.append(({**own, **more}, go_number(row[column])))
        assert samples["dsinspect_check_" + name] == wanted
    known = [row["status"] if row["status"] in STATUSES else "failed" for row in report.rows]
    assert samples["dsinspect_check_status"] == [
        ({**own, "status": s}, str(int(s == status)))
        for own, status in zip(labels, known) for s in STATUSES]
    assert samples["dsinspect_checks"] == [
        ({"status": s}, str(known.count(s))) for s in STATUSES]
    assert samples["dsinspect_findings"] == [
        ({"severity": s}, str(sum(f[0] == i for f in report.findings)))
        for i, s in ((3, "error"), (2, "warning"), (1, "note"))]
    (version, one), = samples["dsinspect_build_info"]
    assert list(version) == ["version"] and one == "1"
    assert ("dsinspect_new_findings" in samples) == bool(report.summary)


# --- github -------------------------------------------------------------------------


def unescape(text, *tokens):
    """As the runner does it: one code after the other, the percent sign last."""
    for token in (*tokens, "\r", "\n", "%"):
        text = text.replace(f"%{ord(token):02X}", token)
    return text


def command(line):
    """As the runner reads a line: None where it is no command."""
    if not line.lstrip().startswith("::"):
        assert "##[" not in line
        return None
    head, data = line.lstrip()[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    pairs = [pair.split("=", 1) for pair in rest.strip().split(",") if pair]
    properties = {k: unescape(v, ":", ",") for k, v in pairs}
    return name, properties, unescape(data)


def finding_sentence(rule, source, where, detail):
    where = source if where is None else where
    if where is None and detail is None:
        return safe(rule)
    if where is None or detail is None:
        return safe(where if detail is None else detail)
    colon = ":" if isinstance(where, str) else b":"
    if detail.startswith(where + colon):
        return safe(detail)
    return safe(where) + ": " + safe(detail)


def wanted_commands(report, kind, status, severity):
    """Names apart, an unknown status has failed."""
    rows = [r for r in report.rows if r["status"] == status
            or (status == "failed" and r["status"] not in STATUSES)]
    wanted = [({"title": shown(row["check"])}, sentence(row)) for row in rows]
    for level, _, rule, source, where, detail in report.findings:
        if level == severity:
            properties = {"title": safe(rule)}
            plain = where and where not in ("-", b"-") and safe(where).encode() == (
                where.encode() if isinstance(where, str) else where)
            if plain and ":" not in safe(where) and not safe(where).endswith("]"):
                properties["file"] = safe(where)
            wanted.append((properties, finding_sentence(rule, source, where, detail)))
    return len(wanted), [(kind, *pair) for pair in wanted[:10]]


def trimmed(commands):
    """The runner takes blanks off the ends of the properties, and empty ones away."""
    return [(kind, {k: v.strip(" ") for k, v in properties.items() if v.strip(" ")}, data)
            for kind, properties, data in commands]


def check_github(report):
    *lines, last = report.print_as("github").splitlines()
    found = [command(line) for line in lines]
    assert None not in found and command(last) is None
    n_errors, errors = wanted_commands(report, "error", "failed", 3)
    n_warnings, warnings = wanted_commands(report, "warning", "warned", 2)
    left = max(0, n_errors - 10), max(0, n_warnings - 10)
    if any(left):
        kind, _, data = found.pop()
        assert kind == "notice"
        assert [int(n) for n in re.findall("[0-9]+", data)] == list(left)
    assert trimmed(found) == trimmed(errors + warnings)
    assert re.fullmatch(r"dsinspect check: [a-z]+: [a-z0-9, ]+", last), last


# --- markdown -----------------------------------------------------------------------

TAGS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "strong",
        "details", "summary", "div"}


def rendered(text):
    """As GitHub's own reader makes it, with all its extensions and no tag taken out."""
    done = subprocess.run(
        ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough"],
        input=text.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    return html.fragment_fromstring(done.stdout.decode("utf-8"), create_parent="div")


def span(value):
    """libxml2's reader of HTML drops the two characters that XML has not."""
    return re.sub("[\ufffe\uffff]", "", shown(value).replace("`", "\\x60"))


def cells(row):
    return [cell.text_content() for cell in row]


def limit(row):
    words = " ".join(span(row[k]) for k in ("op", "threshold") if row[k] is not None)
    if row["baseline"] is None:
        return words
    return words + (", " if words else "") + "baseline " + span(row["baseline"])


def check_words(root):
    """Outside code there are our own words and nothing else."""
    for element in root.iter():
        assert element.tag in TAGS, element.tag
        assert not set(element.keys()) - {"align"}
        if element.tag == "code":
            assert len(element) == 0 and element.getparent().tag == "td"
        else:
            ours = (element.text or "") + "".join(child.tail or "" for child in element)
            assert re.fullmatch(r"[A-Za-z0-9,.: \n]*", ours), ours


def check_markdown(report):
    text = report.print_as("markdown")
    root = rendered(text)
    check_words(root)
    known = {status: report.of(status) for status in STATUSES}
    known["failed"] = [row for row in report.rows
                       if row["status"] not in ("passed", "warned", "skipped")]
    opened = known["failed"] + known["warned"] + known["skipped"]
    tables = [[cells(row) for row in table.findall("tbody/tr")] for table in root.iter("table")]
    wanted = [rows[:100] for rows in (opened, known["passed"]) if rows]
    for table, rows in zip(tables, wanted):
        for row, want in zip(table, rows, strict=True):
            status = want["status"] if want["status"] in STATUSES else "failed"
            assert row == [status, span(want["check"]), span(want["value"]), limit(want),
                           span(want["detail"])], row
    findings = report.findings[:50]
    assert len(tables) == len(wanted) + bool(findings)
    if findings:
        assert tables[-1] == [
            [("note", "warning", "error")[level - 1], span(rule),
             span(source if where is None else where), span(detail)]
            for level, _, rule, source, where, detail in findings]
    assert len(root.findall(".//details")) == bool(known["passed"])
    for rows, most in ((opened, 100), (known["passed"], 100), (report.findings, 50)):
        assert (f"... and {len(rows) - most} more" in text) == (len(rows) > most)
    assert root[0].tag == "h2" and root[0].text.startswith("dsinspect check: ")


def check_places():
    """A file is named where there is one to show."""
    for where, is_file in (
            (b"data/cat/a b.png", True), (b"img[1].png", True), (b"/abs/a.npy", True),
            (b"a.npy[7]", False), (b"a.h5:/x", False), (b"a.h5:/x[3]", False),
            (b"-", False), (b"-[3]", False), (b"", False), (b"a\nb.png", False),
            (b"\xff.png", False), (b"back\\slash.png", False)):
        report = Report()
        report.finding("error", "r.s", "source", where, "d")
        _, properties, _ = command(report.print_as("github").splitlines()[0])
        assert properties == {"title": "r.s", **({"file": where.decode()} if is_file else {})}


check_schema_refuses()
check_places()
for make in plain_report, empty_report, nulls_report, long_report, hostile_report:
    REPORT = make()
    for form, check in (("junit", check_junit), ("prometheus", check_prometheus),
                        ("github", check_github), ("markdown", check_markdown)):
        check(REPORT)
        assert REPORT.print_as(form) == REPORT.print_as(form)
    print(make.__name__, len(REPORT.rows), "rows", len(REPORT.findings), "findings: sound")
# One at a time, as the first ten alone are printed.
for name in HOSTILE:
    REPORT = Report()
    REPORT.row(check=name, status="failed", dataset=name, metric=name, value=name, op=name,
               threshold=name, baseline=name, detail=name)
    REPORT.finding("error", *[name.replace(b"\0", b"")] * 4)
    for check in check_junit, check_github, check_markdown, check_prometheus:
        check(REPORT)
print(len(HOSTILE), "hostile names in every place: sound")
