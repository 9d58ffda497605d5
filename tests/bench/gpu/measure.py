"""Measure on your card what aisim's performance model needs; README.md beside this tells more.

python tests/bench/gpu/measure.py --model llama-3.1-8b
"""

import argparse
import importlib.util
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aisim.catalog import LlmModel

NEEDED = {
    "torch": "pip install torch (https://pytorch.org/get-started/locally has the builds)",
    "aisim": "pip install --editable . in the checkout",
}


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--model", default="llama-3.1-8b", help="a dense model of aisim's catalog")
    add("--layers", type=positive, help="measure steps of so many layers; default: all that fit")
    add("--device", default="auto", help="cuda, cuda:1 or cpu; default: a GPU if there is one")
    add("--precision", choices=("bf16", "fp16"), default="bf16")
    add("--only", choices=("ops", "steps"), help="default: both")
    add("--quick", action="store_true", help="few small cases, to see that it works")
    add("--seconds", type=float, help="of repeats per case; default: 1, quick 0.15")
    add("--out", type=Path, help="folder for the tables; default: a new one under out/")
    return parser.parse_args()


def positive(text: str) -> int:
    """Return the whole number above zero that `text` is."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def check_packages() -> None:
    """Stop with one line if a package is missing."""
    for name, advice in NEEDED.items():
        if importlib.util.find_spec(name) is None:
            sys.exit(f"measure.py needs {name} in {sys.prefix}: {advice}")


def why_not(model: "LlmModel") -> str:
    """Return what the model has that this bench cannot run, "" if nothing."""
    reasons = {
        "experts": model.n_experts,
        "a compressed cache (MLA)": model.kv_lora_rank,
        "linear attention": model.linear_layers_per_global,
        "a sliding window": model.sliding_window,
    }
    return " and ".join(reason for reason, has in reasons.items() if has)


def main() -> int:
    """Measure, and say where the tables lie."""
    asked = arguments()
    check_packages()
    from aisim.catalog import llm_model

    try:
        model = llm_model(asked.model)
    except (LookupError, ValueError) as error:
        sys.exit(str(error))
    if why_not(model):
        sys.exit(f"{model.name} has {why_not(model)}; only dense models can be measured")
    if (asked.layers or 1) > model.layers:
        sys.exit(f"{model.name} has {model.layers} layers, not {asked.layers}")
    return measure(asked, model)


def measure(asked: argparse.Namespace, model: "LlmModel") -> int:
    """Run the bench into new tables, which keep what there is when the user interrupts."""
    import bench
    import machine
    import rows

    now = datetime.now()
    setting = machine.setting(asked.device, asked.precision)
    origin = machine.origin(setting, model.name, asked.precision, f"{now:%Y-%m-%d}")
    folder = asked.out or Path("out") / f"gpu-{now:%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    clock = bench.new_clock(setting, quick=asked.quick, seconds=asked.seconds)
    run = bench.Bench(model, asked.layers, setting, origin, clock, asked.quick)
    bench.say(f"{origin.hardware}, {origin.engine}, {asked.precision}, tables in {folder}")
    ops = rows.Table(folder / "op_times.csv", rows.OP_COLUMNS)
    steps = rows.Table(folder / "step_times.csv", rows.STEP_COLUMNS)
    try:
        if asked.only != "steps":
            run.run_ops(ops)
        if asked.only != "ops":
            run.run_steps(steps)
    except KeyboardInterrupt:
        for table in filter(lambda table: table.rows, (ops, steps)):
            table.save()  # it may have been in the middle of that
        bench.say(f"interrupted; {folder} holds what was measured")
        return 130
    finally:
        clock.power.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
