"""`aisim calibrate`: parameters from a planner's own benchmark."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.cli.exits import OK
from aisim.report.calibration import calibration_answer, print_calibration
from aisim.scenario import Fault, InvalidStudy
from aisim.scenario.accelerator_file import read_accelerator
from aisim.scenario.calibration_file import save_calibration
from aisim.validation.bench_files import MissingOptions, read_any
from aisim.validation.calibrate import calibrate
from aisim.validation.calibrate_file import as_file
from aisim.validation.measured import BadMeasurements, Measurements, together
from aisim.validation.setups import declare_accelerator

#: Options that say what a benchmark file does not: flag, name of the reader's option, help.
TEXTS = (
    ("accelerator", "hardware", "catalog name of the accelerator, or of --accelerator-file"),
    ("model", "model", "catalog or Hugging Face name of the model"),
    ("engine", "engine", "vllm, trtllm or sglang"),
    ("engine-version", "engine_version", "such as 0.14.0"),
    ("precision", "precision", "of the weights, such as fp8"),
    ("kv-dtype", "kv_dtype", "of the KV cache, such as fp8"),
)
NUMBERS = (
    ("tp", "tp", "GPUs that share the matrices"),
    ("pp", "pp", "pipeline stages"),
    ("ep", "ep", "expert groups"),
    ("dp", "dp", "copies of the attention"),
    ("gpus", "n_gpus", "all GPUs that were used"),
    ("concurrency", "concurrency", "requests at once, where the file does not say"),
    ("rate", "rate_rps", "requests per second, where the file does not say"),
    ("input", "input_tokens", "mean tokens of a prompt"),
    ("output", "output_tokens", "mean tokens of an answer"),
)


def add(commands: Any) -> None:
    """Add `aisim calibrate`."""
    command = commands.add_parser(
        "calibrate", help="fit an accelerator and an engine to a benchmark of your own"
    )
    command.add_argument(
        "measured",
        nargs="+",
        type=Path,
        metavar="MEASURED",
        help="result of vllm bench serve, GuideLLM or AIPerf, a table of measurements, or a "
        "folder of them",
    )
    command.add_argument(
        "-o", "--out", type=Path, metavar="YAML",
        help="file that a pool of a study names as its calibration; left out, none is written",
    )  # fmt: skip
    command.add_argument("--force", action="store_true", help="replace the file if it is there")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--accelerator-file", type=Path, metavar="YAML", help="an accelerator of your own"
    )
    said = command.add_argument_group("what the files of benchmark tools do not say")
    for flag, name, words in TEXTS:
        said.add_argument(f"--{flag}", dest=f"said_{name}", metavar="NAME", help=words)
    for flag, name, words in NUMBERS:
        said.add_argument(f"--{flag}", dest=f"said_{name}", type=_number, metavar="N", help=words)
    command.set_defaults(command=_calibrate)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text!r}, allowed: a number") from None


def _calibrate(options: argparse.Namespace) -> int:
    if options.out is not None:
        _check_target(options.out, force=options.force)
    if options.accelerator_file is not None:
        own = read_accelerator(options.accelerator_file)
        declare_accelerator(own)
        options.said_hardware = options.said_hardware or own.name
    found = calibrate(_read(options))
    if options.json:
        print(json.dumps(calibration_answer(found), indent=2, allow_nan=False))
    else:
        print_calibration(found, Console())
    if options.out is not None:
        save_calibration(as_file(found, [str(path) for path in options.measured]), options.out)
        print(f"wrote {options.out}", file=sys.stderr)
    return OK


def _read(options: argparse.Namespace) -> Measurements:
    """All files as one.

    Raises:
        BadMeasurements: What is missing is named by the options that give it.
    """
    flags = {name: flag for flag, name, _ in (*TEXTS, *NUMBERS)}
    said = {name: getattr(options, f"said_{name}") for name in flags}
    try:
        return together([read_any(path, **said) for path in options.measured])
    except MissingOptions as missing:
        text = str(missing)
        named = [f"--{flag}" for name, flag in flags.items() if name in text.rpartition(": ")[0]]
        raise BadMeasurements(f"{text}: {' '.join(named)}") from None


def _check_target(path: Path, *, force: bool) -> None:
    """Refuse before minutes are spent on what cannot be written.

    Raises:
        InvalidStudy: It is there and is not to be replaced, or its folder is not there.
    """
    problem = ""
    if path.is_dir():
        problem = "a folder, not a file"
    elif path.exists() and not force:
        problem = "is there; give --force to replace it"
    elif not path.resolve().parent.is_dir():
        problem = "its folder is not there"
    if problem:
        raise InvalidStudy([Fault("--out", str(path), problem)])
