#!/usr/bin/python3
"""What images takes beside what decoding takes, and beside CleanVision, as ratios.

    /usr/bin/python3 tests/bench/images.py FOLDER [--build DIR] [--rounds N]
                                           [--decode PROGRAM] [--peer SCRIPT]

FOLDER holds pictures. Programs are timed from start to exit, every contender in turn in
each round; a ratio is taken within a round, and the median of the rounds is printed.
--decode names a program that is called with a number of threads and a folder, decodes
every JPEG below it three times, and prints the least, {"min_s": seconds}; of the others,
too, the least of three runs is taken. --peer names a script that is called with the
folder, finds the same issues, and prints such a line: it is run once, for it takes long.
"""

import argparse
import os
import pathlib
import sys

from contend import command, least, measured, rounds, show

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALONE = ["dark,light", "low_information", "blurry", "exact_duplicates", "near_duplicates",
         "odd_size"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decode")
    parser.add_argument("--peer")
    return parser.parse_args()


def main():
    args = arguments()
    program = os.path.join(args.build, "dsinspect")
    n_threads = str(len(os.sched_getaffinity(0)))

    def images(*words):
        return least(command(program, "images", "-q", *words, args.folder))

    contenders = {"images": images(), "images --all": images("--all")}
    contenders["range (decodes, and counts)"] = least(
        command(program, "range", "-q", args.folder))
    if args.decode:
        contenders["decoding alone"] = measured(args.decode, n_threads, args.folder,
                                                key="min_s")
    goals = {"decoding alone": "images at most 1.6 times it: 0.63 or more"}
    times = rounds(contenders, args.rounds)
    show(f"{args.folder}: all issues in one look", times, "images", goals)
    alone = {"images": images()}
    alone.update({f"--issues={issues}": images(f"--issues={issues}") for issues in ALONE})
    show("of which, alone", rounds(alone, args.rounds), "images", {})
    if args.peer:
        seconds = measured(sys.executable, args.peer, args.folder, key="min_s")()
        ours = min(t["images"] for t in times)
        print(f"\npeer {seconds:.2f} s, {seconds / ours:.1f} x images (goal: 20)")


if __name__ == "__main__":
    main()
