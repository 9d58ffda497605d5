"""What requests to the API of a provider cost, by the prices of the library genai-prices.

The library prices one request at a time, some 20,000 a second. Here it is asked once for every
span of time in which its prices stand still; requests are then priced as columns. A table of
prices is never kept: whatever the library says at the time of a request holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from aisim.catalog.api_models import library_model
from aisim.workload.table import Floats, Ints

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

Processing = Literal["standard", "batch", "flex", "priority"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND


class NoSuchTier(ValueError):
    """A model that is not sold batched, flexible or with priority at that time."""


@dataclass(frozen=True)
class Usage:
    """What requests used; one row a request, all columns of the same length.

    Attributes:
        input_tokens: Tokens of the prompt, with those read from and written to the cache.
        cached_tokens: Tokens of the prompt that were read from the provider's cache.
        cache_write_tokens: Tokens of the prompt that were written to it, for five minutes.
        output_tokens: Tokens of the answer, its reasoning included.
        at: When the request was made, in seconds since 1970 UTC.
    """

    input_tokens: Ints
    cached_tokens: Ints
    cache_write_tokens: Ints
    output_tokens: Ints
    at: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot have been used, as the library does."""
        counts = (
            self.input_tokens, self.cached_tokens, self.cache_write_tokens, self.output_tokens,
        )  # fmt: skip
        if len({len(column) for column in (*counts, self.at)}) > 1:
            raise ValueError("the columns of the usage have different lengths")
        if any((column < 0).any() for column in counts) or not np.isfinite(self.at).all():
            raise ValueError("tokens must not be negative, times must be numbers")
        if (self.cached_tokens + self.cache_write_tokens > self.input_tokens).any():
            raise ValueError("a request has more tokens in the cache than in its prompt")


@dataclass(frozen=True)
class Cost:
    """What requests cost in US dollars; one row a request.

    Attributes:
        input_usd: Tokens of the prompt that the cache had nothing to do with.
        cached_usd: Tokens read from the cache.
        cache_write_usd: Tokens written to the cache.
        output_usd: Tokens of the answer.
        request_usd: The fee for the request itself; nearly always 0.
        source: The library and its version.
        as_of: Day of the newest request, for which the prices were read; blank without requests.
            The library does not say when it was released or when a price was last checked.
    """

    input_usd: Floats
    cached_usd: Floats
    cache_write_usd: Floats
    output_usd: Floats
    request_usd: Floats
    source: str
    as_of: str

    @property
    def usd(self) -> Floats:
        """The whole cost of each request."""
        tokens = self.input_usd + self.cached_usd + self.cache_write_usd + self.output_usd
        whole: Floats = tokens + self.request_usd
        return whole


class TariffRow(NamedTuple):
    """A price as it stands.

    Attributes:
        name: input, cached input, cache write or output.
        usd_per_mtok: US dollars for a million of such tokens.
        from_prompt_tokens: The shortest prompt, cached tokens included, at which it holds.
    """

    name: str
    usd_per_mtok: float
    from_prompt_tokens: int


@dataclass(frozen=True)
class _Rate:
    """A price by the length of the prompt; it holds for all tokens of the request.

    Attributes:
        above: Lengths of the prompt beyond which the next price holds, ascending.
        usd: A price for each tier, one more than there are lengths.
    """

    above: tuple[int, ...]
    usd: tuple[float, ...]

    def of(self, prompts: Ints) -> Floats | float:
        """The price for each of the prompts."""
        if not self.above:
            return self.usd[0]
        tier = np.searchsorted(self.above, prompts, side="left")
        price: Floats = np.asarray(self.usd)[tier]
        return price


@dataclass(frozen=True)
class _Rates:
    """The prices of a model at one time; None for what it does not sell, in USD for a million."""

    input: _Rate | None
    cached: _Rate | None
    cache_write: _Rate | None
    output: _Rate | None
    request: _Rate


def api_usd(
    provider: str, model: str, usage: Usage, *, processing: Processing = "standard"
) -> Cost:
    """Price requests to a model, each by itself.

    Raises:
        UnknownName: There is no such provider or model.
        NoSuchTier: The model has no price of its own for that processing at one of the times.
        ValueError: The library has no price for what the requests used.
    """
    sold = library_model(provider, model)
    columns = np.zeros((5, len(usage.at)))
    times = np.rint(np.asarray(usage.at, dtype=np.float64) * 1e6).astype(np.int64)
    for when, rows in _spans(sold[1], times):
        columns[:, rows] = _price(
            _rates(sold, when, processing), usage, rows, f"{provider} {model}"
        )
    newest = _moment(int(times.max())).date().isoformat() if len(times) else ""
    tokens, cached, written, answers, fees = columns
    return Cost(tokens, cached, written, answers, fees, price_source(), newest)


