"""Headers of .npy files, well and ill made, for test_npy.py and the fuzzer's corpus."""

import re


MAGIC = b"\x93NUMPY"


def raw_header(text, version=(1, 0), n=None, encoding=None):
    """Magic, version, length (n, if it is to lie) and text, without padding."""
    if isinstance(text, str):
        text = text.encode(encoding or ("utf-8" if version == (3, 0) else "latin-1"))
    text += b"\n"
    length = len(text) if n is None else n
    return MAGIC + bytes(version) + length.to_bytes(2 if version[0] == 1 else 4,
                                                    "little") + text


def header_bytes(descr, shape, fortran=False, version=(1, 0)):
    return raw_header(f"{{'descr': {descr}, 'fortran_order': {fortran}, "
                      f"'shape': {shape}, }}", version)


def with_descr(descr, **how):
    return header_bytes(descr, "(2,)", **how)


def with_shape(shape):
    return header_bytes("'|i1'", shape)


SEED_DESCRS = [
    "'<f8'", "'|b1'", "'>M8[25us]'", "'|S10'", "'<U3'", "'|V2'", "'|O'",
    "[('a', '<f4'), ('b', '>i2', (2,)), ('', '|V3')]",
    "[(('t', 'a'), '<f4'), ('b', [('c', '|u1'), ('d', '|S4', (2, 3))])]",
    "[('x', [('y', '<c8')], (3,))]",
]

def differs_on_purpose(text):
    """True of what deliberate() lists and a change of few characters may well make:
    strings side by side, dtypes spelt as none is in a file, True for an extent."""
    return re.search(r"""'\s*"|"\s*['"]|[^ (]''|''[^,]  # strings side by side
                         |\w\s*,'|[<>|=]\w\s+\d|'\d|\\  # '<f4,' '<f 4' '1f4' '\1'
                         |'shape':.*True                # for 1
                      """, text, re.X) is not None


