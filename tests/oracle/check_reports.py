"""Reports of `check` made up for test_check_writers.py, and what each text and number of
one reads like in print. Names are as hostile as they come."""

import os
import re
import struct
import subprocess

BUILD = os.environ["DSI_BUILD"]
PROBE = os.path.join(BUILD, "tests", "check_report_probe")
STATUSES = "passed", "warned", "failed", "skipped"
COLUMNS = ("check", "status", "severity", "dataset", "metric", "value", "op", "threshold",
           "baseline", "detail")

HOSTILE = [
    b"plain", b"<script>alert(1)</script>", b"</code></td><script>alert(1)</script>",
    b"quote\" and 'apostrophe'", b"a & b &amp; &#64; &lt;", b"]]>", b"<![CDATA[x", b"<!-- x",
    b"new\nline", b"cr\rlf\r\n", b"tab\there", b"\x1b[31mred\x1b[0m", b"nul\x00byte",
    "bidi \u202e\u2066txt.exe\u2069".encode(), "lines\u2028\u2029\u0085".encode(),
    "no characters \ufffe\uffff \U0001fffe".encode(), b"not UTF-8 \xff\xfe \xed\xa0\x80",
    b"back\\slash", b"\\", b"\\xff", b"ends in \\", b"`", b"``", b"`x`", b"`" * 100,
    b"a `` b ``` c", b"a|b", b"\\|", b"\\\\|x", b"|---|", b" ", b"   ", b" blanks ", b" `",
    b"@octocat and a@b.org", b"https://example.org/ www.example.org", b"[a](http://b.org)",
    b"![a](http://b.org/c.png)", b"#1 !2 deadbeef", b"**bold** _em_ ~~no~~", b"* item",
    b"# heading", b"1. one", b"> quote", b"---", b"::error::no", b"::stop-commands::x",
    b"##[error]no", b"%0A%0D%25%3A", b"a:b,c=d", b"100 %", b"{le=\"+Inf\"} 1 # HELP",
    "na\u00efve \u732b \U0001f98a".encode(), b"$`x`$", b"x" * 5000,
]


# --- what is put in -----------------------------------------------------------------


def pack_value(value):
    if value is None:
        return b"\0"
    if isinstance(value, bool):
        return b"\1" + struct.pack("<Q", value)
    if isinstance(value, int):
        return (b"\3" + struct.pack("<Q", value) if value >= 0
                else b"\2" + struct.pack("<q", value))
    if isinstance(value, float):
        return b"\4" + struct.pack("<d", value)
    value = value.encode() if isinstance(value, str) else value
    return b"\5" + struct.pack("<I", len(value)) + value


def pack(letter, values):
    return letter + b"".join(map(pack_value, values))


class Report:
    def __init__(self):
        self.rows, self.findings, self.summary = [], [], []

    def row(self, **fields):
        fields.setdefault("status", "failed")
        fields.setdefault("severity", "error")
        self.rows.append({name: fields.get(name) for name in COLUMNS})

    def finding(self, severity, rule, source=None, where=None, detail=None, index=None):
        self.findings.append((("note", "warning", "error").index(severity) + 1, index, rule,
                              source, where, detail))

    def print_as(self, form):
        data = b"".join([pack(b"R", row.values()) for row in self.rows]
                        + [pack(b"S", pair) for pair in self.summary]
                        + [pack(b"F", finding) for finding in self.findings])
        done = subprocess.run([PROBE, form], input=data, capture_output=True)
        assert done.returncode == 0 and not done.stderr, done
        text = done.stdout.decode("utf-8", "strict")
        assert text.endswith("\n") or not text
        for character in text:
            assert character == "\n" or not is_unsafe(character), hex(ord(character))
        return text

    def of(self, status):
        return [row for row in self.rows if row["status"] == status]


def is_unsafe(character):
    return re.match("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]",
                    character)


def safe(value):
    """As dsi_escape_text says it escapes."""
    raw = value.encode() if isinstance(value, str) else value
    out = []
    for character in raw.decode("utf-8", "surrogateescape"):
        short = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(character)
        if short:
            out.append(short)
        elif is_unsafe(character) or 0xDC80 <= ord(character) <= 0xDCFF:
            out += [f"\\x{b:02x}" for b in character.encode("utf-8", "surrogateescape")]
        else:
            out.append(character)
    return "".join(out)


def shown(value):
    """A value as the text formats print it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    return str(value) if isinstance(value, int) else safe(value)


def sentence(row):
    text = shown(row["metric"]) if row["metric"] is not None else shown(row["check"])
    text += " has no value" if row["value"] is None else " is " + shown(row["value"])
    limit = " ".join(shown(row[k]) for k in ("op", "threshold") if row[k] is not None)
    limit = [limit] if limit else []
    if row["baseline"] is not None:
        limit.append("baseline " + shown(row["baseline"]))
    text += "".join(", " + part for part in limit)
    return text if row["detail"] is None else text + ": " + shown(row["detail"])


def hostile_report():
    report = Report()
    values = [1, 0.5, -3, True, False, None, b"text", float("nan"), float("inf"),
              -float("inf"), 2**64 - 1, 1e300]
    for i, name in enumerate(HOSTILE):
        for status in STATUSES:
            report.row(check=name + b"/" + status.encode(), status=status, dataset=name,
                       metric=b"balance." + name, value=values[i % len(values)], op=b"max",
                       threshold=values[(i + 1) % len(values)],
                       baseline=values[(i + 2) % len(values)], detail=name)
        report.finding("error", b"balance." + name.replace(b"\0", b""),
                       *[name.replace(b"\0", b"")] * 3)
    return report


def plain_report():
    report = Report()
    report.row(check="train: balance.imbalance_ratio max", dataset="train", status="failed",
               metric="balance.imbalance_ratio", value=12.5, op="max", threshold=10,
               detail="class cat")
    report.row(check="val: balance.classes equals", dataset="val", status="passed",
               metric="balance.classes", value=4, op="equals", threshold=4)
    report.row(check="train: images.blurred.count max", dataset="train", status="warned",
               severity="warning", metric="images.blurred", value=3, op="max_change",
               threshold=0.1, baseline=2)
    report.row(check="golden", status="skipped", severity="off", detail="no such file")
    report.finding("error", "balance.empty_class", "data/train", "data/train/cat", "no sample")
    report.finding("error", "labels.split_leak", "train", None, "a.png is in val, too", 7)
    report.finding("error", "labels.dup_conflict", "train", "a.png", "a.png: not 'cat'", 9)
    report.finding("warning", "images.suffix_lies", "data", "data/rose_05.jpg", "holds png", 5)
    report.finding("note", "range.assumed", "a.h5", "a.h5:/x", "one channel")
    report.summary = [("verdict", "failed"), ("new_findings", 1)]
    return report


def empty_report():
    return Report()


def nulls_report():
    report = Report()
    for status in STATUSES:
        report.row(check=status, status=status, severity=None)
    report.row(check="metric only", metric="no_dot")
    report.row(check="unheard of", status="unheard of")
    report.finding("error", "no_dot")
    report.finding("warning", "w")
    return report


def long_report():
    report = Report()
    for i in range(400):
        report.row(check=f"c{i}", status=STATUSES[i % 4], dataset=f"d{i % 7}",
                   metric="labels.rows", value=i, op="max", threshold=3)
    for i in range(75):
        report.finding("error", "labels.near_name", "s", f"w{i}", f"d{i}", i)
        report.finding("warning", "labels.odd", "s", f"w{i}", f"d{i}", i)
        report.finding("error", "label.other", "s", f"w{i}", f"d{i}", i)
    return report
