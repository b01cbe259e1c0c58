"""--contact-sheet of images, dups and labels against Pillow: what is on the page, upright
as ImageOps.exif_transpose has it, names that no browser may take for code, and nothing
that is to be fetched; pairs that contradict each other side by side."""

import base64
import html.parser
import io
import os
import subprocess

import numpy as np
from PIL import Image, ImageOps

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")


class Page(html.parser.HTMLParser):
    """Figures as (heading, picture or None, caption), and all tags with attributes."""

    def __init__(self, text):
        super().__init__()
        self.figures, self.tags, self.heading, self.inside = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "figure":
            self.figures.append([self.heading, None, ""])
        if tag == "img":
            data = dict(attributes)["src"]
            assert data.startswith("data:image/png;base64,")
            png = base64.b64decode(data.split(",")[1], validate=True)
            self.figures[-1][1] = Image.open(io.BytesIO(png)).convert("RGB")

    def handle_data(self, data):
        if self.inside == "h2":
            self.heading = data.strip() or self.heading
        if self.figures and self.inside in ("figcaption", "b", "br"):
            self.figures[-1][2] += data


class Sheets(TestCase):
    tool = "images"

    def sheet(self, name, *words, says=b""):
        path = self.dir / name
        quiet = [] if says else ["-q"]
        done = subprocess.run([PROGRAM, self.tool, *quiet, f"--contact-sheet={path}", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(says, done.stderr)
        return path

    def expected(self, path):
        image = ImageOps.exif_transpose(Image.open(path))
        if image.mode in ("RGBA", "LA"):
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image.convert("RGBA"))
        return image.convert("RGB")


class Images(Sheets):
    def test_upright(self):
        """Every orientation, by the pixels: small pictures are not scaled."""
        root = self.dir / "turned"
        root.mkdir()
        rng = np.random.default_rng(1)
        for value in range(2, 9):
            exif = Image.Exif()
            exif[0x0112] = value
            pixels = rng.integers(0, 256, (30, 50, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / f"{value}.png", exif=exif)
        page = Page(self.sheet("s.html", "--issues=exif_rotated", root).read_text())
        self.assertEqual(len(page.figures), 7)
        for (heading, got, _), name in zip(page.figures, sorted(os.listdir(root))):
            self.assertEqual(heading, "exif_rotated")
            want = self.expected(root / name)
            self.assertEqual((got.size, got.tobytes()), (want.size, want.tobytes()), name)

    def test_scaled(self):
        """Large ones are as Pillow scales them; transparent ones are on white."""
        root = self.dir / "large"
        root.mkdir()
        y, x = np.mgrid[0:300, 0:1200]
        pixels = np.stack([x // 5, y // 2, (x + y) // 8, x // 5], -1).astype(np.uint8)
        Image.fromarray(pixels, "RGBA").save(root / "a.png")
        Image.fromarray(pixels[..., :3]).save(root / "b.png")
        Image.fromarray(pixels[..., 0]).save(root / "c.png")
        page = Page(self.sheet("s.html", "--issues=odd_aspect_ratio", root).read_text())
        self.assertEqual(len(page.figures), 3)
        for (_, got, _), name in zip(page.figures, "abc"):
            want = self.expected(root / f"{name}.png").resize((128, 32), Image.BICUBIC)
            apart = np.abs(np.asarray(got).astype(int) - np.asarray(want))
            self.check(apart.max() <= 1, f"{name}: {apart.max()} apart")

    def test_hostile_names(self):
        root = self.dir / "names"
        root.mkdir()
        names = ["<script>alert(1)<!--.png", "a\" onload='x' b='.png", "&lt;b&gt;.png",
                 os.fsdecode(b"\xff\n\x1b.png"), "\u202egnp.png"]
        for name in names:
            Image.new("L", (9, 9)).save(root / name)
        text = self.sheet("s.html", "--issues=dark", root).read_text()
        page = Page(text)
        self.assertEqual(len(page.figures), len(names))
        self.assertEqual({tag for tag, _ in page.tags} - {
            "html", "head", "meta", "title", "style", "body", "h1", "h2", "figure", "img",
            "figcaption", "b", "br"}, set())
        for tag, attributes in page.tags:
            self.check(set(attributes) <= {"lang", "charset", "http-equiv", "content",
                                           "alt", "src"}, f"{tag} {attributes}")
        shown = "".join(caption for _, _, caption in page.figures)
        for name in names[:3]:
            self.check(name in shown, name)
        self.check("\u202e" not in text and "\x1b" not in text)

    def test_unreadable_and_limits(self):
        root = self.dir / "many"
        root.mkdir()
        for i in range(70):
            Image.new("L", (8, 8), i).save(root / f"{i:02d}.png")
        (root / "zz.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        page = Page(self.sheet("s.html", "--issues=unreadable,truncated,grayscale",
                               root).read_text())
        kinds = [(heading, picture is not None) for heading, picture, _ in page.figures]
        self.assertEqual(kinds, [("truncated", False)] + [("grayscale", True)] * 60)
        sheet = Image.open(self.sheet("s.png", "--issues=truncated,grayscale", root))
        self.assertEqual(sheet.size, (8 * 136, 9 * 136))
        self.assertEqual(sheet.getpixel((4, 136 + 4)), (0, 0, 0))
        self.assertEqual(sheet.getpixel((136 + 4, 136 + 4)), (1, 1, 1))

    def test_usage(self):
        for tool, *words in (["images", "--contact-sheet=x.gif"],
                             ["images", "--contact-sheet=x.html", "--all"],
                             ["dups", "--contact-sheet=x"], ["labels", "--contact-sheet=x.htm"],
                             ["dups", "--contact-sheet=x.png", "--shard=1/2", "--partial=p"],
                             ["labels", "--contact-sheet=x.png", "--shard=1/2", "--partial=p"]):
            done = subprocess.run([PROGRAM, tool, *words, "."], cwd=self.dir,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"--contact-sheet", done.stderr)
            self.assertEqual(os.listdir(self.dir), [])


def pixels(seed):
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (24, 32, 3)).astype(np.uint8))


class Pairs(Sheets):
    """Pictures that are there twice: one pair agrees, one has two labels, one is in two
    splits; and one that is stored on its side."""

    def tree(self):
        root = self.dir / "set"
        for k, folder in enumerate(("train/cat", "train/dog", "test/cat", "test/dog")):
            (root / folder).mkdir(parents=True)
            for i in range(3):
                pixels(10 * k + i + 100).save(root / folder / f"z{i}.png")
        exif = Image.Exif()
        exif[0x0112] = 6
        for name in "cat/same_a", "cat/same_b":
            pixels(1).save(root / "train" / f"{name}.png")
        for name in "cat/odd_a", "dog/odd_b":
            pixels(2).save(root / "train" / f"{name}.png", exif=exif)
        for name in "test/dog/leak_a", "train/dog/leak_b":
            pixels(3).save(root / f"{name}.png")
        return root

    def shown(self, page, root):
        """[(heading, names)], each picture being what Pillow makes of the file."""
        out = []
        for heading, picture, caption in page.figures:
            path = next(p for p in root.rglob("*.png") if str(p) in caption)
            want = self.expected(path)
            self.assertEqual((picture.size, picture.tobytes()), (want.size, want.tobytes()))
            if not out or out[-1][0] != heading:
                out.append((heading, []))
            out[-1][1].append(path.stem)
        return out

    def test_groups_of_dups(self):
        self.tool, root = "dups", self.tree()
        for how in [], ["--verify"], ["--by=bytes"]:
            shown = self.shown(Page(self.sheet("s.html", *how, root).read_text()), root)
            self.assertEqual([(h.split(":")[0], names) for h, names in shown],
                             [("dup_conflict", ["odd_a", "odd_b"]),
                              ("split_leak", ["leak_a", "leak_b"]),
                              ("the same", ["same_a", "same_b"])])
        page = Page(self.sheet("s.html", root).read_text())
        self.assertIn("'cat'", page.figures[0][2])
        self.assertIn("'dog'", page.figures[1][2])
        sheet = Image.open(self.sheet("s.png", root))
        self.assertEqual(sheet.size, (8 * 136, 3 * 136))  # a row each
        for row, seed in ((1, 3), (2, 1)):
            for column in 0, 1:
                at = sheet.crop((136 * column + 4, 136 * row + 4, 136 * column + 36,
                                 136 * row + 28))
                self.assertEqual(at.tobytes(), pixels(seed).tobytes())

    def test_pairs_of_labels(self):
        self.tool, root = "labels", self.tree()
        shown = self.shown(Page(self.sheet("s.html", root).read_text()), root)
        self.assertEqual(shown, [("dup_conflict 1", ["odd_a", "odd_b"]),
                                 ("split_leak 1", ["leak_a", "leak_b"])])

    def test_pairs_of_a_table(self):
        self.tool, root = "labels", self.tree()
        rows = [f"set/{p.relative_to(root)},{'ab'[i % 2]}" for i, p in enumerate(
            sorted(root.rglob("*_?.png"), key=lambda p: p.stem))]
        (self.dir / "t.csv").write_text("path,label\n" + "\n".join(rows) + "\n")
        shown = self.shown(Page(self.sheet("s.html", self.dir / "t.csv").read_text()), root)
        self.assertEqual(shown, [(f"dup_conflict {i + 1}", [f"{n}_a", f"{n}_b"])
                                 for i, n in enumerate(("leak", "odd", "same"))])

    def test_labels_that_a_model_doubts(self):
        self.tool, root = "labels", self.tree()
        tree = root / "train"
        names = sorted(tree.rglob("*.png"), key=lambda p: (p.parent.name, p.name))
        probs = np.array([[0.9, 0.1] if p.parent.name == "cat" else [0.1, 0.9] for p in names])
        probs[[0, 7]] = probs[[0, 7], ::-1]
        np.save(self.dir / "p.npy", probs)
        shown = self.shown(Page(self.sheet("s.html", "--no-content", tree,
                                           f"--pred-probs={self.dir}/p.npy").read_text()), root)
        self.assertEqual([h for h, _ in shown], ["label_issue"])
        self.assertEqual(sorted(shown[0][1]), sorted(names[i].stem for i in (0, 7)))

    def test_many_members(self):
        """Of a group without end its first ones are shown, and who contradicts them."""
        self.tool = "dups"
        for folder, n in ("a", 100), ("b", 1):
            (self.dir / "m" / folder).mkdir(parents=True)
            for i in range(n):
                pixels(7).save(self.dir / "m" / folder / f"{folder}{i:03d}_.png")
        page = Page(self.sheet("s.html", self.dir / "m").read_text())
        self.assertEqual([h for h, _, _ in page.figures],
                         ["dup_conflict: group 1, 101 listed"] * 5)
        self.assertIn("b000_", page.figures[-1][2])

    def test_no_pictures(self):
        np.save(self.dir / "x.npy", np.zeros((3, 4)))
        np.save(self.dir / "y.npy", np.array([1, 1, 2]))
        for self.tool in "dups", "labels":
            words = f"--labels={self.dir}/y.npy", self.dir / "x.npy"
            page = Page(self.sheet("s.html", *words, says=b"[no_pictures]").read_text())
            self.assertEqual([p for _, p, _ in page.figures], [None] * len(page.figures))
            self.check(len(page.figures) >= 2)
        np.save(self.dir / "x.npy", np.arange(12.0).reshape(3, 4))
        for self.tool in "dups", "labels":
            self.assertIn("Nothing was found",
                          self.sheet("n.html", *words).read_text())


if __name__ == "__main__":
    main()
