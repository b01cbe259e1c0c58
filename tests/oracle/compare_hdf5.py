"""Compares our reader with h5py over files that are there already. Not a test: for the
files of the HDF5 library's own tests, and whatever else is at hand.

    DSI_BUILD=build /usr/bin/python3 compare_hdf5.py [-v] [--follow-external] FILE|FOLDER...

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


def compare(path, options, sender):
    none = 0, 0, 0
    try:
        found = Comparison(path, options=options)
        counts = len(found.same), len(found.without), len(found.refused)
        sender.send((counts, found.wrong, None))
    except DumpError as e:
        sender.send((none, [], f"we cannot: {e}"))
    except Crash as e:
        sender.send((none, [f"{e}"], None))
    except OSError as e:
        sender.send((none, [], f"h5py cannot: {e}"))
    except Exception as e:  # whatever h5py raises of types it does not know
        sender.send((none, [f"the comparison failed: {e!r}"], None))


def apart(path, options):
    none = 0, 0, 0
    receiver, sender = multiprocessing.Pipe(False)
    process = multiprocessing.Process(target=compare, args=(path, options, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(SECONDS):
            return none, [f"no answer in {SECONDS} s"], None
        return receiver.recv()
    except EOFError:
        return none, [], "h5py crashed"
    finally:
        process.kill()
        process.join()


def main():
    flags = {word for word in sys.argv[1:] if word.startswith("-")}
    options = ("--named", *sorted(flags - {"-v"}))
    paths = list(files_of(word for word in sys.argv[1:] if word not in flags))
    counts = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda path: apart(path, options), paths)
        for path, ((same, without, refused), wrong, other) in zip(paths, results):
            verdict = "wrong" if wrong else other.split(":")[0] if other else "sound"
            counts[f"files: {verdict}"] += 1
            counts["arrays: same values"] += same
            counts["arrays: neither side has values"] += without
            counts["arrays: refused, for they lead to other files"] += refused
            counts["arrays: wrong"] += len(wrong)
            for text in wrong or ([other] if other else []):
                print(f"{path}: {text}")
            if "-v" in flags and verdict == "sound":
                print(f"{path}: {same} same, {without} without values")
    for what, n in sorted(counts.items()):
        print(f"{n:7} {what}")
    return 1 if counts["files: wrong"] else 0


if __name__ == "__main__":
    multiprocessing.set_start_method("forkserver")
    sys.exit(main())
