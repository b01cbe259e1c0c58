"""samples/make_samples.py writes the committed samples again, byte for byte, and the
faults that samples/README.md lists are where it says, as NumPy and Pillow see them."""

import csv
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from PIL import Image

samples = os.path.join(os.environ["DSI_SOURCE"], "samples")
data = os.path.join(samples, "data")


def files_of(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


def check_bytes():
    with tempfile.TemporaryDirectory() as again:
        script = os.path.join(samples, "make_samples.py")
        subprocess.run([sys.executable, "-B", script, again], check=True)
        new, old = files_of(again), files_of(data)
    assert sorted(new) == sorted(old), set(new) ^ set(old)
    differing = [name for name in new if new[name] != old[name]]
    assert not differing, differing
    assert sum(len(content) for content in old.values()) < 1_000_000


def check_trees():
    flowers = os.path.join(data, "flowers")
    counts = {label: len(os.listdir(os.path.join(flowers, label))) for label in
              os.listdir(flowers)}
    assert counts == {"daisy": 40, "rose": 20, "tulip": 8, "violet": 2}, counts
    truncated = []
    for name in files_of(flowers):
        image = Image.open(os.path.join(flowers, name))
        lies = name.endswith(".jpg") != (image.format == "JPEG")
        assert lies == (name == "rose/rose_05.jpg"), name
        try:
            image.load()
        except OSError:
            truncated.append(name)
    assert truncated == ["daisy/daisy_07.jpg"], truncated
    content = files_of(flowers)
    twice = [name for name in content if list(content.values()).count(content[name]) > 1]
    assert sorted(twice) == ["rose/rose_02.png", "tulip/tulip_06.png"], twice
    splits = os.path.join(data, "splits")
    assert sorted(os.listdir(os.path.join(splits, "train"))) == [
        "bird", "cat", "dog", "fish"]
    assert sorted(os.listdir(os.path.join(splits, "val"))) == ["cat", "dog", "fish"]
    for i in range(6):
        mask = np.asarray(Image.open(os.path.join(data, "masks", f"mask_{i}.png")))
        expected = [0, 1, 2, 3, 255] if i == 0 else [0, 1, 2, 255]
        assert np.unique(mask).tolist() == expected, i


def check_album():
    pixels = {}
    for name in sorted(files_of(os.path.join(data, "album"))):
        image = Image.open(os.path.join(data, "album", name)).convert("RGB")
        pixels.setdefault(image.tobytes(), []).append(name)
    assert sorted(names for names in pixels.values() if len(names) > 1) == [
        ["train/beach/beach_1.png", "val/beach/beach_8.png"],
        ["train/beach/beach_3.png", "train/hill/hill_8.png"]]


def check_arrays():
    features = np.load(os.path.join(data, "features.npy"))
    assert features.dtype == np.float32 and features.shape == (200, 6)
    assert np.argwhere(np.isnan(features)).tolist() == [[17, 1], [101, 1]]
    assert np.argwhere(np.isinf(features)).tolist() == [[42, 2]]
    assert np.argwhere(features[:, :5] == 250).tolist() == [[123, 3]]
    assert np.unique(features[:, 4]).tolist() == [0.5]
    assert 9000 < features[:, 5].mean() < 11000
    labels = np.load(os.path.join(data, "labels.npy"))
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [700, 200, 70, 25, 5]
    idx = np.fromfile(os.path.join(data, "labels-idx1-ubyte"), np.uint8)
    assert idx[:8].tolist() == [0, 0, 8, 1, 0, 0, 3, 232]
    assert (idx[8:] == labels).all()
    table = np.load(os.path.join(data, "structured.npy"))
    assert table.shape == (50,) and table.dtype.names == ("id", "label", "score")
    assert np.flatnonzero(np.isnan(table["score"])).tolist() == [31]


def check_digits():
    digits = np.load(os.path.join(data, "digits.npz"))
    assert sorted(digits) == ["x_test", "x_train", "y_test", "y_train"]
    assert np.bincount(digits["y_train"]).tolist() == [20] * 9 + [4]
    assert np.bincount(digits["y_test"]).tolist() == [5] * 9
    with h5py.File(os.path.join(data, "digits.h5"), "r") as file:
        for split in ["train", "test"]:
            images, labels = file[split]["images"], file[split]["label"]
            assert images.chunks == (16, 8, 8) and images.shuffle
            assert images.compression == "gzip"
            assert (images[:] == digits[f"x_{split}"]).all()
            assert (labels[:] == digits[f"y_{split}"]).all()
            names = h5py.check_enum_dtype(labels.dtype)
            assert names["zero"] == 0 and names["nine"] == 9 and len(names) == 10
    sizes = [os.path.getsize(os.path.join(data, f"digits.{s}")) for s in ["npz", "h5"]]
    assert sum(sizes) < 100_000, sizes


def check_manifest():
    with open(os.path.join(data, "labels.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [row["path"] for row in rows]
    there = {os.path.join("flowers", name) for name in
             files_of(os.path.join(data, "flowers"))}
    assert there - set(paths) == {"flowers/daisy/daisy_39.jpg"}
    assert set(paths) - there == {"flowers/violet/violet_02.png"}
    assert [p for p in set(paths) if paths.count(p) > 1] == ["flowers/daisy/daisy_03.jpg"]
    assert {row["label"] for row in rows} == {
        "daisy", "rose, red", "tulip", 'violet "dog"'}
    assert {row["split"] for row in rows} == {"train", "val"}


def check_doubts():
    labels, probs = (np.load(os.path.join(data, f"{n}.npy")) for n in ("doubted", "probs"))
    assert probs.shape == (200, 4) and probs.dtype == np.float32
    wrong = [12, 40, 77, 101, 150, 199]
    assert set(wrong) <= set(np.flatnonzero(probs.argmax(1) != labels))
    right = np.delete(np.arange(200), wrong)
    assert (probs.argmax(1) == labels)[right].mean() > 0.95


check_bytes()
check_doubts()
check_trees()
check_album()
check_arrays()
check_digits()
check_manifest()
