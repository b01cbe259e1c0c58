"""Contenders that take turns: what the benchmarks time with."""

import json
import statistics
import subprocess
import time


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def command(*words):
    return lambda: timed(lambda: subprocess.run(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True))


def least(work, n=3):
    """Of n runs; for those beside a program that tells the least of as many of its own."""
    return lambda: min(work() for _ in range(n))


def measured(*words, key="seconds"):
    """Seconds that a program of ours prints of itself, in its last line."""
    def work():
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout.splitlines()[-1])[key]

    return work


def rounds(contenders, n):
    """Seconds of every contender in each of n rounds; one round more to warm up."""
    times = [{name: run() for name, run in contenders.items()} for _ in range(n + 1)]
    return times[1:]


def show(title, times, ours, goals):
    print(f"\n{title}", flush=True)
    for name in times[0]:
        seconds = [t[name] for t in times]
        line = f"  {name:28} {statistics.median(seconds):8.4f} s"
        if name != ours:
            ratio = statistics.median(t[name] / t[ours] for t in times)
            line += f"  {ratio:7.2f} x {ours}"
        print(line + (f"   (goal: {goals[name]})" if name in goals else ""), flush=True)
