#!/usr/bin/python3
"""What reading an .npz takes beside numpy.load, as ratios of one run.

    /usr/bin/python3 tests/bench/npz.py [--build DIR] [--data DIR] [--threads N] [--rounds N]

Makes its data where it is missing: int64 labels, pictures of uint8 and measurements of
float32, as one large member and as sixteen of at most 16 MiB, deflated and stored. Both
sides open the file and read every array, without the start of the interpreter; numpy
checks the CRC-32, and so do we. In each round both run once, in turn; the ratio is taken
within a round, and the median of the rounds is printed.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def labels(rng, n):
    return np.minimum(rng.zipf(1.5, n), 999).astype(np.int64)


def pictures(rng, n):
    smooth = np.cumsum(rng.integers(-3, 4, (n // 4096, 4096), dtype=np.int16), axis=1)
    return (smooth & 255).astype(np.uint8)


def measurements(rng, n):
    return np.round(rng.standard_normal((n // 64, 64)), 2).astype(np.float32)


def files(folder):
    makers = {"labels": (labels, 8), "pictures": (pictures, 1), "floats": (measurements, 4)}
    for kind, (make, size) in makers.items():
        for count, total in (("one", 1), ("sixteen", 16)):
            for save in (np.savez_compressed, np.savez):
                path = folder / f"{kind}_{count}_{save.__name__}.npz"
                if not path.exists():
                    rng = np.random.default_rng(4)
                    n = (96 << 20) // size // total
                    save(path, **{f"a{i}": make(rng, n) for i in range(total)})
                yield path


def load(path):
    start = time.perf_counter()
    with np.load(path) as archive:
        for name in archive.files:
            archive[name]
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("/tmp/npz-bench"))
    parser.add_argument("--threads", default="2")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    args.data.mkdir(exist_ok=True)
    program = args.build / "tests" / "read_arrays"
    print("file\tnumpy_s\tours_s\tratio")
    for path in files(args.data):
        rounds = []
        for _ in range(args.rounds):
            ours = json.loads(subprocess.check_output([program, args.threads, path]))
            rounds.append((load(path), ours["seconds"]))
        numpy_s, ours_s = (statistics.median(times) for times in zip(*rounds))
        ratio = statistics.median(a / b for a, b in rounds)
        print(f"{path.stem}\t{numpy_s:.3f}\t{ours_s:.3f}\t{ratio:.1f}", flush=True)


main()
