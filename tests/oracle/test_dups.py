"""dups: what is planted is found, and nothing else. What is expected comes from how the
files were made, and of hashes from their definitions, worked out with Pillow and SciPy."""

import json
import os
import pathlib
import subprocess

import h5py
import numpy as np
from PIL import Image, ImageEnhance
from scipy import fftpack

from oracle import BUILD, SOURCE, TestCase, main

DSINSPECT = BUILD / "dsinspect"
PROBE = BUILD / "tests" / "hash_probe"
ICONS = pathlib.Path("/usr/share/icons")


def dups(*words, code=0, env=None):
    done = subprocess.run([DSINSPECT, "dups", "--format=json", *map(str, words)],
                          capture_output=True, timeout=300,
                          env={**os.environ, **(env or {})})
    if done.returncode != code:
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)


def groups(report, kind=None):
    """The groups as sets of places."""
    found = {}
    for row in report["rows"]:
        if kind in (None, row["kind"]):
            found.setdefault(row["group"], []).append(row["where"])
    return sorted(sorted(members) for members in found.values())


def findings(report, rule):
    return [f for f in report["findings"] if f["rule"] == rule]


def phash(image):
    """imagehash.phash: 32 x 32, DCT II down and across, above the median of the lowest."""
    pixels = np.asarray(image.convert("L").resize((32, 32), Image.LANCZOS))
    low = fftpack.dct(fftpack.dct(pixels, axis=0), axis=1)[:8, :8]
    return int("".join("01"[int(bit)] for bit in (low > np.median(low)).flat), 2)


def dhash(image):
    """imagehash.dhash: 9 x 8, brighter than the pixel on the left."""
    pixels = np.asarray(image.convert("L").resize((9, 8), Image.LANCZOS))
    return int("".join("01"[int(bit)] for bit in (pixels[:, 1:] > pixels[:, :-1]).flat), 2)


