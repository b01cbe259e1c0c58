"""Stands in for dsinspect-hdf5 and misbehaves as its argument says; test_hdf5_fakes.py
tells what is expected of each. Speaks formats/hdf5_protocol.h on descriptor 3."""

import os
import signal
import socket
import struct
import sys
import time

OPEN, CHUNKS, ROWS, DATASET, WARNING, END, ERROR = range(1, 8)
UNWRITTEN, CONTIGUOUS, CHUNKED, INDIRECT = range(4)
INT, STRING = 1, 10
control = socket.socket(fileno=3) if __name__ == "__main__" else None


def send(kind, body=b"", length=None):
    control.sendall(struct.pack("<II", kind, len(body) if length is None else length)
                    + body)


def receive():
    head = control.recv(8, socket.MSG_WAITALL)
    if len(head) < 8:
        sys.exit(0)
    kind, n = struct.unpack("<II", head)
    return kind, control.recv(n, socket.MSG_WAITALL) if n else b""


def numbers(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def text(words):
    return numbers(len(words)) + words


def dataset(path=b"/x", shape=(1000,), layout=INDIRECT, chunk=(100,), address=0, kind=INT,
            size=1, filters=(), element=None, fields=1):
    """The body of a DATASET message; by ROWS where the layout is INDIRECT."""
    said = text(path) + numbers(len(shape), *shape)
    said += numbers(1000, size if element is None else element, layout, address)
    said += numbers(layout == CHUNKED)
    if layout == CHUNKED:
        said += numbers(*chunk) + numbers(0, len(filters))
        for number, values in filters:
            said += numbers(number, len(values), *values) + text(b"filter")
    one = numbers(0, kind, size, 0) + text(b"") + numbers(0, 0)  # where it is
    one += numbers(layout == INDIRECT, 0, 0) + text(b"") * 2 + numbers(0)
    one += numbers(0, 0, 0)  # its status, no reason, no note
    return said + numbers(fields) + one * fields


def opened(*datasets):
    """Answers OPEN as it should be, and waits for what is asked next."""
    receive()
    for body in datasets:
        send(DATASET, body)
    send(END)
    return receive()


def die(number):
    os.kill(os.getpid(), number)
    time.sleep(60)


def burn():
    while True:
        pass


def for_ever(kind, body):
    while True:
        send(kind, body)


def chunks(*places):
    """Answers a request for chunks with (address, bytes, skipped) as they come."""
    opened(dataset(layout=CHUNKED))
    send(CHUNKS, numbers(len(places)) + b"".join(numbers(*p) for p in places))
    send(END)
    receive()


def rows(n_rows, n_bytes, held, **what):
    """Answers a request for rows after leaving held in the shared memory."""
    opened(dataset(**what))
    os.ftruncate(5, max(os.fstat(5).st_size, len(held)))
    os.pwrite(5, held, 0)
    send(ROWS, numbers(n_rows, n_bytes))
    receive()


def shrink():
    opened(dataset())
    os.ftruncate(5, 0)
    send(ROWS, numbers(1000, 1000))
    receive()


WORDS = {"kind": STRING, "size": 16, "shape": (3,), "element": 16}
BEHAVIOURS = {
    "burn": lambda: receive() and burn(),
    "burn later": lambda: opened(dataset()) and burn(),
    "sleep": lambda: receive() and time.sleep(600),
    "sleep later": lambda: opened(dataset()) and time.sleep(600),
    "segv": lambda: receive() and die(signal.SIGSEGV),
    "abort": lambda: receive() and die(signal.SIGABRT),
    "kill": lambda: receive() and die(signal.SIGKILL),
    "exit 3": lambda: receive() and sys.exit(3),
    "exit 3 at once": lambda: sys.exit(3),
    "segv later": lambda: opened(dataset()) and die(signal.SIGSEGV),
    "exit 3 later": lambda: opened(dataset()) and sys.exit(3),
    "leave": lambda: receive() and sys.exit(0),
    "leave later": lambda: opened(dataset()) and sys.exit(0),
    "stop": lambda: receive() and die(signal.SIGSTOP),
    "garbage": lambda: receive() and control.sendall(bytes(range(256)) * 16),
    "text": lambda: receive() and control.sendall(b"Segmentation fault\n"),
    "type 0": lambda: receive() and send(0),
    "type 99": lambda: receive() and send(99),
    "4 GB": lambda: receive() and send(DATASET, b"x", 2**32 - 1),
    "16 MB and no more": lambda: receive() and send(DATASET, b"x", 16 << 20),
    "half a head": lambda: receive() and control.sendall(b"\4\0\0"),
    "half a message": lambda: receive() and send(DATASET, dataset()[:50], 400),
    "no end": lambda: receive() and send(DATASET, dataset()),
    "datasets for ever": lambda: receive() and for_ever(DATASET, dataset()),
    "warnings for ever": lambda: receive() and for_ever(WARNING, numbers(41) + text(b"w" * 9999)),
    "error of no status": lambda: receive() and send(ERROR, numbers(0) + text(b"fine")),
    "error 77": lambda: receive() and send(ERROR, numbers(77) + text(b"what")),
    "rows for open": lambda: receive() and send(ROWS, numbers(1, 1)),
    "dataset of noise": lambda: opened(b"\xff" * 300),
    "dataset of nothing": lambda: opened(b""),
    "rank 65": lambda: opened(dataset(shape=(1,) * 65)),
    "2^64 elements": lambda: opened(dataset(shape=(1 << 32, 1 << 32))),
    "no field": lambda: opened(dataset(fields=0)),
    "kind 99": lambda: opened(dataset(kind=99)),
    "element of 0": lambda: opened(dataset(element=0)),
    "3 bytes of int": lambda: opened(dataset(size=3)),
    "path with NUL": lambda: opened(dataset(path=b"/x\0y")),
    "chunks of 0": lambda: opened(dataset(layout=CHUNKED, chunk=(0,))),
    "chunks of 2^63": lambda: opened(dataset(layout=CHUNKED, chunk=(1 << 63,), size=8)),
    "layout 9": lambda: opened(dataset(layout=9)),
    "100 filters": lambda: opened(dataset(layout=CHUNKED, filters=[(1, (6,))] * 100)),
    "values beyond": lambda: opened(dataset(layout=CONTIGUOUS, address=1 << 50)),
    "values at 2^64": lambda: opened(dataset(layout=CONTIGUOUS, address=2**64 - 9)),
    "chunks beyond": lambda: chunks(*[(1 << 50, 100, 0)] * 10),
    "chunks that wrap": lambda: chunks(*[(2**64 - 50, 100, 0)] * 10),
    "chunks of 2^60": lambda: chunks(*[(0, 1 << 60, 0)] * 10),
    "chunks of none": lambda: chunks(*[(0, 0, 0)] * 10),
    "too few chunks": lambda: chunks((0, 100, 0)),
    "too many chunks": lambda: chunks(*[(0, 100, 0)] * 5000),
    "no chunks": lambda: chunks(),
    "filters that are not there": lambda: chunks(*[(0, 100, 2**64 - 1)] * 10),
    "too many rows": lambda: rows(1 << 40, 1 << 40, b""),
    "no rows": lambda: rows(0, 0, b""),
    "rows want 2^60": lambda: rows(0, 1 << 60, b""),
    "rows of few bytes": lambda: rows(1000, 10, bytes(1000)),
    "rows of many bytes": lambda: rows(1000, 1 << 40, bytes(1000)),
    "words beyond": lambda: rows(3, 27, numbers(1, 2, 1 << 50) + b"abc", **WORDS),
    "words backwards": lambda: rows(3, 27, numbers(3, 1, 3) + b"abc", **WORDS),
    "words of fewer": lambda: rows(3, 8, numbers(3), **WORDS),
    "memory taken back": shrink,
    "error later": lambda: opened(dataset()) and send(ERROR, numbers(41) + text(b"no")),
    "unasked": lambda: opened(dataset(layout=CONTIGUOUS)) and send(END),
}

if __name__ == "__main__":
    BEHAVIOURS[sys.argv[1]]()
