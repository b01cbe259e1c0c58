"""Compares our reader with h5py over files that are there already. Not a test: for the
files of the HDF5 library's own tests, and whatever else is at hand.

    DSI_BUILD=build /usr/bin/python3 compare_hdf5.py [-v] FILE|FOLDER...

A line for each file where something is wrong, and the counts last. h5py runs in a
process of its own for each file, since libhdf5 may crash."""

import collections
import concurrent.futures
import multiprocessing
import pathlib
import sys

from hdf5_compare import Comparison
from oracle import Crash, DumpError

SUFFIXES = {".h5", ".hdf5", ".hdf", ".nc", ".nc4", ".mat", ".he5"}
SECONDS = 60


def files_of(words):
    for word in map(pathlib.Path, words):
        if word.is_dir():
            yield from sorted(p for p in word.rglob("*")
                              if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield word


def compare(path, sender):
    try:
        found = Comparison(path)
        sender.send((len(found.same), len(found.without), found.wrong, None))
    except DumpError as e:
        sender.send((0, 0, [], f"refused: {e}"))
    except Crash as e:
        sender.send((0, 0, [f"{e}"], None))
    except OSError as e:
        sender.send((0, 0, [], f"h5py cannot: {e}"))
    except Exception as e:  # whatever h5py raises of types it does not know
        sender.send((0, 0, [f"the comparison failed: {e!r}"], None))


def apart(path):
    receiver, sender = multiprocessing.Pipe(False)
    process = multiprocessing.Process(target=compare, args=(path, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(SECONDS):
            return 0, 0, [f"no answer in {SECONDS} s"], None
        return receiver.recv()
    except EOFError:
        return 0, 0, [], "h5py crashed"
    finally:
        process.kill()
        process.join()


def main():
    words = sys.argv[1:]
    verbose = "-v" in words
    paths = list(files_of(word for word in words if word != "-v"))
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, (same, without, wrong, other) in zip(paths, pool.map(apart, paths)):
            verdict = "wrong" if wrong else other.split(":")[0] if other else "same"
            counts[f"files {verdict}"] += 1
            counts["arrays same"] += same
            counts["arrays without values on both sides"] += without
            counts["arrays wrong"] += len(wrong)
            for text in wrong or ([other] if other else []):
                print(f"{path}: {text}")
            if verbose and verdict == "same":
                print(f"{path}: {same} same, {without} without values")
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    return 1 if counts["files wrong"] else 0


if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver")
    sys.exit(main())
