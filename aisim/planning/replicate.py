"""Many draws of one study, in parallel processes, and the intervals they give."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from aisim.language import say
from aisim.performance.placement import check_placement
from aisim.planning.check_money import check_money
from aisim.planning.compare import chosen_candidates, compare
from aisim.planning.priced import OneDraw
from aisim.planning.reasons import once_each
from aisim.planning.trial import Outcome
from aisim.results import mean_interval
from aisim.scenario import Study

Answer = dict[str, Any]


def replicate(
    study: Study,
    replications: int,
    *,
    candidates: Sequence[str] = (),
    on_progress: Callable[[int], None] | None = None,
) -> Answer:
    """The answer of a study with a 95 % interval for every figure.

    Each replication draws its own requests; within one all candidates see the same, so that the
    intervals of their differences are paired. Ctrl-C ends it with the replications that are
    through, marked partial.

    Raises:
        InvalidStudy, BadTrace, TooManyRequests: as `compare`.
    """
    draws = replicated_outcomes(study, replications, candidates=candidates, on_progress=on_progress)
    return combine(study, [OneDraw(study, draw).answer() for draw in draws], replications)


def replicated_outcomes(
    study: Study,
    replications: int,
    *,
    candidates: Sequence[str] = (),
    on_progress: Callable[[int], None] | None = None,
) -> list[dict[str, Outcome]]:
    """The outcomes by candidate of each replication that is through, as `replicate` has them.

    A process sends back its outcomes, its runs stay where they were made.
    """
    chosen = chosen_candidates(study, candidates)
    check_placement(study.model_copy(update={"candidates": chosen}), study.name)
    check_money(study, chosen)
    draws: dict[int, dict[str, Outcome]] = {}
    work = Parallel(n_jobs=min(replications, os.cpu_count() or 1), return_as="generator_unordered")
    jobs = (delayed(_one)(study, tuple(candidates), r) for r in range(replications))
    try:
        for replication, outcomes in work(jobs):
            draws[replication] = outcomes
            if on_progress is not None:
                on_progress(len(draws))
    except KeyboardInterrupt:
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
    return [draws[r] for r in sorted(draws)]


def _one(
    study: Study, candidates: tuple[str, ...], replication: int
) -> tuple[int, dict[str, Outcome]]:
    # Ctrl-C reaches the whole process group; only the parent answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return replication, compare(study, candidates=candidates, replication=replication).outcomes()


def combine(study: Study, answers: Sequence[Answer], wanted: int) -> Answer:
    """One answer of many: each figure as its mean over the replications and the 95 % interval.

    A figure that some replication could not define is None. Overloaded is said when any was, and a
    promise was kept when it was in all.
    """
    partial = len(answers) < wanted
    whole: Answer = {
        "study": study.name,
        "seed": study.run.seed,
        "replications": len(answers),
        "partial": partial,
        "represents": answers[0]["represents"] if answers else None,
        "caveats": answers[0]["caveats"] if answers else [],
        "candidates": {},
        "differences": {},
    }
    for part in ("candidates", "differences"):
        names = answers[0][part] if answers else ()
        whole[part] = {name: _combined([a[part][name] for a in answers]) for name in names}
    for candidate in whole["candidates"].values():
        candidate["partial"] = partial
    return whole


def _combined(values: Sequence[Any], key: str = "") -> Any:
    """The values of one figure in all replications, as one."""
    first = values[0]
    if key == "bottleneck":
        return _usual_bottleneck(values)
    if key == "broken_limits":
        return once_each([reason for value in values for reason in value])
    if key in ("rejections", "failures"):
        values = [{k: v.get(k, 0) for k in sorted(set().union(*values))} for v in values]
        first = values[0]
    if isinstance(first, bool):
        return all(values) if key == "kept" else any(values)
    if isinstance(first, dict):
        keys = [k for k in first if all(k in value for value in values)]
        return {k: _combined([value[k] for value in values], k) for k in keys}
    if isinstance(first, int | float) or any(isinstance(v, int | float) for v in values):
        return _interval(values)
    return first


def _interval(values: Sequence[float | None]) -> dict[str, float | None] | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if len(known) < 2:
        return {"mean": known[0], "low": None, "high": None}
    return mean_interval(known)._asdict()


def _usual_bottleneck(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What limits most of the replications, with the reason of the first of them."""
    component, times = Counter(value["component"] for value in values).most_common(1)[0]
    reason = next(value["reason"] for value in values if value["component"] == component)
    if times < len(values):
        reason = say(
            "{reason} (in {times} of {all} replications)",
            reason=reason, times=times, all=len(values),
        )  # fmt: skip
    return {"component": component, "reason": reason}
