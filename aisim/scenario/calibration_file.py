"""Files of `aisim calibrate`: parameters that were fitted to a planner's own benchmark."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from aisim.catalog import EngineHost, GpuFit
from aisim.scenario.base import Declaration, EngineName
from aisim.scenario.faults import Fault, InvalidStudy, from_pydantic, nearest
from aisim.scenario.text import dump_yaml, load_yaml

FORMAT = 1
#: Efficiencies are shares of the data sheet; boards do run a little above it.
Efficiency = Annotated[float, Field(strict=True, gt=0, le=10)]
Microseconds = Annotated[float, Field(strict=True, ge=0, le=1e7)]
Launch = Annotated[float, Field(strict=True, gt=0, le=1e7)]
Factor = Annotated[float, Field(strict=True, ge=0, le=1e5)]
Scale = Annotated[float, Field(strict=True, gt=0, le=1e5)]
Rows = Annotated[int, Field(strict=True, ge=0)]
Error = Annotated[float, Field(strict=True, ge=0)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


def _day(given: Any) -> Any:
    """YAML reads a day without quotes as a date."""
    return given.isoformat() if isinstance(given, date) else given


class Kernels(Declaration):
    """Parameters of the kernels, as `GpuFit` has them."""

    product_us: Launch
    """Time to launch one dense matrix product."""
    eff_c_dense: Efficiency
    """Rate of dense matrix products, of peak."""
    eff_m_dense: Efficiency
    """Rate of reading their weights, of bandwidth."""
    act_mult: Factor
    """Factor on the bytes of activations that they move."""
    attention_us: Launch
    """Time to launch the attention of one layer."""
    eff_prefill_attn: Efficiency
    """Rate of the attention of prompts, of the 16-bit peak."""
    attn_half_sat_tokens: Factor
    """Prompt tokens at which it reaches half of that."""
    eff_kv_decode: Efficiency
    """Reading the KV cache in a batch of decodes alone, of bandwidth."""
    eff_kv_mixed: Efficiency | None = None
    """The same in a batch that also holds prompt chunks; left out, as eff_kv_decode."""
    experts_us: Launch
    """Time to launch the experts of one layer, routing included."""
    eff_c_moe: Efficiency
    """Rate of their products, of peak."""
    eff_m_moe: Efficiency
    """Rate of reading their weights, of bandwidth."""
    moe_half_sat_tokens: Factor
    """Tokens per expert at which it reaches half its rate."""
    moe_act_mult: Factor
    """Factor on the bytes of hidden states that pass to and from the experts."""


class Host(Declaration):
    """What the engine adds to its kernels, as `EngineHost` has it."""

    launch_share: Scale
    """Factor on the times to launch products and attention."""
    experts_share: Scale
    """The same for experts."""
    iteration_us: Microseconds
    """What the host adds to an iteration."""
    sequence_us: Microseconds
    """What it adds for each sequence of a decoding batch."""
    delay_iterations: Factor
    """Iterations that a first token reaches the client later than it is made."""


class Errors(Declaration):
    """Absolute relative errors of one measure: with the catalog, and calibrated.

    Cross-validated: each row predicted from a calibration without it and its like.
    """

    rows: Rows
    """Measured values that were compared."""
    before_median: Error
    """With the catalog's parameters."""
    before_p90: Error
    """With the catalog's parameters."""
    after_median: Error
    """On the rows that were fitted."""
    after_p90: Error
    """On the rows that were fitted."""
    cross_validated_median: Error | None = None
    """On rows left out of the fit; left out, where there were too few."""
    cross_validated_p90: Error | None = None
    """On rows left out of the fit."""


class CalibrationGroup(Declaration):
    """The parameters of one accelerator, engine and precision."""

    accelerator: Label
    """Accelerator, as the pool's machines name it."""
    engine: EngineName
    """Serving engine."""
    engine_version: Annotated[str, Field(max_length=200)] = ""
    """Newest version that was measured."""
    precision: Label
    """Of the products: fp16, fp8, int8 or nvfp4."""
    host_precision: Label
    """The same, or weight_only: narrow weights in 16-bit products."""
    runs: Rows
    """Runs, logs and steps that were used."""
    helps: bool | None = None
    """Whether the cross-validated errors are below the catalog's; left out, not known."""
    note: str = ""
    """What the data could not tell, and what to know."""
    kernels: Kernels
    """Of the accelerator."""
    host: Host
    """Of the engine."""
    errors: dict[Label, Errors] = {}
    """By measure: tpot, ttft, e2e, throughput, iteration."""

    def fit(self, source: str, day: str) -> GpuFit:
        """Return the parameters of the kernels, with their origin."""
        return GpuFit(
            **self.kernels.model_dump(),
            **_origin(self, source, day),
            accelerator=self.accelerator,
            engine_version=self.engine_version,
            precision=self.precision,
        )

    def engine_host(self, source: str, day: str) -> EngineHost:
        """Return what the engine adds, with its origin."""
        return EngineHost(
            **self.host.model_dump(),
            **_origin(self, source, day),
            precision=self.host_precision,
        )


