"""Reports against Python: numbers against repr, widths against unicodedata, and every
format read back by Python's own json and csv, with names as hostile as they come."""

import csv
import io
import json
import math
import os
import re
import struct
import subprocess
import tempfile
import unicodedata

import numpy as np

PROBE = os.path.join(os.environ["DSI_BUILD"], "tests", "report_probe")


def probe(*args, data=b"", env=None):
    return subprocess.run(
        [PROBE, *args], input=data, stdout=subprocess.PIPE, check=True,
        env={**os.environ, **(env or {})}).stdout


# --- numbers -------------------------------------------------------------------------


def special_doubles():
    powers_of_two = np.ldexp(1.0, np.arange(-1074, 1024))
    values = [0.0, -0.0, math.inf, -math.inf, math.nan, -math.nan, 5e-324,
              2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308,
              0.1, 1 / 3, 1e15, 1e16, 1e17, 9999999999999998.0, 1e-4, 9.9999e-5, 1e22,
              1e23, 2**53, 2**53 - 1, 2**53 + 2, 2**63, 2**64, 123456789012345680.0]
    tens = [float(f"1e{e}") for e in range(-323, 309)]
    neighbours = np.concatenate([powers_of_two, np.array(tens)])
    return np.concatenate([
        np.array(values, np.float64), neighbours, np.nextafter(neighbours, math.inf),
        np.nextafter(neighbours, 0.0), -neighbours])


def random_doubles():
    random = np.random.default_rng(0)
    n = 60_000
    bits = random.integers(0, 2**64, 1_000_000, dtype=np.uint64).view(np.float64)
    subnormal = random.integers(0, 2**52, n, dtype=np.uint64).view(np.float64)
    return np.concatenate([
        bits, subnormal,
        random.random(n),                                   # 15 to 17 digits
        np.round(random.random(n) * 1000, 3),               # what people write
        random.integers(-10**15, 10**15, n) / 10.0**random.integers(0, 23, n),
        random.integers(2**52, 2**64, n, dtype=np.uint64).astype(np.float64),
        np.ldexp(random.integers(1, 2**53, n).astype(np.float64), -60),
    ])


def python_form(value):
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text


def check_doubles():
    values = np.concatenate([special_doubles(), random_doubles()])
    got = probe("doubles", data=values.tobytes()).decode("ascii").split("\n")
    assert got.pop() == ""
    assert len(got) == len(values)
    wanted = repr(values.tolist())[1:-1].replace(".0,", ",").split(", ")
    wanted[-1] = python_form(values[-1].item())
    if got != wanted:
        wrong = next(i for i in range(len(got)) if got[i] != wanted[i])
        raise AssertionError((values[wrong].hex(), got[wrong], wanted[wrong]))
    return len(values)


def check_short_doubles():
    """Six significant digits, but never fewer than the integer part has."""
    random = np.random.default_rng(1)
    values = np.concatenate([
        special_doubles(), random.random(5000),
        10.0 ** random.uniform(-12, 20, 20000)])
    got = probe("short", data=values.tobytes()).decode("ascii").split("\n")
    for value, text in zip(values.tolist(), got):
        if not math.isfinite(value) or len(significant(repr(value))) <= 6:
            assert text == python_form(value), (value, text)
            continue
        exponent = int(f"{value:.16e}".split("e")[1])
        digits = max(6, exponent + 1) if exponent < 16 else 6
        want = float(f"{value:.{digits - 1}e}") if digits < 17 else value
        assert float(text) == want, (value, text)
        assert len(text) <= len(python_form(value)), (value, text)


def significant(text):
    return text.lower().split("e")[0].replace("-", "").replace(".", "").strip("0")


