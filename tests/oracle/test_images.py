"""What the PNG and JPEG readers deliver, value for value, against Pillow, against a PNG
decoder of our own in plain Python (16 bits, where Pillow keeps 8) and, where installed,
against libjpeg-turbo's djpeg."""

import io
import os
import pathlib
import random
import shutil
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image

import image_files as files
from image_files import CHANNELS, DEPTHS, GREY, PALETTE, RGB_ALPHA
from oracle import SOURCE, DumpError, TestCase, dump, equal, main

CORPORA = pathlib.Path(os.environ.get("DSI_CORPORA", SOURCE / ".." / "shared" / "corpora"))
RNG = np.random.default_rng(20240501)
MUTANTS = int(os.environ.get("DSI_MUTANTS", 150))
SIZES = ((1, 1), (1, 9), (9, 1), (5, 3), (8, 8), (13, 21))


def corpus(name, pattern):
    found = sorted((CORPORA / name).glob(pattern))
    if not found:
        print(f"SKIP: no corpus {CORPORA / name}")
    return found


def picture(height, width, mode):
    """A smooth picture with an edge and some noise, so that every part of JPEG works."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(x / (7 + 3 * c)) * np.cos(y / (5 + c)) + 20 * (x > y)
              for c in range(len(mode) if mode != "L" else 1)]
    values = np.stack(planes, axis=-1) + RNG.normal(0, 6, (height, width, len(planes)))
    values = np.clip(values, 0, 255).astype(np.uint8)
    return Image.fromarray(values[:, :, 0] if mode == "L" else values, mode)


def pillow(file):
    """numpy.asarray(PIL.Image.open(file)); Pillow's True is the byte 255, made 1."""
    values = np.asarray(Image.open(file))
    return values.view(np.uint8) != 0 if values.dtype == np.bool_ else values


def outcome(path, *options):
    """The pixels, or what was wrong: how many rows come before it is up to the parts."""
    try:
        (meta, values), = dump(path, *options)
        return meta, values.tobytes()
    except DumpError as error:
        return error.rule, error.message


class Images(TestCase):
    def write(self, data, name="image"):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def same(self, path, expected, *options, **how):
        (meta, got), = dump(path, *options, **how)
        self.check(equal(got, expected), f"{path} {options}: {got.shape} {got.dtype}, "
                   f"not {expected.shape} {expected.dtype}, or other values")
        return meta


