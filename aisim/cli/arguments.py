"""Values of options that several commands take."""

import argparse
from math import isfinite


def count(text: str) -> int:
    """A number of things, 1 to 10,000."""
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 10000")
    return int(text)


def seed(text: str) -> int:
    """A seed."""
    if not text.isdigit() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: whole numbers from 0")
    return int(text)


def tokens(text: str) -> int:
    """A number of tokens, 1 to 10 million."""
    if not text.isdigit() or not 1 <= int(text) <= 10_000_000:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 1 to 10000000")
    return int(text)


def positive(text: str) -> float:
    """A number above 0, at most 100,000."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (isfinite(value) and 1e-6 <= value <= 1e5):
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: 0.000001 to 100000")
    return value