def _origin(group: CalibrationGroup, source: str, day: str) -> dict[str, Any]:
    return {
        "engine": group.engine,
        "rows": group.runs,
        "source": f"aisim calibrate, {source}",
        "as_of": day,
        "quality": "fitted",
        "note": group.note,
    }


class CalibrationFile(Declaration):
    """What `aisim calibrate` found."""

    aisim_calibration: Literal[1]
    """Version of the format of this file."""
    date: Annotated[str, BeforeValidator(_day), Field(min_length=4, max_length=40)]
    """Day of the calibration."""
    sources: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    """Files that were measured."""
    groups: Annotated[tuple[CalibrationGroup, ...], Field(min_length=1, max_length=50)]
    """One for each accelerator, engine and precision."""


def calibration_file(path: str | Path) -> CalibrationFile:
    """Return a file of `aisim calibrate`, checked.

    Raises:
        InvalidStudy: With every fault: file, field, what was given, what is allowed.
    """
    file = str(path)
    data = load_yaml(Path(path))
    if not isinstance(data, dict):
        problem = f"a calibration is a map that begins with 'aisim_calibration: {FORMAT}'"
        raise InvalidStudy([Fault(file, "", problem)])
    version = data.get("aisim_calibration")
    if version != FORMAT or isinstance(version, bool):
        given = "missing" if version is None else f"got {str(version)[:60]!r}"
        raise InvalidStudy([Fault(file, "aisim_calibration", f"{given}, allowed: {FORMAT}")])
    try:
        found = CalibrationFile.model_validate(data)
    except ValidationError as error:
        raise InvalidStudy(from_pydantic(error, file, CalibrationFile)) from None
    _refuse_twice(file, found)
    return found


def _refuse_twice(file: str, found: CalibrationFile) -> None:
    keys = Counter((g.accelerator, g.engine, g.host_precision) for g in found.groups)
    twice = [" ".join(key) for key, times in keys.items() if times > 1]
    if twice:
        raise InvalidStudy([Fault(file, "groups", f"more than one for {twice[0][:60]}")])


def read_calibration(
    path: str | Path, accelerator: str = "", engine: str = "", precision: str = ""
) -> tuple[tuple[GpuFit, ...], EngineHost]:
    """Return what `iteration_time` takes as fits and host, from a file of `aisim calibrate`.

    Args:
        path: The file.
        accelerator: Of the group; "" is any, so that a file with one group needs no more.
        engine: Of the group; "" is any.
        precision: Of the products, or weight_only; "" is any.

    Raises:
        InvalidStudy: A bad file, or no such group in it.
    """
    found = calibration_file(path)
    groups = [
        group
        for group in groups_for(found.groups, accelerator, engine, str(path))
        if precision in ("", group.host_precision)
    ]
    if not groups:
        hint = nearest(precision, {group.host_precision for group in found.groups})
        raise InvalidStudy([Fault(str(path), "groups", f"none of precision {precision}, {hint}")])
    fits = groups[0].fit(str(path), found.date)
    return (fits,), groups[0].engine_host(str(path), found.date)


def groups_for(
    groups: Sequence[CalibrationGroup], accelerator: str, engine: str, file: str
) -> list[CalibrationGroup]:
    """Return the groups of an accelerator and an engine; "" is any.

    Raises:
        InvalidStudy: There is none; the line says what the file is for.
    """
    mine = [group for group in groups if accelerator in ("", group.accelerator)]
    if not mine:
        known = ", ".join(sorted({group.accelerator for group in groups}))
        problem = f"calibrates {known[:200]}, not {accelerator}"
        raise InvalidStudy([Fault(file, "", problem)])
    same = [group for group in mine if engine in ("", group.engine)]
    if not same:
        known = ", ".join(sorted({group.engine for group in mine}))
        raise InvalidStudy([Fault(file, "", f"calibrates the engine {known}, not {engine}")])
    return same


def save_calibration(found: CalibrationFile, path: Path) -> None:
    """Write a calibration: beside the target first, then renamed, so that none is half-written.

    Raises:
        OSError: The folder cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = dump_yaml(found.model_dump(mode="json", exclude_none=True))
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
