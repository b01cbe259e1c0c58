"""CSV against Python's csv module and pandas: the cells, the names, and the documented
rules for separator and header, written here a second time in Python."""

import csv
import io
import random

import pandas
from pandas._libs.parsers import STR_NA_VALUES  # "None" is one of later versions

from oracle import TestCase, dump, DumpError, main

csv.field_size_limit(1 << 30)

USUAL = set("""path paths file files filename file_name filepath image img image_path
    img_path image_id id name label labels class classes class_name category target y
    species split set subset fold partition train_test text sentence""".split())
NAMES = {",": "comma", "\t": "tab", ";": "semicolon"}
SPACE = " \t\n\v\f\r"


def records(text, separator):
    """What Python's csv module makes of it, empty lines dropped as DictReader does."""
    text = text.decode("latin-1")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator or "\x01")
    return [row for row in rows if row]


def separator_of(text):
    count = {s: len(records(text, s)[0]) for s in NAMES}
    if count["\t"] > 1:
        return "\t"
    best = "," if count[","] >= count[";"] else ";"
    return best if count[best] > 1 else None


def is_number(cell):
    try:
        float(cell.strip(SPACE))
    except ValueError:
        return False
    return "_" not in cell


def has_header(rows):
    if any(cell.strip(SPACE).lower() in USUAL for cell in rows[0]):
        return True
    if any(is_number(cell) for cell in rows[0]):
        return False
    for i in range(len(rows[0])):
        cells = [row[i] for row in rows[1:65] if i < len(row) and row[i]]
        told = [cell for cell in cells if is_number(cell) or cell not in STR_NA_VALUES]
        if told and all(map(is_number, told)):
            return True
    return False


def rules(text):
    """(note, columns as lists of bytes) by the documented rules and csv.reader."""
    separator = separator_of(text)
    rows = records(text, separator)
    header = has_header(rows)
    note = ("header, " if header else "no header, ") + (
        NAMES[separator] + "-separated" if separator else "one column")
    width = len(rows[0])
    rows = [(row + [""] * width)[:width] for row in rows[header:]]
    return note, [[row[i].encode("latin-1") for row in rows] for i in range(width)]


def cells(arrays):
    return [list(values) for _, values in arrays]


class Cells(TestCase):
    def same(self, text, *options):
        path = self.dir / "a.csv"
        path.write_bytes(text)
        note, columns = rules(text)
        got = dump(path, *options)
        self.assertEqual([m["note"] for m, _ in got], [note] * len(columns), text[:200])
        self.assertEqual(cells(got), columns, text[:200])
        return got

    def test_written_by_csv_writer(self):
        r = random.Random(1)
        bits = ["a", "b", "1", "2.5", " ", ",", ";", "\t", '"', "\n", "\r\n", "é", "x" * 90]
        for i in range(150):
            out = io.StringIO(newline="")
            writer = csv.writer(out, delimiter=r.choice(",\t;"),
                                quoting=r.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
                                lineterminator=r.choice(["\n", "\r\n"]))
            width = r.randrange(1, 6)
            for _ in range(r.randrange(1, 40)):
                writer.writerow(["".join(r.choices(bits, k=r.randrange(4)))
                                 for _ in range(width)])
            text = out.getvalue().encode()
            if text.strip():
                self.same(text if r.random() < 0.5 else text.rstrip(b"\r\n") or b"a",
                          f"--rows={r.randrange(1, 9)}")

    def test_any_text_at_all(self):
        r = random.Random(2)
        for i in range(300):
            text = bytes(r.choices(b'aab1"",,;\t\n\n ', k=r.randrange(1, 120)))
            text = text.replace(b"\n", r.choice([b"\n", b"\r\n"]))
            if text.strip(b"\r\n"):
                self.same(text)

    def test_pandas_agrees(self):
        r = random.Random(3)
        path = self.dir / "a.csv"
        for i in range(40):
            names = r.choices(["label", "a", "a.1", "b", "a.2", "", "Unnamed: 2", "y"],
                              k=r.randrange(2, 7))
            names[0] = "label"
            frame = pandas.DataFrame([["".join(r.choices('xy,"\n1 é', k=3)) for _ in names]
                                      for _ in range(r.randrange(1, 30))], columns=names)
            frame.to_csv(path, index=False)
            expected = pandas.read_csv(path, dtype=str, keep_default_na=False)
            got = dump(path)
            self.assertEqual([m["name"] for m, _ in got], list(expected.columns))
            self.assertEqual(cells(got), [[v.encode() for v in expected[c]]
                                          for c in expected])

    def test_larger_than_windows_and_index(self):
        r = random.Random(4)
        rows = [["path", "label"]] + [[f"{i}/" + "p" * r.randrange(60),
                                       r.choice(['a,"b"\n', "cat", ""])]
                                      for i in range(60000)]
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        self.check(len(out.getvalue()) > 2 << 20)
        self.same(out.getvalue().encode(), "--rows=9973")

    def test_no_name(self):
        path = self.dir / "a.csv"
        path.write_bytes(b"1,cat\n2,dog\n")
        self.assertEqual([m["name"] for m, _ in dump(path)], ["0", "1"])
        (meta, got), = dump(path, name="1")
        self.assertEqual(list(got), [b"cat", b"dog"])


class Header(TestCase):
    def note(self, text):
        path = self.dir / "a"
        path.write_bytes(text)
        return dump(path, "--header")[0][0]["note"]

    def test_usual_names(self):
        for name in sorted(USUAL):
            for cell in (name, name.upper(), f'" {name} "'):
                self.assertEqual(self.note(f"{cell},q\nr,s\n".encode()),
                                 "header, comma-separated", cell)
        for name in ("paths2", "label s", "i", "pat", ""):
            self.assertEqual(self.note(f"{name},q\nr,s\n".encode()),
                             "no header, comma-separated", name)

    def test_cases_by_hand(self):
        for text, expected in {
            b"u,v\nw,1\nx,2\n": "header, comma-separated",
            b"u,v\nw,1\nx,z\n": "no header, comma-separated",
            b"u,v\nw,1\nx,\n": "header, comma-separated",
            b"u,3\nw,1\nx,2\n": "no header, comma-separated",
            b",v\n0,1\n": "header, comma-separated",
            b"u\tv\n": "no header, tab-separated",
            b"label": "header, one column",
            b"cat\ndog\n": "no header, one column",
            b"a;b,c;d\n1;2;3\n": "header, semicolon-separated",
            b"a,b;c\n1,2\n": "header, comma-separated",
            b"a b,c,d\te\n": "no header, tab-separated",
            b'"a,b,c";d\n': "no header, semicolon-separated",
        }.items():
            self.assertEqual(self.note(text), expected, text)

    def test_64_records_are_looked_at(self):
        text = b"u,v\n" + b"x,1\n" * 64
        self.assertEqual(self.note(text + b"x,x\n"), "header, comma-separated")
        self.assertEqual(self.note(b"u,v\n" + b"x,1\n" * 63 + b"x,x\n"),
                         "no header, comma-separated")

    def test_numbers_are_floats(self):
        r = random.Random(5)
        words = ["1", ".5", "5.", ".", "+1", "--1", "1e5", "1e", "e5", "nan", "-INF",
                 "infinity", "infin", "0x10", "1e+05", "1.e-3", "1,5", "", " 7 ", "1 2"]
        words += ["".join(r.choices("1.e+-", k=r.randrange(1, 6))) for _ in range(200)]
        for word in words:
            text = f'u;v\nx;"{word}"\n'.encode()
            expected = "header" if word and is_number(word) else "no header"
            self.assertEqual(self.note(text), expected + ", semicolon-separated", word)


class Warnings(TestCase):
    def warnings(self, text):
        path = self.dir / "a.csv"
        path.write_bytes(text)
        arrays = dump(path)
        return [(w["rule"], w["message"]) for w in arrays[0][0]["warnings"]], cells(arrays)

    def test_ragged(self):
        got, columns = self.warnings(b"id,a,b\n1,2,3\n\n4\n5,6,7,8\n9,10\n")
        self.assertEqual(columns, [[b"1", b"4", b"5", b"9"], [b"2", b"", b"6", b"10"],
                                   [b"3", b"", b"7", b""]])
        self.assertEqual([rule for rule, _ in got], ["decoder", "decoder"])
        self.check("2 records have fewer fields" in got[0][1] and "line 4" in got[0][1])
        self.check("1 record has more fields" in got[1][1] and "line 5" in got[1][1])

    def test_unterminated_quote(self):
        got, columns = self.warnings(b'id,a\n"1\n",2\n3,"four\n5,6\n')
        self.assertEqual(columns, [[b"1\n", b"3"], [b"2", b"four\n5,6\n"]])
        (rule, message), = got
        self.check(rule == "truncated" and "line 4" in message, message)

    def test_byte_order_marks(self):
        got, columns = self.warnings(b'\xef\xbb\xbf"id",a\n1,2\n')
        self.assertEqual((got, columns), ([], [[b"1"], [b"2"]]))
        path = self.dir / "b.csv"
        for encoding in ("utf-16", "utf-16-be"):
            path.write_bytes("\ufeffid,a\n1,2\n".encode(encoding))
            self.refused(path, "unsupported", "UTF-16")

    def test_lone_cr_is_text(self):
        got, columns = self.warnings(b"id,a\r\n1\r2,3\r\r\n4,5\r")
        self.assertEqual((got, columns), ([], [[b"1\r2", b"4"], [b"3\r", b"5"]]))

    def test_latin_1_passes_through(self):
        self.assertEqual(self.warnings(b"id,a\n\xe9,\xff\n")[1], [[b"\xe9"], [b"\xff"]])

    def test_not_csv_at_all(self):
        path = self.dir / "b.csv"
        for text in (b"id,a\n\x1b[31m,1\n", b"id\0", b"\x7fELF"):
            path.write_bytes(text)
            self.refused(path, "unreadable")


