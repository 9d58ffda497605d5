"""A figure taken apart, in the terminal."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.console import Console

from aisim.cost import Charge
from aisim.cost.charge import Carbon
from aisim.cost.price import Price
from aisim.language import number, say, tr
from aisim.planning import Explanation
from aisim.planning.explanation import Source


def print_explanations(found: list[Explanation], candidate: str, console: Console) -> None:
    """Print each figure with its formula, its inputs, and the prices behind them."""
    for explanation in found:
        for line in explanation_lines(explanation, candidate):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print()


def explanation_lines(explanation: Explanation, candidate: str) -> Iterator[str]:
    """One figure as lines of text."""
    yield f"{candidate}: {explanation.figure} = {shown(explanation.value)}"
    yield f"  = {tr(explanation.formula)}"
    for name, value in explanation.inputs.items():
        yield f"    {tr(name)} = {shown(value)}"
    for charge, part in explanation.charges:
        yield from _charge_lines(charge, brings(part, explanation.unit))
    for source in explanation.sources:
        yield f"    {source_line(source)}"


def brings(part: float | None, unit: str) -> str:
    """What a charge brings to a sum."""
    return tr("not known") if part is None else f"{number(part, ',.2f')} {tr(unit)}"


def source_line(source: Source) -> str:
    """A source in one line."""
    about = "; ".join(filter(None, (source.source, source.as_of, tr(source.quality))))
    return f"{tr(source.what)} ({about})" if about else tr(source.what)


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "figure": explanation.figure,
        "value": explanation.value,
        "formula": explanation.formula,
        "inputs": dict(explanation.inputs),
        "unit_of_parts": explanation.unit,
        "sources": [asdict(source) for source in explanation.sources],
        "charges": [
            {
                "category": charge.category,
                "resource": charge.resource,
                "site": charge.site,
                "part": part,
                "quantity": float(np.asarray(charge.quantity)),
                "unit": charge.unit,
                "unit_price_usd": float(np.asarray(charge.unit_price_usd)),
                "paid": charge.schedule.in_words,
                "description": charge.description,
                "prices": [_price_data(price) for price in charge.inputs],
            }
            for charge, part in explanation.charges
        ],
    }


def _price_data(price: Price) -> dict[str, Any]:
    return {
        "key": price.key,
        "value": float(np.asarray(price.value)),
        "unit": price.unit,
        "low": price.low,
        "high": price.high,
        "source": price.source,
        "as_of": price.as_of,
        "quality": price.quality,
    }


def _charge_lines(charge: Charge, amount: str) -> Iterator[str]:
    """A charge: what it brings, its quantity and price, when it is paid, where prices come from."""
    yield f"    {amount}  {charge_name(charge)}: {quantity_and_price(charge)}"
    yield f"        {tr(charge.description)}"
    if charge.carbon is not None:
        yield f"        {carbon_line(charge.carbon)}"
    for price in charge.inputs:
        span = f" [{price_range(price)}]" if price_range(price) else ""
        about = "; ".join(filter(None, (price.unit, f"{price.quality}{_on(price)}", price.source)))
        yield f"        {price.key} = {shown(price.value)}{span} ({about})"


def charge_name(charge: Charge) -> str:
    """What is paid for, and where."""
    return f"{tr(charge.category)}, {tr(charge.resource)} ({charge.site})"


def quantity_and_price(charge: Charge) -> str:
    """How much at what price, and when it is paid."""
    price = f"{shown(charge.unit_price_usd)} USD"
    return f"{shown(charge.quantity)} {tr(charge.unit)} x {price}, {tr(charge.schedule.in_words)}"


def carbon_line(carbon: Carbon) -> str:
    """Energy behind a charge, and what comes of it."""
    figures = say(
        "{kwh} kWh, {kg} kg CO2e, {litres} l of water a month",
        kwh=shown(carbon.kwh), kg=shown(carbon.kg_co2e), litres=shown(carbon.water_l),
    )  # fmt: skip
    return f"{tr(figures)}; {tr(carbon.source)}"


def price_range(price: Price) -> str:
    """The ends of a price; empty where it has one figure."""
    if price.is_certain:
        return ""
    return tr(say("{low} to {high}", low=shown(price.low), high=shown(price.high)))


def _on(price: Price) -> str:
    return f", {price.as_of}" if price.as_of else ""


def shown(value: Any) -> str:
    """A figure as text."""
    if value is None:
        return tr("not defined")
    if isinstance(value, dict) and value.keys() == {"mean", "low", "high"}:
        ends = "" if value["low"] is None else f" [{shown(value['low'])}, {shown(value['high'])}]"
        return shown(value["mean"]) + ends
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(item)}" for name, item in value.items()) or tr("none")
    if isinstance(value, list | tuple):
        return "; ".join(map(shown, value)) or tr("none")
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, str):
        return tr(value)
    figure = float(np.asarray(value))
    return number(figure, ",.2f" if abs(figure) >= 1000 else ".6g")
