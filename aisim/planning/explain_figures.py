"""How a figure that was simulated comes about: its formula, and the figures that it is made of."""

from collections.abc import Iterator, Mapping
from typing import Any

from aisim.cost.used import Served
from aisim.language import Sentence, joined, mark, say
from aisim.performance.machines import machine_shape
from aisim.performance.placement import pool_parallel
from aisim.planning.explanation import Explanation
from aisim.planning.priced import Priced
from aisim.results.figures import MEASURES, PERCENTILES
from aisim.results.intervals import mean_of
from aisim.scenario import Candidate, Study
from aisim.scenario.study import HOUR_S, MONTH_H

Data = Mapping[str, Any]

#: Arithmetic over the inputs by their last name, so that anybody can do it again.
ARITHMETIC: dict[str, tuple[str, tuple[str, ...]]] = {
    "requests.arrived": (
        "completed + rejected + failed + unfinished",
        ("requests.completed", "requests.rejected", "requests.failed", "requests.unfinished")),
    "requests_per_s": ("requests / window_s", ("measured.requests", "run.window_s")),
    "output_tokens_per_s": (
        "output_tokens / window_s", ("measured.output_tokens", "run.window_s")),
    "load": ("requests_per_s / saturation_rps", ("requests_per_s", "saturation_rps")),
}  # fmt: skip
#: What is counted or judged request by request, in words.
WORDS = {
    "requests.completed": mark("requests of the whole run whose last token reached the client"),
    "requests.rejected": mark("requests of the whole run that were sent away, by reason"),
    "requests.failed": mark("requests of the whole run that were given up, by reason"),
    "requests.unfinished": mark("requests that were still in the system when the run ended"),
    "slo_attainment": mark(
        "requests that completed and kept every limit promised to them / all requests, of those "
        "that arrived after the warm-up"
    ),
    "service_level": mark(
        "of all requests of a traffic that arrived after the warm-up, the percentile of each "
        "promise - its limit; who did not complete was too late"
    ),
    "broken_limits": mark("every limit of the study that the candidate breaks, with the reason"),
    "saturation_rps": mark(
        "requests completed per second while the system is kept full; at least those it served"
    ),
    "overloaded": mark(
        "arrived - completed > 3 * square root of arrived, in the second half of the measured "
        "time; what was rejected or failed is left out"
    ),
    "gpus": mark(
        "in replicas: sum over pools of replicas * GPUs of a replica; in machines: sum over "
        "groups of count * GPUs of a machine"
    ),
    "utilisation.gpu_busy": mark(
        "seconds in which replicas computed / seconds in which they were up, by pool"
    ),
    "utilisation.kv_memory": mark(
        "mean over time of the share of the KV blocks that is taken, by pool"
    ),
    "bottleneck": mark(
        "what the slowest tenth of the requests waits for longest; where they hardly wait, what "
        "serves them longest"
    ),
}
#: Figures whose inputs are all of the answer that begins so.
BELOW = {
    "requests.rejected": "rejections.",
    "requests.failed": "failures.",
    "service_level": "service_level.",
    "bottleneck": "bottleneck.",
    "saturation_rps": "requests_per_s",
    "slo_attainment": "service_level.",
}


def _percentile(measure: str, share: float) -> Sentence:
    """What a percentile of a latency is of."""
    if measure == "ttft_s":
        return say(
            "what {share:.0%} of the completed requests that arrived after the warm-up stay "
            "within: first token at the client - arrival",
            share=share,
        )
    if measure == "tpot_s":
        return say(
            "what {share:.0%} of the completed requests that arrived after the warm-up stay "
            "within: (last token - first token) / (output tokens - 1)",
            share=share,
        )
    return say(
        "what {share:.0%} of the completed requests that arrived after the warm-up stay within: "
        "last token at the client - arrival",
        share=share,
    )


LATENCIES = {f"{m}.p{p}": _percentile(m, p / 100) for m in MEASURES for p in PERCENTILES}
#: Every figure of a simulation by its path, with its formula.
SIMULATED: dict[str, str] = {
    **{figure: formula for figure, (formula, _) in ARITHMETIC.items()},
    **WORDS,
    **LATENCIES,
}


def simulated(priced: Priced, candidate: str, figure: str) -> Explanation:
    """Take a figure of a simulation apart.

    Args:
        priced: what was simulated.
        candidate: name of the candidate.
        figure: one of SIMULATED.
    """
    answer = priced.answer()["candidates"][candidate]
    bill = priced.bills.get(candidate)
    served = bill.used.served if bill is not None and bill.used is not None else None
    known = {
        **dict(_flat(answer)),
        **_run_values(priced.study, None if answer["partial"] else served),
        **dict(_gpu_values(priced.study.candidates[candidate])),
        **dict(_over(answer)),
    }
    inputs = {name: known.get(name) for name in _input_names(figure, known)}
    return Explanation(figure, figure_value(answer, figure), SIMULATED[figure], inputs)


def figure_value(answer: Data, figure: str) -> Any:
    """A figure by its path, of the part of an answer that is a candidate's."""
    if figure == "load":
        served, most = (mean_of(answer[key]) for key in ("requests_per_s", "saturation_rps"))
        return None if served is None or not most else served / most
    if figure.startswith("utilisation."):
        _, _, measure = figure.partition(".")
        return {pool: shares[measure] for pool, shares in answer["utilisation"].items()}
    if figure == "bottleneck":
        return answer["bottleneck"]["component"]
    if figure == "service_level":
        return {
            f"{traffic}.{measure}": promise["kept"]
            for traffic, measures in answer["service_level"].items()
            for measure, promise in measures.items()
        }
    value: Any = answer
    for key in figure.split(".", 2):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _input_names(figure: str, known: Data) -> tuple[str, ...]:
    if figure in ARITHMETIC:
        return ARITHMETIC[figure][1]
    if figure in LATENCIES:
        return ("run.warm_up_s", "requests.completed")
    if figure == "gpus":
        return tuple(name for name in known if name.startswith(("machines.", "pools.")))
    if figure in BELOW:
        return tuple(name for name in known if name.startswith(BELOW[figure]))
    return ("run.warm_up_s", "run.horizon_s") if figure != "broken_limits" else ()


def _flat(data: Data, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of an answer by its path."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        elif not isinstance(value, list):
            yield joined((path, key), ""), value


def _run_values(study: Study, served: Served | None) -> dict[str, float | None]:
    """Times of the run, and what was completed in the measured time."""
    run = study.run
    months = run.window_s / (MONTH_H * HOUR_S)
    return {
        "run.warm_up_s": run.warm_up_s,
        "run.horizon_s": run.horizon_s,
        "run.window_s": run.window_s,
        "measured.requests": None if served is None else round(served.requests * months),
        "measured.output_tokens": None if served is None else round(served.output_tokens * months),
    }


def _gpu_values(candidate: Candidate) -> Iterator[tuple[str, int]]:
    for name, pool in candidate.pools.items():
        yield f"pools.{name}.replicas", pool.replicas
        yield f"pools.{name}.gpus_of_a_replica", pool_parallel(pool).gpus
    for name, group in candidate.machines.items():
        yield f"machines.{name}.count", group.count
        yield f"machines.{name}.gpus_of_a_machine", machine_shape(candidate, name).gpus


def _over(answer: Data) -> Iterator[tuple[str, float | None]]:
    """By how much each promise is missed; negative where it is kept."""
    for traffic, measures in answer["service_level"].items():
        for measure, promise in measures.items():
            value = promise["value_s"]
            over = None if value is None else value - promise["limit_s"]
            yield f"service_level.{traffic}.{measure}.over_s", over
