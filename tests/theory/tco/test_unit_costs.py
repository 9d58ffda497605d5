"""What a million tokens, a thousand requests or a month cost: headlines of the bill."""

import pytest

from aisim.cost.used import Served
from aisim.scenario.study import HOUR_S, MONTH_H
from tests.theory.tco.anchors import Anchor, anchors, named
from tests.theory.tco.studies import Case, rented, spent

MONTH_S = MONTH_H * HOUR_S
MARKETS = {
    "vast": ("vast.ai", "marketplace", "H100 1x"),
    "runpod-community": ("runpod", "global", "H100 SXM Community"),
    "runpod-secure": ("runpod", "global", "H100 SXM Secure"),
    "nebius": ("nebius", "eu-north1", "gpu-h100-sxm_1gpu-16vcpu-200gb"),
}


def served(seconds: float = MONTH_S, **rates: float) -> Served:
    """What a month brings at so much a second."""
    return Served(**{name: rate * seconds for name, rate in rates.items()})


def hosted(anchor: Anchor) -> Case:
    """One GPU that serves at its full rate all month."""
    i = anchor.inputs
    month = served(
        requests=i["req_s"], input_tokens=i["req_s"] * i["prompt"], output_tokens=i["out_tok_s"]
    )
    market = MARKETS[anchor.id.removeprefix("SILY-").rpartition("-")[0]]
    return rented(i["usd_per_h"], machine=market, served=month)


def per_million_answered(anchor: Anchor) -> float:
    return hosted(anchor).bill.usd_per_million_output_tokens


def per_million_in_all(anchor: Anchor) -> float:
    """Of prompts and answers together, from the headlines of each."""
    bill = hosted(anchor).bill
    each = (bill.usd_per_million_input_tokens, bill.usd_per_million_output_tokens)
    return 1 / sum(1 / usd for usd in each)


def per_thousand_requests(anchor: Anchor) -> float:
    return hosted(anchor).bill.usd_per_1000_requests


def per_month(anchor: Anchor) -> float:
    return hosted(anchor).bill.usd_per_month


def a_day(anchor: Anchor) -> float:
    """Rented for some hours once."""
    return rented(anchor.inputs["usd_per_h"], hours=anchor.inputs["h"], years=1).usd("compute")


def calls_of_a_day(anchor: Anchor) -> float:
    i = anchor.inputs
    days = MONTH_H / 24
    calls = served(days * i["calls"], requests=1, input_tokens=i["tok_in"],
                   output_tokens=i["tok_out"])  # fmt: skip
    prompt, answer = (i[f"usd_{way}_per_k"] * 1000 for way in ("in", "out"))
    costs = {"in": {"usd": prompt, "quantity": "million_input_tokens"},
             "out": {"usd": answer, "quantity": "million_output_tokens"}}  # fmt: skip
    return spent(costs, served=calls).bill.usd_per_1000_requests * i["calls"] / 1000


def a_turn(anchor: Anchor) -> float:
    i = anchor.inputs
    thousand = served(1000, requests=1, input_tokens=i["tok_in"], output_tokens=i["tok_out"])
    costs = {"in": {"usd": i["usd_in"], "quantity": "million_input_tokens"},
             "out": {"usd": i["usd_out"], "quantity": "million_output_tokens"},
             "rerank": {"usd": i["rerank"], "quantity": "requests"}}  # fmt: skip
    return spent(costs, served=thousand).bill.usd_per_1000_requests / 1000


def by_the_million(usd: float) -> float:
    """Headline of a candidate that pays for its answers by the million tokens."""
    costs = {"out": {"usd": usd, "quantity": "million_output_tokens"}}
    return spent(costs, served=served(output_tokens=1000)).bill.usd_per_million_output_tokens


def times_dearer(anchor: Anchor) -> float:
    usd = anchor.inputs
    return by_the_million(usd["api_usd_per_mtok"]) / by_the_million(usd["onprem_usd_per_mtok"])


def saved(anchor: Anchor) -> float:
    return 1 - by_the_million(anchor.inputs["onprem"]) / by_the_million(anchor.inputs["cloud"])


def span(anchor: Anchor) -> float:
    return by_the_million(anchor.inputs["high"]) / by_the_million(anchor.inputs["low"])


def at_a_thousand_tokens(anchor: Anchor) -> float:
    """A GPU-hour, by the tokens of a GPU that makes 1,000 a second."""
    month = served(output_tokens=1000)
    return rented(anchor.inputs["hyperscaler"], served=month).bill.usd_per_million_output_tokens


HOSTED = {"MTOK": per_million_answered, "TOTAL": per_million_in_all,
          "KREQ": per_thousand_requests, "MONTH": per_month}  # fmt: skip
LEDGER = {
    **{name: HOSTED[name.rpartition("-")[2]] for name in named("SILY-*")},
    "SPELL": a_day,
    "CORP-DAY": calls_of_a_day,
    "IPAPA-TURN": a_turn,
}
#: Ratios of two prices that were given, and a price over a round number of tokens.
ARITHMETIC = {
    "LP2368-18X": times_dearer,
    "LP2368-84": saved,
    "VCM-SPAN": span,
    **dict.fromkeys(named("SEMI-*"), at_a_thousand_tokens),
}


@pytest.mark.parametrize("name", LEDGER)
def test_published(name):
    anchors()[name].check(LEDGER[name](anchors()[name]))


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name):
    anchors()[name].check(ARITHMETIC[name](anchors()[name]))
