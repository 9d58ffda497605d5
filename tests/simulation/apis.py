"""Candidates with an external API, alone or beside a pool, for tests of their runs."""

from copy import deepcopy

from aisim.results import figures
from tests.simulation.journeys import BIG_WAN, study

SITES = {
    "room": {"kind": "own"},
    "provider": {"kind": "api", "provider": "openai", "refuses": ["personal"]},
}
GPT = {
    "site": "provider",
    "model": "gpt-5-mini",
    "serves": ["chat"],
    "ttft_s": {"median": 0.5, "p95": 0.5},
    "token_s": {"median": 0.01, "p95": 0.01},
}
STAFF = {
    "service": "chat",
    "arrivals": {"kind": "poisson", "rate_rps": 1.0},
    "sizes": {"kind": "constant", "input_tokens": 1, "output_tokens": 1},
}
#: Times of an API that are spread.
SPREADS = {"ttft_s": {"median": 0.6, "p95": 2.4}, "token_s": {"median": 0.012, "p95": 0.02}}
#: Seconds of 50 tokens by the API above.
ANSWER_S = 0.5 + 49 * 0.01


def hybrid(order, burst=None, **fields):
    """Pool and API in an order of preference; `fields` of the candidate as in `study`."""
    path = {
        "office": {"kind": "transfer", "link": "wan"},
        "answering": {"kind": "serve", "pools": order, "burst": burst or {}},
    }
    world = {"sites": SITES, "links__wan": BIG_WAN, "apis__gpt": GPT, "path": path}
    return study(**deepcopy(world | fields))


def alone(**fields):
    """A candidate that has nothing but an API."""
    return hybrid(["gpt"], **({"pools": {}, "machines": {}, "storage": {}} | fields))


def limited(**fields):
    """An API alone, with these fields of its own."""
    return alone(**{f"apis__gpt__{name}": value for name, value in fields.items()})


def columns(run, *names):
    return [run.requests[name].tolist() for name in names]


def pools(run):
    return run.requests["pool"].astype(object).tolist()


def counted(run):
    counts = figures(run)["requests"]
    arrived = counts.pop("arrived")
    assert arrived == sum(counts.values()) == len(run.requests)
    return counts