def check_decimal_comma():
    """The printed numbers are the same where the locale has a decimal comma."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            ["localedef", "-c", "-i", "de_DE", "-f", "UTF-8",
             os.path.join(folder, "de_DE.UTF-8")], capture_output=True)
        if made.returncode:
            print("decimal comma: no localedef here, not tested")
            return
        values = np.concatenate([special_doubles()[:40],
                                 np.random.default_rng(2).random(200) * 1e-12])
        env = {"LOCPATH": folder, "REPORT_PROBE_LOCALE": "de_DE.UTF-8"}
        for form in "doubles", "short":
            plain = probe(form, data=values.tobytes())
            comma = probe(form, data=values.tobytes(), env=env)
            assert plain == comma and b"," not in comma


# --- widths --------------------------------------------------------------------------


def unicode_width(code):
    """As text_width.c states it, from the database."""
    character = chr(code)
    if unicodedata.category(character) in ("Mn", "Me", "Cf") and code != 0xAD:
        return 0
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def check_widths():
    got = probe("widths").decode("ascii")
    newer = unicodedata.unidata_version > "14.1"
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cn", "Cs"):
            continue
        if int(got[code]) != unicode_width(code) and not newer:
            raise AssertionError(hex(code))


# --- formats -------------------------------------------------------------------------

HOSTILE = [
    b"plain", b"", b" spaces ", b"tab\there", b"new\nline", b"cr\rlf\r\n", b'quote"s',
    b"comma,comma", b'",",\n"', b"back\\slash", b"\\n", b"\\", b"\\\\", b"\\xff",
    b"\\x5cxff", b"\\x5c", b"\xff", b"\\\xff", b"\xff\\xff", b"\\xf\xff", b"C:\\xampp",
    b"\\xFF", b"\\x", b"\\xf", b"\x1b[31mred\x1b[0m", b"\x00", b"a\x00b", b"\x7f",
    b"\xc2\x85", b"\xe2\x80\xae" + b"gpj.exe", b"\xd8\x9c", b"\xe2\x81\xa6",
    b"\xe2\x80\xa8", "日本語".encode(), "e\u0301".encode(), "\U0001f600".encode(),
    b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\xf0\x82\x82\xac",
    b"\xe6\x97", b"\x80", b"'single'", b"=1+1", b"</script>", b"#", bytes(range(256)),
    b"\b\f\v\a", b"x" * 200_000,
]


def hostile_records():
    random = np.random.default_rng(3)
    alphabet = np.frombuffer(b"\\xf0ab9\xff\xe6\x97\xa5\n\t\",\x1b", np.uint8)
    names = list(HOSTILE)
    names += [random.choice(alphabet, random.integers(1, 12)).tobytes()
              for _ in range(2000)]
    names = list(dict.fromkeys(names))
    naturals = [0, 1, 2**53 + 1, 2**63, 2**64 - 1]
    reals = [0.1, -0.0, 1e300, math.nan, math.inf, -math.inf, 5e-324, 3.0]
    return [(name, naturals[i % 5], reals[i % 8]) for i, name in enumerate(names)]


def pack(records):
    return b"".join(struct.pack("<I", len(name)) + name + struct.pack("<Qd", n, real)
                    for name, n, real in records)


def signed(natural):
    return natural - 2**64 if natural >= 2**63 else natural


def json_name(text):
    """The bytes of a name, as report.h says to get them back."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]),
                  text.encode("utf-8"))


def unescape(field):
    """The bytes of a tsv or csv field, as the contract says to get them back."""
    short = {b"\\": b"\\", b"t": b"\t", b"n": b"\n", b"r": b"\r"}
    return re.sub(rb"\\(?:x([0-9a-f]{2})|([\\tnr]))",
                  lambda m: bytes([int(m[1], 16)]) if m[1] else short[m[2]], field)


def no_duplicates(pairs):
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def strict_json(text):
    def refuse(name):
        raise AssertionError(name)
    return json.loads(text, parse_constant=refuse, object_pairs_hook=no_duplicates)


def finite(real):
    return real if math.isfinite(real) else None


def check_row(row, record):
    name, natural, real = record
    assert list(row) == ["name", "natural", "integer", "real", "flag", "nothing"]
    assert json_name(row["name"]) == name
    assert row["natural"] == natural and row["integer"] == signed(natural)
    assert repr(row["real"]).replace(".0", "") == repr(finite(real)).replace(".0", "") \
        or row["real"] == finite(real)
    assert row["flag"] is bool(len(name) % 2) and row["nothing"] is None


def check_findings(findings, records):
    assert len(findings) == len(records)
    for finding, (name, natural, _) in zip(findings, records):
        text = name.split(b"\0")[0]  # findings are C strings
        assert list(finding) == ["rule", "severity", "source", "index", "where",
                                 "detail"]
        assert finding["rule"] == "hostile" and finding["severity"] == "warning"
        assert json_name(finding["source"]) == json_name(finding["detail"]) == text
        assert finding["index"] == (None if natural == 2**64 - 1 else natural)
        if len(name) % 2:
            assert json_name(finding["where"]) == text
        else:
            assert finding["where"] is None


def no_raw_controls(data, ends):
    """Nothing that a terminal would obey is in the output, whatever went in."""
    text = data.decode("utf-8")
    for character in set(text) - set(ends):
        assert unicodedata.category(character) != "Cc", repr(character)
        assert not re.match("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", character)


def check_json(records):
    data = probe("json", data=pack(records))
    no_raw_controls(data, "\n")
    whole = strict_json(data)
    assert list(whole) == ["schema", "tool", "input", "parameters", "summary", "rows",
                           "findings"]
    assert whole["schema"] == "dsinspect.probe/1"
    assert whole["tool"]["name"] == "dsinspect" and set(whole["tool"]) == {
        "name", "version"}
    names = [name for name, _, _ in records]
    assert [json_name(i) for i in whole["input"]] == [n.split(b"\0")[0] for n in names]
    assert [json_name(i) for i in whole["parameters"]["names"]] == names
    assert whole["parameters"]["limit"] is None
    assert len({row["name"] for row in whole["rows"]}) == len(set(names))
    assert whole["summary"] == {
        'a "key"\n': 0.1,
        "nulls_from_non_finite":
            1 + sum(not math.isfinite(real) for _, _, real in records)}
    for row, record in zip(whole["rows"], records, strict=True):
        check_row(row, record)
    check_findings(whole["findings"], records)
    lines = data.decode("utf-8").splitlines()
    assert len([x for x in lines if x.startswith('{"name":"')]) == len(records)
    assert len([x for x in lines if x.startswith('{"rule":"')]) == len(records)


def check_ndjson(records):
    for flag, end in ((), b"\n"), (("z",), b"\0"):
        data = probe("ndjson", *flag, data=pack(records))
        lines = data.split(end)
        assert lines.pop() == b""
        last = strict_json(lines.pop())
        for line, record in zip(lines, records, strict=True):
            check_row(strict_json(line), record)
        assert list(last) == ["summary", "findings"]
        assert last["summary"]["nulls_from_non_finite"] == sum(
            not math.isfinite(real) for _, _, real in records)
        check_findings(last["findings"], records)


def check_empty():
    whole = strict_json(probe("json"))
    assert whole["rows"] == [] and whole["findings"] == [] and whole["input"] == []
    assert strict_json(probe("ndjson"))["findings"] == []


def check_fields(fields, record):
    name, natural, real = record
    assert unescape(fields[0]) == name
    assert fields[1:] == [
        str(natural).encode(), str(signed(natural)).encode(),
        python_form(real).encode(), b"true" if len(name) % 2 else b"false", b""]


def check_tsv(records):
    for flag, end in ((), b"\n"), (("z",), b"\0"):
        data = probe("tsv", *flag, data=pack(records))
        no_raw_controls(data, "\t" + end.decode())
        header, *lines = data.split(end)
        assert lines.pop() == b""
        assert header == b"name\tnatural\tinteger\treal\tflag\tnothing"
        for line, record in zip(lines, records, strict=True):
            check_fields(line.split(b"\t"), record)


def check_csv(records):
    csv.field_size_limit(10**7)
    data = probe("csv", data=pack(records))
    no_raw_controls(data, "\n")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""),
                               strict=True)
    assert header == ["name", "natural", "integer", "real", "flag", "nothing"]
    for row, record in zip(rows, records, strict=True):
        check_fields([field.encode("utf-8") for field in row], record)


def check_table(records):
    data = probe("table", data=pack([r for r in records if len(r[0]) < 1000]))
    no_raw_controls(data, "\n")


print(check_doubles(), "doubles as Python's repr writes them")
check_short_doubles()
check_decimal_comma()
check_widths()
RECORDS = hostile_records()
for check in check_json, check_ndjson, check_tsv, check_csv, check_table:
    check(RECORDS)
check_empty()
print(len(RECORDS), "hostile records back from json, ndjson, tsv and csv")
