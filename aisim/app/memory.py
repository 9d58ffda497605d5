"""Outcomes that were simulated before, so that undo costs nothing."""

from collections import OrderedDict

from aisim.planning import Outcome
from aisim.scenario import Study
from aisim.workload import trace_stamps

MOST_OUTCOMES = 600
Key = tuple[str, ...]


def outcome_key(study: Study, name: str, replication: int, *, saturated: bool) -> Key:
    """All that the outcome of a candidate depends on."""
    parts = (study.workload, study.candidates[name], study.economics, study.limits, study.run)
    texts = (part.model_dump_json() for part in parts)
    return name, f"{replication} {saturated} {trace_stamps(study.workload)}", *texts


class Memory:
    """The outcomes that were used last, MOST_OUTCOMES of them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Outcome] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key) -> Outcome | None:
        """The outcome, if it is still known."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Key, outcome: Outcome) -> None:
        """Remember an outcome; the one that was not used for longest is forgotten."""
        self._kept[key] = outcome
        if len(self._kept) > MOST_OUTCOMES:
            self._kept.popitem(last=False)
