"""`aisim predict`: what one replica of a model does on accelerators of one kind."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from aisim.catalog import Accelerator, engines
from aisim.cli import arguments
from aisim.cli.exits import OK
from aisim.performance import KV_BYTES, WEIGHT_BYTES
from aisim.planning import BadInput, predict
from aisim.report import print_prediction, write_answer
from aisim.scenario.accelerator_file import read_accelerator

DEGREES = {
    "tensor": "GPUs that share the matrices; left out, the fewest that leave a cache for 8 texts",
    "pipeline": "stages that share the layers",
    "expert": "groups that share the experts",
    "data": "copies of the attention",
}


def add(commands: Any) -> None:
    """Add `aisim predict`."""
    command = commands.add_parser(
        "predict", help="what fits on an accelerator, how fast it serves, what it draws"
    )
    command.add_argument("model", help="catalog name, Hugging Face name or path of a config.json")
    command.add_argument("accelerator", nargs="?", help="catalog name; see --accelerator-file")
    command.add_argument(
        "--accelerator-file",
        type=Path,
        metavar="YAML",
        help="an accelerator of your own, by the fields of `aisim catalog accelerators`",
    )
    add_precisions(command, several=False)
    command.add_argument("--activations", choices=WEIGHT_BYTES, help="as the weights if left out")
    for name, words in DEGREES.items():
        command.add_argument(
            f"--{name[0]}p", dest=f"{name}_parallel", type=arguments.count, metavar="N", help=words
        )
    add_lengths(command)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(command=_predict)


def add_precisions(command: argparse.ArgumentParser, *, several: bool) -> None:
    """Add the engine and the precisions; `several` weights may be given where they compete."""
    command.add_argument("--engine", choices=engines(), default="vllm", help="default: vllm")
    repeatable: dict[str, Any] = {"action": "append", "default": []} if several else {}
    command.add_argument(
        "--weights", choices=WEIGHT_BYTES, help="precision of the weights", **repeatable
    )
    command.add_argument("--kv-cache", choices=KV_BYTES, default="fp16", help="default: fp16")


def add_lengths(command: argparse.ArgumentParser) -> None:
    """Add the lengths of prompt and answer."""
    command.add_argument(
        "--input", type=arguments.tokens, default=1000, metavar="TOKENS", help="default: 1000"
    )
    command.add_argument(
        "--output", type=arguments.tokens, default=250, metavar="TOKENS", help="default: 250"
    )


def _predict(options: argparse.Namespace) -> int:
    found = predict(
        options.model,
        _accelerator(options),
        engine=options.engine,
        weights=options.weights,
        kv_cache=options.kv_cache,
        activations=options.activations,
        tensor_parallel=options.tensor_parallel,
        pipeline_parallel=options.pipeline_parallel or 1,
        expert_parallel=options.expert_parallel or 1,
        data_parallel=options.data_parallel or 1,
        input_tokens=options.input,
        output_tokens=options.output,
    )
    if options.json:
        print(write_answer(found.as_dict()))
    else:
        print_prediction(found, Console())
    return OK


def _accelerator(options: argparse.Namespace) -> str | Accelerator:
    """The accelerator by name or from a file.

    Raises:
        BadInput: Both or neither were given.
        InvalidStudy: The file is not understood.
    """
    if (options.accelerator is None) == (options.accelerator_file is None):
        raise BadInput("give the accelerator by name, or --accelerator-file, and not both")
    if options.accelerator_file is not None:
        return read_accelerator(options.accelerator_file)
    name: str = options.accelerator
    return name
