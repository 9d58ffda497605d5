"""External APIs that answer requests."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aisim.scenario.base import Declaration, Name, Positive, Share


class Spread(Declaration):
    """A log-normal distribution, by its median and its tail."""

    median: Positive
    """Half of the requests have less."""
    p95: Positive
    """95 % of the requests have less."""

    @model_validator(mode="after")
    def _tail_above_median(self) -> "Spread":
        if self.p95 < self.median:
            raise ValueError(f"p95 {self.p95:g} must not be below the median {self.median:g}")
        return self


class Retries(Declaration):
    """What a client does when the provider says 429, too many requests."""

    tries: Annotated[int, Field(ge=1, le=20)] = 6
    """Times that a request is sent in all; then it has failed."""
    first_wait_s: Positive = 1.0
    """Seconds before the second try; each later wait is twice as long, plus up to a half."""


class Api(Declaration):
    """A model that an external provider serves, paid by the token."""

    site: Name
    """A site of kind api."""
    model: str
    """Model as genai-prices names it at that provider, for instance gpt-5-mini."""
    serves: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Services."""
    processing: Literal["standard", "batch", "flex", "priority"] = "standard"
    """Which tier of prices; batch answers within a day, so its time to first token is your own."""
    ttft_s: Spread | None = None
    """Seconds from the request's arrival there to its first token; left out, the catalog's row."""
    token_s: Spread | None = None
    """Seconds per output token after the first; left out, the catalog's row."""
    requests_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Rate limit of the account; left out, none."""
    tokens_per_minute: Annotated[int, Field(ge=1, le=10**12)] | None = None
    """Rate limit on input and output tokens together; left out, none."""
    retries: Retries = Retries()
    """What is done about a 429."""
    cached_share: Share = 0.0
    """Share of the prompt tokens that the provider reads from its cache, at the price for that."""
    cache_written_share: Share = 0.0
    """Share of the prompt tokens that are written to its cache, where that has a price."""
    max_context: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    """Tokens of the longest request; left out, as genai-prices has it, else no limit."""

    @model_validator(mode="after")
    def _no_token_twice(self) -> "Api":
        if self.cached_share + self.cache_written_share > 1:
            raise ValueError("cached_share and cache_written_share are more than the whole prompt")
        return self