def tariff_rows(
    provider: str, model: str, at: float, processing: Processing = "standard"
) -> list[TariffRow]:
    """Return the prices that stand at a time, `at` in seconds since 1970 UTC.

    Tokens of the cache without a price of their own have that of the input. A fee for the request
    itself is not among them.

    Raises:
        UnknownName: There is no such provider or model.
        NoSuchTier: The model has no price of its own for that processing.
        ValueError: The model is not priced in tokens.
    """
    rates = _rates(library_model(provider, model), _moment(round(at * 1e6)), processing)
    names = {
        "input": rates.input, "cached input": rates.cached,
        "cache write": rates.cache_write, "output": rates.output,
    }  # fmt: skip
    return [
        TariffRow(name, usd, above + 1 if tier else 0)
        for name, rate in names.items()
        if rate is not None
        for tier, (above, usd) in enumerate(zip((0, *rate.above), rate.usd, strict=True))
    ]


def price_source() -> str:
    """Where the prices come from: the library and its version."""
    from genai_prices import __version__

    return f"genai-prices {__version__}"


def _price(rates: _Rates, usage: Usage, rows: Ints, what: str) -> Floats:
    """What the rows cost, in the order of the columns of Cost."""
    prompts, cached = usage.input_tokens[rows], usage.cached_tokens[rows]
    written, answers = usage.cache_write_tokens[rows], usage.output_tokens[rows]
    parts = (
        ("input", rates.input, prompts - cached - written), ("cached input", rates.cached, cached),
        ("cache write", rates.cache_write, written), ("output", rates.output, answers),
    )  # fmt: skip
    priced: Floats = np.zeros((5, len(rows)))
    for column, (name, rate, tokens) in enumerate(parts):
        if rate is not None:
            priced[column] = tokens * rate.of(prompts) / 1e6
        elif tokens.any():  # the library takes such tokens for free
            raise ValueError(f"{what}: {price_source()} has no price for {name} tokens")
    priced[4] = rates.request.of(prompts)
    priced[4] /= 1e3
    return priced


def _rates(sold: "tuple[Provider, ModelInfo]", when: datetime, processing: Processing) -> _Rates:
    """Read the prices of a moment through the library."""
    what = f"{sold[0].id} {sold[1].id}"
    standard = _read(_library_price(sold, when, {}), what)
    if processing == "standard":
        return standard
    variants = sold[1].price_variants or []
    words = [item for variant in variants for item in variant.when.items()]
    context = {key: value for key, value in words if value == processing}
    other = _read(_library_price(sold, when, context), what)
    if other == standard:  # the library takes any word for a tier, and asks the full price for it
        raise NoSuchTier(
            f"{what}: {price_source()} has no price of its own for {processing!r} processing "
            f"on {when.date()}"
        )
    return other


def _library_price(
    sold: "tuple[Provider, ModelInfo]", when: datetime, context: Mapping[str, str]
) -> "ModelPrice":
    """The prices by which the library itself would price a request."""
    from genai_prices.types import Usage as NoTokens

    seller, info = sold
    return info.calc_price(
        NoTokens(), seller, genai_request_timestamp=when, price_context=context
    ).model_price


def _read(price: "ModelPrice", what: str) -> _Rates:
    tokens = _rate(price.input_mtok)
    output = _rate(price.output_mtok)
    if tokens is None and output is None:
        held = str(price) or "no price at all, be it free or unknown"
        raise ValueError(f"{what} has no price in tokens: {price_source()} has {held}")
    cached, written = _rate(price.cache_read_mtok), _rate(price.cache_write_mtok)
    request = _rate(price.requests_kcount) or _Rate((), (0.0,))
    return _Rates(tokens, cached or tokens, written or tokens, output, request)


def _rate(price: "Decimal | TieredPrices | None") -> _Rate | None:
    if price is None:
        return None
    if isinstance(price, Decimal):
        return _Rate((), (float(price),))
    tiers = price.tiers
    prices = (price.base, *(tier.price for tier in tiers))
    return _Rate(tuple(tier.start for tier in tiers), tuple(map(float, prices)))


def _spans(info: "ModelInfo", times: Ints) -> Iterator[tuple[datetime, Ints]]:
    """Requests by the span of days and hours in which prices stand still, and a moment of it."""
    days, hours = _edges(info)
    span = np.searchsorted(days, times, side="right") * (len(hours) + 1)
    span += np.searchsorted(hours, times % DAY, side="right")
    for code in np.flatnonzero(np.bincount(span)):
        rows = np.flatnonzero(span == code)
        yield _moment(int(times[rows[0]])), rows


def _edges(info: "ModelInfo") -> tuple[list[int], list[int]]:
    """Microseconds since 1970, and since midnight UTC, at which a price of a model can change."""
    from genai_prices.types import ModelPrice, StartDateConstraint

    prices = [] if isinstance(info.prices, ModelPrice) else info.prices
    limits = [price.constraint for price in prices]
    limits += [variant.constraint for variant in info.price_variants or []]
    days, hours = set(), set()
    for limit in limits:
        if isinstance(limit, StartDateConstraint):
            days.add((limit.start_date - EPOCH.date()) // MICROSECOND)
        elif limit is not None:
            hours |= {_of_day(limit.start_time), _of_day(limit.end_time)}
    return sorted(days), sorted(hours)


def _of_day(clock: time) -> int:
    """Microseconds of a time of day since midnight UTC; without a zone it is UTC."""
    moment = datetime.combine(date(1970, 1, 1), clock, clock.tzinfo or UTC)
    return (moment - EPOCH) // MICROSECOND % DAY


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND
