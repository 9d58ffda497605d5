"""How fast the interfaces of model providers answer."""

from functools import cache

from aisim.catalog.files import Fact, read_facts

#: What stands for every model of a provider, and for every provider.
ANY = "*"


class ApiSpeed(Fact):
    """How long an interface takes to its first token, and how fast the others follow.

    Attributes:
        provider: Such as "openai", "*" for any.
        model: What the names of the models begin with, "*" for any.
        ttft_p50_s: Median time to the first token in seconds, over the network.
        ttft_p95_s: The time that 95 % of the requests stay under.
        tokens_per_s_p50: Median rate of output tokens after the first, by request.
        tokens_per_s_p5: The rate that 95 % of the requests exceed.
    """

    provider: str
    model: str
    ttft_p50_s: float
    ttft_p95_s: float
    tokens_per_s_p50: float
    tokens_per_s_p5: float


@cache
def api_speeds() -> tuple[ApiSpeed, ...]:
    """Return every row, in the order of the table."""
    return read_facts("api_speeds", ApiSpeed)


def api_speed(provider: str, model: str) -> ApiSpeed:
    """Return the speed of a model: of the longest prefix of its name that its provider has.

    Else that of the provider's models in general, else that of any provider. Case is ignored.
    """
    rows = [row for row in api_speeds() if row.provider in (provider.lower(), ANY)]
    fitting = [row for row in rows if row.model == ANY or model.lower().startswith(row.model)]
    return max(fitting, key=_nearness)


def _nearness(row: ApiSpeed) -> tuple[bool, int]:
    return row.provider != ANY, 0 if row.model == ANY else len(row.model)
