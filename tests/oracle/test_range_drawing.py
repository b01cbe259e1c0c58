"""The histogram that range draws on a terminal, against numpy.histogram."""

import os
import pty
import subprocess

import numpy as np

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")


class Drawing(TestCase):
    def on_terminal(self, *words, width=400):
        leader, follower = pty.openpty()
        environment = {**os.environ, "COLUMNS": str(width), "NO_COLOR": "1"}
        done = subprocess.Popen([PROGRAM, "range", *words], cwd=self.dir, stdout=follower,
                                stderr=subprocess.DEVNULL, env=environment)
        os.close(follower)
        text = b""
        try:
            while part := os.read(leader, 65536):
                text += part
        except OSError:
            pass  # the terminal's other end is closed
        os.close(leader)
        self.assertEqual(done.wait(timeout=60), 0)
        return text.decode().replace("\r", "").split("\n")

    def blocks(self, line):
        """Heights 0 to 8 of the cells at the end of a line."""
        cells = line[-16:]
        self.check(set(cells) <= set(" ▁▂▃▄▅▆▇█"), line)
        return [0 if c == " " else ord(c) - 0x2580 for c in cells]

    def test_on_a_terminal(self):
        rng = np.random.default_rng(1)
        for values in (rng.normal(size=4000), rng.integers(0, 256, 4000).astype(np.uint8),
                       rng.exponential(size=4000).astype(np.float32),
                       rng.normal(0, 500, 4000).astype(np.int16)):
            np.save(self.dir / "x.npy", values)
            header, row = self.on_terminal("x.npy")[:2]
            self.check(header.endswith("histogram"), header)
            counts, _ = np.histogram(values, 16)
            wanted = np.ceil(8 * counts / counts.max())
            got = self.blocks(row)
            self.check((abs(got - wanted) <= 1).all(), f"{got}, not {wanted}")

    def test_nowhere_else(self):
        np.save(self.dir / "x.npy", np.arange(99.0))
        for form in ("tsv", "csv", "json", "ndjson", "table"):
            text = subprocess.run([PROGRAM, "range", f"-f{form}", "x.npy"], cwd=self.dir,
                                  capture_output=True, timeout=60).stdout.decode()
            self.check("histogram" not in text and "█" not in text, text)

    def test_nothing_to_draw(self):
        np.save(self.dir / "x.npy", np.full(9, 4.0))
        self.check("█" not in "".join(self.on_terminal("x.npy")))

    def test_whole_or_not_at_all(self):
        """Half a histogram is another one: paths are cut before it, and it goes before them
        where there is no room for both."""
        name = "a_path_that_is_rather_long_and_may_be_cut_in_the_middle.npy"
        np.save(self.dir / name, np.random.default_rng(1).normal(size=4000))
        whole = self.on_terminal(name)
        width = len(whole[1])
        self.assertEqual(self.blocks(self.on_terminal(name, width=width)[1]),
                         self.blocks(whole[1]))
        header, row = self.on_terminal(name, width=width - 30)[:2]
        self.check(len(row) <= width - 30 and "…" in row, row)
        self.assertEqual(self.blocks(row), self.blocks(whole[1]))
        for narrow in range(20, width - 60, 7):
            header, row = self.on_terminal(name, width=narrow)[:2]
            self.check("gram" not in header and not set(row) & set("▁▂▃▄▅▆▇█"), header)


main()
