"""diff against h5diff of the HDF Group: pairs of files for which both exit alike, and
those for which they do not, with the reason. Of either, the exit codes that are expected
are written down, so that neither program changes its mind unnoticed."""

import multiprocessing.pool
import os
import subprocess

from h5diff_cases import ALIKE, DELIBERATE, EXACT, F
from h5diff_pairs import write
from oracle import BUILD, TestCase, main


def exit_codes(folder, pair, options):
    """Of h5diff and of diff, and what they said."""
    codes, said = [], []
    for side, tree in zip("ab", pair):
        write(folder / f"{side}.h5", tree)
    for program, words in zip((["h5diff"], [os.path.abspath(BUILD / "dsinspect"),
                                            "diff"]), options):
        done = subprocess.run([*program, *words.split(), "a.h5", "b.h5"], cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=60)
        codes.append(done.returncode)
        said.append(done.stdout.decode(errors="replace"))
    return tuple(codes), "\n".join(said)


class AgainstH5diff(TestCase):
    def expect(self, pairs):
        """pairs: name, (exit code of h5diff, of diff), pair, options."""
        def run(item):
            name, wanted, pair, options = item
            folder = self.dir / str(names[name])
            folder.mkdir()
            write(folder / "one.h5", {"x": F})
            write(folder / "two.h5", {"x": F + 1})
            return name, wanted, *exit_codes(folder, pair, options)
        names = {name: i for i, (name, *_) in enumerate(pairs)}
        wrong = []
        with multiprocessing.pool.ThreadPool(2) as pool:
            for name, wanted, codes, said in pool.imap(run, pairs):
                if codes != wanted:
                    wrong.append(f"{name}: h5diff and diff should exit {wanted} and "
                                 f"exit {codes}:\n{said}")
        self.check(not wrong, "\n".join(wrong))

    def test_exit_codes_agree(self):
        self.check(len(ALIKE) >= 60)
        self.expect([(name, (code, code), pair, *(options or [("", EXACT)]))
                     for name, (code, pair, *options) in ALIKE.items()])

    def test_exit_codes_differ_for_a_reason(self):
        self.expect([(name, (theirs, ours), pair, *(options or [("", EXACT)]))
                     for name, (theirs, ours, why, pair, *options) in DELIBERATE.items()])


main()
