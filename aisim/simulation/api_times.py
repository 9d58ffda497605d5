"""How fast an external API answers: as the study declares it, or as the catalog has it."""

from math import log

import numpy as np

from aisim.catalog.api_models import api_model
from aisim.catalog.api_speeds import ApiSpeed, api_speed
from aisim.language import say
from aisim.scenario.apis import Api, Spread
from aisim.workload.table import Floats

#: Standard deviations from the median to the 95th percentile of a normal distribution.
P95_SIGMAS = 1.6448536269514722


def ttft_and_token_s(declared: Api, provider: str) -> tuple[Spread, Spread]:
    """Seconds to the first token and per token after it; left out, the row of the catalog."""
    if declared.ttft_s and declared.token_s:
        return declared.ttft_s, declared.token_s
    row = _row(declared, provider)
    ttft_s = declared.ttft_s or Spread(median=row.ttft_p50_s, p95=row.ttft_p95_s)
    token_s = declared.token_s or Spread(
        median=1 / row.tokens_per_s_p50, p95=1 / row.tokens_per_s_p5
    )
    return ttft_s, token_s


def times_note(name: str, declared: Api, provider: str) -> str:
    """Where the times come from, and what they do not know, for who reads the run."""
    left_out = [
        what
        for what, given in (
            (say("time to first token"), declared.ttft_s),
            (say("speed"), declared.token_s),
        )
        if given is None
    ]
    origin = say("as declared")
    if left_out:
        row = _row(declared, provider)
        facts = {"source": row.source, "quality": say(row.quality)}
        origin = say("from {source}, {quality}", **facts)
        if len(left_out) == 1:
            origin = say("from {source}, {quality} ({what})", what=left_out[0], **facts)
    return say(
        "{api}: the API's times are {origin}; its queueing is within them and does not depend on "
        "this load",
        api=name,
        origin=origin,
    )


def _row(declared: Api, provider: str) -> ApiSpeed:
    """The row of the catalog, under the names by which the provider is known there."""
    sold = api_model(provider, declared.model)
    return api_speed(sold.provider, sold.model)


def log_normal(spread: Spread, rows: int, rng: np.random.Generator) -> Floats:
    """A number for each row, whose median and 95th percentile are those of the spread."""
    sigma = log(spread.p95 / spread.median) / P95_SIGMAS
    drawn: Floats = spread.median * np.exp(sigma * rng.standard_normal(rows))
    return drawn
