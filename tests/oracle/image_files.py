"""PNG and JPEG files put together byte by byte, sound and otherwise, and a PNG decoder
in plain Python that shares nothing with libpng: written from the PNG specification (ISO
15948), it says what 16-bit images hold, which Pillow reduces to 8."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8),
          GREY_ALPHA: (8, 16), RGB_ALPHA: (8, 16)}
# first column, first row, column step, row step of each pass
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
         (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, data=b"", crc=None, length=None):
    crc = zlib.crc32(kind + data) if crc is None else crc
    length = len(data) if length is None else length
    return struct.pack(">I", length) + kind + data + struct.pack(">I", crc)


def ihdr(width, height, depth=8, colour=GREY, interlace=0, compression=0, filters=0,
         crc=None):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour,
                                      compression, filters, interlace), crc)


def paeth(a, b, c):
    p = a + b - c
    distances = abs(p - a), abs(p - b), abs(p - c)
    return (a, b, c)[distances.index(min(distances))]


def predict(kind, left, up, corner):
    return (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]


def pack(samples, depth):
    """Rows of samples (H, W x C) as bytes, most significant bit first."""
    if depth == 16:
        return samples.astype(">u2").view(np.uint8).reshape(len(samples), -1)
    if depth == 8:
        return samples.astype(np.uint8)
    shifts = np.arange(depth - 1, -1, -1)
    bits = (samples[:, :, None] >> shifts & 1).reshape(len(samples), -1)
    return np.packbits(bits.astype(np.uint8), axis=1)


def filtered(rows, step):
    """Every row filtered, by each of the five kinds in turn."""
    out = bytearray()
    above = [0] * rows.shape[1]
    for y, row in enumerate(rows.tolist()):
        out.append(y % 5)
        for x, value in enumerate(row):
            left, corner = (row[x - step], above[x - step]) if x >= step else (0, 0)
            out.append(value - predict(y % 5, left, above[x], corner) & 255)
        above = row
    return bytes(out)


def passes(height, width, interlace):
    return ADAM7 if interlace else ((0, 0, 1, 1),)


def image_data(samples, depth, interlace=0):
    """The filtered bytes of an image (H, W, C) of whole samples, before deflate."""
    height, width, n_channels = samples.shape
    step = max(1, n_channels * depth // 8)
    data = b""
    for x, y, dx, dy in passes(height, width, interlace):
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered(pack(part.reshape(len(part), -1), depth), step)
    return data


def png(samples, depth, colour, interlace=0, before=(), after=(), n_idat=1):
    """A sound file. before: chunks between IHDR and IDAT (PLTE, tRNS)."""
    height, width = samples.shape[:2]
    packed = zlib.compress(image_data(samples, depth, interlace))
    size = -(-len(packed) // n_idat)
    idats = [chunk(b"IDAT", packed[i:i + size]) for i in range(0, len(packed), size)]
    return b"".join([SIGNATURE, ihdr(width, height, depth, colour, interlace), *before,
                     *idats, *after, chunk(b"IEND")])


def chunks_of(data):
    at = 8
    while at < len(data):
        n, = struct.unpack(">I", data[at:at + 4])
        yield data[at + 4:at + 8], data[at + 8:at + 8 + n]
        at += n + 12


def unfiltered(data, n_rows, n_bytes, step):
    rows, at, above = [], 0, [0] * n_bytes
    for _ in range(n_rows):
        kind, row = data[at], list(data[at + 1:at + 1 + n_bytes])
        for x in range(n_bytes):
            left, corner = (row[x - step], above[x - step]) if x >= step else (0, 0)
            row[x] = row[x] + predict(kind, left, above[x], corner) & 255
        rows.append(row)
        above, at = row, at + 1 + n_bytes
    return np.array(rows, np.uint8).reshape(n_rows, n_bytes), at


def unpack(rows, width, n_channels, depth):
    if depth == 16:
        samples = np.ascontiguousarray(rows).view(">u2").astype(np.uint16)
    elif depth == 8:
        samples = rows
    else:
        bits = np.unpackbits(rows, axis=1)[:, :width * n_channels * depth]
        weights = 1 << np.arange(depth - 1, -1, -1)
        samples = (bits.reshape(len(rows), -1, depth) * weights).sum(axis=2)
    return samples.reshape(len(rows), width, n_channels)


def decoded(data):
    """(samples (H, W, C) as they are in the file, depth, colour type)."""
    parts = list(chunks_of(data))
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", parts[0][1])
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    n_channels = CHANNELS[colour]
    step = max(1, n_channels * depth // 8)
    out = np.zeros((height, width, n_channels), np.uint16)
    for x, y, dx, dy in passes(height, width, interlace):
        n_rows, n_across = out[y::dy, x::dx].shape[:2]
        if n_rows and n_across:
            n_bytes = (n_across * n_channels * depth + 7) // 8
            rows, used = unfiltered(raw, n_rows, n_bytes, step)
            out[y::dy, x::dx] = unpack(rows, n_across, n_channels, depth)
            raw = raw[used:]
    return out, depth, colour


def delivered(samples, depth, colour):
    """What the reader promises for samples as they are in the file: bool for one bit of
    grey, 2 and 4 bits spread over 0..255, palette indices as they are."""
    if colour == GREY and depth < 8:
        samples = samples * (255 // ((1 << depth) - 1)) if depth > 1 else samples
    dtype = np.uint16 if depth == 16 else np.uint8
    if colour == GREY and depth == 1:
        dtype = np.bool_
    samples = samples.astype(dtype)
    return samples[:, :, 0] if samples.shape[2] == 1 else samples


def segments(data):
    """A JPEG file as (marker, bytes from that marker to the next segment); the bytes of
    a scan are with its SOS."""
    out, at = [(0xD8, data[:2])], 2
    while at < len(data):
        marker, end = data[at + 1], at + 2
        if marker != 0xD9:
            end += struct.unpack(">H", data[end:end + 2])[0]
        if marker == 0xDA:
            while data[end] != 0xFF or data[end + 1] in (0, *range(0xD0, 0xD8)):
                end += 1
        out.append((marker, data[at:end]))
        at = end
    return out


def joined(parts):
    return b"".join(body for _, body in parts)


def without(data, marker):
    return joined(s for s in segments(data) if s[0] != marker)


def segment(marker, body, length=None):
    length = len(body) + 2 if length is None else length
    return bytes([0xFF, marker]) + struct.pack(">H", length) + body


def adobe(transform):
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def base_jpeg(mode="L", size=16, **how):
    out = io.BytesIO()
    n_channels = {"L": (), "RGB": (3,), "CMYK": (4,)}[mode]
    values = np.random.default_rng(1).integers(0, 256, (size, size) + n_channels)
    Image.fromarray(values.astype(np.uint8), mode).save(out, "JPEG", **how)
    return out.getvalue()


def with_frame(data, **fields):
    """The file with other numbers in its frame header."""
    parts = []
    for marker, body in segments(data):
        if marker in (0xC0, 0xC2):
            values = dict(zip(("precision", "height", "width", "n"),
                              struct.unpack(">BHHB", body[4:10])))
            kind = fields.get("kind", marker)
            values |= {k: v for k, v in fields.items() if k in values}
            components = fields.get("components", body[10:])
            body = segment(kind, struct.pack(">BHHB", *values.values()) + components)
        parts.append((marker, body))
    return joined(parts)
