"""PNG and JPEG files cut short: each says that it ends too early, and the rows it still
delivers are those of the whole file. (tests/unit/test_images.c cuts at every byte of
larger ones.)"""

import numpy as np

import image_files as files
from image_files import GREY, RGB, base_jpeg, with_frame
from oracle import DumpError, TestCase, dump, main


class Truncated(TestCase):
    def cut(self, data, whole, n):
        path = self.dir / "cut"
        path.write_bytes(data[:n])
        try:
            dump(path)
        except DumpError as e:
            self.check(e.rule == "truncated", f"{n} of {len(data)} bytes: {e}")
            rows = e.arrays[0][1] if e.arrays else whole[:0]
            self.check((rows == whole[:len(rows)]).all(), f"{n} bytes: wrong rows")
            return len(rows)
        raise AssertionError(f"{n} of {len(data)} bytes were taken for the whole")

    def cut_often(self, data, keeps_rows, step=1):
        path = self.dir / "whole"
        path.write_bytes(data)
        (_, whole), = dump(path)
        known = 3 if data.startswith(b"\xff\xd8") else 4  # bytes that tell the format
        counts = [self.cut(data, whole, n) for n in (*range(known, len(data) - 1, step), len(data) - 1)]
        self.check(counts == sorted(counts), f"more bytes, fewer rows: {counts}")
        self.check((counts[-1] > 0) == keeps_rows, f"{counts[-1]} rows at the last byte")

    def test_png(self):
        samples = np.random.default_rng(3).integers(0, 256, (7, 3, 3))
        self.cut_often(files.png(samples, 8, RGB, n_idat=4), True)

    def test_png_interlaced(self):
        samples = np.random.default_rng(3).integers(0, 256, (7, 3, 1))
        self.cut_often(files.png(samples, 8, GREY, 1, n_idat=4), True)

    def test_jpeg(self):
        self.cut_often(base_jpeg("L", 24, quality=30), True, 7)

    def test_jpeg_progressive(self):
        self.cut_often(base_jpeg("L", 8, quality=20, progressive=True), False, 7)

    def test_jpeg_arithmetic(self):
        """Huffman data taken for arithmetic decodes to something: no row is promised
        once the file is out."""
        data = with_frame(base_jpeg("L", 24, quality=30), kind=0xC9)
        path = self.dir / "cut"
        for n in range(len(data) - 120, len(data) - 2, 7):
            path.write_bytes(data[:n])
            self.refused(path, "truncated")

    def test_large_files_keep_most_rows(self):
        values = np.random.default_rng(4).integers(0, 256, (300, 200, 3))
        png = files.png(values[:100], 8, RGB)
        jpeg = base_jpeg("RGB", 256, subsampling=2)
        for data, n_rows in ((png, 100), (jpeg, 256)):
            (self.dir / "whole").write_bytes(data)
            (_, whole), = dump(self.dir / "whole")
            for share in (0.5, 0.8):
                kept = self.cut(data, whole, int(len(data) * share))
                self.check(abs(kept - share * n_rows) < 0.2 * n_rows, f"{kept} rows kept")


if __name__ == "__main__":
    main()
