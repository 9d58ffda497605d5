"""What one replica does, in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aisim.planning import Prediction


def print_prediction(found: Prediction, console: Console) -> None:
    """Print the tables and notes of a prediction; plain words are never taken for mark-up."""
    _say(console, _headline(found))
    if found.memory is None:
        return
    console.print(_memory_table(found))
    if found.at_contexts:
        console.print(_context_table(found))
    if found.at_batches:
        console.print(_batch_table(found))
    for line in (*_saturation(found), *_power(found), *_worth(found)):
        _say(console, line)
    for note in found.notes:
        _say(console, f"Note: {note}")


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False)


def _headline(found: Prediction) -> str:
    spread = found.spread
    degrees = {
        "TP": spread.tensor_parallel,
        "PP": spread.pipeline_parallel,
        "EP": spread.expert_parallel,
        "DP": spread.data_parallel,
    }
    spelt = " ".join(f"{k}{n}" for k, n in degrees.items() if n > 1) or "TP1"
    what = (
        f"{found.model} on {spread.gpus} x {found.accelerator} ({spelt}), {found.engine}, "
        f"{found.weights} weights, {found.kv_cache} KV cache"
    )
    return f"{what}: fits" if found.fits else f"Does not fit: {found.why_not}"


def _memory_table(found: Prediction) -> Table:
    memory = found.memory
    assert memory is not None
    table = _table(
        "Memory, GiB per GPU", "usable", "weights", "activations", "overhead", "KV cache"
    )
    parts = (
        memory.usable_gib,
        memory.weights_gib,
        memory.activations_gib,
        memory.overhead_gib,
        memory.kv_gib,
    )
    table.add_row(f"{memory.kv_tokens:,} tokens of KV", *(f"{gib:,.1f}" for gib in parts))
    return table


def _context_table(found: Prediction) -> Table:
    lengths = (f"{row.context_tokens // 1024}k" for row in found.at_contexts)
    table = _table("Context, tokens", *lengths)
    table.add_row("sequences at once", *(f"{row.sequences:,}" for row in found.at_contexts))
    table.add_row("limited by", *(row.limited_by for row in found.at_contexts))
    return table


def _batch_table(found: Prediction) -> Table:
    head = f"{found.input_tokens:,} in, {found.output_tokens:,} out: sequences"
    table = _table(head, "TTFT, ms", "TPOT, ms", "requests/s", "output tokens/s")
    for row in found.at_batches:
        table.add_row(
            f"{row.sequences:,}",
            f"{row.ttft_s * 1e3:,.0f}",
            f"{row.tpot_s * 1e3:,.1f}",
            f"{row.requests_per_s:,.3g}",
            f"{row.output_tokens_per_s:,.0f}",
        )
    return table


def _table(*columns: str) -> Table:
    table = Table()
    for column in columns:
        table.add_column(Text(column), justify="right", no_wrap=True)
    return table


def _saturation(found: Prediction) -> Iterator[str]:
    if found.saturation is not None:
        rate = found.saturation
        yield (
            f"Saturates at {rate.requests_per_s:,.3g} requests/s, "
            f"{rate.output_tokens_per_s:,.0f} output tokens/s (simulated), "
            f"{rate.prefill_share:.0%} of the time in prefill."
        )


def _power(found: Prediction) -> Iterator[str]:
    if found.power is None:
        yield f"Watts: the power limit of {found.accelerator} is not known."
        return
    power = found.power
    energy = power.kwh_per_million_output_tokens
    per_million = "" if energy is None else f"; {energy:,.3g} kWh per million output tokens"
    yield (
        f"A GPU draws {power.prefill_w:,.0f} W in prefill, {power.decode_w:,.0f} W in decode, "
        f"{power.idle_w:,.0f} W idle{per_million} (GPUs alone, {power.quality})."
    )


def _worth(found: Prediction) -> Iterator[str]:
    errors = found.errors
    if errors is not None:
        yield (
            f"Provenance: {found.provenance}. Such predictions were off by "
            f"{errors.tpot_median:.0%} in TPOT (median; 90 % within {errors.tpot_p90:.0%}) and "
            f"{errors.output_tokens_per_s_median:.0%} in rate "
            f"(90 % within {errors.output_tokens_per_s_p90:.0%})."
        )
