"""Running dsinspect check, for the tests that do: configurations, pictures, and what it
said."""

import json
import os
import pathlib
import subprocess

import numpy as np
from PIL import Image

from oracle import BUILD, SOURCE

PROGRAM = str((BUILD / "dsinspect").absolute())
SAMPLES = (SOURCE / "samples" / "data").absolute()
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
ICONS = pathlib.Path("/usr/share/icons/oxygen/base")
SCANNERS = "info balance missing range outliers labels dups images".split()


def run(*words, cwd=None, env=None, **more):
    """What subprocess.run returns; stdout and stderr are bytes."""
    return subprocess.run([PROGRAM, *map(os.fsdecode, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=cwd, timeout=120,
                          env=dict(os.environ, **(env or {})), **more)


def exact(text):
    """JSON with the order of its keys and the digits of its numbers."""
    return json.loads(text, object_pairs_hook=lambda pairs: pairs, parse_float=str,
                      parse_int=str)


def write_config(path, config):
    """JSON is YAML; names may be bytes."""
    text = json.dumps(config, indent=1, ensure_ascii=False, default=str)
    pathlib.Path(path).write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def failed(done):
    """The lines that are looked for, without what they begin with."""
    start = "dsinspect check: failed: "
    lines = done.stderr.decode(errors="surrogateescape").splitlines()
    return [line[len(start):] for line in lines if line.startswith(start)]


def picture(path, seed, shape=(24, 32, 3), **how):
    """A picture that is like no other, smooth enough not to look like noise."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 216, (3, 4, *shape[2:]), dtype=np.uint8)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(small).resize((shape[1], shape[0]), Image.BICUBIC).save(path, **how)
    return path
