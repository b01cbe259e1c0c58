#!/usr/bin/python3
"""What labels --pred-probs takes beside cleanlab's find_label_issues, as ratios of one run.

    PYTHONPATH=CLEANLAB /usr/bin/python3 tests/bench/labels.py [--build DIR] [--data DIR]
                                                               [--rounds N]

CLEANLAB is a checkout of it. Makes its data where it is missing: float32 probabilities of
50,000 samples and 1,000 classes, and of 1,000,000 samples and 10 classes, with 5 % wrong
labels. The program is timed as a whole process, start to exit; cleanlab without the start
of the interpreter and its imports, loading the arrays included. In each round both run
once, in turn, in a process of their own; the medians of the rounds' ratios are printed, by
wall clock and by processor time, and of peak memory. The indices must be the same.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time
import types

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make_data(folder, n, k):
    probs, labels = folder / f"probs_{k}.npy", folder / f"probs_{k}_labels.npy"
    if probs.exists() and labels.exists():
        return probs, labels
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    truth = rng.integers(0, k, n)
    truth[:k] = np.arange(k)
    out = np.lib.format.open_memmap(probs, "w+", np.float32, (n, k))
    for start in range(0, n, 10000):
        part = truth[start:start + 10000]
        logits = rng.standard_normal((len(part), k), dtype=np.float32)
        logits[np.arange(len(part)), part] += np.float32(3 + np.log(k) / 2)
        np.exp(logits, out=logits)
        out[start:start + len(part)] = logits / logits.sum(1, keepdims=True)
    out.flush()
    wrong = rng.random(n) < 0.05
    wrong[:k] = False
    np.save(labels, np.where(wrong, (truth + rng.integers(1, k, n)) % k, truth))
    return probs, labels


def peer(probs, labels, out):
    """In a process of its own: prints seconds by the clock and of the processor, and MiB."""
    if "termcolor" not in sys.modules:
        stand_in = types.ModuleType("termcolor")  # it colours what cleanlab prints
        stand_in.colored = lambda text, *_, **__: text
        sys.modules["termcolor"] = stand_in
    from cleanlab.filter import find_label_issues
    clock, processor = time.perf_counter(), time.process_time()
    found = find_label_issues(np.load(labels), np.load(probs), n_jobs=1,
                              return_indices_ranked_by="self_confidence")
    print(time.perf_counter() - clock, time.process_time() - processor,
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    np.save(out, found)


# In an interpreter of its own, which is small: a process is told to have had the peak of
# the one that started it, too.
ALONE = """
import os, sys, time
start = time.perf_counter()
null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, _, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


def measure(*words):
    done = subprocess.run([sys.executable, "-S", "-c", ALONE, *map(str, words)],
                          capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


def compare(program, folder, n, k, rounds):
    probs, labels = make_data(folder, n, k)
    ours, theirs = folder / "issues_ours.npy", folder / "issues_theirs.npy"
    times = []
    for _ in range(rounds + 1):
        mine = measure(program, "labels", "-q", "--top=5", f"--pred-probs={probs}",
                       f"--issues={ours}", labels)
        done = subprocess.run([sys.executable, __file__, "--peer", str(probs), str(labels),
                               str(theirs)], capture_output=True, text=True, check=True)
        times.append((mine, tuple(map(float, done.stdout.split()))))
    times = times[1:]  # the first warms up
    same = np.array_equal(np.load(ours), np.load(theirs))
    print(f"\n{n:,} x {k:,} float32: {len(np.load(ours)):,} issues, "
          f"{'the same' if same else 'NOT THE SAME'}")
    for i, (name, unit) in enumerate((("clock", "s"), ("processor", "s"), ("peak", "MiB"))):
        a, b = (statistics.median(t[side][i] for t in times) for side in (0, 1))
        ratio = statistics.median(t[1][i] / t[0][i] for t in times)
        print(f"  {name:10} {a:9.3f} {unit:4} cleanlab {b:9.3f} {unit:4} {ratio:7.1f} x")


def main():
    if sys.argv[1:2] == ["--peer"]:
        peer(*sys.argv[2:5])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    for n, k in ((50_000, 1000), (1_000_000, 10)):
        compare(args.build / "dsinspect", args.data, n, k, args.rounds)


if __name__ == "__main__":
    main()
