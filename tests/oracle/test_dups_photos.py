"""dups among tiles of a real photograph (the raccoon of python3-scipy), of which some are
there twice: bit by bit in another file, or as users change them. What is planted is known,
and which others look alike by the definition of the hash."""

import bz2
import pathlib

import numpy as np
import scipy
from PIL import Image, ImageEnhance

from oracle import TestCase, main
from test_dups import dups, groups, phash

SIDE = 128


def photograph():
    packed = pathlib.Path(scipy.__file__).parent / "misc" / "face.dat"
    values = np.frombuffer(bz2.decompress(packed.read_bytes()), np.uint8)
    return Image.fromarray(values.reshape(768, 1024, 3))


class Photographs(TestCase):
    def tiles(self):
        whole = photograph()
        (self.dir / "all").mkdir()
        for i in range(48):
            left, top = SIDE * (i % 8), SIDE * (i // 8)
            path = self.dir / "all" / f"{i:02}.png"
            image = whole.crop((left, top, left + SIDE, top + SIDE))
            image.save(path)
            yield i, path, image

    def test_the_same(self):
        planted = []
        for i, path, image in self.tiles():
            other = path.with_name(f"{i:02}_other.png")
            if i % 4 == 0:
                image.save(other, compress_level=1)
                planted.append([str(path), str(other)])
            elif i % 4 == 1:  # one value of one pixel
                image.putpixel((i, 7), tuple(c ^ 1 for c in image.getpixel((i, 7))))
                image.save(other)
        for how in [], ["--verify"]:
            self.assertEqual(groups(dups(*how, self.dir / "all"), "exact"), planted)

    def test_alike(self):
        planted, paths = [], []
        for i, path, image in self.tiles():
            paths.append(path)
            if i % 4:
                continue
            other = path.with_name(f"{i:02}_other.jpg")
            changed = (image, image.resize((96, 96), Image.LANCZOS),
                       image.crop((1, 1, SIDE, SIDE)),
                       ImageEnhance.Brightness(image).enhance(1.1))[i // 4 % 4]
            changed.save(other, quality=(60, 90, 95, 95)[i // 4 % 4])
            planted.append((str(path), str(other)))
            paths.append(other)
        hashes = {str(p): phash(Image.open(p)) for p in paths}
        found = groups(dups("--near=phash", "--distance=8", self.dir / "all"), "near")
        for pair in planted:
            self.check(any(set(pair) <= set(group) for group in found), f"{pair} is missed")
        for group in found:  # nobody is in a group without a near one
            for path in group:
                nearest = min(bin(hashes[path] ^ hashes[p]).count("1")
                              for p in group if p != path)
                self.check(nearest <= 8, f"{path} is {nearest} bits from its group")


if __name__ == "__main__":
    main()
