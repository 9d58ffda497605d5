"""How a figure comes about: its formula, its inputs with their sources, its result."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aisim.cost import CATEGORIES, Bill, Charge
from aisim.cost.cash import cash_flow, present_cost
from aisim.cost.owned import rate_price
from aisim.cost.prices import Prices
from aisim.language import mark
from aisim.planning.bad_input import BadInput
from aisim.planning.explain_figures import SIMULATED, simulated
from aisim.planning.explanation import Explanation
from aisim.planning.money import against
from aisim.planning.origins import origins
from aisim.planning.priced import Priced
from aisim.scenario.faults import nearest

#: Arithmetic over the inputs by their last name, so that anybody can do it again.
FORMULAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "cost.usd_per_1000_requests": (
        "usd_per_month / requests * 1000", ("cost.usd_per_month", "served.requests")),
    "cost.usd_per_1000_kept_requests": (
        "usd_per_month / kept_requests * 1000", ("cost.usd_per_month", "served.kept_requests")),
    "cost.usd_per_million_input_tokens": (
        "usd_per_month / input_tokens * 1e6", ("cost.usd_per_month", "served.input_tokens")),
    "cost.usd_per_million_output_tokens": (
        "usd_per_month / output_tokens * 1e6", ("cost.usd_per_month", "served.output_tokens")),
    "cost.busy_usd_per_million_input_tokens": (
        "busy_usd_per_month / input_tokens * 1e6",
        ("cost.busy_usd_per_month", "served.input_tokens")),
    "cost.busy_usd_per_million_output_tokens": (
        "busy_usd_per_month / output_tokens * 1e6",
        ("cost.busy_usd_per_month", "served.output_tokens")),
    "cost.estimated_share": (
        "estimated_usd_per_month / usd_per_month",
        ("cost.estimated_usd_per_month", "cost.usd_per_month")),
    "cost.equivalent_annual_cost_usd": (
        "12 * present_cost_usd * monthly_rate / (1 - (1 + monthly_rate) ** -months)",
        ("cost.present_cost_usd", "economics.monthly_rate", "economics.months")),
}  # fmt: skip
#: The annuity where money costs nothing.
PLAIN_ANNUITY = ("12 * present_cost_usd / months", ("cost.present_cost_usd", "economics.months"))
NO_RATE = 1e-9
#: Sums over the ledger, in words; each charge comes with its part of the sum.
SUMS = {
    "cost.usd_per_month": mark(
        "sum over all charges of EffectiveCost in all months / number of months"
    ),
    "cost.estimated_usd_per_month": mark(
        "the same, of the charges whose price or quantity is an estimate"
    ),
    "cost.busy_usd_per_month": mark(
        "the same, each charge times the busy share of its machines' GPUs"
    ),
    "cost.paid_usd": mark("sum over all charges of BilledCost in all months"),
    "cost.upfront_usd": mark("sum of BilledCost that is paid at the beginning (x_PaidAtMonth 0)"),
    "cost.present_cost_usd": mark(
        "sum of BilledCost / (1 + discount_rate) ** (x_PaidAtMonth / 12)"
    ),
    "energy.kwh_per_month": mark("sum of x_EnergyKwh of a month"),
    "energy.kg_co2e_per_month": mark("sum of kWh x grams of CO2e per kWh of the grid / 1000"),
    "energy.water_l_per_month": mark("sum of kWh x litres per kWh of the grid"),
}
MONTHLY = mark("USD a month")
#: What the parts of a sum are, where it is not US dollars a month.
UNITS = {
    "cost.paid_usd": mark("USD"),
    "cost.upfront_usd": mark("USD"),
    "cost.present_cost_usd": mark("USD"),
    "energy.kwh_per_month": mark("kWh a month"),
    "energy.kg_co2e_per_month": mark("kg CO2e a month"),
    "energy.water_l_per_month": mark("litres of water a month"),
}
AGAINST = {
    "usd_per_month": mark("the other's charges at that level, over the same run"),
    "present_cost_usd": mark(
        "the same as cash: sum of BilledCost / (1 + rate) ** (x_PaidAtMonth / 12)"
    ),
    "npv_usd": mark("present cost of the other - present cost of this one"),
    "irr_per_year": mark("the yearly rate at which npv_usd would be 0"),
    "payback_months": mark("first month in which the sum of (other's - own BilledCost) reaches 0"),
    "break_even_months": mark("the same, each month discounted by the cost of capital"),
    "break_even_utilisation": mark(
        "standing_usd_per_month / rented_usd_per_month: (own standing cost - the other's beside "
        "its machines or tokens) / (the other's machines at all hours, or its tokens, - own "
        "energy of that load)"
    ),
}


def explain(comparison: Priced, candidate: str, figure: str) -> list[Explanation]:
    """Take a figure apart, down to the measurements and prices that it comes from.

    Args:
        comparison: what was simulated and priced.
        candidate: name of the candidate.
        figure: path such as `ttft_s.p95`, `cost.usd_per_million_output_tokens`,
            `cost.by_category.energy` or `against.cloud.commit_1y.npv_usd`.

    Raises:
        BadInput: there is no such candidate, or no such figure.
    """
    candidates = comparison.answer()["candidates"]
    if candidate not in candidates:
        raise BadInput(f"no candidate {candidate!r}, {nearest(candidate, candidates)}")
    if figure in SIMULATED:
        found = [simulated(comparison, candidate, figure)]
    else:
        found = _money(comparison, candidate, figure)
    return [replace(found[0], sources=origins(comparison, candidate)), *found[1:]]


def _money(comparison: Priced, candidate: str, figure: str) -> list[Explanation]:
    """A figure of money or energy, and the sums that its formula is of."""
    is_paired = figure.partition(".")[0] not in ("cost", "energy")
    others = against(comparison, candidate) if is_paired else {}
    known = _figures(others)
    if figure not in known:
        raise BadInput(f"no figure {figure!r} of {candidate}, {nearest(figure, known)}")
    nothing = Bill((), None, comparison.study.economics, CATEGORIES, {})
    bill = comparison.bills.get(candidate, nothing)
    values = _values(comparison, candidate, bill, others)
    found = [_explanation(figure, bill, values)]
    return found + [_explanation(name, bill, values) for name in found[0].inputs if name in SUMS]


def formula_of(figure: str) -> str:
    """How a figure comes about, whatever it is; empty where nobody knows.

    Args:
        figure: its path, as in `explain`.
    """
    if figure in FORMULAS:
        return FORMULAS[figure][0]
    if figure.startswith("cost.by_category."):
        return SUMS["cost.usd_per_month"]
    return SIMULATED.get(figure) or SUMS.get(figure, "")


def check_figure(figure: str) -> None:
    """See that a figure can be explained, before anything is simulated.

    Raises:
        BadInput: there is none of that name; those that name another candidate are not looked at.
    """
    known = _figures({})
    if figure not in known and not figure.startswith("against."):
        raise BadInput(f"no figure {figure!r}, {nearest(figure, known)}")


def explained_figures(comparison: Priced, candidate: str) -> list[str]:
    """The paths that can be explained for a candidate."""
    return _figures(against(comparison, candidate))


def _figures(others: Mapping[str, Any]) -> list[str]:
    return [
        *SIMULATED,
        *FORMULAS,
        *SUMS,
        *(f"cost.by_category.{category}" for category in CATEGORIES),
        *(
            f"against.{other}.{level}.{figure}"
            for other, levels in others.items()
            for level in levels
            for figure in AGAINST
        ),
    ]


def _explanation(figure: str, bill: Bill, values: Mapping[str, Any]) -> Explanation:
    if figure in FORMULAS:
        formula, names = FORMULAS[figure]
        if "economics.monthly_rate" in names and values["economics.monthly_rate"] < NO_RATE:
            formula, names = PLAIN_ANNUITY
        return Explanation(figure, values[figure], formula, {n: values.get(n) for n in names})
    charged = tuple(_parts(figure, bill, values["economics.discount_rate"]))
    unit = UNITS.get(figure, MONTHLY)
    category = figure.removeprefix("cost.by_category.")
    if category != figure:
        chosen = tuple(pair for pair in charged if pair[0].category == category)
        value = sum(usd for _, usd in chosen if usd is not None) if chosen else None
        return Explanation(figure, value, SUMS["cost.usd_per_month"], {}, chosen)
    if figure.startswith("energy."):
        return Explanation(figure, values[figure], SUMS[figure], {}, charged, unit)
    if figure.startswith("against."):
        return _against(figure, values)
    rate = {"economics.discount_rate": values["economics.discount_rate"]}
    inputs = rate if figure == "cost.present_cost_usd" else {}
    return Explanation(figure, values[figure], SUMS[figure], inputs, charged, unit)


def _against(figure: str, values: Mapping[str, Any]) -> Explanation:
    """A figure of one candidate held against another, with the figures of both."""
    level, _, last = figure.rpartition(".")
    names = ["cost.usd_per_month", "cost.upfront_usd", "cost.present_cost_usd"]
    names += [f"{level}.usd_per_month", f"{level}.present_cost_usd", "economics.discount_rate"]
    inputs = {name: values[name] for name in names if name != figure}
    if last == "break_even_utilisation" and values[figure] is not None:
        parts = ("standing_usd_per_month", "rented_usd_per_month")
        inputs = {f"{figure}.{part}": values[figure][part] for part in parts}
    return Explanation(figure, values[figure], AGAINST[last], inputs)


def _parts(figure: str, bill: Bill, rate: float) -> Iterator[tuple[Charge, float | None]]:
    """What each charge brings to a sum; of cash, only those that bring any."""
    if figure in ("cost.paid_usd", "cost.upfront_usd", "cost.present_cost_usd"):
        for charge in bill.charges:
            flow = cash_flow([charge], bill.economics)
            paid = {
                "cost.paid_usd": float(flow.sum()),
                "cost.upfront_usd": float(flow[0]),
                "cost.present_cost_usd": float(present_cost(flow, rate)),
            }[figure]
            if paid:
                yield charge, paid
        return
    if figure.startswith("energy."):
        name = figure.removeprefix("energy.").removesuffix("_per_month")
        for charge in bill.charges:
            if charge.carbon is not None:
                yield charge, getattr(charge.carbon, name)
        return
    busy = figure == "cost.busy_usd_per_month"
    parts = zip(bill.charges, bill.busy_by_charge if busy else bill.by_charge, strict=True)
    estimated = figure == "cost.estimated_usd_per_month"
    yield from (part for part in parts if not estimated or part[0].quality == "estimate")


def _values(
    comparison: Priced, candidate: str, bill: Bill, others: Mapping[str, Any]
) -> dict[str, Any]:
    """Every figure that an explanation may show, by path."""
    answer = comparison.answer()["candidates"][candidate]
    economics = comparison.study.economics
    rate = float(rate_price(Prices.of(economics)).typical)
    served = vars(bill.used.served) if bill.used is not None else {}
    found = {f"cost.{name}": value for name, value in answer["cost"].items()}
    found |= {f"energy.{name}": value for name, value in answer["energy"].items()}
    found |= {f"served.{name}": value for name, value in served.items()}
    found |= {
        "cost.busy_usd_per_month": bill.busy_usd_per_month,
        "cost.estimated_usd_per_month": _estimated(bill),
        "economics.discount_rate": rate,
        "economics.monthly_rate": (1 + rate) ** (1 / 12) - 1,
        "economics.months": 12 * economics.years,
    }
    for other, levels in others.items():
        for level, figures in levels.items():
            found |= {f"against.{other}.{level}.{n}": value for n, value in figures.items()}
    return found


def _estimated(bill: Bill) -> float | None:
    """What a month bears of charges that are estimates."""
    if not bill.charges:
        return None
    charged = zip(bill.charges, bill.by_charge, strict=True)
    return sum((usd for charge, usd in charged if charge.quality == "estimate"), 0.0)