def agreed():
    """Headers on which our verdict and NumPy's are the same."""
    for descr in ["'float32'", "'f'", "'|f4'", "'=f4'", "'M8[0s]'", "'M8[1us]'",
                  "'M8[025us]'", "'M8[generic]'", "'M8[]'", "'m8[-1s]'", "'M8'", "'M'",
                  "'M4'", "'M8[s]x'", "'<S'", "'V'", "'V0'", "'U0'", "'b'", "'b1'",
                  "'b2'", "'a5'", "'i'", "'i3'", "'i16'", "'i08'", "'f12'", "'O8'",
                  "'O'", "'?'", "'?1'", "'I4'", "'e'", "'l'", "'L'", "'q'", "'c'",
                  "'S5 '", "' S5'", "'M[ns]'", "'<M[s]'", "'datetime64[ns]'", "'>datetime64[D]'",
                  "'<float32'", "'|bool'", "'>f'", "'<f[s]'", "'M8[s][s]'", "'M8[ D]'",
                  "'<<f4'", "'S1_0'", "'bool'", "'S5x'", "'t'", "''", "'<'", "'|'",
                  "'B1'", "'d8'", "'complex128'", "'f8]'", "u'<f4'", "b'<f4'", '"<f4"',
                  "'\\x3cf4'", "'\\u003cf4'", "'\\074f4'", "'<\\\nf4'", "'<f4',,",
                  "None", "1", "{'a': 1}"]:
        yield with_descr(descr)
    for descr in ["[('', '<f4')]", "[('', '<f4'), ('', '<i4')]",
                  "[('', '|V4'), ('a', '<i4')]", "[('', '|V4'), ('', '|V2')]",
                  "[('', '<f4', (2,)), ('a', '<i4')]", "[('', '<f4', 1), ('a', '<i4')]",
                  "[('', '<f4', ()), ('a', '<i4')]", "[('', [('b', '|u1')], (2,))]",
                  "[('', ('<f4', (2,)))]", "[('', '|O')]", "[('a', '|S0', (2,))]",
                  "[('a', '<U', ())]", "[('a', '|V0', (0,))]",
                  "[('a', '<f4', 1)]", "[('a', '<f4', (1,))]", "[('a', '<f4', ())]",
                  "[('a', '<f4', 2)]", "[('a', ('<f4', (2,)), (3,))]",
                  "[('a', (('<f4', (2,)), (3,)))]", "[('a', '<f4'), ('a', '<i4')]",
                  "[(('t', 'a'), '<f4')]", "[(('t', 'a'), '<f4'), ('t', '<i4')]",
                  "[('t', '<i4'), (('t', 'a'), '<f4')]", "[(('t', 't'), '<f4')]",
                  "[(('t', 'a'), '<f4'), (('t', 'b'), '<f4')]", "[(1, '<f4')]",
                  "[(('t', 1), '<f4')]", "[]", "[('a', [])]",
                  "[('a', [('b', '<f4'), ('c', '<i2')], (3,))]", "[('a',)]", "[()]",
                  "[('a', '<f4', (2,), 1)]", "[('a', '<f4', (-1,))]",
                  "[('a', '<f4', -1)]", "[('a', '<f4', (0,))]",
                  "[('a', '<f4', (True,))]", "[('a', '<f4', 'x')]", "[('a', '|O')]",
                  "[('a', [('b', 'O')])]", "[('a', '<f4', (2, 'x'))]",
                  "[('a.b', 'u1'), ('a', [('c', 'u1')])]", "['a', 'b']", "[1]",
                  "[('a', 1)]", "[('a', None)]"]:
        yield with_descr(descr)
    for shape in ["(2L,)", "(2 L,)", "(2l,)", "(2,),,", "[2]", "2", "(2)", "((2,))",
                  "((2),)", "(02,)", "(00,)", "(-2,)", "(-0,)", "(+2,)", "(--2,)",
                  "(2,3,)", "( 2 , 3)", "(2\n,)", "(\t2\f,)", "(2.0,)", "(1+1j,)",
                  "(2,,)", "(,)", "()", "(2;)", "(None,)", "('2',)",
                  "(0,4611686018427387904,4611686018427387904)",
                  "(4611686018427387904,4)", "(18446744073709551616,)",
                  "(9223372036854775808,)", "(9223372036854775807,)",
                  "(" + "9" * 400 + ",)", "(2 3)", "(2", "2,)"]:
        yield with_shape(shape)
    good = "'descr': '<f4', 'fortran_order': False, 'shape': (2,)"
    for text in ["{%s}" % good, "{%s, }" % good, "({%s})" % good, "{%s,,}" % good,
                 "  {%s}" % good, "{%s} x" % good, "{%s}}" % good, "{%s" % good, "",
                 "{}", "[]", "{%s, 'more': 1}" % good,
                 "{'shape': (2,), 'descr': '<f4'}",
                 "{'shape': (2,), 'fortran_order': True, 'descr': '<f4'}",
                 "{'shape': (2,), 'fortran_order': 0, 'descr': '<f4'}",
                 "{'shape': (2,), 'fortran_order': true, 'descr': '<f4'}",
                 "{'shape': (2,), 'fortran_order': 'True', 'descr': '<f4'}",
                 "{'shape' (2,), 'fortran_order': True, 'descr': '<f4'}",
                 "{1: (2,), 'fortran_order': True, 'descr': '<f4'}",
                 "{'shape': (2,), 'fortran_order': __import__('os'), 'descr': '<f4'}",
                 "\0{%s}" % good, "{%s}\0" % good, "{%s}\xa0" % good]:
        yield raw_header(text)
    for name in ["é", "标", "'"]:
        field = '[("%s", "<f4")]' % name
        yield with_descr(field, version=(3, 0))
        if name != "标":
            yield with_descr(field)
            yield with_descr(field, version=(2, 0))
    yield raw_header(b"{'descr': [('\xff', '<f4')], 'fortran_order': False, "
                     b"'shape': (2,)}", (3, 0))
    yield raw_header(b"{'descr': [('\xed\xa0\x80', '<f4')], 'fortran_order': False, "
                     b"'shape': (2,)}", (3, 0))
    yield raw_header("{%s}" % good + " " * (9999 - 2 - len(good)))   # 10,000 characters
    yield raw_header("{%s}" % good + " " * (10000 - 2 - len(good)))  # and one more
    long_name = "é" * 6000  # 12,000 bytes but 6,000 characters
    yield with_descr(f"[('{long_name}', '<f4')]", version=(3, 0))
    yield with_descr(f"[('{long_name * 2}', '<f4')]", version=(3, 0))


