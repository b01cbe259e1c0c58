"""--contact-sheet of images against Pillow: what is on the page, upright as
ImageOps.exif_transpose has it, names that no browser may take for code, and nothing
that is to be fetched."""

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


class Sheet(TestCase):
    def sheet(self, name, *words):
        path = self.dir / name
        done = subprocess.run([PROGRAM, "images", "-q", f"--contact-sheet={path}", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def expected(self, path):
        image = ImageOps.exif_transpose(Image.open(path))
        if image.mode in ("RGBA", "LA"):
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image.convert("RGBA"))
        return image.convert("RGB")

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
        for words in ["--contact-sheet=x.gif"], ["--contact-sheet=x.html", "--all"]:
            done = subprocess.run([PROGRAM, "images", *words, "."], cwd=self.dir,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    main()
