#!/usr/bin/python3
"""What dups takes beside a script of hashlib, as ratios of one run.

    /usr/bin/python3 tests/bench/dups.py FOLDER [--build DIR] [--rounds N]

FOLDER holds pictures, any number. The program is timed from start to exit, the script
without the start of the interpreter. In each round every contender runs once, in turn; a
ratio is taken within a round, and the median of the rounds is printed. Last comes the
search for near hashes alone: 1,000,000 of them, 8 bits apart at most, on one thread.
"""

import argparse
import hashlib
import pathlib
import subprocess

from contend import command, rounds, show, timed

ROOT = pathlib.Path(__file__).resolve().parents[2]


def sha256_of_files(folder):
    seen = {}
    for path in sorted(p for p in folder.glob("**/*") if p.is_file()):
        seen.setdefault(hashlib.sha256(path.read_bytes()).digest(), []).append(path)
    return [paths for paths in seen.values() if len(paths) > 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    program = args.build / "dsinspect"
    ours = lambda *words: command(program, "dups", "-q", *words, args.folder)
    times = rounds({"dups --by=bytes": ours("--by=bytes"),
                    "hashlib.sha256": lambda: timed(lambda: sha256_of_files(args.folder))},
                   args.rounds)
    show("equal files", times, "dups --by=bytes", {"hashlib.sha256": ">= 5"})
    times = rounds({"range": command(program, "range", "-q", args.folder),
                    "dups": ours(), "dups --near=phash": ours("--near=phash")}, args.rounds)
    show("equal and alike pictures, beside another tool that decodes them", times, "range", {})
    print("\nnear hashes", flush=True)
    subprocess.run([args.build / "tests" / "bench_near"], check=True)


main()