def photo(rng, width=160, height=120):
    """Something with the spectrum of a photograph: blobs of all sizes."""
    scene = np.zeros((height, width, 3))
    for k in range(2, 8):
        small = rng.normal(size=(2 ** k // 2, 2 ** k, 3)) / 1.8 ** k
        for c in range(3):
            scene[..., c] += np.asarray(
                Image.fromarray(small[..., c].astype(np.float32)).resize(
                    (width, height), Image.BICUBIC))
    scene -= scene.min()
    return Image.fromarray((scene * 255 / scene.max()).astype(np.uint8))


class Exact(TestCase):
    def make_tree(self, rng, n=40):
        """Pictures of two classes; every fourth one has a copy of some kind in `b`."""
        planted = []
        for name in "a", "b":
            (self.dir / "tree" / name).mkdir(parents=True)
        for i in range(n):
            path = self.dir / "tree" / "a" / f"{i:03}.png"
            image = photo(rng, 40 + i % 5, 30)
            image.save(path)
            if i % 4:
                continue
            other = self.dir / "tree" / "b" / f"copy{i:03}.png"
            if i % 8:
                other.write_bytes(path.read_bytes())
            else:  # other bytes, same pixels
                image.save(other, compress_level=1, optimize=False)
            planted.append(sorted([str(path), str(other)]))
        return sorted(planted)

    def test_copies_and_other_encodings(self):
        planted = self.make_tree(np.random.default_rng(1))
        report = dups(self.dir / "tree")
        self.assertEqual(groups(report), planted)
        self.assertEqual(report["summary"], {
            "groups": 10, "duplicates": 10, "split_leaks": 0, "label_conflicts": 10,
            "samples": 50})
        self.assertEqual(sorted(f["where"] for f in findings(report, "dup_conflict")),
                         sorted(pair[1] for pair in planted))
        by_bytes = dups("--by=bytes", self.dir / "tree")
        self.assertEqual(groups(by_bytes, "bytes"),
                         [p for p in planted
                          if pathlib.Path(p[0]).read_bytes() == pathlib.Path(p[1]).read_bytes()])
        self.assertEqual(by_bytes["summary"]["groups"], 5)

    def test_any_number_of_threads_and_shards(self):
        self.make_tree(np.random.default_rng(2))
        for how in ["--by=content"], ["--by=bytes"], ["--near=phash", "--distance=6"]:
            said = [subprocess.run([DSINSPECT, "dups", f"-j{j}", *how, self.dir / "tree"],
                                   capture_output=True, check=True) for j in (1, 2, 7)]
            self.assertEqual(len({(s.stdout, s.stderr) for s in said}), 1)
            parts = []
            for i in range(1, 4):
                parts.append(self.dir / f"part{i}")
                subprocess.run([DSINSPECT, "dups", *how, f"--shard={i}/3",
                                f"--partial={parts[-1]}", self.dir / "tree"], check=True)
            merged = subprocess.run([DSINSPECT, "merge", *parts], capture_output=True,
                                    check=True)
            self.assertEqual(merged.stdout, said[0].stdout, how)

    def test_pictures_beside_class_folders(self):
        rng = np.random.default_rng(3)
        planted = self.make_tree(rng, 8)
        image = Image.open(planted[0][0])
        image.save(self.dir / "tree" / "loose.png")
        report = dups(self.dir / "tree")
        self.assertEqual(len(groups(report)[0]), 3)
        row = [r for r in report["rows"] if r["where"].endswith("loose.png")]
        self.assertEqual([r["label"] for r in row], [None])

    def test_unreadable_files_are_findings(self):
        planted = self.make_tree(np.random.default_rng(4), 8)
        (self.dir / "tree" / "a" / "none.png").symlink_to("nowhere")
        (self.dir / "tree" / "b" / "text.png").write_text("no picture")
        report = dups(self.dir / "tree")
        self.assertEqual(groups(report), planted)
        self.assertEqual(len(findings(report, "unreadable")), 2)
        self.assertEqual(len(findings(dups("--by=bytes", self.dir / "tree"), "unreadable")), 1)

    def test_hostile_names(self):
        names = ["new\nline", "tab\t", "quo'te\"", "\udcff\udcfe", "..x", "-rf", "a" * 200]
        image = photo(np.random.default_rng(5), 20, 20)
        for name in names:
            folder = os.path.join(str(self.dir).encode(), b"tree", os.fsencode(name))
            os.makedirs(folder)
            with open(os.path.join(folder, os.fsencode(name) + b".png"), "wb") as f:
                image.save(f, "PNG")
        report = dups(self.dir / "tree")
        self.assertEqual(report["summary"]["duplicates"], len(names) - 1)
        done = subprocess.run([DSINSPECT, "dups", "-f", "tsv", self.dir / "tree"],
                              capture_output=True, check=True)
        self.assertEqual(done.stdout.count(b"\n"), len(names) + 1)


class Splits(TestCase):
    def test_leaks_between_the_splits_of_a_tree(self):
        rng = np.random.default_rng(6)
        for split in "train", "val":
            for name in "cat", "dog":
                (self.dir / "tree" / split / name).mkdir(parents=True)
        images = [photo(rng, 24, 24) for _ in range(12)]
        for i, image in enumerate(images):
            image.save(self.dir / "tree" / "train" / ("cat", "dog")[i % 2] / f"{i}.png")
        leak = self.dir / "tree" / "val" / "cat" / "leak.png"
        images[4].save(leak)  # of cat 4
        images[5].save(self.dir / "tree" / "val" / "cat" / "wrong.png")  # dog 5
        photo(rng, 24, 24).save(self.dir / "tree" / "val" / "dog" / "own.png")
        report = dups(self.dir / "tree")
        self.assertEqual(report["summary"], {
            "groups": 2, "duplicates": 2, "split_leaks": 2, "label_conflicts": 1,
            "samples": 15})
        self.assertEqual({r["split"] for r in report["rows"]}, {"train", "val"})
        dups("--fail-on=split_leak", self.dir / "tree", code=1)

    def test_inputs_that_are_called_as_splits(self):
        rng = np.random.default_rng(7)
        x = rng.normal(size=(50, 6)).astype(np.float32)
        y = rng.normal(size=(20, 6)).astype(np.float32)
        y[3] = x[7]
        x[20] = x[30]
        np.save(self.dir / "x_train.npy", x)
        np.save(self.dir / "x_test.npy", y)
        report = dups(self.dir / "x_train.npy", self.dir / "x_test.npy")
        self.assertEqual(report["summary"]["groups"], 2)
        (leak,) = findings(report, "split_leak")
        self.assertEqual(leak["where"], f"{self.dir}/x_test.npy[3]")
        across = dups("--across", self.dir / "x_train.npy", self.dir / "x_test.npy")
        self.assertEqual(groups(across), [[f"{self.dir}/x_test.npy[3]",
                                           f"{self.dir}/x_train.npy[7]"]])
        omit = dups("--omit-first", self.dir / "x_train.npy", self.dir / "x_test.npy")
        self.assertEqual([r["index"] for r in omit["rows"]], [3, 30])

    def test_labels_of_rows(self):
        x = np.arange(40, dtype=np.int16).reshape(20, 2)
        x[10] = x[0]
        x[11] = x[1]
        labels = np.zeros(20, np.int64)
        labels[10] = 1
        np.save(self.dir / "x.npy", x)
        np.save(self.dir / "y.npy", labels)
        report = dups(f"--labels={self.dir}/y.npy", self.dir / "x.npy")
        self.assertEqual(report["summary"]["groups"], 2)
        (conflict,) = findings(report, "dup_conflict")
        self.assertEqual(conflict["index"], 10)
        self.assertEqual([r["label"] for r in report["rows"]], ["0", "1", "0", "0"])


class Rows(TestCase):
    def numpy_groups(self, x):
        rows = {}
        for i, row in enumerate(x):
            rows.setdefault(row.tobytes(), []).append(i)
        return sorted(g for g in rows.values() if len(g) > 1)

    def our_groups(self, *words):
        found = {}
        for row in dups(*words)["rows"]:
            found.setdefault(row["group"], []).append(row["index"])
        return list(found.values())

    def test_rows_of_nothing(self):
        """Rows without values have no content, however many a header claims."""
        np.save(self.dir / "x.npy", np.zeros((5, 0, 6), np.uint8))
        with open(self.dir / "y.npy", "wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "|u1", "fortran_order": False, "shape": (10**12, 0, 6)})
        for name in "x.npy", "y.npy":
            for words in [], ["--verify"], ["--near=phash", "--verify"]:
                report = dups(*words, self.dir / name)
                self.assertEqual(report["summary"]["duplicates"], 0)
            done = subprocess.run([DSINSPECT, "images", "-q", self.dir / name],
                                  capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout.count(b"\n"), done.stderr),
                             (0, 1, b""))

    def test_rows_of_every_type(self):
        rng = np.random.default_rng(8)
        for dtype in ("?", "i1", "u1", "i2", "u2", "i4", "i8", "u8", "f2", "f4", "f8",
                      "c8", "c16", "S3", "U2", "M8[s]"):
            values = rng.integers(0, 2, (300, 4))
            x = (values.astype("M8[s]") if dtype == "M8[s]" else values.astype(dtype))
            np.save(self.dir / "x.npy", x)
            self.assertEqual(self.our_groups(self.dir / "x.npy"), self.numpy_groups(x), dtype)

    def test_one_array_in_many_containers(self):
        """Each row is found again in each of the others."""
        x = np.random.default_rng(9).normal(size=(40, 3, 2)).astype(np.float64)
        np.save(self.dir / "c.npy", x)
        np.save(self.dir / "fortran.npy", np.asfortranarray(x))
        np.save(self.dir / "big.npy", x.astype(">f8"))
        np.savez_compressed(self.dir / "z.npz", x=x)
        with h5py.File(self.dir / "h.h5", "w") as f:
            f["plain"] = x
            f.create_dataset("chunked", data=x, chunks=(7, 3, 2), compression="gzip",
                             shuffle=True)
            f["big"] = x.astype(">f8")
        report = dups(*(self.dir / n for n in ("c.npy", "fortran.npy", "big.npy", "z.npz",
                                               "h.h5")))
        self.assertEqual(report["summary"]["groups"], 40)
        self.assertEqual(report["summary"]["duplicates"], 40 * 6)

    def test_pictures_and_arrays(self):
        """A picture is the row of an array that holds its pixels."""
        rng = np.random.default_rng(10)
        x = rng.integers(0, 256, (5, 9, 7, 3), dtype=np.uint8)
        np.save(self.dir / "x.npy", x)
        Image.fromarray(x[3]).save(self.dir / "three.png")
        grey = rng.integers(0, 256, (4, 6, 5), dtype=np.uint8)
        np.save(self.dir / "g.npy", grey)
        Image.fromarray(grey[2]).save(self.dir / "two.png")
        report = dups(*(self.dir / n for n in ("x.npy", "g.npy", "three.png", "two.png")))
        self.assertEqual(groups(report), sorted(
            sorted([f"{self.dir}/{a}", f"{self.dir}/{b}"])
            for a, b in (("x.npy[3]", "three.png"), ("g.npy[2]", "two.png"))))

    def test_a_table(self):
        (self.dir / "t.csv").write_text("a,b\n1,x\n2,y\n1,x\n1,y\n2,y\n")
        self.assertEqual(self.our_groups(self.dir / "t.csv"), [[0, 2], [1, 4]])

    def test_bits_tell(self):
        x = np.array([[0.0, 1.0], [-0.0, 1.0], [np.nan, 1.0], [np.nan, 1.0]])
        np.save(self.dir / "x.npy", x)
        self.assertEqual(self.our_groups(self.dir / "x.npy"), [[2, 3]])

    def test_more_rows_than_memory(self):
        """Spilled to files, and the same bytes; a folder that cannot be is told of."""
        x = np.random.default_rng(11).integers(0, 300000, (400000, 2), dtype=np.int32)
        np.save(self.dir / "x.npy", x)
        words = [DSINSPECT, "dups", "--top=0", self.dir / "x.npy"]
        whole = subprocess.run(words, capture_output=True, check=True).stdout
        spilled = subprocess.run(words + ["--max-memory=1M"], capture_output=True,
                                 check=True, env={**os.environ, "TMPDIR": str(self.dir)})
        self.assertEqual(spilled.stdout, whole)
        self.assertEqual(sorted(os.listdir(self.dir)), ["x.npy"])
        failed = subprocess.run(words + ["--max-memory=1M"], capture_output=True,
                                env={**os.environ, "TMPDIR": "/nonexistent"})
        self.assertEqual(failed.returncode, 2)
        self.check(b"TMPDIR" in failed.stderr, failed.stderr)

    def test_top(self):
        np.save(self.dir / "x.npy", np.zeros((1000, 2)))
        report = dups("--top=10", self.dir / "x.npy")
        self.assertEqual(len(report["rows"]), 10)
        self.assertEqual(report["summary"]["duplicates"], 999)
        self.check("990 of 1000" in findings(report, "top")[0]["detail"])


class Near(TestCase):
    def probe(self, paths):
        done = subprocess.run([PROBE, *map(str, paths)], capture_output=True, check=True)
        lines = done.stdout.decode(errors="surrogateescape").strip("\n").split("\n")
        return [line.split(" ")[:2] for line in lines]

    def compare(self, paths):
        """How many of the hashes are those of the definition."""
        n_off = 0
        for path, (p, d) in zip(paths, self.probe(paths)):
            with Image.open(path) as image:
                image.load()
                if image.mode == "P" and "transparency" in image.info:
                    image = image.convert("RGBA")
                self.assertEqual(int(d, 16), dhash(image), path)
                off = bin(int(p, 16) ^ phash(image)).count("1")
            n_off += off > 0
            self.check(off <= 1, f"{path}: {off} bits")
        return n_off

    def test_hashes_of_drawn_pictures(self):
        rng = np.random.default_rng(12)
        paths = []
        for i in range(60):
            image = photo(rng, int(rng.integers(1, 400)), int(rng.integers(1, 300)))
            mode = ("RGB", "L", "RGBA", "LA", "P", "CMYK")[i % 6]
            path = self.dir / f"{i}.{'jpg' if mode in ('CMYK',) else 'png'}"
            if mode in ("RGBA", "LA"):
                image.putalpha(Image.fromarray(
                    rng.integers(0, 256, image.size[::-1], dtype=np.uint8)))
            image.convert(mode).save(path)
            paths.append(path)
        self.assertEqual(self.compare(paths), 0)

    def test_hashes_of_real_pictures(self):
        paths = sorted(p for p in ICONS.glob("**/*.png") if p.is_file())[::4][:1500]
        if not paths:
            self.skipTest("no icons are installed")
        self.check(self.compare(paths) <= len(paths) / 100)

    def test_hashes_of_flat_and_mirrored_pictures(self):
        """Frequencies that are 0 are no noise: what is grey all over has one hash."""
        for i, value in enumerate((0, 1, 77, 255)):
            Image.new("L", (50 + i, 40), value).save(self.dir / f"{i}.png")
        hashes = {p for p, _ in self.probe(sorted(self.dir.glob("*.png"))[1:])}
        self.assertEqual(hashes, {"8000000000000000"})

    def plant(self, rng):
        """Pictures, and of every fourth what a user does to a picture."""
        (self.dir / "all").mkdir()
        planted = []
        for i in range(48):
            image = photo(rng)
            path = self.dir / "all" / f"{i:02}.png"
            image.save(path)
            if i % 4:
                continue
            other = self.dir / "all" / f"{i:02}_other.jpg"
            changed = (image.resize((100, 75), Image.BICUBIC),
                       ImageEnhance.Brightness(image).enhance(1.15),
                       image.crop((1, 1, 159, 119)), image)[i // 4 % 4]
            changed.save(other, quality=(70, 95, 95, 40)[i // 4 % 4])
            planted.append(sorted([str(path), str(other)]))
        return sorted(planted)

    def test_planted_near_duplicates(self):
        planted = self.plant(np.random.default_rng(13))
        self.assertEqual(groups(dups(self.dir / "all"), "exact"), [])
        for how in ("--near=phash",), ("--near=dhash", "--distance=8"):
            self.assertEqual(groups(dups(*how, self.dir / "all"), "near"), planted, how)

    def test_as_pairs_of_the_definition(self):
        """Groups are the components of the graph of hashes that are near."""
        self.plant(np.random.default_rng(14))
        paths = sorted((self.dir / "all").glob("*"))
        for distance in 0, 6, 14, 20:
            hashes = [phash(Image.open(p)) for p in paths]
            sets = {p: {p} for p in paths}
            for i, a in enumerate(paths):
                for j in range(i):
                    if bin(hashes[i] ^ hashes[j]).count("1") <= distance:
                        joint = sets[a] | sets[paths[j]]
                        for p in joint:
                            sets[p] = joint
            expected = sorted({tuple(sorted(map(str, s))) for s in sets.values()
                               if len(s) > 1})
            report = dups("--near=phash", f"--distance={distance}", self.dir / "all")
            self.assertEqual([tuple(g) for g in groups(report, "near")], expected)
            first = {}
            for row in report["rows"]:
                of = hashes[paths.index(pathlib.Path(row["where"]))]
                self.assertEqual(row["distance"],
                                 bin(of ^ first.setdefault(row["group"], of)).count("1"))

    def test_rows_as_pictures(self):
        rng = np.random.default_rng(15)
        images = np.stack([np.asarray(photo(rng, 48, 48)) for _ in range(10)])
        images[7] = np.clip(images[2].astype(int) + 3, 0, 255)
        for name, x in (("nhwc", images), ("nchw", images.transpose(0, 3, 1, 2)),
                        ("grey", images[..., 0])):
            np.save(self.dir / f"{name}.npy", np.ascontiguousarray(x))
            report = dups("--near=phash", self.dir / f"{name}.npy")
            self.assertEqual(groups(report), [[f"{self.dir}/{name}.npy[2]",
                                               f"{self.dir}/{name}.npy[7]"]])

    def test_nothing_to_look_at(self):
        np.save(self.dir / "x.npy", np.arange(8.0).reshape(4, 2))
        self.assertEqual(len(findings(dups("--near=phash", self.dir / "x.npy"),
                                      "no_pictures")), 1)


if __name__ == "__main__":
    main()
