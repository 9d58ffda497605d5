"""What the planner says about the traffic."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from aisim import catalog
from aisim.scenario.base import Declaration, Name, NotNegative, Positive, known

LEAST_THINK_S = 1.0


def _rising(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(later < earlier for earlier, later in pairwise(values)):
        raise ValueError("allowed: quantiles that do not fall")
    return values


WeeklyName = Annotated[str, *known(catalog.weekly_profile, catalog.weekly_profile_names())]
WindowsName = Annotated[str, *known(catalog.traffic_windows, catalog.traffic_window_names())]
Rate = Annotated[float, Field(gt=0, le=100_000)]
Factor = Annotated[float, Field(ge=0)]
Scale = Annotated[float, Field(ge=0.01, le=100)]
Tokens = Annotated[int, Field(ge=1, le=10_000_000)]
Quantiles = Annotated[
    tuple[Tokens, ...], Field(min_length=2, max_length=1001), AfterValidator(_rising)
]


class OpenArrivals(Declaration):
    """Requests at a rate, whether or not earlier ones were answered."""

    kind: str
    rate_rps: Annotated[Rate, Field(title="Request rate")]
    """Requests per second."""
    burstiness: Annotated[float, Field(ge=0.05, le=100)] = 1.0
    """How uneven the gaps between requests are while the rate stays: their variance over the
    square of their mean, without unit. 1 is chance (Poisson), above 1 requests come in bursts,
    below 1 more evenly. Each gap is drawn without regard to the last, so this makes no busy or
    quiet minutes; they weigh more in real traffic, and come from `windows` of shaped arrivals."""


class PoissonArrivals(OpenArrivals):
    """Requests at one rate; with a `burstiness` of 1 they know nothing of each other.

    Real traffic is burstier.
    """

    kind: Literal["poisson"] = "poisson"


class ShapedArrivals(OpenArrivals):
    """A rate that follows the hours, the weekdays and the 5-minute weather of real traffic.

    The rate at any time is `rate_rps` times the factors given; those of hours and weekdays are
    scaled together to mean 1 over the week. Within a window of 5 minutes arrivals are Poisson, or
    as uneven as `burstiness` says.
    """

    kind: Literal["shaped"] = "shaped"
    rate_rps: Annotated[Rate, Field(title="Request rate")]
    """Requests per second, mean over the week."""
    weekly: WeeklyName | None = None
    """A weekly profile of the catalog (168 hourly factors), for instance azure2024_conv."""
    by_hour: Annotated[tuple[Factor, ...], Field(min_length=24, max_length=24)] | None = None
    """24 factors, from the hour that begins at 00:00."""
    by_weekday: Annotated[tuple[Factor, ...], Field(min_length=7, max_length=7)] | None = None
    """7 factors, from Monday."""
    windows: WindowsName | None = None
    """5-minute windows of real traffic, drawn at random: each brings its rate factor, and its
    own lengths where `sizes` is of kind `windows`. For instance azure2023_conv."""


class ReplayedArrivals(Declaration):
    """Arrivals read from a trace file, as they happened."""

    kind: Literal["replay"] = "replay"
    file: Annotated[str, Field(min_length=1)]
    """Path of the trace, relative to the study file."""
    format: Literal["native", "azure"] | None = None
    """native: columns arrival_s,input_tokens,output_tokens. azure: TIMESTAMP,ContextTokens,
    GeneratedTokens. Without it, the header decides."""


class ClientArrivals(Declaration):
    """A closed loop: N clients that send, wait for the answer, think, and send again."""

    kind: Literal["clients"] = "clients"
    clients: Annotated[int, Field(ge=1, le=1_000_000)]
    """Number of clients."""
    think_time_s: NotNegative
    """Mean of the exponential time between an answer and the client's next request."""
    requests: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Requests in all. Left out, enough for the horizon however fast they are served; clients
    that think for less than a second could need any number, and have to say how many."""

    @model_validator(mode="after")
    def _enough_requests(self) -> "ClientArrivals":
        if self.requests is None and self.think_time_s < LEAST_THINK_S:
            raise ValueError(f"think_time_s below {LEAST_THINK_S:g} s: give requests, their number")
        return self


Arrivals = Annotated[
    PoissonArrivals | ShapedArrivals | ReplayedArrivals | ClientArrivals,
    Field(discriminator="kind"),
]


class ConstantSizes(Declaration):
    """Every request alike."""

    kind: Literal["constant"] = "constant"
    input_tokens: Annotated[Tokens, Field(title="Prompt length")]
    """Tokens of every prompt."""
    output_tokens: Annotated[Tokens, Field(title="Answer length")]
    """Tokens of every answer."""


class ScaledSizes(Declaration):
    """Lengths from a table or a trace, made longer or shorter."""

    kind: str
    input_scale: Annotated[Scale, Field(title="Prompt length")] = 1.0
    """Every prompt is this many times as long as in the table or trace; 2 doubles it. Rounded to
    whole tokens, at least 1, at most 10 million."""
    output_scale: Annotated[Scale, Field(title="Answer length")] = 1.0
    """Every answer is this many times as long as in the table or trace; 2 doubles it. Rounded to
    whole tokens, at least 1, at most 10 million."""


class QuantileSizes(ScaledSizes):
    """Lengths drawn from quantile tables, evenly spaced from the minimum to the maximum."""

    kind: Literal["quantiles"] = "quantiles"
    input_tokens: Quantiles
    """Quantiles from 0 % to 100 %, at least two; 101 of them are percentiles."""
    output_tokens: Quantiles
    """Quantiles from 0 % to 100 %, at least two; 101 of them are percentiles."""


class WindowSizes(ScaledSizes):
    """Lengths of the 5-minute window that the arrivals are in, so that both stay together."""

    kind: Literal["windows"] = "windows"


class TraceSizes(ScaledSizes):
    """Lengths from a trace: row by row where it is replayed, else whole rows drawn at random."""

    kind: Literal["trace"] = "trace"
    file: Annotated[str, Field(min_length=1)] | None = None
    """Path of the trace, relative to the study file; left out, the one that is replayed."""


Sizes = Annotated[
    ConstantSizes | QuantileSizes | WindowSizes | TraceSizes, Field(discriminator="kind")
]


class Limit(Declaration):
    """A percentile of a latency and its limit."""

    percentile: Annotated[float, Field(ge=1, lt=100)] = 95.0
    """Share of the requests that must keep the limit, in percent: 95, not 0.95."""
    limit_s: Positive
    """Limit in seconds."""


class ServiceLevel(Declaration):
    """What the users of a traffic were promised. A limit left out promises nothing."""

    ttft_s: Limit | None = None
    """Time to first token, at the client."""
    tpot_s: Limit | None = None
    """Mean time per output token after the first."""
    e2e_s: Limit | None = None
    """From send to last token."""


class Retrieval(Declaration):
    """Documents that are read from storage before the prompt is ready."""

    documents: Annotated[int, Field(ge=0, le=100_000)]
    """Documents per request; each is one read operation."""
    document_bytes: NotNegative
    """Bytes per document."""


class Traffic(Declaration):
    """One stream of requests to one service."""

    service: Name
    """What the traffic asks for; pools that serve it are meant."""
    arrivals: Arrivals
    """When requests come."""
    sizes: Sizes
    """How long prompts and answers are."""
    service_level: ServiceLevel = ServiceLevel()
    """What was promised."""
    data_class: Name = "internal"
    """Class of the data in the requests; a site may refuse classes."""
    retrieval: Retrieval = Retrieval(documents=0, document_bytes=0)
    """What is read for each request."""
    prompt_bytes_per_token: NotNegative | None = None
    """Bytes on the wire per input token; left out, the catalog's assumption."""
    answer_bytes_per_token: NotNegative | None = None
    """Bytes on the wire per output token; left out, the catalog's assumption."""
    log_bytes: NotNegative = 0.0
    """Bytes written to a log for each request."""

    @model_validator(mode="after")
    def _sizes_go_with_arrivals(self) -> "Traffic":
        replayed = isinstance(self.arrivals, ReplayedArrivals)
        if isinstance(self.sizes, WindowSizes) and not getattr(self.arrivals, "windows", None):
            raise ValueError("sizes of kind 'windows' need shaped arrivals that name their windows")
        if isinstance(self.sizes, TraceSizes) and self.sizes.file is None and not replayed:
            raise ValueError("sizes of kind 'trace' need a file, as arrivals are not replayed")
        return self

    def bytes_per_token(self, part: Literal["prompt", "answer"]) -> float:
        """Bytes on the wire for a token of the prompt or the answer."""
        given = self.prompt_bytes_per_token if part == "prompt" else self.answer_bytes_per_token
        return catalog.assumption(f"{part}_bytes_per_token").value if given is None else given


class Workload(Declaration):
    """All traffic, by name."""

    traffic: Annotated[dict[Name, Traffic], Field(min_length=1)]
    """Streams of requests."""