class Png(Images):
    def samples(self, height, width, depth, colour):
        return RNG.integers(0, 1 << depth, (height, width, CHANNELS[colour]))

    def palette(self, depth, transparent=True):
        colours = RNG.integers(0, 256, 3 << depth).astype(np.uint8)
        alphas = RNG.integers(0, 256, (1 << depth) // 2).astype(np.uint8)
        parts = [files.chunk(b"PLTE", colours.tobytes())]
        if transparent:
            parts.append(files.chunk(b"tRNS", alphas.tobytes()))
        return parts

    def test_every_type_depth_and_interlace(self):
        for colour, depths in DEPTHS.items():
            for depth in depths:
                for interlace in (0, 1):
                    for height, width in SIZES:
                        self.one(height, width, depth, colour, interlace)

    def one(self, height, width, depth, colour, interlace):
        samples = self.samples(height, width, depth, colour)
        before = self.palette(depth) if colour == PALETTE else ()
        data = files.png(samples, depth, colour, interlace, before, n_idat=3)
        read_back, _, _ = files.decoded(data)
        self.check((read_back == samples).all(), "the test's own writer and decoder")
        meta = self.same(self.write(data), files.delivered(samples, depth, colour))
        note = meta["note"] or ""
        self.check(("interlaced" in note) == bool(interlace), note)
        self.check(("palette" in note) == (colour == PALETTE), note)
        self.check((f"{depth}-bit" in note) == (depth < 8), note)
        self.check(meta["filters"] == "deflate" and meta["warnings"] == [], str(meta))
        self.check(meta["n_bytes_stored"] == len(data), "bytes stored")
        if depth <= 8:
            self.same(self.dir / "image", pillow(io.BytesIO(data)))

    def test_rows_in_parts(self):
        for colour, depth in ((GREY, 1), (PALETTE, 2), (RGB_ALPHA, 8), (RGB_ALPHA, 16)):
            for interlace in (0, 1):
                samples = self.samples(23, 11, depth, colour)
                before = self.palette(depth) if colour == PALETTE else ()
                path = self.write(files.png(samples, depth, colour, interlace, before))
                for n in (1, 7, 22):
                    self.same(path, files.delivered(samples, depth, colour),
                              f"--rows={n}")

    def test_damaged_whole_and_in_parts(self):
        """Pictures read at once take a way of their own, unless anything is wrong: what is
        said and delivered then is what libpng says of them row by row."""
        rng = random.Random(5)
        for number in range(MUTANTS):
            mode, size = rng.choice(["L", "RGB", "RGBA", "LA"]), rng.randint(1, 40)
            noise = Image.effect_noise((size, 17), 60)
            buffer = io.BytesIO()
            Image.merge(mode, [noise] * len(mode)).save(buffer, "PNG")
            data = bytearray(buffer.getvalue())
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(33, len(data))
                data[at] = rng.randrange(256)
            if number % 3 == 0 and b"IDAT" in data:  # with a CRC that holds
                at = data.index(b"IDAT")
                n = int.from_bytes(data[at - 4:at], "big")
                if at + 8 + n <= len(data):
                    data[at + 4 + n:at + 8 + n] = \
                        zlib.crc32(data[at:at + 4 + n]).to_bytes(4, "big")
            path = self.write(bytes(data))
            self.assertEqual(outcome(path), outcome(path, "--rows=5"), f"mutant {number}")

    def test_palette_expanded(self):
        for depth in DEPTHS[PALETTE]:
            for transparent in (False, True):
                for interlace in (0, 1):
                    samples = self.samples(6, 7, depth, PALETTE)
                    before = self.palette(depth, transparent)
                    data = files.png(samples, depth, PALETTE, interlace, before)
                    mode = "RGBA" if transparent else "RGB"
                    expected = np.asarray(Image.open(io.BytesIO(data)).convert(mode))
                    self.same(self.write(data), expected, "--expand-palette")

    def test_transparent_colour_changes_nothing(self):
        for colour, trns in ((GREY, b"\0\x07"), (files.RGB, b"\0\1\0\2\0\3")):
            samples = self.samples(5, 5, 8, colour)
            data = files.png(samples, 8, colour, before=[files.chunk(b"tRNS", trns)])
            for options in ((), ("--expand-palette",)):
                self.same(self.write(data), files.delivered(samples, 8, colour), *options)

    def test_expanding_survives_a_bad_trns(self):
        """The description promised alpha; libpng throws the chunk away: opaque."""
        samples = self.samples(4, 4, 8, PALETTE)
        plte, trns = self.palette(8)
        data = files.png(samples, 8, PALETTE, before=[plte, trns[:-4] + b"\0\0\0\0"])
        (meta, got), = dump(self.write(data), "--expand-palette")
        expected = np.asarray(Image.open(io.BytesIO(
            files.png(samples, 8, PALETTE, before=[plte]))).convert("RGBA"))
        self.check(equal(got, expected), "opaque RGBA")
        self.check([w["rule"] for w in meta["warnings"]] == ["crc"], str(meta))

    def test_what_is_odd_is_warned_of(self):
        samples = self.samples(4, 4, 8, GREY)
        plain = files.png(samples, 8, GREY)
        text = files.chunk(b"tEXt", b"Comment\0hello", crc=1)
        for data, rule, words in (
                (files.png(samples, 8, GREY, before=[text]), "crc", "tEXt"),
                (plain + b"more", "decoder", "4 bytes after the end")):
            meta = self.same(self.write(data), files.delivered(samples, 8, GREY))
            self.check(any(w["rule"] == rule and words in w["message"]
                           for w in meta["warnings"]), str(meta))

    def test_rows_under_a_bad_crc_are_not_delivered(self):
        samples = self.samples(100, 300, 8, GREY)
        data = files.png(samples, 8, GREY)
        end = len(data) - len(files.chunk(b"IEND"))
        bad_idat = data[:end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]
        e = self.refused(self.write(bad_idat), "crc", "IDAT")
        self.check(e.arrays[0][0]["rows"] == 0, "rows that nothing vouches for")
        bad_iend = data[:-1] + bytes([data[-1] ^ 1])
        e = self.refused(self.write(bad_iend), "crc", "IEND")
        self.check(equal(e.arrays[0][1], files.delivered(samples, 8, GREY)),
                   "every row is sound when only IEND is not")

    def test_ancillary_chunks_are_passed_over(self):
        samples = self.samples(4, 4, 8, GREY)
        before = [files.chunk(b"gAMA", struct.pack(">I", 20000)),
                  files.chunk(b"bKGD", b"\0\x80"), files.chunk(b"iCCP", b"junk"),
                  files.chunk(b"prVt", bytes(9_000_000))]
        path = self.write(files.png(samples, 8, GREY, before=before))
        meta = self.same(path, files.delivered(samples, 8, GREY))
        self.check(meta["warnings"] == [], str(meta))

    def test_stream(self):
        samples = self.samples(40, 3000, 8, GREY)
        path = self.write(files.png(samples, 8, GREY))
        self.check(path.stat().st_size > 100000, "longer than a stream's head")
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            self.same("-", files.delivered(samples, 8, GREY), stdin=cat.stdout)

    def test_pngsuite(self):
        for path in corpus("pngsuite", "[!x]*.png"):
            data = path.read_bytes()
            samples, depth, colour = files.decoded(data)
            self.same(path, files.delivered(samples, depth, colour))
            if depth <= 8:
                self.same(path, pillow(path))

    def test_pngsuite_corrupt(self):
        for path in corpus("pngsuite", "x*.png"):
            try:
                (meta, _), = dump(path)
                self.check(meta["warnings"], f"{path.name}: nothing to say")
            except DumpError as e:
                self.check(e.rule in ("unreadable", "crc", "truncated"), f"{path}: {e}")


class Jpeg(Images):
    def jpeg(self, mode, height, width, **how):
        out = io.BytesIO()
        picture(height, width, mode).save(out, "JPEG", **how)
        return out.getvalue()

    def as_pillow(self, data, *options):
        expected = pillow(io.BytesIO(data))
        meta = self.same(self.write(data), expected, *options)
        self.check(meta["warnings"] == [], str(meta))
        self.as_djpeg(data, expected)
        return meta

    def as_djpeg(self, data, expected):
        if not shutil.which("djpeg") or expected.shape[2:] == (4,):
            return
        pnm = subprocess.run(["djpeg", "-pnm"], input=data, check=True,
                             stdout=subprocess.PIPE).stdout
        self.check(pnm.endswith(expected.tobytes()), "djpeg says otherwise")

    def test_every_mode_and_sampling(self):
        for mode in ("L", "RGB", "CMYK"):
            for progressive in (False, True):
                for sampling in ((0, 1, 2) if mode == "RGB" else (0,)):
                    for height, width in SIZES + ((61, 47), (64, 48)):
                        data = self.jpeg(mode, height, width, subsampling=sampling,
                                         progressive=progressive, quality=85)
                        meta = self.as_pillow(data)
                        self.check(meta["filters"] == ("progressive" if progressive
                                                       else "baseline"), str(meta))
                        self.check((meta["note"] == "CMYK") == (mode == "CMYK"))

    def test_quality(self):
        for quality in (1, 30, 100):
            self.as_pillow(self.jpeg("RGB", 40, 50, quality=quality))

    def test_rows_in_parts(self):
        for mode in ("L", "RGB", "CMYK"):
            data = self.jpeg(mode, 41, 33, progressive=mode == "L")
            for n in (1, 16, 40):
                self.as_pillow(data, f"--rows={n}")

    def test_rgb_without_ycc(self):
        data = self.jpeg("RGB", 20, 20, subsampling=0)
        parts = files.segments(files.without(data, 0xE0))
        parts.insert(1, (0xEE, files.adobe(0)))
        self.as_pillow(files.joined(parts))

    def test_ycck(self):
        parts = files.segments(self.jpeg("CMYK", 20, 20))
        parts = [(m, files.adobe(2) if m == 0xEE else body) for m, body in parts]
        self.check(any(m == 0xEE for m, _ in parts), "Pillow writes an Adobe marker")
        self.as_pillow(files.joined(parts))

    def test_cmyk_without_adobe_marker(self):
        self.as_pillow(files.without(self.jpeg("CMYK", 20, 20), 0xEE))

    def test_large_segments_are_passed_over(self):
        data = self.jpeg("RGB", 20, 20)
        exif = files.segment(0xE1, b"Exif\0\0" + bytes(65000))
        self.as_pillow(data[:2] + 5 * exif + data[2:])

    def test_extraneous_bytes_are_warned_of(self):
        parts = files.segments(self.jpeg("L", 20, 20))
        data = files.joined(parts[:2]) + b"extra" + files.joined(parts[2:])
        expected = pillow(io.BytesIO(data))
        meta = self.same(self.write(data), expected)
        self.check("extraneous" in str(meta["warnings"]), str(meta))

    def test_data_that_ends_inside_a_whole_file(self):
        data = self.jpeg("L", 64, 64)
        (meta, _), = dump(self.write(data[:-len(data) // 3] + b"\xff\xd9"))
        self.check("premature end of data segment" in str(meta["warnings"]), str(meta))

    def test_corpus(self):
        for path in corpus("jpeg", "testim*.jpg") + corpus("jpeg", "testorig.jpg"):
            self.as_pillow(path.read_bytes())
        for path in corpus("jpeg", "monkey12.jpg"):
            self.refused(path, "unsupported", "12-bit")


if __name__ == "__main__":
    main()
