"""Trees under a limit of open files: a run tells the whole or says what it lacks; it never
takes a sound picture for one that cannot be read."""

import resource
import subprocess

import numpy as np
from PIL import Image

from oracle import BUILD, TestCase, main

PROGRAM = str(BUILD / "dsinspect")
CALLS = [["images", "--all"], ["dups"], ["dups", "--by=bytes"], ["labels"]]


class Descriptors(TestCase):
    def run_with(self, words, n_files=None):
        limit = None
        if n_files:
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n_files, n_files))
        return subprocess.run([PROGRAM, *words, "tree"], cwd=self.dir, capture_output=True,
                              preexec_fn=limit, timeout=60)

    def test_few(self):
        for i in range(40):  # of noise, so that each is open for a while
            folder = self.dir / "tree" / f"class{i % 8}"
            folder.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(i // 2).integers(0, 256, (400, 400), np.uint8)
            Image.fromarray(pixels).save(folder / f"{i:02d}.png")
        refused = 0
        for call in CALLS:
            whole = self.run_with(call)
            self.assertEqual(whole.returncode, 0, whole.stderr)
            for n_threads in 1, 16:
                for n_files in range(4, 12):
                    done = self.run_with([*call, f"-j{n_threads}"], n_files)
                    if done.returncode == 0:
                        self.assertEqual(done.stdout, whole.stdout, (call, n_files))
                        self.assertEqual(done.stderr, whole.stderr, (call, n_files))
                    elif done.returncode == 2:
                        self.assertEqual(done.stdout, b"")
                        self.assertIn(b"Too many open files", done.stderr)
                        self.assertIn(b"ulimit -n", done.stderr)
                        refused += 1
                    else:  # the system could not load the program
                        self.assertEqual(done.returncode, 127, done.stderr)
        self.assertGreater(refused, 0)


if __name__ == "__main__":
    main()
