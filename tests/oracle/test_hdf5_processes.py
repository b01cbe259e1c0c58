"""The processes that read HDF5 files: they open nothing that was not named, they never
outlive the program by more than a second, and they are few, whatever is asked.

This process asks to be the one that orphans come to, so it sees each of them."""

import ctypes
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import threading
import time
import unittest

import h5py
import numpy as np

from hostile_hdf5 import hostile
from oracle import BUILD, TestCase, main, sanitized

PROGRAM = str((BUILD / "dsinspect").resolve())
PR_SET_CHILD_SUBREAPER = 36
# DSI_HOSTILE makes it thorough.
N_KILLS, N_FILES = (300, 2000) if os.environ.get("DSI_HOSTILE") else (25, 500)
# What a program that links libraries opens anyway, and what ours asks of the machine.
KNOWN = re.compile(r"/(etc/ld\.so|lib|usr/lib|usr/share/(locale|zoneinfo)|proc/self|"
                   r"proc/\d+|sys/(fs/cgroup|devices/system|kernel/mm)|dev/null|"
                   r"etc/(gnutls|ssl)/|usr/share/(gnutls|crypto-policies))")


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(entry))
    return found


def is_there(program):
    return shutil.which(program) is not None


class Processes(TestCase):
    @classmethod
    def setUpClass(cls):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def labels(self, name="labels.h5", n=1000):
        with h5py.File(self.dir / name, "w") as f:
            f.create_dataset("labels", data=np.arange(n) % 5, chunks=(n // 10,),
                             compression="gzip", shuffle=True)
        return self.dir / name

    def slow(self):
        """What takes a helper a while: words, and integers that only libhdf5 unpacks."""
        with h5py.File(self.dir / "slow.h5", "w") as f:
            f.create_dataset("labels", data=["cat", "dog"] * 150000, chunks=(1000,),
                             dtype=h5py.string_dtype(), compression="gzip")
        return self.dir / "slow.h5"

    def endless(self):
        """A file on which libhdf5 never ends."""
        for name, data in hostile(self.dir, 0):
            if "object of 0, for ever" in name:
                (self.dir / "endless.h5").write_bytes(data)
                return self.dir / "endless.h5"
        raise AssertionError("no such case")

    def wait_for_none(self, why, seconds=1.0):
        """No process is left below us after so long, but for zombies, which are ours."""
        end = time.monotonic() + seconds
        while True:
            left = children_of(os.getpid())
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                pass
            if not left:
                return
            if time.monotonic() > end:
                names = [pathlib.Path("/proc", str(p), "comm").read_text() for p in left]
                for p in left:
                    os.kill(p, signal.SIGKILL)
                raise AssertionError(f"{why}: {names} after {seconds} s")
            time.sleep(0.01)

    def test_signals_at_any_moment(self):
        rng = random.Random(3)
        small, slow, endless = self.labels(), self.slow(), self.endless()
        runs = [[small] * 8, [slow], [endless], [slow, small, slow], [endless] * 3]
        for i in range(N_KILLS):
            files, moment = runs[i % len(runs)], rng.random() ** 2 * 0.4
            number = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)[i % 3]
            child = subprocess.Popen([PROGRAM, "balance", *map(str, files)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     start_new_session=True)
            time.sleep(moment)
            if i % 2:  # as from a terminal: to the helpers too
                os.killpg(child.pid, number)
            else:
                child.send_signal(number)
            began = time.monotonic()
            code = child.wait(timeout=10)
            why = f"{files}, signal {number} after {moment:.3f} s"
            self.check(time.monotonic() - began < 1, f"{why}: took too long to end")
            self.check(code in (-number, 0, 2), f"{why}: exit {code}")
            self.wait_for_none(why)

    def test_orphan_from_its_birth(self):
        """A helper whose parent was gone before it looked, with the request still there."""
        late = self.dir / "late helper"
        late.write_text(f"#!/bin/sh\nsleep 0.4\nexec '{PROGRAM}-hdf5'\n")
        late.chmod(0o755)
        child = subprocess.Popen([PROGRAM, "info", str(self.endless())],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, DSINSPECT_HDF5_HELPER=str(late)))
        time.sleep(0.2)
        child.kill()
        child.wait()
        self.wait_for_none("an orphan", 1.5)

    def test_stopped_and_killed(self):
        """A helper that was stopped (Ctrl-Z) and whose parent is gone goes on to die."""
        child = subprocess.Popen([PROGRAM, "info", str(self.endless())],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        time.sleep(0.3)
        os.killpg(child.pid, signal.SIGTSTP)
        time.sleep(0.1)
        child.kill()
        child.wait()
        for left in children_of(os.getpid()):
            os.kill(left, signal.SIGCONT)
        self.wait_for_none("stopped")

    def test_no_zombie_and_no_leak(self):
        """Many files in one run: few processes and few descriptors at any time."""
        first = self.labels("f0000.h5", 100)
        paths = [first]
        for i in range(1, N_FILES):
            paths.append(self.dir / f"f{i:04}.h5")
            os.link(first, paths[-1])
        child = subprocess.Popen([PROGRAM, "info", "-f", "json", *map(str, paths)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        most = {"processes": 0, "helper's descriptors": 0, "zombies": 0}

        def look():
            try:
                below = children_of(child.pid)
                most["processes"] = max(most["processes"], len(below))
                for p in below:
                    if "hdf5" not in pathlib.Path("/proc", str(p), "comm").read_text():
                        continue  # not one yet
                    most["helper's descriptors"] = max(
                        most["helper's descriptors"], len(os.listdir(f"/proc/{p}/fd")))
            except OSError:
                pass
        done = threading.Event()
        watcher = threading.Thread(target=lambda: [look() for _ in iter(
            lambda: done.wait(0.005), True)])
        watcher.start()
        out, err = child.communicate(timeout=120)
        done.set()
        watcher.join()
        self.check(child.returncode == 0, f"{child.returncode} {err[-800:]}")
        self.check(len(json.loads(out)["rows"]) == N_FILES)
        self.check(1 <= most["processes"] <= 20, most)
        self.check(most["helper's descriptors"] <= 12 or sanitized(), most)
        self.wait_for_none("many files")

    def test_eight_at_once(self):
        path, slow = self.labels(), self.slow()
        runs = [subprocess.Popen([PROGRAM, "balance", "-f", "json", str(p)],
                                 stdout=subprocess.PIPE) for p in [path, slow] * 4]
        for i, run in enumerate(runs):
            out, _ = run.communicate(timeout=60)
            self.check(run.returncode == 0)
            counts = [r["count"] for r in json.loads(out)["rows"]]
            self.check(counts == ([200] * 5, [150000] * 2)[i % 2], counts)

    def test_small_limits(self):
        """What the machine does not grant ends in an answer or in a reason."""
        path, cases = self.labels(), [
            (resource.RLIMIT_NOFILE, 64, (0,)), (resource.RLIMIT_NOFILE, 16, (0, 2)),
            (resource.RLIMIT_NOFILE, 8, (0, 2)), (resource.RLIMIT_NOFILE, 5, (0, 2)),
            (resource.RLIMIT_FSIZE, 0, (0, 2)), (resource.RLIMIT_CORE, 0, (0,)),
            (resource.RLIMIT_STACK, 256 << 10, (0, 2))]
        if not sanitized():
            cases += [(resource.RLIMIT_AS, n << 20, (0, 2)) for n in
                      (24, 32, 48, 64, 128, 256)] + [(resource.RLIMIT_AS, 1 << 30, (0,))]
        for what, n, codes in cases:
            done = subprocess.run([PROGRAM, "balance", "-j4", str(path)], timeout=30,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  preexec_fn=lambda: resource.setrlimit(what, (n, n)))
            if b"shared object" in done.stderr or b"shared librar" in done.stderr:
                continue  # not even the program's own libraries fit
            self.check(done.returncode in codes,
                       f"limit {what} of {n}: exit {done.returncode}, {done.stderr}")
            self.check(done.returncode == 0 or done.stderr, f"limit {what} of {n}: silent")
            if done.returncode == 0:
                self.check(done.stdout.count(b"200") >= 5 or done.stderr, done)

    def test_without_processes(self):
        """Where no process may be started: a reason, and the sound input is told."""
        if os.getuid() != 0 or not is_there("setpriv") or sanitized():
            self.skipTest("needs another user's id, and LeakSanitizer a process")
        path, sound = self.labels(), self.dir / "sound.npy"
        np.save(sound, np.arange(4))
        for p in (self.dir, path, sound):
            p.chmod(0o755)
        copy = self.dir / "bin"
        copy.mkdir()
        for name in "dsinspect", "dsinspect-hdf5":
            shutil.copy(BUILD / name, copy / name)
        done = subprocess.run(
            ["setpriv", "--reuid=54321", "--clear-groups", "prlimit", "--nproc=1",
             copy / "dsinspect", "info", path, sound], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=30)
        self.check(done.returncode in (0, 2) and b"sound.npy" in done.stdout, done)
        self.check(done.returncode == 0 or b"cannot be started" in done.stderr, done)

    def test_closed_streams(self):
        path = self.labels()
        for closed in ("<&-", "2>&-", "<&- 2>&-", ">&-", "<&- >&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'exec "$0" balance "$1" {closed}', PROGRAM,
                                   path], stdout=subprocess.PIPE, timeout=30)
            wanted = 2 if ">&- " in closed + " " and closed.startswith((">", "<&- >")) else 0
            self.check(done.returncode == wanted, f"{closed}: {done}")
            self.check(done.stdout.count(b"200") >= 5 or wanted, f"{closed}: {done}")

    def test_where_it_is_called_from(self):
        """The helper is found beside the program, however that was called."""
        path, env = self.labels(), dict(os.environ)
        env.pop("DSINSPECT_HDF5_HELPER", None)
        folder = pathlib.Path(PROGRAM).parent
        (self.dir / "link").symlink_to(PROGRAM)
        for words, more in ((["dsinspect"], {"PATH": f"{folder}:{os.environ['PATH']}"}),
                            (["./dsinspect"], {}), ([str(self.dir / "link")], {}),
                            ([PROGRAM], {"TMPDIR": "/not/there", "HOME": "/not/there"}),
                            ([PROGRAM], {"LC_ALL": "tr_TR.UTF-8"})):
            done = subprocess.run([*words, "balance", path], env=dict(env, **more),
                                  cwd=folder, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=30)
            self.check(done.returncode == 0 and done.stdout.count(b"200") >= 5,
                       f"{words} {more}: {done}")


@unittest.skipUnless(is_there("strace"), "strace is missing")
@unittest.skipIf(sanitized(), "sanitizers open what they like")
class Opened(TestCase):
    """What is opened, as strace tells."""

    def opened(self, *words, **env):
        log = self.dir / "strace"
        done = subprocess.run(["strace", "-f", "-qq", "-y", "-o", log, "-e",
                               "trace=%file", PROGRAM, *map(str, words)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              env=dict(os.environ, **env))
        paths = set()
        for line in log.read_text(errors="replace").splitlines():
            call = re.search(r"\b(open|openat|openat2|execve|readlink|stat|lstat|access|"
                             r"newfstatat|faccessat2?|statx)\(.*?\"(.*?)\"", line)
            if call:
                paths.add(call[2])
        return done, {p for p in paths if p and not KNOWN.match(p)}

    def tricks(self):
        """A file whose every dataset but one is elsewhere; one byte of it is a secret."""
        (self.dir / "secret.bin").write_bytes(b"root:x:0:0" * 20)
        with h5py.File(self.dir / "other.h5", "w") as f:
            f["x"] = np.arange(20, dtype="u1")
        with h5py.File(self.dir / "tricks.h5", "w", libver="latest") as f:
            f["plain"] = np.arange(10)
            for i, target in enumerate(("/etc/passwd", "secret.bin")):
                f.create_dataset(f"stored{i}", (100,), "u1", external=[(target, 0, 100)])
            for i, target in enumerate(("/etc/passwd", "other.h5", "missing.h5")):
                f[f"link{i}"] = h5py.ExternalLink(target, "/x")
                layout = h5py.VirtualLayout(shape=(20,), dtype="u1")
                layout[:] = h5py.VirtualSource(target, "x", shape=(20,))
                f.create_virtual_dataset(f"virtual{i}", layout)
            f["soft"] = h5py.SoftLink("/link1")
            f["link to link"] = h5py.ExternalLink("tricks.h5", "/link0")
        return self.dir / "tricks.h5"

    def test_nothing_but_what_was_named(self):
        path, own = self.tricks(), {PROGRAM, str(pathlib.Path(PROGRAM).parent)}
        plugins = self.dir / "plugins"
        plugins.mkdir()
        with h5py.File(self.dir / "filter.h5", "w") as f:
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((10,))
            plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))
            h5py.h5d.create(f.id, b"x", h5py.h5t.STD_I8LE,
                            h5py.h5s.create_simple((20,)), plist)
        for words in (("info", path), ("balance", path), ("info", path, "--labels", path),
                      ("balance", f"{path}:/stored0"), ("balance", f"{path}:/virtual0"),
                      ("balance", f"{path}:/link0"), ("info", self.dir / "filter.h5"),
                      ("balance", self.dir / "filter.h5")):
            done, paths = self.opened(*words, HDF5_PLUGIN_PATH=str(plugins))
            named = {p for p in paths if "tricks.h5" in p or "filter.h5" in p}
            named |= {str(p) for p in path.parents}  # looked at, on the way
            rest = {p for p in paths - named if not p.startswith(
                str(pathlib.Path(PROGRAM).parent))} - own
            self.check(not rest, f"{words} opened {rest}")
            self.check(done.returncode in (0, 2), done)

    def test_what_may_be_followed(self):
        path = self.tricks()
        done, paths = self.opened("balance", "--follow-external", f"{path}:/stored1")
        self.check(any(p.endswith("secret.bin") for p in paths), paths)
        done, paths = self.opened("info", "--follow-external", "-f", "json", path)
        self.check(any(p.endswith("other.h5") for p in paths), paths)
        done = subprocess.run([PROGRAM, "balance", "--follow-external", "-f", "json",
                               f"{path}:/stored1"], stdout=subprocess.PIPE, timeout=30)
        counts = {r["class"]: r["count"] for r in json.loads(done.stdout)["rows"]}
        values, n = np.unique(np.frombuffer(b"root:x:0:0" * 10, "u1"), return_counts=True)
        self.check(counts == {str(v): k for v, k in zip(values, n)}, counts)


if __name__ == "__main__":
    main()
