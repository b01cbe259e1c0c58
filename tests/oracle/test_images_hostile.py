"""Hostile PNG and JPEG files: each ends in a status, never a signal, in bounded memory
and time. The rules wanted are those of the reader's interface; what is merely odd may
also be read."""

import resource
import struct
import zlib

import numpy as np

import image_files as files
from image_files import (PALETTE, RGB, SIGNATURE, base_jpeg, chunk, ihdr, segment,
                         with_frame)
from oracle import DumpError, TestCase, dump, main, sanitized

MEMORY = 256 << 20
CPU_SECONDS = 10  # what decodes for longer does not end by itself
IEND = chunk(b"IEND")
ANY = ("unreadable", "truncated", "crc", "unsupported", "limit", None)


def idat(raw, level=9):
    return chunk(b"IDAT", zlib.compress(raw, level))


def bomb(n_bytes):
    """A zlib stream of n_bytes zeros, about 1000:1. Behind a full flush equal input
    becomes equal output, so a mebibyte is deflated once and repeated; the Adler-32 of n
    zeros is 1 and n modulo 65521."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, wbits=-15)
    last = rest.compress(bytes(n_bytes & (1 << 20) - 1)) + rest.flush()
    adler = struct.pack(">HH", n_bytes % 65521, 1)
    return b"\x78\xda" + block * (n_bytes >> 20) + last + adler


def of_chunks(*chunks):
    return SIGNATURE + b"".join(chunks)


def hostile_png():
    """name: (bytes, the rules of which one must come; None: it may be read)."""
    grey = idat(bytes(5 * 4))  # 4 x 4 pixels of 8-bit grey
    top = (1 << 31) - 1
    bad = ("unreadable",)
    yield "empty after signature", SIGNATURE, ("truncated",)
    yield "other signature", b"\x89PNX\r\n\x1a\n" + ihdr(4, 4), bad
    yield "signature as text", b"\x89PNG\n\x1a\n\n" + ihdr(4, 4), bad
    for name, header in {
            "zero width": ihdr(0, 4), "zero height": ihdr(4, 0),
            "width beyond PNG": ihdr(1 << 31, 4), "all ones": ihdr(2**32 - 1, 2**32 - 1),
            "depth 3": ihdr(4, 4, depth=3), "depth 0": ihdr(4, 4, depth=0),
            "depth 255": ihdr(4, 4, depth=255), "depth 33": ihdr(4, 4, depth=33),
            "colour 1": ihdr(4, 4, colour=1), "colour 255": ihdr(4, 4, colour=255),
            "RGB of 4 bits": ihdr(4, 4, 4, RGB), "palette of 16": ihdr(4, 4, 16, PALETTE),
            "compression 1": ihdr(4, 4, compression=1),
            "filter method 1": ihdr(4, 4, filters=1), "interlace 2": ihdr(4, 4, interlace=2),
            "short IHDR": chunk(b"IHDR", bytes(12)), "long IHDR": chunk(b"IHDR", bytes(14)),
            "IHDR of 4 GB": chunk(b"IHDR", bytes(13), length=2**32 - 1),
            "no IHDR": chunk(b"tEXt", b"a\0b"),
    }.items():
        yield name, of_chunks(header, grey, IEND), bad
    yield "CgBI", of_chunks(chunk(b"CgBI", b"\x50\0\x20\x02"), ihdr(4, 4), grey, IEND), \
        ("unsupported",)
    yield "largest", of_chunks(ihdr(top, top), grey, IEND), ("truncated", "unreadable")
    yield "largest, 16-bit RGBA", of_chunks(ihdr(top, top, 16, 6), grey, IEND), bad
    yield "widest", of_chunks(ihdr(top, 1), grey, IEND), ("truncated",)
    yield "tallest", of_chunks(ihdr(1, top), grey, IEND), ("truncated",)
    yield "interlaced giant", of_chunks(ihdr(60000, 60000, interlace=1), grey, IEND), \
        ("truncated",)
    yield "CRC of IHDR", of_chunks(ihdr(4, 4, crc=0), grey, IEND), ("crc",)
    yield "CRC of IDAT", of_chunks(ihdr(4, 4), chunk(b"IDAT", grey[8:-4], 0), IEND), \
        ("crc",)
    yield "CRC of IEND", of_chunks(ihdr(4, 4), grey, chunk(b"IEND", crc=0)), ("crc",)
    yield "CRC of PLTE", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE", bytes(6), 0),
                                   grey, IEND), ("crc",)
    yield "Adler-32", of_chunks(ihdr(4, 4), chunk(b"IDAT", zlib.compress(bytes(20))[:-1]
                                                  + b"\xff"), IEND), ("crc", None)
    yield "two IHDR", of_chunks(ihdr(4, 4), ihdr(9000, 9000), grey, IEND), bad
    yield "no IDAT", of_chunks(ihdr(4, 4), IEND), bad
    yield "empty IDATs", of_chunks(ihdr(4, 4), *[chunk(b"IDAT")] * 10000, IEND), \
        ("truncated",)
    yield "too few rows", of_chunks(ihdr(4, 400), grey, IEND), ("truncated",)
    yield "too many rows", of_chunks(ihdr(4, 1), grey, IEND), (None,)
    yield "not deflate", of_chunks(ihdr(4, 4), chunk(b"IDAT", b"\xff" * 40), IEND), bad
    yield "deflate with a dictionary", \
        of_chunks(ihdr(4, 4), chunk(b"IDAT", b"\x78\xbb" + bytes(30)), IEND), bad
    yield "filter type 9", of_chunks(ihdr(4, 4), idat(b"\x09" * 20), IEND), bad
    yield "IDATs apart", of_chunks(ihdr(4, 4), chunk(b"IDAT", grey[8:14]),
                                   chunk(b"tEXt", b"a\0b"), chunk(b"IDAT", grey[14:-4]),
                                   IEND), ("unreadable", "truncated")
    yield "no PLTE", of_chunks(ihdr(4, 4, 8, PALETTE), grey, IEND), bad
    yield "empty PLTE", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE"), grey, IEND), bad
    yield "PLTE of 4 bytes", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE", bytes(4)),
                                       grey, IEND), bad
    yield "PLTE of 257", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE", bytes(771)),
                                   grey, IEND), ("unreadable", None)
    yield "PLTE too late", of_chunks(ihdr(4, 4, 8, PALETTE), grey,
                                     chunk(b"PLTE", bytes(6)), IEND), bad
    yield "indices beyond PLTE", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE", bytes(3)),
                                           idat(b"\0\xff\xff\xff\xff" * 4), IEND), (None,)
    yield "tRNS before PLTE", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"tRNS", b"\1"),
                                        chunk(b"PLTE", bytes(6)), grey, IEND), (None,)
    yield "tRNS of 300", of_chunks(ihdr(4, 4, 8, PALETTE), chunk(b"PLTE", bytes(6)),
                                   chunk(b"tRNS", bytes(300)), grey, IEND), (None,)
    yield "unknown critical chunk", of_chunks(ihdr(4, 4), chunk(b"ABCD"), grey, IEND), \
        ("unsupported",)
    yield "chunk name of control bytes", \
        of_chunks(ihdr(4, 4), chunk(b"\x1b[2J"), grey, IEND), bad
    yield "chunk of 4 GB", of_chunks(ihdr(4, 4), chunk(b"tEXt", b"a", length=2**32 - 1)), bad
    yield "chunk of 2 GB", of_chunks(ihdr(4, 4), chunk(b"tEXt", b"a", length=2**31 - 1)), \
        ("truncated",)
    yield "100,000 chunks", of_chunks(ihdr(4, 4), *[chunk(b"tEXt", b"a\0b")] * 100000,
                                      grey, IEND), (None,)
    yield "100,000 bad CRCs", of_chunks(ihdr(4, 4), *[chunk(b"tEXt", b"a", 0)] * 100000,
                                        grey, IEND), (None,)
    inflated = bomb(1 << 30)
    for kind, head in ((b"iCCP", b"x\0\0"), (b"zTXt", b"x\0\0"),
                       (b"iTXt", b"x\0\1\0\0\0")):
        yield f"{kind.decode()} bomb", \
            of_chunks(ihdr(4, 4), chunk(kind, head + inflated), grey, IEND), (None,)
    yield "bomb behind the image", \
        of_chunks(ihdr(4, 4), chunk(b"IDAT", inflated), IEND), (None,)
    yield "30000 x 30000 of one colour", \
        of_chunks(ihdr(30000, 30000), chunk(b"IDAT", bomb(30000 * 30001)), IEND), ("limit",)
    yield "30000 x 30000 of one bit", \
        of_chunks(ihdr(30000, 30000, 1), chunk(b"IDAT", bomb(3751 * 30000)), IEND), \
        ("limit",)
    yield "few pixels, many bytes", \
        of_chunks(ihdr(9000, 9000, 16, 6), chunk(b"IDAT", bomb(9000 * 72001)), IEND), \
        ("limit",)


def scans(data, n):
    """The file with its last scan n times over."""
    parts = files.segments(data)
    at = max(i for i, (marker, _) in enumerate(parts) if marker == 0xDA)
    return files.joined(parts[:at] + [parts[at]] * n + parts[at + 1:])


def changed(data, marker, change):
    return files.joined((m, change(body) if m == marker else body)
                        for m, body in files.segments(data))


def hostile_jpeg():
    grey, colour = base_jpeg(), base_jpeg("RGB", subsampling=2)
    progressive = base_jpeg("RGB", 64, progressive=True)
    bad = ("unreadable",)
    head, eoi = b"\xff\xd8", b"\xff\xd9"
    yield "start alone", head + b"\xff", ("truncated",)
    yield "start and end", head + eoi, bad
    yield "two starts", head + grey, bad
    yield "scan without frame", files.without(grey, 0xC0), bad
    yield "two frames", changed(grey, 0xC0, lambda b: b + b), bad
    yield "zero width", with_frame(grey, width=0), bad
    yield "zero height", with_frame(grey, height=0), ("unsupported",)
    yield "65535 x 65535", with_frame(grey, width=65535, height=65535), ("unsupported",)
    yield "65500 x 65500", with_frame(grey, width=65500, height=65500), ("truncated",)
    yield "65500 x 1", with_frame(grey, width=65500, height=1), ANY
    yield "1 x 65500", with_frame(grey, width=1, height=65500), ANY
    yield "0 components", with_frame(grey, n=0, components=b""), bad
    yield "2 components", with_frame(colour, n=2, components=b"\1\x11\0\2\x11\0"), \
        ("unsupported",)
    yield "255 components", with_frame(grey, n=255, components=b"\1\x11\0" * 255), \
        ("unsupported",)
    yield "fewer components than it says", with_frame(grey, n=3), bad
    yield "3 components of the same name", \
        with_frame(colour, components=b"\1\x22\0" * 3), ANY
    yield "scan of other components", with_frame(grey, components=b"\7\x11\0"), bad
    yield "12 bits", with_frame(grey, precision=12), ("unsupported",)
    yield "0 bits", with_frame(grey, precision=0), ("unsupported",)
    for kind in (0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF):
        yield f"SOF{kind - 0xC0}", with_frame(grey, kind=kind), ("unsupported",)
    yield "arithmetic that is not", with_frame(grey, kind=0xC9), ANY
    yield "progressive that is not", with_frame(grey, kind=0xC2), ANY
    yield "sampling 0", with_frame(grey, components=b"\1\0\0"), bad
    yield "sampling 15", with_frame(grey, components=b"\1\xff\0"), bad
    yield "sampling 3 of 2", with_frame(colour, components=b"\1\x33\0\2\x22\1\3\x22\1"), ANY
    yield "sampling 4 x 4, all", with_frame(
        colour, components=b"\1\x44\0\2\x44\1\3\x44\1"), bad
    yield "no quantisation", files.without(grey, 0xDB), bad
    yield "no Huffman table: the usual one, as in Motion JPEG", \
        files.without(grey, 0xC4), (None,)
    yield "quantisation table 9", with_frame(grey, components=b"\1\x11\x09"), bad
    yield "Huffman table of ones", \
        changed(grey, 0xC4, lambda b: b[:4] + b"\1" * (len(b) - 4)), bad
    yield "Huffman counts of 255", \
        changed(grey, 0xC4, lambda b: b[:5] + b"\xff" * 16 + b[21:]), bad
    yield "Huffman table 15", changed(grey, 0xC4, lambda b: b[:4] + b"\x0f" + b[5:]), bad
    yield "segment of 0 bytes", head + b"\xff\xe1\0\0" + grey[2:], bad
    yield "segment of 1 byte", head + b"\xff\xe1\0\1" + grey[2:], bad
    yield "segment beyond the end", head + b"\xff\xe1\xff\xff" + grey[2:], ("truncated",)
    yield "restarts that never come", \
        changed(grey, 0xDB, lambda b: b + segment(0xDD, b"\0\1")), ANY
    yield "nothing but FF", head + b"\xff" * 1000000, ("truncated",)
    yield "nothing but noise", head + bytes(1000000), ("unreadable", "truncated")
    yield "a million restarts", head + b"\xff\xd0" * 1000000 + grey[2:], ANY
    yield "200,000 segments", head + segment(0xFE, b"x") * 200000 + grey[2:], (None,)
    yield "corrupt data", grey[:-40] + bytes(range(38)) + eoi, ANY
    yield "data of FF00", files.joined(
        files.segments(grey)[:-1])[:-100] + b"\xff\0" * 100 + eoi, ANY
    yield "10,000 scans", scans(progressive, 10000), ("limit",)
    yield "10,000 scans of a giant", \
        with_frame(scans(progressive, 10000), width=4000, height=4000), ("limit", "truncated")
    yield "progressive giant", \
        with_frame(scans(progressive, 400), width=16000, height=11000), ("limit", "truncated")
    yield "arithmetic giant", with_frame(progressive, kind=0xCA, width=60000,
                                         height=60000), ("limit",)
    yield "arithmetic, many pixels", with_frame(grey, kind=0xC9, width=9000,
                                                height=9000), ANY
    yield "progressive arithmetic, coefficients", with_frame(
        progressive, kind=0xCA, width=8000, height=8000), ("limit",)
    yield "two ends of Adobe", head + files.adobe(9) + files.adobe(2) + colour[2:], ANY
    yield "CMYK with 3 transforms", changed(base_jpeg("CMYK"), 0xEE,
                                            lambda b: files.adobe(7)), ANY
    yield "8-component Exif in ICC", head + segment(0xE2, b"ICC_PROFILE\0\1\xff") * 255 \
        + grey[2:], (None,)


class Hostile(TestCase):
    def survives(self, name, data, rules, *options):
        path = self.dir / "hostile"
        path.write_bytes(data)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            arrays = dump(path, *options, memory=MEMORY, timeout=60)
            got, text = None, "read"
        except DumpError as e:
            got, text, arrays = e.rule, str(e), e.arrays
        if not sanitized():
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            self.check(seconds < CPU_SECONDS, f"{name}: {seconds:.1f} s")
            peak = after.ru_maxrss << 10
            self.check(peak < MEMORY, f"{name}: {peak >> 20} MiB")
        self.check(got in rules, f"{name}: {text}, wanted {rules}")
        return max((meta["shape"][0] for meta, _ in arrays), default=0)

    def every(self, cases):
        n = 0
        for name, data, rules in cases:
            with self.subTest(name):
                height = self.survives(name, data, rules)
                # Rows in parts are decoded from the top each time.
                n_rows = max(3, height // 3)
                self.survives(name, data, ANY, "--expand-palette", f"--rows={n_rows}")
                n += 1
        self.check(n >= 30, f"only {n} files")

    def test_png(self):
        self.every(hostile_png())

    def test_jpeg(self):
        self.every(hostile_jpeg())

    def test_limits_name_their_option(self):
        path = self.dir / "image"
        path.write_bytes(base_jpeg("RGB", 64, progressive=True))
        self.refused(path, "limit", "--limit-pixels", "--limit-pixels=4095")
        self.refused(path, "limit", "--limit-bytes", "--limit-bytes=12288")
        path.write_bytes(files.png(np.zeros((64, 64, 3), int), 8, RGB))
        self.refused(path, "limit", "--limit-pixels", "--limit-pixels=4095")
        self.refused(path, "limit", "--limit-bytes", "--limit-bytes=12288")


if __name__ == "__main__":
    main()
