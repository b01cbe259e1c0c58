"""Whatever the process that runs libhdf5 does (crash, hang, lie, leave), the program
ends in time, says so of that file, and reads the other inputs. The process is replaced by
fake_hdf5_helper.py, which does one such thing each."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import fake_hdf5_helper as fakes_of
from oracle import BUILD, TestCase, main, sanitized

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(BUILD / "dsinspect")
SECONDS = 150  # of a busy machine
CPU_SECONDS = 30  # a loop ends after 5, of a machine that has nothing else to do
HUNG = "hung"
# What a finding must say of the worst of them; of the others, that there is one.
WORDS = {
    "burn": HUNG, "burn later": HUNG, "segv": "SIGSEGV",
    "abort": "SIGABRT", "kill": "SIGKILL", "exit 3": "status 3",
    "exit 3 at once": "status 3", "segv later": "SIGSEGV", "exit 3 later": "status 3",
}
ASLEEP = ("sleep", "sleep later", "stop")
LATER = ("burn later", "sleep later", "segv later", "exit 3 later", "leave later",
         "values beyond", "values at 2^64", "chunks beyond", "chunks that wrap", "chunks of 2^60",
         "chunks of none", "too few chunks", "too many chunks", "no chunks",
         "filters that are not there", "too many rows", "no rows", "rows want 2^60",
         "rows of few bytes", "rows of many bytes", "words beyond", "words backwards",
         "words of fewer", "memory taken back", "error later")
FINE = ("unasked",)  # says END to a request that nobody makes of stored values

# A poll that does not wait is a minute that passes at once.
FAST_POLL = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
int poll(struct pollfd *fds, nfds_t n, int ms)
{
    int (*real)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    return real(fds, n, ms > 1 ? 1 : ms);
}
"""


class Fakes(TestCase):
    def setUp(self):
        super().setUp()
        self.file = self.dir / "a.h5"
        self.file.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2000))
        self.sound = self.dir / "sound.npy"
        np.save(self.sound, np.arange(10) % 2)

    def helper(self, behaviour):
        path = self.dir / ("helper of " + behaviour.replace("/", " "))
        path.write_text(f"#!/bin/sh\nexec /usr/bin/python3 -S -E -B "
                        f"'{HERE}/fake_hdf5_helper.py' '{behaviour}'\n")
        path.chmod(0o755)
        return path

    def run_with(self, helper, tool, *inputs, **more):
        """(exit code, stdout, stderr). A loop costs processor time, which is measured
        here with that of the helper, for the machine may be busy with other things."""
        env = dict(os.environ, DSINSPECT_HDF5_HELPER=str(helper), **more)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = subprocess.Popen([PROGRAM, tool, "-f", "json", *map(str, inputs)],
                                     env=env, stdout=out, stderr=err)
            timer = threading.Timer(SECONDS, child.kill)
            timer.start()
            _, status, used = os.wait4(child.pid, 0)
            timer.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            said = child.returncode, out.read(), err.read().decode(errors="replace")
        self.check(said[0] in (0, 2), f"{helper}, {tool}: exit {said[0]}: {said[2][-800:]}")
        cpu = used.ru_utime + used.ru_stime
        self.check(cpu < CPU_SECONDS, f"{helper}, {tool} worked for {cpu:.1f} s")
        return said

    def told(self, said):
        """All that a run says of what was wrong, with where."""
        report = json.loads(said[1]) if said[1] else {"findings": []}
        return said[2] + "".join(f"{f['source']} {f['where']}: {f['detail']}\n"
                                 for f in report["findings"] if f["severity"] != "note")

    def one(self, behaviour, words="", **more):
        helper, later = self.helper(behaviour), behaviour in LATER
        burns = words == HUNG
        for tool in ["balance"] if later and burns else ["info"] if burns else \
                ["info", "balance"]:
            said = self.run_with(helper, tool, self.file, self.sound, **more)
            self.check(b"sound.npy" in said[1], f"{behaviour}: the sound input is lost")
            if behaviour in FINE or tool == "info" and later:
                continue
            told = "".join(line for line in self.told(said).splitlines() if "a.h5" in line)
            self.check(words in told and "a.h5" in told,
                       f"{behaviour}, {tool}: exit {said[0]}, {said[2]!r}")
            self.check(said[0] == 2 or later, f"{behaviour}, {tool}: exit {said[0]}")

    def test_every_fake(self):
        names = [n for n in fakes_of.BEHAVIOURS if n not in ASLEEP]
        with ThreadPoolExecutor(4) as pool:
            jobs = {n: pool.submit(self.one, n, WORDS.get(n, "")) for n in names}
        for name, job in jobs.items():
            with self.subTest(name):
                job.result()

    def test_asleep(self):
        library = self.dir / "fast_poll.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", library],
                       input=FAST_POLL.encode(), check=True)
        if sanitized():
            self.skipTest("a sanitizer must be the first library")
        for name in ASLEEP:
            with self.subTest(name):
                self.one(name, HUNG, LD_PRELOAD=str(library))

    def test_no_helper(self):
        for path, words in ((self.dir / "none", "No such file"),
                            (self.sound, "Permission denied"), (self.dir, "denied")):
            done = self.run_with(path, "info", self.file)
            self.check(done[0] == 2 and words in self.told(done), done)
        script = self.dir / "no program"
        script.write_text("this is no program\n")
        script.chmod(0o755)
        done = self.run_with(script, "info", self.file)
        self.check(done[0] == 2 and self.told(done), done)
        done = self.run_with(self.dir / "none", "info", self.sound)
        self.check(done[0] == 0 and not done[2], done)


if __name__ == "__main__":
    main()
