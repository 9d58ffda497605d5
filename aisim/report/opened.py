"""A figure that somebody opens: its explanation as plain data, in the language in use."""

from collections.abc import Sequence
from typing import Any

from aisim.cost import Charge
from aisim.cost.price import Price
from aisim.language import say, tr
from aisim.planning.explanation import Explanation, Source
from aisim.report.explain import (
    brings,
    carbon_line,
    charge_name,
    price_range,
    quantity_and_price,
    shown,
)

Data = dict[str, Any]


def opened(found: Sequence[Explanation], title: str, replication: int = 0) -> list[Data]:
    """The figures of an explanation, each as texts that need nothing but to be shown.

    Args:
        found: as `aisim.explain` gives it.
        title: what the first figure is called where it was opened.
        replication: number of the draw that is taken apart, from 0.
    """
    draw = tr(say("replication {number}", number=replication + 1))
    names = {0: title}
    return [
        _section(each, names.get(i, draw if each.figure == found[0].figure else each.figure))
        for i, each in enumerate(found)
    ]


def _section(found: Explanation, title: str) -> Data:
    return {
        "title": title,
        "value": f"{found.figure} = {shown(found.value)}",
        "formula": tr(found.formula),
        "inputs": [{"name": tr(name), "value": shown(v)} for name, v in found.inputs.items()],
        "parts": [_part(charge, part, found.unit) for charge, part in found.charges],
        "sources": [_source(source) for source in found.sources],
    }


def _part(charge: Charge, part: float | None, unit: str) -> Data:
    notes = [tr(charge.description)]
    if charge.carbon is not None:
        notes.append(carbon_line(charge.carbon))
    return {
        "amount": brings(part, unit),
        "what": charge_name(charge),
        "product": quantity_and_price(charge),
        "description": "; ".join(filter(None, notes)),
        "prices": [_price(price) for price in charge.inputs],
    }


def _price(price: Price) -> Data:
    return {
        "key": price.key,
        "value": shown(price.value),
        "range": price_range(price),
        "unit": tr(price.unit),
        "quality": tr(price.quality),
        "as_of": price.as_of,
        "source": tr(price.source),
    }


def _source(source: Source) -> Data:
    about = [source.as_of, tr(source.quality)]
    return {
        "what": tr(source.what),
        "source": tr(source.source),
        "about": ", ".join(filter(None, about)),
    }
