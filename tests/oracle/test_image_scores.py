"""images against NumPy and Pillow: every property and every score of real pictures, of
pictures in every mode and of arrays, by the formulas of docs/images.md."""

import collections
import json
import os
import random
import subprocess
import warnings

import numpy as np
from PIL import Image, ImageFilter, ImageStat

from oracle import BUILD, TestCase, main
from real_tree import ICONS, MAPS, samples_of

PROGRAM = str(BUILD / "dsinspect")
PERCENTS = [1, 5, 10, 15, 90, 95, 99]
THRESHOLDS = {"dark": 0.32, "light": 0.05, "odd_aspect_ratio": 0.35, "low_information": 0.3,
              "blurry": 0.29, "grayscale": 0.5, "unusual_mode": 0.1, "exif_rotated": 0.5,
              "exact_duplicates": 1, "near_duplicates": 1}
TOLERANCE = 1e-12


def seen(image):
    """As the picture is looked at: 8 bits of grey or colour, with or without alpha."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "I":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8), "L")
    return image.convert({"1": "L", "CMYK": "RGB"}.get(image.mode, image.mode))


def brightness(image):
    x = np.asarray(image).astype(np.float64)
    if image.mode in ("L", "LA"):
        return (x if x.ndim == 2 else x[..., 0]) / 255
    r, g, b = x[..., 0], x[..., 1], x[..., 2]
    return np.sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b) / 255


def mean_brightness(image):
    mean = ImageStat.Stat(image).mean
    r, g, b = mean[:3] if image.mode.startswith("RGB") else [mean[0]] * 3
    return np.sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b) / 255


def entropy(image):
    counts = np.array(image.histogram(), float)
    if image.mode == "LA":  # Pillow counts the grey thrice
        x = np.asarray(image)
        counts = np.concatenate([np.bincount(x[..., c].ravel(), minlength=256)
                                 for c in (0, 1)]).astype(float)
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log2(p)).sum())


def blurriness(image):
    longest = max(image.size)
    if longest > 64:
        image = image.resize([max(64 * side // longest, 1) for side in image.size],
                             Image.BICUBIC)
    grey = image.convert("L")
    edges = np.asarray(grey.filter(ImageFilter.FIND_EDGES)).astype(float)
    return edges.std(), np.std(grey.histogram())


def blurry_score(edges, histogram):
    h = 1 - np.exp(-histogram / 100)
    return min(1 - np.exp(-edges / 100) + (0 if h <= 0.18 else h), 1)


def properties(image):
    """What --all says of a picture by itself."""
    row = {"width": image.width, "height": image.height}
    image = seen(image)
    for percent, value in zip(PERCENTS, np.percentile(brightness(image), PERCENTS)):
        row[f"brightness_perc_{percent}"] = value
    row["brightness"] = mean_brightness(image)
    row["aspect_ratio"] = min(image.width / image.height, image.height / image.width)
    row["entropy"] = entropy(image)
    row["blurriness"], row["blurriness_grayscale_std"] = blurriness(image)
    row["size"] = np.sqrt(image.width) * np.sqrt(image.height)
    row["dark_score"] = row["brightness_perc_99"]
    row["light_score"] = 1 - row["brightness_perc_5"]
    row["odd_aspect_ratio_score"] = row["aspect_ratio"]
    row["low_information_score"] = min(row["entropy"] / 10, 1)
    row["blurry_score"] = blurry_score(row["blurriness"], row["blurriness_grayscale_std"])
    row["grayscale_score"] = 0 if image.mode in ("L", "LA") else 1
    return row


def phash(image):
    """As imagehash's, whose formula this is."""
    dct = 2 * np.cos(np.pi * np.outer(np.arange(8), 2 * np.arange(32) + 1) / 64)
    small = np.asarray(image.convert("L").resize((32, 32), Image.LANCZOS))
    low = dct @ small.astype(float) @ dct.T
    low = np.where(np.abs(low) < 1e-6, 0, low)  # rounding has no sign
    return (low > np.median(low)).tobytes()


def kin_scores(images):
    """1 / how many are the same, and 1 / how many look alike, unless all are the same."""
    same, alike = collections.defaultdict(set), collections.defaultdict(set)
    for path, image in images.items():
        image = seen(image)
        same[image.mode, image.size, image.tobytes()].add(path)
        alike[phash(image)].add(path)
    groups = {frozenset(paths) for paths in same.values()}
    exact = {path: 1 / len(paths) for paths in groups for path in paths}
    near = {path: 1 if paths in groups else 1 / len(paths)
            for paths in map(frozenset, alike.values()) for path in paths}
    return exact, near


