#!/usr/bin/python3
"""Writes samples/data: small files with faults planted at known places (see README.md).

    /usr/bin/python3 samples/make_samples.py [DIRECTORY]

Everything comes from one fixed seed, so that the bytes are the same each time.
"""

import csv
import os
import struct
import sys

import h5py
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

SEED = 20240229

FLOWERS = {"daisy": 40, "rose": 20, "tulip": 8, "violet": 2}
FLOWER_COLOURS = {
    "daisy": (245, 245, 240),
    "rose": (200, 30, 60),
    "tulip": (240, 170, 30),
    "violet": (120, 60, 190),
}
SPLITS = {
    "train": {"bird": 6, "cat": 12, "dog": 9, "fish": 3},
    "val": {"cat": 4, "dog": 3, "fish": 2},
}
LABEL_COUNTS = [700, 200, 70, 25, 5]
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIGIT_COUNTS = {
    "train": [20, 20, 20, 20, 20, 20, 20, 20, 20, 4],
    "test": [5, 5, 5, 5, 5, 5, 5, 5, 5, 0],
}
# Seven segments: top, middle, bottom, upper left, upper right, lower left, lower right.
SEGMENTS = ["1011111", "0000101", "1110110", "1110101", "0101101", "1111001", "1111011",
            "1000101", "1111111", "1111101"]
DIFF_RULES = b"""\
# half precision on the way
encoder/norm   rtol=1e-3
input          ignore     # the colours are known to be in reverse
label          ignore
"""
DOUBTED = [12, 40, 77, 101, 150, 199]
MANIFEST_NAMES = {
    "daisy": "daisy",
    "rose": "rose, red",
    "tulip": "tulip",
    "violet": 'violet "dog"',
}


def flower(rng, colour):
    """A flower of five to eight petals on grass, 16 to 32 pixels wide and high."""
    width, height = (int(v) for v in rng.integers(16, 33, 2))
    grass = rng.integers(0, 40, (height, width, 3)) + np.array([40, 100, 40])
    image = Image.fromarray(grass.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    radius = min(width, height) // 4
    n_petals = int(rng.integers(5, 9))
    turn = float(rng.random())
    for petal in range(n_petals):
        angle = 2 * np.pi * (petal + turn) / n_petals
        x = width // 2 + int(round(radius * np.cos(angle)))
        y = height // 2 + int(round(radius * np.sin(angle)))
        r = max(2, radius // 2)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    r = max(1, radius // 3)
    x, y = width // 2, height // 2
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(230, 200, 40))
    return image


def animal(rng, shade):
    """A patch of fur: noise around one shade of grey."""
    pixels = rng.integers(-25, 26, (16, 16)) + shade
    return Image.fromarray(pixels.astype(np.uint8))


def mask(rng, n_classes):
    """Rectangles of class 1.. on class 0, with a border of 255, to be ignored."""
    pixels = np.zeros((32, 32), np.uint8)
    for c in range(1, n_classes):
        top, left = (int(v) for v in rng.integers(2, 20, 2))
        height, width = (int(v) for v in rng.integers(3, 11, 2))
        pixels[top : top + height, left : left + width] = c
    pixels[[0, -1], :] = 255
    pixels[:, [0, -1]] = 255
    image = Image.fromarray(pixels, "P")
    palette = [0, 0, 0, 200, 40, 40, 40, 200, 40, 40, 40, 200]
    image.putpalette(palette + [0] * (768 - len(palette) - 3) + [255, 255, 255])
    return image


def write_flowers(root, rng):
    for label, count in FLOWERS.items():
        folder = os.path.join(root, "flowers", label)
        os.makedirs(folder, exist_ok=True)
        for i in range(count):
            image = flower(rng, FLOWER_COLOURS[label])
            if i % 2:
                image.save(os.path.join(folder, f"{label}_{i:02d}.jpg"), quality=85)
            else:
                image.save(os.path.join(folder, f"{label}_{i:02d}.png"))

    def path(name):
        return os.path.join(root, "flowers", name)

    # Cut in the middle of the entropy-coded data.
    data = read(path("daisy/daisy_07.jpg"))
    write(path("daisy/daisy_07.jpg"), data[: len(data) * 3 // 4])
    # A PNG under a JPEG's name.
    with Image.open(path("rose/rose_04.png")) as image:
        image.rotate(90).save(path("rose/rose_05.jpg"), "PNG")
    # The same picture under two labels.
    write(path("tulip/tulip_06.png"), read(path("rose/rose_02.png")))


def write_splits(root, rng):
    shades = {"bird": 60, "cat": 100, "dog": 140, "fish": 190}
    for split, classes in SPLITS.items():
        for label, count in classes.items():
            folder = os.path.join(root, "splits", split, label)
            os.makedirs(folder, exist_ok=True)
            for i in range(count):
                name = os.path.join(folder, f"{split}_{label}_{i}.png")
                animal(rng, shades[label]).save(name)


def write_masks(root, rng):
    os.makedirs(os.path.join(root, "masks"), exist_ok=True)
    for i in range(6):
        # Class 3 is in the first mask alone.
        image = mask(rng, 4 if i == 0 else 3)
        image.save(os.path.join(root, "masks", f"mask_{i}.png"), bits=8)


def write_features(root, rng):
    """Columns: 0..3 standard normal, 4 constant, 5 around 10,000."""
    x = rng.standard_normal((200, 6))
    x[:, 4] = 0.5
    x[:, 5] = 10000 + 2500 * x[:, 5]
    x[17, 1] = np.nan
    x[101, 1] = np.nan
    x[42, 2] = np.inf
    x[123, 3] = 250.0
    np.save(os.path.join(root, "features.npy"), x.astype("<f4"))


def write_manifest(root, rng):
    """The flowers as a table; every fifth is for validation."""
    rows = []
    for label, count in FLOWERS.items():
        for i in range(count):
            path = f"flowers/{label}/{label}_{i:02d}.{'jpg' if i % 2 else 'png'}"
            split = "val" if rng.integers(5) == 0 else "train"
            rows.append([path, MANIFEST_NAMES[label], split])
    rows.remove(next(row for row in rows if row[0].endswith("daisy_39.jpg")))
    rows.insert(10, rows[3])
    rows.append(["flowers/violet/violet_02.png", MANIFEST_NAMES["violet"], "train"])
    with open(os.path.join(root, "labels.csv"), "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["path", "label", "split"])
        table.writerows(rows)


def write_labels(root, rng):
    labels = np.repeat(np.arange(5), LABEL_COUNTS)
    rng.shuffle(labels)
    np.save(os.path.join(root, "labels.npy"), labels.astype("<i8"))
    # IDX: two zero bytes, type 8 (unsigned byte), one dimension, its size big-endian.
    header = struct.pack(">BBBBI", 0, 0, 8, 1, len(labels))
    idx = header + labels.astype("u1").tobytes()
    write(os.path.join(root, "labels-idx1-ubyte"), idx)
    table = np.zeros(50, [("id", "<i4"), ("label", "S8"), ("score", "<f8")])
    table["id"] = np.arange(50)
    table["label"] = rng.choice(["cat", "dog", "bird"], 50, p=[0.7, 0.2, 0.1])
    table["score"] = rng.random(50).round(6)
    table["score"][31] = np.nan
    np.save(os.path.join(root, "structured.npy"), table)


def draw_digit(rng, digit):
    """An 8x8 digit of seven segments, of one shade, a pixel to the left or not."""
    image = np.zeros((8, 8), np.uint8)
    left, shade = int(rng.integers(1, 3)), int(rng.integers(12, 17)) * 15
    places = [(0, slice(left, left + 5)), (3, slice(left, left + 5)),
              (6, slice(left, left + 5)), (slice(0, 4), left), (slice(0, 4), left + 4),
              (slice(3, 7), left), (slice(3, 7), left + 4)]
    for on, place in zip(SEGMENTS[digit], places):
        if on == "1":
            image[place] = shade
    return image


def write_digits(root, rng):
    arrays = {}
    for split, counts in DIGIT_COUNTS.items():
        labels = np.repeat(np.arange(10), counts)
        rng.shuffle(labels)
        arrays[f"x_{split}"] = np.stack([draw_digit(rng, digit) for digit in labels])
        arrays[f"y_{split}"] = labels.astype("<i8")
    np.savez_compressed(os.path.join(root, "digits.npz"), **arrays)
    names = h5py.enum_dtype({name: i for i, name in enumerate(DIGITS)}, basetype="u1")
    with h5py.File(os.path.join(root, "digits.h5"), "w", track_order=False) as file:
        for split in DIGIT_COUNTS:
            group = file.create_group(split)
            group.create_dataset("images", data=arrays[f"x_{split}"], chunks=(16, 8, 8),
                                 compression="gzip", shuffle=True, track_times=False)
            group.create_dataset("label", data=arrays[f"y_{split}"].astype("u1"),
                                 dtype=names, track_times=False)


def write_pipelines(root, rng):
    """What two training pipelines dumped of the same batch: in benchmark/ the right one,
    in candidate/ the one under test, in ported.npz a third with names of its own."""
    image = rng.normal(0.1, 1, (4, 3, 8, 8)).astype(np.float32)
    hidden = rng.normal(0, 1, (4, 6, 8, 8)).astype(np.float32)
    logits = rng.normal(0, 3, (4, 10)).astype(np.float32)
    right = {"input": image, "encoder/conv": hidden, "encoder/norm": hidden / 2,
             "logits": logits, "label": np.array([3, 1, 4, 1])}
    tested = dict(right)
    tested["input"] = image[:, ::-1].copy()
    tested["encoder/conv"] = np.nextafter(hidden, np.float32(np.inf))
    tested["encoder/norm"] = right["encoder/norm"].astype(np.float16).astype(np.float32)
    tested["logits"] = logits.astype(np.float64)
    del tested["label"]
    for side, arrays in ("benchmark", right), ("candidate", tested):
        for name, array in arrays.items():
            path = os.path.join(root, side, name + ".npy")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            np.save(path, array)
    write(os.path.join(root, "diff.rules"), DIFF_RULES)
    np.savez(os.path.join(root, "ported.npz"), **{
        "net.input": image, "net.conv": tested["encoder/conv"],
        "net.norm": tested["encoder/norm"], "net.logits": logits})


def write_recordings(root, rng):
    """One recording as two versions of a converter wrote it: before.h5 and after.h5."""
    signal = rng.normal(0, 1, (100, 2)).astype(np.float32)
    before = {"/": {"converter": np.bytes_("1.0"), "subject": np.int32(7)},
              "signal": {"units": np.bytes_("mV"), "rate": 250.0,
                         "gain": np.array([0.5, 0.25]), "channel": np.int64([1, 2])}}
    after = {"/": {"converter": np.bytes_("1.1"), "subject": np.int32(7)},
             "signal": {"units": np.bytes_("uV"), "rate": 250.0 * (1 + 1e-9),
                        "gain": np.array([0.5, 0.2]), "channel": np.int32([1, 2]),
                        "offset": 0.0}}
    for name, attributes in ("before", before), ("after", after):
        with h5py.File(os.path.join(root, name + ".h5"), "w") as file:
            file.create_dataset("signal", data=signal, track_times=False)
            for path, values in attributes.items():
                for key, value in values.items():
                    file[path].attrs[key] = value


def photo(rng, width=96, height=72):
    """A landscape: sky, hills, and trees of every green."""
    y, x = np.mgrid[0:height, 0:width]
    sky = np.stack([120 + y, 160 + y // 2, 230 + 0 * y], -1)
    hills = height * (0.5 + 0.15 * np.sin(x / 17 + rng.random() * 6))
    ground = np.stack([90 - y // 3 + 0 * x, 140 - y // 2, 60 - y // 3], -1)
    image = Image.fromarray(np.where((y > hills)[..., None], ground, sky).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        left, top = int(rng.integers(width)), int(rng.integers(height // 2, height))
        green = tuple(int(v) for v in rng.integers([0, 60, 0], [90, 200, 60]))
        draw.ellipse((left, top, left + 6, top + 9), fill=green)
    return image


def write_photos(root, rng):
    """Landscapes, nine of which look right, and one for each way of looking wrong."""
    os.makedirs(os.path.join(root, "photos"), exist_ok=True)

    def path(name):
        return os.path.join(root, "photos", name)

    for i in range(9):
        photo(rng).save(path(f"fine_{i}.jpg"), quality=90)
    photo(rng).point(lambda v: v // 8).save(path("dark.png"))
    photo(rng).point(lambda v: 250 + v // 64).save(path("light.png"))
    out_of_focus = photo(rng).filter(ImageFilter.GaussianBlur(30))
    out_of_focus = ImageOps.autocontrast(out_of_focus).point(lambda v: v * 5 // 8)
    out_of_focus.save(path("blurred.jpg"), quality=90)
    photo(rng).convert("L").save(path("grey.png"))
    photo(rng).convert("CMYK").save(path("print.jpg"), quality=90)
    photo(rng, 144, 48).crop((0, 12, 144, 48)).save(path("strip.png"))
    photo(rng, 24, 18).save(path("thumbnail.png"))
    Image.new("RGB", (96, 72), (140, 150, 90)).save(path("flat.png"))
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned clockwise
    photo(rng).transpose(Image.Transpose.ROTATE_90).save(path("turned.jpg"), quality=90,
                                                         exif=exif)


def write_doubts(root, rng):
    """Labels of 200 samples, six of them wrong, and what a model thinks of the samples."""
    truth = rng.integers(0, 4, 200)
    logits = rng.normal(0, 1, (200, 4))
    logits[np.arange(200), truth] += 5
    probs = np.exp(logits)
    np.save(os.path.join(root, "probs.npy"),
            (probs / probs.sum(1, keepdims=True)).astype(np.float32))
    labels = truth.copy()
    labels[DOUBTED] = (truth[DOUBTED] + 1) % 4
    np.save(os.path.join(root, "doubted.npy"), labels.astype("<i8"))


def landscape(rng, colour):
    """Blobs of all sizes, as the spectrum of a photograph has them."""
    scene = np.zeros((24, 32, 3))
    for k in range(1, 6):
        blobs = rng.normal(size=(2**k, 2**k, 3)) / 1.8**k
        for c in range(3):
            layer = Image.fromarray(blobs[..., c].astype(np.float32))
            scene[..., c] += np.asarray(layer.resize((32, 24), Image.BICUBIC))
    return Image.fromarray((np.array(colour) + 40 * scene).clip(0, 255).astype(np.uint8))


def write_album(root, rng):
    """Photographs in two splits, some of which are there more than once."""
    places = {"beach": (190, 180, 130), "hill": (70, 120, 60)}
    album = {}

    def path(split, place, name):
        folder = os.path.join(root, "album", split, place)
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, name)

    for split, numbers in ("train", range(6)), ("val", range(6, 8)):
        for place, colour in places.items():
            for i in numbers:
                name = f"{place}_{i}.png"
                album[name] = landscape(rng, colour)
                album[name].save(path(split, place, name))
    # The same pixels, in another split and compressed in another way.
    album["beach_1.png"].save(path("val", "beach", "beach_8.png"), compress_level=1)
    # The same file under another label.
    write(path("train", "hill", "hill_8.png"), read(path("train", "beach", "beach_3.png")))
    # Smaller and recompressed, in another split; brighter and recompressed.
    small = album["hill_2.png"].resize((28, 21), Image.BICUBIC)
    small.save(path("val", "hill", "hill_9.jpg"), quality=80)
    bright = album["beach_4.png"].point(lambda value: value * 1.1)
    bright.save(path("train", "beach", "beach_9.jpg"), quality=80)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "data")
    os.makedirs(root, exist_ok=True)
    # A generator each, so that a change to one part leaves the others' bytes.
    parts = [
        write_flowers,
        write_splits,
        write_masks,
        write_features,
        write_labels,
        write_manifest,
        write_digits,
        write_pipelines,
        write_recordings,
        write_photos,
        write_doubts,
        write_album,
    ]
    for i, part in enumerate(parts):
        part(root, np.random.Generator(np.random.PCG64([SEED, i])))


if __name__ == "__main__":
    main()
