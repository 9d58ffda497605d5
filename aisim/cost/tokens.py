"""What was sent to an external API, and what its provider asks for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from aisim.cost.tariff import Usage, api_usd, tariff_rows
from aisim.language import mark
from aisim.results import Run, completed_in_window
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.sites import ApiSite
from aisim.scenario.study import HOUR_S, MONTH_H, RunSettings, Study
from aisim.workload.table import Floats, Ints, among

MILLION = 1e6


@dataclass(frozen=True)
class Tokens:
    """Tokens of one sort that were paid for in a month.

    Attributes:
        name: input tokens, cached input tokens, output tokens or requests.
        millions: how many million of them.
        usd: what they cost.
    """

    name: str
    millions: float
    usd: float


@dataclass(frozen=True)
class ApiUse:
    """What was sent to an API in a month of 730 h, priced request by request.

    Attributes:
        tokens: by sort.
        source: where the prices come from, and the day of the study that they are read for; the
            library does not say when they were last looked at.
    """

    tokens: tuple[Tokens, ...]
    source: str

    @property
    def usd(self) -> float:
        """Cost of the month."""
        return sum(tokens.usd for tokens in self.tokens)


def api_use(run: Run, candidate: Candidate, name: str, economics: Economics) -> ApiUse:
    """What the completed requests of the measured time cost, at the time that each was sent."""
    api = candidate.apis[name]
    site = candidate.sites[api.site]
    assert isinstance(site, ApiSite)
    served = completed_in_window(run) & among(run.rows["pool"], name)
    inputs = run.rows["input_tokens"][served]
    outputs = run.rows["output_tokens"][served]
    cached = np.floor(inputs * api.cached_share).astype(np.int64)
    written = np.floor(inputs * api.cache_written_share).astype(np.int64)
    usage = Usage(
        input_tokens=inputs,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=outputs,
        at=_begins(economics, run.settings) + run.rows["arrival_s"][served],
    )
    cost = api_usd(site.provider, api.model, usage, processing=api.processing)
    scale = MONTH_H * HOUR_S / run.window_s

    def tokens(what: str, count: Floats | Ints, usd: Floats) -> Tokens:
        return Tokens(what, float(count.sum()) * scale / MILLION, float(usd.sum()) * scale)

    sorts = (
        tokens(mark("input tokens"), inputs - cached - written, cost.input_usd),
        tokens(mark("cached input tokens"), cached, cost.cached_usd),
        tokens(mark("input tokens written to the cache"), written, cost.cache_write_usd),
        tokens(mark("output tokens"), outputs, cost.output_usd),
        tokens(mark("requests"), np.ones(len(inputs)), cost.request_usd),
    )
    paid = tuple(sort for sort in sorts if sort.usd)
    return ApiUse(paid, f"{cost.source}, for requests of {cost.as_of or economics.start}")


def check_api(candidate: Candidate, name: str, study: Study) -> None:
    """See that an API has a price at the time of the study.

    Raises:
        ValueError: it has none, or none for its processing.
    """
    api = candidate.apis[name]
    site = candidate.sites[api.site]
    assert isinstance(site, ApiSite)
    begins = _begins(study.economics, study.run)
    tariff_rows(site.provider, api.model, begins, api.processing)


def _begins(economics: Economics, settings: RunSettings) -> float:
    """Second 0 of the simulation since 1970 UTC: in the first whole week of the ledger."""
    start = economics.start
    monday = start + timedelta(days=-start.weekday() % 7)
    midnight = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    return midnight.timestamp() + settings.start_hour * HOUR_S
