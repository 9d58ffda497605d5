"""What a simulation leaves behind."""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from aisim.language import mark, say
from aisim.results.latency import Latencies, latencies
from aisim.results.tables import Columns
from aisim.scenario.study import RunSettings
from aisim.scenario.workload import Traffic

#: What the measured time is a sample of.
USUAL = {"hour": mark("hour"), "day": mark("day"), "week": mark("week")}


@dataclass(frozen=True)
class PoolFacts:
    """A pool as it was simulated."""

    site: str
    machines: str
    model: str
    accelerator: str
    gpus_per_replica: int
    replicas: int
    kv_tokens: int
    runs: str = "always"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiFacts:
    """An external API as it was simulated.

    Attributes:
        site: where it stands.
        provider: as genai-prices names it.
        model: as genai-prices names it.
        processing: tier of prices.
        sent: requests that went to it, each counted once however often it was sent.
        retries: 429s, that of a last try too.
    """

    site: str
    provider: str
    model: str
    processing: str
    sent: int
    retries: int


@dataclass(frozen=True)
class BusyTime:
    """What the replicas of a pool did while busy, in replica-seconds from warm-up to horizon.

    Attributes:
        prefill_s: seconds of iterations that held prompt chunks, decodes beside them or not.
        decode_s: seconds of iterations that held decodes alone.
        decode_sequence_s: the latter, each second times the sequences that decoded in it.
    """

    prefill_s: float
    decode_s: float
    decode_sequence_s: float

    @property
    def busy_s(self) -> float:
        """Seconds in which there was anything to do."""
        return self.prefill_s + self.decode_s

    @property
    def decode_sequences(self) -> float | None:
        """Mean sequences in a decode iteration, over time; None without any."""
        return self.decode_sequence_s / self.decode_s if self.decode_s > 0 else None


@dataclass(frozen=True)
class Run:
    """One simulated candidate with one seed.

    Attributes:
        candidate: name of the candidate.
        seed: seed of the study.
        replication: number of the random draw.
        settings: warm-up, horizon and what they stand for.
        traffics: the declared traffic by name.
        rows: one row a request that arrived: traffic, status (completed, rejected, failed,
            unfinished), reason, tokens, time stamps in seconds (arrival_s at the client,
            dispatched_s to a replica, scheduled_s in its first batch, first_token_s and
            last_token_s at the client), pool (or API), replica, preemptions, and for each component
            `wait_<name>_s` and `service_<name>_s`, which add up to the end-to-end time.
        intervals: of usage (kind machine or replica, resource, group, site, gpus, from_s, to_s,
            state starting, reserved, idle or busy; why).
        samples: one row a sample: time_s and `<component>.<measure>` columns.
        components: kind (link, storage, pool, api) of each component, by name.
        pools: pools as they were simulated.
        saturation_rps: completions per second under permanent backlog, None if unknown.
        iterations: engine iterations simulated.
        end_s: second at which the simulation ended.
        partial: whether it was stopped before its end.
        notes: what a reader must know.
        busy: busy time of each pool by phase; empty if it was not measured.
        reclaims: how often a provider took a spot machine back, from beginning to end.
        apis: external APIs as they were simulated.
        reasons: those of the requests, as sentences.
        requests: `rows` as a frame, `request_id` its index.
        usage: `intervals` as a frame.
        series: `samples` as a frame.
    """

    candidate: str
    seed: int
    replication: int
    settings: RunSettings
    traffics: dict[str, Traffic]
    rows: Columns
    intervals: Columns
    samples: Columns
    components: dict[str, str]
    pools: dict[str, PoolFacts]
    saturation_rps: float | None
    iterations: int
    end_s: float
    partial: bool = False
    notes: tuple[str, ...] = field(default=())
    busy: dict[str, BusyTime] = field(default_factory=dict)
    reclaims: int = 0
    apis: dict[str, ApiFacts] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def requests(self) -> pd.DataFrame:
        """The requests as a frame."""
        return self.rows.frame

    @property
    def usage(self) -> pd.DataFrame:
        """The intervals of usage as a frame."""
        return self.intervals.frame

    @property
    def series(self) -> pd.DataFrame:
        """The samples as a frame."""
        return self.samples.frame

    @cached_property
    def latencies(self) -> Latencies:
        """How long the requests that arrived after the warm-up took."""
        return latencies(self.rows, self.settings.warm_up_s)

    @property
    def measured_until_s(self) -> float:
        """End of the time that usage and money count: the horizon, or where it was stopped."""
        return min(self.settings.horizon_s, self.end_s)

    @property
    def window_s(self) -> float:
        """Seconds from warm-up to the end of the measured time; 0 if stopped in the warm-up."""
        return max(self.measured_until_s - self.settings.warm_up_s, 0.0)

    @property
    def represents(self) -> str:
        """What the measured time stands for, in words."""
        settings = self.settings
        return say(
            "{hours:.3g} h that begin {warm_up_s:,.0f} s after {start}, taken for the usual "
            "{what}; a month is 730 h of them",
            hours=settings.window_s / 3600,
            warm_up_s=settings.warm_up_s,
            start=settings.start,
            what=say(USUAL[settings.represents]),
        )

    def in_words(self, reason: object) -> str:
        """A reason of a request, as the sentence that it is."""
        return next((found for found in self.reasons if found == reason), str(reason))
