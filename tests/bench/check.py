#!/usr/bin/python3
"""What a night takes: one scan for all tools beside a run of each, and a night that reads
nothing beside find -newer, as ratios.

    /usr/bin/python3 tests/bench/check.py FOLDER [--build DIR] [--rounds N]

FOLDER is an image tree, of 100,000 files where the goal is meant. The cache is kept in a
temporary folder and filled first. Programs are timed from start to exit, every contender
in turn in each round; a ratio is taken within a round, and the median is printed.
"""

import argparse
import os
import pathlib
import subprocess
import tempfile

from contend import rounds, show, timed

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def run(*words):
    """check exits 1 where something is wrong with the folder: no matter here."""
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert done.returncode in (0, 1), words


def main():
    args = arguments()
    program = os.path.join(args.build, "dsinspect")
    plan = subprocess.run([program, "check", "--dry-run", args.folder], check=True,
                          capture_output=True, text=True).stdout.splitlines()[0]
    tools = plan.split(":")[-1].split("<")[0].split()

    def each():
        for tool in tools:
            run(program, tool, "-q", args.folder)

    contenders = {"check": lambda: timed(lambda: run(program, "check", "-q", args.folder)),
                  ", ".join(tools): lambda: timed(each)}
    show("one scan, and one each", rounds(contenders, args.rounds), "check", {})
    with tempfile.TemporaryDirectory() as folder:
        cache, reference = os.path.join(folder, "cache"), os.path.join(folder, "newer")
        open(reference, "w").close()
        kept = [program, "check", "-q", f"--cache={cache}", args.folder]
        first = timed(lambda: run(*kept))
        contenders = {"find -newer": lambda: timed(lambda: run(
                          "find", args.folder, "-newer", reference)),
                      "check --cache": lambda: timed(lambda: run(*kept))}
        show("nothing has changed", rounds(contenders, args.rounds), "find -newer",
             {"check --cache": "3 or less"})
        print(f"  the night that fills it    {first:8.4f} s")


if __name__ == "__main__":
    main()
