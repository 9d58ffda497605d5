"""A figure taken apart, in the terminal."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.console import Console

from aisim.cost import Charge
from aisim.cost.price import Price
from aisim.planning import Explanation


def print_explanations(found: list[Explanation], candidate: str, console: Console) -> None:
    """Print each figure with its formula, its inputs, and the prices behind them."""
    for explanation in found:
        for line in explanation_lines(explanation, candidate):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print()


def explanation_lines(explanation: Explanation, candidate: str) -> Iterator[str]:
    """One figure as lines of text."""
    yield f"{candidate}: {explanation.figure} = {shown(explanation.value)}"
    yield f"  = {explanation.formula}"
    for name, value in explanation.inputs.items():
        yield f"    {name} = {shown(value)}"
    for charge, part in explanation.charges:
        brings = "not known" if part is None else f"{part:,.2f} {explanation.unit}"
        yield from _charge_lines(charge, brings)


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "figure": explanation.figure,
        "value": explanation.value,
        "formula": explanation.formula,
        "inputs": dict(explanation.inputs),
        "unit_of_parts": explanation.unit,
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


def _charge_lines(charge: Charge, brings: str) -> Iterator[str]:
    """A charge: what it brings, its quantity and price, when it is paid, where prices come from."""
    yield (
        f"    {brings}  {charge.category}, {charge.resource} ({charge.site}): "
        f"{shown(charge.quantity)} {charge.unit} x {shown(charge.unit_price_usd)} USD, "
        f"{charge.schedule.in_words}"
    )
    yield f"        {charge.description}"
    if charge.carbon is not None:
        carbon = charge.carbon
        yield (
            f"        {shown(carbon.kwh)} kWh, {shown(carbon.kg_co2e)} kg CO2e, "
            f"{shown(carbon.water_l)} l of water a month; {carbon.source}"
        )
    for price in charge.inputs:
        span = "" if price.is_certain else f" [{shown(price.low)} to {shown(price.high)}]"
        when = f", {price.as_of}" if price.as_of else ""
        yield (
            f"        {price.key} = {shown(price.value)}{span} ({price.unit}; {price.quality}"
            f"{when}; {price.source})"
        )


def shown(value: Any) -> str:
    """A figure as text."""
    if value is None:
        return "not defined"
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(item)}" for name, item in value.items())
    if isinstance(value, str | bool):
        return str(value)
    number = float(np.asarray(value))
    return f"{number:,.2f}" if abs(number) >= 1000 else f"{number:.6g}"
