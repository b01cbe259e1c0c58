"""Files that are not what they are called, in a folder as scraped from the web: Pillow and
NumPy, which go by content too, say which of them `info` must list and which it cannot."""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image

PROGRAM = pathlib.Path(os.environ.get("DSI_BUILD", "build")) / "dsinspect"
PAGE = b"<!DOCTYPE html>\n<html><head><title>404, not found</title></head></html>\n"


def make(folder):
    picture = Image.new("RGB", (5, 3))
    picture.save(folder / "sound.jpg", format="JPEG")
    picture.save(folder / "jpeg.png", format="JPEG")
    picture.save(folder / "png.JPG", format="PNG")
    (folder / "page.jpg").write_bytes(PAGE)
    (folder / "page.png").write_bytes(b"\xef\xbb\xbf" + PAGE.lower())
    (folder / "table.jpeg").write_bytes(b"path,label\na.png,cat\n")
    (folder / "empty.png").write_bytes(b"")
    np.save(folder / "sound.npy", np.zeros((4, 2)))
    np.savetxt(folder / "text.npy", np.zeros((4, 2)), delimiter=",")
    with open(folder / "npy.csv", "wb") as file:
        np.save(file, np.zeros((4, 2)))


def holds(path):
    """The format, as Pillow or else NumPy finds it; None."""
    try:
        with Image.open(path) as image:
            return image.format.lower()
    except OSError:
        pass
    try:
        np.load(path)
        return "npy"
    except (ValueError, OSError, EOFError):
        return None


def run(*inputs):
    return subprocess.run([PROGRAM, "info", "--format=json", *inputs],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check_folder(folder):
    done = run(folder)
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    listed = {row["source"]: row["format"] for row in report["rows"]}
    expected = {str(path): holds(path) for path in folder.iterdir()}
    readable = {path: name for path, name in expected.items() if name}
    assert listed == readable, (listed, readable)
    assert sorted(listed.values()) == ["jpeg", "jpeg", "npy", "npy", "png"], listed
    found = {(pathlib.Path(f["where"]).name, f["rule"]): f["detail"]
             for f in report["findings"]}
    named = "named as %s, but holds text%s"
    page = " (an HTML page?)"
    for name, rule, detail in (
            ("page.jpg", "unreadable", named % ("jpeg", page)),
            ("page.png", "unreadable", named % ("png", page)),
            ("table.jpeg", "unreadable", named % ("jpeg", "")),
            ("text.npy", "unreadable", named % ("npy", "")),
            ("empty.png", "truncated", "an empty file"),
            ("jpeg.png", "suffix_lies", "named as png, holds jpeg"),
            ("png.JPG", "suffix_lies", "named as jpeg, holds png")):
        assert found.get((name, rule)) == detail, (name, found)


def check_inputs(folder):
    for name, code in (("page.jpg", 2), ("text.npy", 2), ("npy.csv", 0), ("png.JPG", 0)):
        done = run(folder / name)
        assert done.returncode == code, (name, done)


with tempfile.TemporaryDirectory() as root:
    tree = pathlib.Path(root) / "scraped"
    tree.mkdir()
    make(tree)
    check_folder(tree)
    check_inputs(tree)
