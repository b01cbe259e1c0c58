#!/usr/bin/python3
"""What diff takes beside its peers, as ratios of one run.

    /usr/bin/python3 tests/bench/diff.py [--build DIR] [--data DIR] [--rounds N]
                                         [--only WORD,...]

Makes its data where it is missing: a pair of 1 GiB of float32 that are a few units in the
last place apart, with 16 values that are farther; a copy; the first quarter of the pair as
HDF5, contiguous, chunked and compressed; 10,000 pairs of 1,000 values. Programs are timed
from start to exit, NumPy's peers without the start of the interpreter. In each round every
contender runs once, in turn; a ratio is taken within a round, and the median of the rounds
is printed. Of np.allclose, which spreads, the least counts. Peak memory is that of 10,000
pairs, of sparse files of 50 GB each, of rows of 512 MB, and of Fortran order.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import numpy as np

from contend import measured, rounds, show, timed
from values import reread

ROOT = pathlib.Path(__file__).resolve().parents[2]


# --- data

def pair(o, n_rows=1 << 18, n_columns=1024, step=8192):
    names = [o.data / f"pair_{name}.npy" for name in ("a", "b", "same")]
    if not all(name.exists() for name in names):
        rng = np.random.default_rng(0)
        files = [np.lib.format.open_memmap(name, "w+", np.float32, (n_rows, n_columns))
                 for name in names]
        for at in range(0, n_rows, step):
            a = rng.standard_normal((step, n_columns), np.float32)
            noise = rng.random((step, n_columns), np.float32) - np.float32(.5)
            b = a * (1 + noise * np.float32(1e-6))
            if at == 0:
                b[rng.integers(0, step, 16), rng.integers(0, n_columns, 16)] += .01
            for file, values in zip(files, (a, b, a)):
                file[at:at + step] = values
    for name in names:
        reread(name)
    return names


def hdf5_pairs(o):
    import h5py
    chunks = {"chunks": (64, 1024)}
    kinds = {"contig": {}, "chunked": chunks,
             "gzip": dict(chunks, compression="gzip", compression_opts=4, shuffle=True)}
    pairs = {}
    for kind, how in kinds.items():
        pairs[kind] = [o.data / f"pair_{kind}_{side}.h5" for side in "ab"]
        for path, side in zip(pairs[kind], "ab"):
            if not path.exists():
                x = np.load(o.data / f"pair_{side}.npy", mmap_mode="r")
                with h5py.File(path, "w") as file:
                    file.create_dataset("x", data=x[:len(x) // 4], **how)
            reread(path)
    return pairs


def small_pairs(o, n=10000):
    folders = [o.data / f"small_{side}" for side in "ab"]
    if not (folders[1] / f"{n - 1:05}.npy").exists():
        rng = np.random.default_rng(1)
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for i in range(n):
            a = rng.standard_normal(1000, np.float32)
            np.save(folders[0] / f"{i:05}.npy", a)
            np.save(folders[1] / f"{i:05}.npy", a * np.float32(1 + 1e-7))
    return folders


# --- peers

def allclose(a, b):
    np.allclose(np.load(a), np.load(b), equal_nan=True)


def isclose(a, b):
    """As people write it: how many, the largest difference, the largest relative one."""
    a, b = np.load(a), np.load(b)
    ok = np.isclose(a, b, equal_nan=True)
    d = np.abs(a - b)
    np.count_nonzero(~ok), np.nanmax(d), np.nanmax(d / np.maximum(np.abs(b), 1e-12))


def loop(a, b):
    for name in sorted(os.listdir(a)):
        np.allclose(np.load(os.path.join(a, name)), np.load(os.path.join(b, name)))


PEERS = {"allclose": allclose, "isclose": isclose, "loop": loop}


def peer(name, a, b):
    return measured(sys.executable, __file__, "--peer", name, a, b)


def run(*words):
    """A program that may find a difference."""
    def work():
        done = subprocess.run(list(map(str, words)), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{words}: exit {done.returncode}")

    return lambda: timed(work)


def reading(o, a, b):
    both = [measured(o.build / "tests" / "read_and_sum", "2", path) for path in (a, b)]
    return lambda: sum(read() for read in both)


def least(times, peer_name, ours):
    """Of a peer, its least against our median, and against our least."""
    peer, own = min(t[peer_name] for t in times), [t[ours] for t in times]
    print(f"  {'least of ' + peer_name:28} {peer:8.4f} s"
          f"  {peer / statistics.median(own):7.2f} x {ours}"
          f", {peer / min(own):.2f} x its least", flush=True)


# --- parts

def npy(o):
    a, b, same = pair(o)
    times = rounds({"diff": run(o.program, "diff", "-q", a, b),
                    "diff --metrics": run(o.program, "diff", "-q", "--metrics", a, b),
                    "reading": reading(o, a, b),
                    "np.allclose": peer("allclose", a, b),
                    "np.isclose script": peer("isclose", a, b)}, o.rounds)
    show("1 GiB of float32 against 1 GiB", times, "diff",
         {"np.allclose": "10 or more", "reading": "0.67 or more"})
    least(times, "np.allclose", "diff")
    show("with all metrics", times, "diff --metrics",
         {"np.isclose script": "20 or more", "reading": "0.5 or more"})
    times = rounds({"diff": run(o.program, "diff", "-q", a, same),
                    "cmp": run("cmp", a, same)}, o.rounds)
    show("equal files", times, "diff", {"cmp": "3 or more"})


def hdf5(o):
    pair(o)
    for kind, (a, b) in hdf5_pairs(o).items():
        ways = {" ".join(["h5diff", *words]): run("h5diff", *words, a, b)
                for words in (["-q"], ["-d", "1e-5"], ["-p", "1e-5"])}
        times = rounds({"diff": run(o.program, "diff", "-q", a, b), **ways},
                       2 if kind == "gzip" else o.rounds)
        show(f"256 MiB of HDF5, {kind}", times, "diff", dict.fromkeys(ways, "15 or more"))


def small(o):
    a, b = small_pairs(o)
    times = rounds({"diff": run(o.program, "diff", "-q", a, b),
                    "np.load and np.allclose": peer("loop", a, b)}, o.rounds)
    show("10,000 pairs of 1,000 values", times, "diff",
         {"np.load and np.allclose": "20 or more"})


def sparse(path, shape, fortran=False):
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f4", "fortran_order": fortran, "shape": shape})
        file.truncate(file.tell() + 4 * int(np.prod(shape)))


def peak(*words):
    """Peak resident MiB of a run, as it says of itself while it runs."""
    child = subprocess.Popen(list(map(str, words)), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    most = 0
    while child.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            most = max(most, int(status.split("VmHWM:")[1].split()[0]))
        except (OSError, IndexError):
            pass
        time.sleep(0.002)
    return most / 1024


def memory(o):
    print("\npeak memory (goal: 32 MiB at most)")
    a, b, _ = pair(o)
    folder = o.data / "memory"
    folder.mkdir(exist_ok=True)
    shapes = {"sparse, 50 GB each": ((50_000_000, 250), False),
              "rows of 512 MB": ((4, 1 << 27), False),
              "Fortran order, 4 GB": ((1 << 20, 1024), True)}
    for name, (shape, fortran) in shapes.items():
        for side in "ab":
            sparse(folder / f"{side}.npy", shape, fortran)
        for more in [], ["--metrics"]:
            if "50 GB" in name and more:
                continue
            size = peak(o.program, "diff", "-q", *more, folder / "a.npy", folder / "b.npy")
            print(f"  {' '.join([name, *more]):40} {size:6.1f} MiB", flush=True)
    shutil.rmtree(folder)
    for name, words in {"1 GiB": (a, b), "10,000 pairs": small_pairs(o)}.items():
        for more in [], ["--metrics", "--tolerance-needed"]:
            size = peak(o.program, "diff", "-q", *more, *words)
            print(f"  {' '.join([name, *more]):40} {size:6.1f} MiB", flush=True)


PARTS = {"npy": npy, "hdf5": hdf5, "small": small, "memory": memory}


def main():
    if sys.argv[1:2] == ["--peer"]:
        np.seterr(all="ignore")
        print(f'{{"seconds": {timed(lambda: PEERS[sys.argv[2]](*sys.argv[3:]))}}}')
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path, default="/var/tmp/dsinspect-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    o = parser.parse_args()
    o.data.mkdir(parents=True, exist_ok=True)
    o.program = o.build / "dsinspect"
    if not os.access(o.program, os.X_OK):
        sys.exit(f"{o.build} holds no built program")
    for part in o.only.split(","):
        PARTS[part](o)


if __name__ == "__main__":
    main()
