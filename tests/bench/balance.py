#!/usr/bin/python3
"""What balance takes beside its peers, as ratios of one run.

    /usr/bin/python3 tests/bench/balance.py [--build DIR] [--data DIR] [--labels N]
                                            [--files N] [--rounds N]

Makes its data where it is missing: int64 labels of 1000 Zipf classes (8 bytes each) and a
two-level tree of small files. The program is timed as a whole process, start to exit; the
peers without the start of the interpreter and of NumPy. In each round every contender runs
once, in turn; a ratio is taken within a round, and the median of the rounds is printed.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make_labels(path, n):
    if path.exists() and path.stat().st_size == 128 + 8 * n:
        return
    rng = np.random.default_rng(4)
    weights = 1 / np.arange(1, 1001)
    limits = np.cumsum(weights / weights.sum())
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<i8", "fortran_order": False, "shape": (n,)}
        )
        for start in range(0, n, 1_000_000):
            draws = rng.random(min(1_000_000, n - start))
            labels = np.minimum(np.searchsorted(limits, draws), 999)
            file.write(labels.astype(np.int64).tobytes())


def make_tree(root, n):
    if root.exists():
        return
    for folder in range((n + 999) // 1000):
        path = root / f"c{folder // 100:03d}" / f"d{folder:05d}"
        path.mkdir(parents=True)
        for i in range(min(1000, n - folder * 1000)):
            (path / f"{i:07d}.jpg").write_bytes(b"x")


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def command(*words):
    def work():
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return lambda: timed(work)


def rounds(contenders, n):
    """Seconds of every contender in each of n rounds; one round more to warm up."""
    times = [{name: run() for name, run in contenders.items()} for _ in range(n + 1)]
    return times[1:]


def show(title, times, ours, goals):
    print(f"\n{title}")
    for name in times[0]:
        seconds = [t[name] for t in times]
        line = f"  {name:24} {statistics.median(seconds):8.4f} s"
        if name != ours:
            ratio = statistics.median(t[name] / t[ours] for t in times)
            line += f"  {ratio:7.2f} x {ours}"
        print(line + (f"   (goal: {goals[name]})" if name in goals else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--data", default="/var/tmp/dsinspect-bench")
    parser.add_argument("--labels", type=int, default=100_000_000)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    o = parser.parse_args()
    data = pathlib.Path(o.data)
    data.mkdir(parents=True, exist_ok=True)
    labels, tree = data / "labels.npy", (data / "tree").resolve()
    make_labels(labels, o.labels)
    make_tree(tree, o.files)
    program = os.path.join(o.build, "dsinspect")
    floor = os.path.join(o.build, "tests", "read_and_sum")
    if not os.access(program, os.X_OK) or not os.access(floor, os.X_OK):
        sys.exit(f"{o.build} holds no built program")

    def read_and_sum():
        out = subprocess.run([floor, "2", labels], stdout=subprocess.PIPE, check=True).stdout
        return float(out.split(b":")[1].split(b",")[0])

    contenders = {
        "dsinspect": command(program, "balance", "-q", labels),
        "read and sum": read_and_sum,
        "numpy.bincount": lambda: timed(lambda: np.bincount(np.load(labels))),
        "numpy.unique": lambda: timed(
            lambda: np.unique(np.load(labels), return_counts=True)
        ),
    }
    goals = {
        "read and sum": "0.5 or more",
        "numpy.bincount": "8 or more",
        "numpy.unique": "50 or more",
    }
    show(f"counting {o.labels} int64 labels", rounds(contenders, o.rounds), "dsinspect", goals)

    contenders = {
        "dsinspect": command(program, "balance", "-q", tree),
        "find -type f": command("find", tree, "-type", "f"),
    }
    show(
        f"a tree of {o.files} files",
        rounds(contenders, o.rounds),
        "dsinspect",
        {"find -type f": "0.77 or more"},
    )

    contenders = {"dsinspect": command(program, "--version")}
    show("dsinspect --version", rounds(contenders, 20), "dsinspect", {"dsinspect": "0.005 s"})


if __name__ == "__main__":
    main()
