"""What a simulated figure rests on: the run, the measurements behind its times, its notes."""

from collections.abc import Iterator

from aisim.catalog import error_bands, llm_model
from aisim.language import say
from aisim.performance.placement import PoolPlan, plan_pools
from aisim.performance.shared import SharedTime
from aisim.planning.explanation import Source
from aisim.planning.priced import Priced
from aisim.scenario import Candidate

#: Where the parameters of GPU times come from, as `aisim.performance.fits` has it.
PROVENANCE = {
    "fitted": say("fitted to measurements of this accelerator"),
    "relatives": say("its data sheet with efficiencies fitted to related accelerators"),
    "calibrated": say("calibrated by the planner's own measurements"),
}
#: The measure whose errors say how well times of GPUs are known.
METRIC = "tpot_mean_ms"


def origins(priced: Priced, candidate: str) -> tuple[Source, ...]:
    """What the simulation of a candidate rests on, the run first."""
    answer = priced.answer()
    declared = priced.study.candidates[candidate]
    run = say(
        "one simulation of {study} with seed {seed}; measured: {measured}",
        study=answer["study"], seed=answer["seed"], measured=answer["represents"] or "-",
    )  # fmt: skip
    notes = [Source(note) for note in answer["candidates"][candidate]["notes"]]
    return tuple(dict.fromkeys((Source(run), *_pools(declared), *notes)))


def _pools(candidate: Candidate) -> Iterator[Source]:
    for name, plan in plan_pools(candidate).items():
        yield _gpu_times(name, plan)
        host, device = plan.time.host, plan.accelerator
        if host.rows:
            what = say("{engine}: what an engine adds to its kernels", engine=host.engine)
            yield Source(what, host.source, host.as_of, host.quality)
        sheet = say("{accelerator}: its data sheet", accelerator=device.name)
        yield Source(sheet, device.source, device.as_of, device.quality)
        model = llm_model(candidate.pools[name].model)
        layers = say("{model}: its layers and sizes", model=model.name)
        yield Source(layers, model.source, model.as_of, model.quality)


def _gpu_times(pool: str, plan: PoolPlan) -> Source:
    """Where the iteration times of a pool come from, and how well such times were predicted."""
    alone = plan.time.alone if isinstance(plan.time, SharedTime) else plan.time
    fit, band = alone.fit, error_bands().get(f"{alone.provenance} / {METRIC}")
    origin = PROVENANCE[alone.provenance]
    said = {"pool": pool, "accelerator": plan.accelerator.name, "origin": origin}
    if band is None:
        what = say("{pool}: iteration times on {accelerator}, {origin}", **said)
    else:
        what = say(
            "{pool}: iteration times on {accelerator}, {origin}; the TPOT of runs that were left "
            "out of such a fit was predicted within {median:.0%} in the median, {p90:.0%} for nine "
            "of ten",
            median=band.median_error, p90=band.p90_error, **said,
        )  # fmt: skip
    return Source(what, fit.source, fit.as_of, fit.quality)
