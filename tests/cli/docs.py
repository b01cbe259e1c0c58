#!/usr/bin/python3
"""Runs the examples of README.md and docs/*.md.

    /usr/bin/python3 tests/cli/docs.py [--bless] [FILE.md...]

A fenced block that starts with ```console is a session. A line that starts with "$ " is
a command; a command goes on in the next line where one ends with a backslash. What stands
below it, to the next command or the end of the block, is what it prints, standard output
and standard error together. Where the command's exit code is not 0 the last line says so,
as "[exit 2]".

The commands of one file run in order, with bash, in a temporary copy of samples/, so that
a command finds what an earlier one wrote. A difference is printed and makes the exit code
1. --bless writes what was printed into the file instead; read its diff afterwards.

The program is that of DSI_BUILD (default: build/ beside README.md)."""

import difflib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, folder, environment):
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    text = done.stdout.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if done.returncode != 0:
        lines.append(f"[exit {done.returncode}]")
    return lines


def session(lines, folder, environment):
    """The lines of one block as they should be, every command run."""
    result = []
    at = 0
    while at < len(lines):
        if not lines[at].startswith("$ "):
            at += 1  # what an earlier run printed
            continue
        command = [lines[at]]
        while command[-1].endswith("\\") and at + 1 < len(lines):
            at += 1
            command.append(lines[at])
        at += 1
        result += command
        result += run("\n".join(command)[2:], folder, environment)
    return result


def played(path, folder, environment):
    """The text of the file with every block as its commands print it, and the number of
    commands."""
    result, block, n_commands = [], None, 0
    for line in path.read_text().split("\n"):
        if block is None:
            result.append(line)
            if line.strip() == "```console":
                block = []
        elif line.strip() == "```":
            n_commands += sum(text.startswith("$ ") for text in block)
            if block and not block[0].startswith("$ "):
                sys.exit(f"{path}: a console block starts with '{block[0]}', no command")
            result += session(block, folder, environment) + [line]
            block = None
        else:
            block.append(line)
    if block is not None:
        sys.exit(f"{path}: a console block does not end")
    return "\n".join(result), n_commands


def environment_of(build):
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "NO_COLOR", "TERM", "OMP_NUM_THREADS", "BASH_ENV")
    }
    environment["PATH"] = f"{build}:{environment.get('PATH', '/usr/bin:/bin')}"
    environment["LC_ALL"] = "C.UTF-8"
    return environment


def main():
    words = sys.argv[1:]
    bless = "--bless" in words
    files = [pathlib.Path(word) for word in words if word != "--bless"]
    if not files:
        files = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    build = pathlib.Path(os.environ.get("DSI_BUILD", ROOT / "build")).resolve()
    if not (build / "dsinspect").exists():
        sys.exit(f"no program in {build}")
    n_differ = n_commands = 0
    for path in (path for path in files if path.exists()):
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work) / "samples"
            shutil.copytree(ROOT / "samples", folder, symlinks=True)
            new, n = played(path, folder, environment_of(build))
        old = path.read_text()
        n_commands += n
        if new != old and bless:
            path.write_text(new)
            print(f"rewrote {path}")
        elif new != old:
            n_differ += 1
            sys.stdout.writelines(
                line + "\n"
                for line in difflib.unified_diff(
                    old.split("\n"), new.split("\n"), str(path), "what it prints", "", "", 3, ""
                )
            )
    print(f"{n_commands} commands, {n_differ} files differ")
    sys.exit(1 if n_differ else 0)


main()