def hostile():
    """Crafted files: (name, bytes, the rule of the refusal or None, options)."""
    big = 1 << 20
    yield "nul", b"id,a\n1,2\n" + b"x" * 80 + b"\0\n", "unreadable", []
    yield "nul first", b"\0id,a\n", "unreadable", []
    yield "nul late", b"id\n" + b"x\n" * 3 * big + b"\0", "unreadable", []
    yield "only newlines", b"\n" * 5 * big, "unreadable", []
    yield "only crlf", b"\r\n" * big, "unreadable", []
    yield "one newline", b"\n", "unreadable", []
    yield "only a mark", b"\xef\xbb\xbf", "truncated", []
    yield "empty", b"", "truncated", []
    yield "two marks", b"\xef\xbb\xbf\xef\xbb\xbfid\n1\n", None, []
    yield "utf-32", b"\xff\xfe\0\0i\0\0\0", "unsupported", []
    yield "quote", b'"', None, []
    yield "two quotes", b'""', None, []
    yield "three quotes", b'"""', None, []
    yield "odd quotes", b'"' * (4 * big + 1), None, []
    yield "even quotes", b'"' * (4 * big), None, []
    yield "open quote", b'id,a\n1,"' + b"x,\n" * 3 * big, None, []
    yield "open quote, limit", b'id,a\n1,"' + b"x,\n" * big, "limit", ["--limit-bytes=1000000"]
    yield "megabyte field", b"id,a\n" + b"y" * 7 * big + b",1\n", None, []
    yield "megabyte name", b"y" * 7 * big + b",id\n1,2\n", None, []
    yield "megabyte quoted", b'id,a\n"' + b'""' * 3 * big + b'",1\n', None, []
    yield "long line, limit", b"id\n" + b"x" * 1001, "limit", ["--limit-bytes=1000"]
    yield "long first, limit", b"x" * 6 * big, "limit", [f"--limit-bytes={5 * big}"]
    yield "million columns", b"," * 1000000, "unreadable", []
    yield "million tabs", b"\t" * 5 * big, "unreadable", []
    yield "65537 columns", b"," * 65536, "unreadable", []
    yield "million in line 2", b"id,a\n" + b"," * 1000000 + b"\n", None, []
    yield "ragged forever", b"id,a,b\n" + b"1\n1,2,3,4\n" * 100000, None, []
    yield "only separators", b",,,\n" * 100000, None, []
    yield "only spaces", b" " * 3 * big, None, []
    yield "only cr", b"\r" * 3 * big, None, []
    yield "bad utf-8", b"id,a\n" + bytes(range(128, 256)) * 1000 + b",1\n", None, []
    yield "bidi", "id,a\n\u202ejpg.exe,1\n".encode(), None, []
    yield "escape later", b"id,a\n" + b"x" * 100 + b"\x1b]0;t\x07,1\n", None, []
    yield "same names", b"id" + b",id" * 2000 + b"\n", None, ["--header"]
    yield "clashing names", b"id,id,id.1,id.1,id.1.1,id.2\n", None, []
    yield "json", b'{"id": [1, 2, 3],\n "b": "c"}\n', None, []
    yield "zeros", bytes(1 << 16), "unreadable", []


class Hostile(TestCase):
    MEMORY = 256 << 20

    def test_crafted(self):
        path = self.dir / "a.csv"
        count = 0
        for name, text, rule, options in hostile():
            path.write_bytes(text)
            with self.subTest(name):
                count += 1
                if rule:
                    self.refused(path, rule, "", *options, memory=self.MEMORY)
                else:
                    dump(path, *options, memory=self.MEMORY)
        self.check(count >= 30)

    def test_truncated_at_every_byte(self):
        text = b'\xef\xbb\xbfpath,label\r\n"a ""b""\nc",1\r\n\r\nd,"2"\ne,"3\n4"\n'
        path = self.dir / "a.csv"
        for n in range(4, len(text)):
            path.write_bytes(text[:n])
            note, columns = rules(text[3:n])
            got = dump(path, memory=self.MEMORY)
            self.assertEqual(got[0][0]["note"], note, n)
            self.assertEqual(cells(got), columns, n)

    def test_many_columns_in_little_memory(self):
        path = self.dir / "a.csv"
        path.write_bytes(b"u," * 60000 + b"v\n" + b"1," * 60000 + b"2\n")
        arrays = dump(path, "--header", memory=self.MEMORY)
        self.assertEqual(len(arrays), 60001)


if __name__ == "__main__":
    main()