def size_scores(sizes):
    q1, q3 = np.percentile(sizes, [25, 75])
    low, high = q1 - 3 * (q3 - q1), q3 + 3 * (q3 - q1)
    middle, norm = (low + high) / 2, high - low
    threshold = 0.5 if norm > 0 else 1
    return 1 - np.clip(np.abs(sizes - middle) / (norm or middle), 0, 1), threshold


def run(*words):
    done = subprocess.run([PROGRAM, "images", "-q", "-fjson", *map(str, words)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Scores(TestCase):
    def compare(self, path, row, expected):
        for name, value in expected.items():
            near = abs(row[name] - value) <= TOLERANCE * max(1, abs(value))
            self.check(near, f"{path}: {name} is {row[name]}, not {value}")

    def compare_set(self, report, images):
        """images: path to picture; all of one set."""
        rows = {row["path"]: row for row in report["rows"]}
        self.assertEqual(set(rows), set(images))
        for path, image in images.items():
            self.compare(path, rows[path], properties(image))
        paths = sorted(images)
        sizes = np.array([rows[path]["size"] for path in paths])
        scores, threshold = size_scores(sizes)
        for path, score in zip(paths, scores):
            self.compare(path, rows[path], {"odd_size_score": score})
        exact, near = kin_scores(images)
        for path in paths:
            self.compare(path, rows[path], {"exact_duplicates_score": exact[path],
                                            "near_duplicates_score": near[path]})
        for row in rows.values():
            limits = {**THRESHOLDS, "odd_size": threshold}
            found = {issue for issue, limit in limits.items()
                     if row[f"{issue}_score"] < limit}
            named = set((row["issues"] or "").split(",")) - {""}
            self.assertEqual(named - {"crc", "suffix_lies"}, found, row["path"])

    def linked(self, samples):
        root = self.dir / "tree"
        images = {}
        root.mkdir()
        for i, path in enumerate(samples):
            link = root / f"{i:05d}{os.path.splitext(path)[1]}"
            link.symlink_to(path)
            with Image.open(path) as image:
                images[str(link)] = image.copy()
        return root, images

    def test_real_pictures(self):
        samples = [path for path, _ in samples_of(ICONS)]
        samples = random.Random(7).sample(samples, 600)
        samples += [path for path, _ in samples_of(MAPS)]
        root, images = self.linked(samples)
        self.compare_set(run("--all", root), images)

    def pictures_of_all_modes(self):
        rng = np.random.default_rng(3)
        y, x = np.mgrid[0:90, 0:130]
        smooth = np.stack([x * 2 % 256, y * 2, (x + y) % 256, 255 - x], -1)
        noise = rng.integers(0, 256, (90, 130, 4))
        for name, pixels in ("smooth", smooth), ("noise", noise):
            whole = Image.fromarray(pixels.astype(np.uint8), "RGBA")
            wide = (pixels[..., 0] * 257 + rng.integers(0, 256, x.shape)) % 65536
            yield f"{name}_rgba.png", whole
            yield f"{name}_rgb.png", whole.convert("RGB")
            yield f"{name}_rgb.jpg", whole.convert("RGB")
            yield f"{name}_l.png", whole.convert("L")
            yield f"{name}_l.jpg", whole.convert("L")
            yield f"{name}_la.png", whole.convert("LA")
            yield f"{name}_1.png", whole.convert("1")
            yield f"{name}_p.png", whole.convert("RGB").quantize(40)
            yield f"{name}_cmyk.jpg", whole.convert("RGB").convert("CMYK")
            yield f"{name}_16.png", Image.fromarray(wide.astype(np.uint16))
        for size in (1, 1), (1, 64), (65, 1), (2, 2), (3, 3), (64, 65), (1000, 3), (257, 64):
            yield f"{size[0]}x{size[1]}.png", whole.convert("RGB").resize(size)
            yield f"{size[0]}x{size[1]}_a.png", whole.resize(size)
        for value in 0, 1, 254, 255:
            yield f"flat_{value}.png", Image.new("RGB", (70, 50), (value,) * 3)
            yield f"wide_flat_{value}.png", Image.new("RGB", (400, 300), (value,) * 3)
        large = rng.integers(0, 256, (300, 400, 3)).astype(np.uint8)
        yield "large_noise.png", Image.fromarray(large)
        for row in range(8):  # which one row of eight does not tell of the others
            striped = large // 4 * (np.arange(300)[:, None, None] % 8 != row)
            yield f"striped_{row}.png", Image.fromarray(striped.astype(np.uint8))
            yield f"inverse_{row}.png", Image.fromarray(255 - striped.astype(np.uint8))

    def test_all_modes(self):
        images = {}
        root = self.dir / "modes"
        root.mkdir()
        for name, image in self.pictures_of_all_modes():
            path = root / name
            image.save(path)
            with Image.open(path) as read:
                images[str(path)] = read.copy()
        report = run("--all", root)
        self.compare_set(report, images)
        modes = {os.path.basename(row["path"]): row["mode"] for row in report["rows"]}
        self.assertEqual(modes["noise_16.png"], "I;16")
        for name, mode in modes.items():
            if name.startswith("noise") and "16" not in name:
                self.assertEqual(mode.lower(), name.split("_")[1].split(".")[0])

    def test_vectors_change_nothing(self):
        root = self.dir / "modes"
        root.mkdir()
        for name, image in self.pictures_of_all_modes():
            image.save(root / name)
        outputs = set()
        for level in "portable", "avx2", "avx512":
            outputs.add(subprocess.run(
                [PROGRAM, "images", "-q", "--all", root], stdout=subprocess.PIPE,
                env={**os.environ, "DSINSPECT_CPU": level}, check=True).stdout)
        self.assertEqual(len(outputs), 1)

    def test_unusual_modes(self):
        def modes(root, **counts):
            root.mkdir()
            for mode, n in counts.items():
                for i in range(n):
                    Image.new(mode, (20, 20)).save(root / f"{mode}{i}.png")
            return {os.path.basename(row["path"])[:-5]: row["unusual_mode_score"]
                    for row in run("--all", root)["rows"]}
        self.assertEqual(modes(self.dir / "a", RGB=9, L=3, P=4),
                         {"RGB": 1, "L": 3 / 16, "P": 0})
        self.assertEqual(modes(self.dir / "b", P=5, RGB=3), {"P": 1, "RGB": 3 / 8})

    def arrays(self):
        rng = np.random.default_rng(4)
        return {
            "grey": (rng.integers(0, 256, (7, 40, 50)), None),
            "last": (rng.integers(0, 256, (6, 40, 90, 3)), -1),
            "first": (rng.integers(0, 256, (6, 3, 70, 50)), 1),
            "alpha": (rng.integers(0, 256, (5, 30, 90, 4)), -1),
            "middle": (rng.integers(0, 256, (5, 30, 3, 40)), 2),
        }

    def test_arrays(self):
        for name, (values, axis) in self.arrays().items():
            path = self.dir / f"{name}.npy"
            np.save(path, values.astype(np.uint8))
            words = [f"--channel-axis={axis}"] if axis == 2 else []
            pixels = np.moveaxis(values, axis, -1) if axis else values
            images = {f"{path}[{i}]": Image.fromarray(one.astype(np.uint8))
                      for i, one in enumerate(pixels)}
            self.compare_set(run("--all", *words, path), images)

    def test_no_pictures(self):
        path = self.dir / "table.npy"
        np.save(path, np.zeros((5, 4), np.uint8))
        report = run(path)
        self.assertEqual(report["summary"]["images"], 0)
        self.assertEqual([f["rule"] for f in report["findings"]], ["not_pictures"])

    def test_turned(self):
        root = self.dir / "turned"
        root.mkdir()
        for value in range(0, 10):
            for suffix in "jpg", "png":
                exif = Image.Exif()
                exif[0x010F] = "maker"
                if value:
                    exif[0x0112] = value
                Image.new("RGB", (20, 30)).save(root / f"{value}.{suffix}", exif=exif)
        got = {os.path.basename(row["path"]): row["orientation"]
               for row in run("--all", root)["rows"]}
        expected = {f"{value}.{suffix}": value if 1 <= value <= 8 else None
                    for value in range(10) for suffix in ("jpg", "png")}
        self.assertEqual(got, expected)
        rows = run("--issues=exif_rotated", root)["rows"]
        self.assertEqual(len(rows), 14)


warnings.simplefilter("ignore")
if __name__ == "__main__":
    main()
