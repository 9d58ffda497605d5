"""Values of options that several commands take."""

import argparse
from collections.abc import Sequence
from math import isfinite


def add_study(parser: argparse.ArgumentParser, shipped: Sequence[str]) -> None:
    """Add the study and what may be changed of it."""
    parser.add_argument("study", help=f"path of a study, or a shipped one: {', '.join(shipped)}")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="set a field of the study, for instance run.horizon_s=7200; repeatable",
    )
    parser.add_argument("--seed", type=seed, help="seed instead of the study's")


def add_years(parser: argparse.ArgumentParser) -> None:
    """Add the years that are looked at."""
    parser.add_argument("--years", type=int, metavar="N", help="years that are looked at, 1 to 15")


def study_settings(options: argparse.Namespace) -> list[str]:
    """What `--set`, `--seed` and other options for fields change, as PATH=VALUE."""
    fields = {"seed": "run.seed", "years": "economics.years", "currency": "economics.currency"}
    given = {field: getattr(options, name, None) for name, field in fields.items()}
    return [*options.set, *(f"{f}={value}" for f, value in given.items() if value is not None)]


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
