"""Randomness by purpose."""

from zlib import crc32

import numpy as np


def stream(seed: int, replication: int, name: str) -> np.random.Generator:
    """The random numbers of one purpose in one replication.

    Each name has a stream of its own: adding one, or changing hardware, shifts no other, so that
    candidates are compared on the same requests (common random numbers).
    """
    key = (replication, crc32(name.encode()))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