def deliberate():
    """(file, what NumPy says of it); we say the opposite. The reasons are in the
    comments."""
    # Python that NumPy never writes: strings side by side, raw and triple-quoted ones,
    # other bases, underscores, comments, names of characters.
    for descr in ["'<' 'f4'", "r'<f4'", "'''<f4'''", "'<f\\N{DIGIT FOUR}'"]:
        yield with_descr(descr), True
    for shape in ["(0x2,)", "(2_0,)", "(0b1,)"]:
        yield with_shape(shape), True
    # True is not a number of rows. (NumPy fails later, when it makes the array.)
    yield with_shape("(True,)"), True
    # Spellings of dtypes that are never in a file's descr.
    for descr in ["'f4,i4'", "'<f4,'", "'1f4'", "'|\\1'", "'S+1'", "'i 8'", "'int'",
                  "'str'", "'p'", "'half'", "'double'", "'M8[2generic]'",
                  "'M8[us/1000]'", "'(2,)f4'", "'<i 4'", "[('a', '|S', 5)]"]:
        yield with_descr(descr), True
    # NumPy drops objects where padding is; whoever wrote them meant something else.
    yield with_descr("[('', [('a', '|O')], (2,))]"), True
    # C integers that wrap: NumPy takes 4294967296 for 0, 99999999999 for 1215752191
    # and -1 for an item of less than nothing.
    for descr in ["'V4294967296'", "'S99999999999'", "'S-1'"]:
        yield with_descr(descr), True
    # The long doubles of this machine are not those of the next.
    for descr in ["'<f16'", "'<c32'", "'g'", "[('a', '<f16')]"]:
        yield with_descr(descr), True
    # A type with a shape is no type of a whole array; NumPy then fails to reshape.
    for descr in ["('<f4', (2,))", "('<f4', ())", "('<f4', (2,), 3)"]:
        yield with_descr(descr), True
    # Fields are tuples, their shapes too, and their names text without NUL.
    for descr in ["[['a', '<f4']]", "['ab']", "[('a', '<f4', [2])]",
                  "[('a\\x00b', '<f4')]", "[((1, 'a'), '<f4')]"]:
        yield with_descr(descr), True
    # The same key twice: Python keeps the last. We will not guess.
    yield raw_header("{'descr': '<f4', 'shape': (3,), 'fortran_order': False, "
                     "'shape': (2,)}"), True
    # bfloat16 is no dtype of NumPy's; ml_dtypes makes it one.
    yield with_descr("'bfloat16'"), False


