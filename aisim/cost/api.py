"""External APIs: tokens at the provider's prices, request by request."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from aisim.cost.charge import Charge
from aisim.cost.price import Price
from aisim.cost.prices import Prices
from aisim.cost.tariff import price_source, tariff_rows
from aisim.cost.tokens import ApiUse, Tokens
from aisim.language import say
from aisim.scenario.candidate import Candidate
from aisim.scenario.sites import ApiSite

#: Paid within the price of the tokens.
INCLUDED = (
    "energy", "cooling", "space", "network", "egress", "storage", "support", "licences", "finance",
    "decommissioning",
)  # fmt: skip


def api_charges(candidate: Candidate, uses: dict[str, ApiUse], prices: Prices) -> Iterator[Charge]:
    """A line for each sort of token of each API."""
    for name, use in uses.items():
        for tokens in use.tokens:
            yield _charge(candidate, name, use, tokens, prices)


def tariff_prices(candidate: Candidate, name: str, prices: Prices) -> Iterator[Price]:
    """What the provider of an API lists at the start of the ledger, by sort and prompt length."""
    api = candidate.apis[name]
    site = candidate.sites[api.site]
    assert isinstance(site, ApiSite)
    begins = datetime.combine(prices.economics.start, time(12), UTC).timestamp()
    for row in tariff_rows(site.provider, api.model, begins, api.processing):
        longer = f" / from {row.from_prompt_tokens:,}" if row.from_prompt_tokens else ""
        key = f"api / {site.provider} / {api.model} / {api.processing} / {row.name} tokens{longer}"
        yield prices.listed(key, row.usd_per_mtok, "million tokens", price_source(), "")


def _charge(candidate: Candidate, name: str, use: ApiUse, tokens: Tokens, prices: Prices) -> Charge:
    api = candidate.apis[name]
    site = candidate.sites[api.site]
    assert isinstance(site, ApiSite)
    key = f"api / {site.provider} / {api.model} / {api.processing} / {tokens.name}"
    mean = tokens.usd / tokens.millions
    unit = say("million {tokens}", tokens=say(tokens.name))
    price = prices.listed(key, mean, unit, use.source, "")
    return Charge(
        category="compute",
        resource=f"{name}: {api.model}",
        site=api.site,
        quantity=tokens.millions,
        unit=unit,
        unit_price_usd=price.value,
        inputs=(price,),
        description=say(
            "{tokens} at {provider}, {processing}; mean over the requests, each priced by its own "
            "length and time",
            tokens=say(tokens.name),
            provider=site.provider,
            processing=say(api.processing),
        ),
        by_traffic=True,
    )