def hostile():
    """(file, the rule it must fail by, words of the reason)"""
    ok = "'fortran_order': False, 'shape': (2,)"
    yield b"", "truncated", "empty"
    yield MAGIC, "truncated", ""
    yield MAGIC + b"\x01\x00", "truncated", ""
    yield MAGIC + b"\x01\x00\xff\xff", "limit", "max_header_size"
    yield MAGIC + b"\x01\x00\x10\x27{", "truncated", ""
    yield MAGIC + b"\x02\x00\xff\xff\xff\xff", "limit", "max_header_size"
    yield MAGIC + b"\x03\x00\x00\x00\x00\x80", "limit", "max_header_size"
    yield MAGIC + b"\x02\x00\x00\x00\x00\x00", "unreadable", ""
    yield MAGIC + b"\x04\x00" + bytes(80), "unsupported", "version 4.0"
    yield MAGIC + b"\x01\x01" + bytes(80), "unsupported", "version 1.1"
    yield MAGIC + b"\x00\x00" + bytes(80), "unsupported", "version 0.0"
    yield MAGIC + b"\xff\xff" + bytes(80), "unsupported", "version 255.255"
    yield raw_header("{'descr': '<f4', %s}" % ok, n=5), "unreadable", "string"
    yield raw_header("{'descr': '<f4', %s}" % ok, n=9000), "truncated", ""
    yield raw_header("{'descr': '<f4', %s}" % ok + " " * 9950), "limit", "10000"
    yield raw_header("(" * 9999), "unreadable", "deep"
    yield raw_header("[" * 5000 + "]" * 4999), "unreadable", "deep"
    yield raw_header("{1:" * 3333), "unreadable", "deep"
    yield with_descr("[('a'," * 100 + "'<f4'" + ")]" * 100), "unreadable", "deep"
    yield with_descr("(" * 200 + "'<f4'" + ")" * 200), "unreadable", "deep"
    yield with_descr("-" * 9000), "unreadable", "sign"
    yield raw_header("\\" * 9000), "unreadable", ""
    yield raw_header(b"\xff" * 9000), "unreadable", ""
    yield raw_header(b"\xff" * 9000, (3, 0)), "unreadable", "UTF-8"
    yield raw_header(bytes(9000)), "unreadable", ""
    yield with_shape("(-1,)"), "unreadable", "negative"
    yield with_shape("(-9223372036854775808,)"), "unreadable", "negative"
    yield with_shape("(-99999999999999999999999,)"), "unreadable", "negative"
    yield with_shape("(2, -1, 0)"), "unreadable", "negative"
    yield with_shape("(9223372036854775808,)"), "unreadable", "2^63"
    yield with_shape("(18446744073709551617,)"), "unreadable", "2^63"
    yield with_shape("(" + "9" * 9000 + ",)"), "unreadable", "2^63"
    yield with_shape("(4294967296, 4294967296)"), "unreadable", "overflows"
    yield with_shape("(4294967296, 4294967296, 0)"), "unreadable", "overflows"
    yield header_bytes("'<f8'", "(2305843009213693952,)"), "unreadable", "overflows"
    yield with_shape("(" + "1," * 65 + ")"), "unreadable", "64 dimensions"
    yield with_shape("(" + "1," * 4900 + ")"), "unreadable", "64 dimensions"
    yield with_descr("'|O'"), "refused", "pickle"
    yield with_descr("[('a', '<f4'), ('b', [('c', '|O')])]"), "refused", "pickle"
    yield with_descr("[('a', '|O', (0,))]"), "refused", "pickle"
    yield with_descr("'<f16'"), "unsupported", "float64"
    yield with_descr("'<c32'"), "unsupported", "float64"
    yield with_descr("'|S2147483648'"), "unreadable", "dtype"
    yield with_descr("'<U536870912'"), "unreadable", "dtype"
    yield with_descr("'|V99999999999999999999'"), "unreadable", "dtype"
    yield with_descr("'<M8[99999999999us]'"), "unreadable", "dtype"
    yield with_descr("'<%s'" % ("x" * 9000)), "unreadable", "dtype"
    huge = "(4294967296, 4294967296)"
    yield with_descr(f"[('a', '<f8', {huge})]"), "unreadable", "overflow"
    yield with_descr(f"[('a', '|V0', {huge})]"), "unreadable", "no size"
    yield with_descr(f"[('a', [], {huge})]"), "unreadable", "overflow"
    yield (with_descr("[('a', ([('b', '|V0')], (4294967296, 2)), (4294967296,))]"),
           "unreadable", "overflow")
    yield (with_descr("[('a', '|u1', (9223372036854775807,)), ('b', '|u1')]"),
           "unreadable", "overflows")
    yield with_descr("[('a', '<f4', (%s))]" % ("1," * 65)), "unreadable", "64"
    yield (with_descr("[('a', ('<f4', (%s)), (%s))]" % ("1," * 40, "1," * 40)),
           "unreadable", "64")
    yield (header_bytes("[('a', '<f4', (%s))]" % ("1," * 40), "(%s)" % ("1," * 40)),
           "unsupported", "64")
    yield (with_descr("[%s]" % ",".join("('%d','O')" % i for i in range(800))),
           "refused", "pickle")
    yield (with_descr("[%s]" % ",".join("('a','u1')" for i in range(800))),
           "unreadable", "twice")
    yield with_descr("[('\\ud800', '<f4')]"), "unreadable", "escape"
    yield with_descr("[('\\U00110000', '<f4')]"), "unreadable", "escape"
    yield with_descr("[('a\\0b', '<f4')]"), "unreadable", "NUL"
    yield with_descr("[(('t',), '<f4')]"), "unreadable", "name"
    yield raw_header("{'descr': '<f4', 'descr': '<f4', %s}" % ok), "unreadable", "twice"
    yield raw_header("{%s}" % ok), "unreadable", "no 'descr'"
    yield raw_header("{'descr': '<f4', 'x': 1, %s}" % ok), "unreadable", "besides"
    yield (raw_header("{'descr': '<f4', %s}; import os" % ok), "unreadable", "follows")
    yield (raw_header("__import__('os').system('true')"), "unreadable", "neither")
