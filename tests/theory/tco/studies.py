"""Studies in which nothing costs but what a publication has counted, and what is read from them.

What aisim counts beside that is set to nothing: capital costs nothing, nothing is left at the end,
and there are no spares, no support contract, no staff, no room, no insurance, no disposal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from aisim.cost import Bill, ledger_frame
from aisim.cost.bill import bill_of
from aisim.cost.cash import Flow, advantage, cash_flow
from aisim.cost.energy import Energy
from aisim.cost.price_list import Quote, listed_prices
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse, Served, Used, standing_use
from aisim.scenario import Candidate, Study, parse_study
from aisim.scenario.study import MONTH_H

#: A year of months as aisim has them.
YEAR_H = 12 * MONTH_H
NOTHING = ("discount_rate", "residual_share", "support_share", "spares_share", "insurance_share",
           "disposal_share")  # fmt: skip
ECONOMICS = dict.fromkeys(NOTHING, 0)
HOUSE = {"kind": "own", "region": "US", "pue": 1, "staff_fte": 0, "space_usd_per_kw_month": 0}
TRAFFIC = {
    "service": "chat",
    "arrivals": {"kind": "poisson", "rate_rps": 1},
    "sizes": {"kind": "constant", "input_tokens": 100, "output_tokens": 10},
}
#: A way through which no machine is needed.
OFFICE = {
    "links": {"link": {"bandwidth_gbit_per_s": 1, "latency_s": 0}},
    "path": {"office": {"kind": "transfer", "link": "link"}},
}
#: Provider, region and instance of machines with one and with eight H100; their prices are given.
ONE_GPU = ("runpod", "global", "H100 SXM Secure")
EIGHT_GPUS = ("aws", "us-east-1", "p5.48xlarge")
GPU, SERVER = "H100 SXM5 80GB", "8x H100 SXM5 HGX server (OEM)"


@dataclass(frozen=True)
class Case:
    """A candidate with what it has used and its prices."""

    candidate: Candidate
    use: Used
    prices: Prices

    @cached_property
    def bill(self) -> Bill:
        return bill_of(self.use, self.candidate, self.prices)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        return ledger_frame("only", self.bill.charges, self.prices.economics)

    @property
    def flow(self) -> Flow:
        return cash_flow(self.bill.charges, self.prices.economics)

    def usd(self, category: str = "", column: str = "BilledCost") -> float:
        """Sum of the ledger over all its years, of one category or all."""
        lines = self.ledger
        chosen = lines[lines["x_Category"] == category] if category else lines
        return float(chosen[column].sum())

    def usd_per(self, units: float) -> float:
        """What one of `units`, which all the years brought, has cost, as a headline of the bill."""
        months = 12 * self.prices.economics.years
        served = replace(self.use.served, requests=units / months)
        bill = bill_of(replace(self.use, served=served), self.candidate, self.prices)
        assert bill.usd_per_1000_requests is not None
        return bill.usd_per_1000_requests / 1000


def study(candidates: Mapping[str, Any], economics: Mapping[str, Any], **run: Any) -> Study:
    """A study with one traffic."""
    data = {
        "aisim": 1,
        "name": "published",
        "workload": {"traffic": {"chat": TRAFFIC}},
        "candidates": candidates,
        "economics": ECONOMICS | dict(economics),
        "run": run,
    }
    return parse_study(data)


def quotes(usd: Mapping[str, float]) -> dict[str, Quote]:
    """Quotes of the published prices of hardware."""
    by_key = {f"hardware / {item}": x for item, x in usd.items()}
    return {
        key: Quote(key, None, x, None, listed_prices()[key].unit, "USD", "published", "2026")
        for key, x in by_key.items()
    }


def owned(
    parts: Mapping[str, tuple[float, float]],
    *,
    count: int = 1,
    kw: float | None = None,
    load: float = 0.0,
    years: int = 3,
    life_years: float | None = None,
    costs: Mapping[str, Any] | None = None,
    site: Mapping[str, Any] | None = None,
    served: Served | None = None,
) -> Case:
    """Machines that are bought; for a life of all years, if no other is said.

    `parts` has quantity and price by item. They draw `kw` for each GPU times `load`, or nothing.
    """
    group = {"kind": "own", "site": "house", "parts": {i: n for i, (n, _) in parts.items()}}
    group |= {"count": count} | ({} if kw is None else {"accelerator": sheet(kw)})
    declared = {
        "sites": {"house": HOUSE | dict(site or {})},
        "machines": {"gpu": group},
        "costs": _at("house", costs),
    }
    case = _case(declared, years, life_years, {item: usd for item, (_, usd) in parts.items()})
    use = standing_use(case.candidate, load) if kw is not None else _still(case.candidate)
    return replace(case, use=replace(use, served=served or Served()))


def rented(
    usd_per_hour: float,
    *,
    machine: tuple[str, str, str] = ONE_GPU,
    level: str = "on_demand",
    hours: float | None = None,
    count: int = 1,
    years: int = 3,
    costs: Mapping[str, Any] | None = None,
    served: Served | None = None,
) -> Case:
    """Rented machines: `hours` of machines over all years, or every hour of each."""
    provider, region, instance = machine
    declared = {
        "sites": {"region": {"kind": "cloud", "provider": provider, "region": region}},
        "machines": {
            "gpu": {"kind": "cloud", "site": "region", "instance": instance, "count": count,
                    "price": level, "usd_per_hour": usd_per_hour}
        },
        "costs": _at("region", costs),
    }  # fmt: skip
    held_h = count * MONTH_H if hours is None else hours / (12 * years)
    use = Used({"gpu": GroupUse(held_h, (1.0,) * count, None, None)}, {}, served or Served())
    return replace(_case(declared, years), use=use)


def spent(
    costs: Mapping[str, Any],
    *,
    years: int = 1,
    served: Served | None = None,
    site: Mapping[str, Any] = HOUSE,
) -> Case:
    """Nothing but named costs."""
    case = _case({"sites": {"there": site}, "costs": _at("there", costs)}, years)
    return replace(case, use=Used({}, {}, served or Served()))


def payback_months(own: Case, other: Case) -> float:
    """When what was paid at first has come back, from the two flows of cash."""
    months = advantage(own.flow, other.flow, 0.0).payback_months
    assert months is not None
    return months


def sheet(kw: float) -> dict[str, Any]:
    """An accelerator of which nothing matters but its watts; idle it draws next to nothing."""
    return {"name": "published", "bf16_dense_tflops": 1, "mem_gb": 80, "mem_type": "HBM",
            "mem_bw_gb_s": 1000, "tdp_w": kw * 1000, "idle_w": 0.1}  # fmt: skip


def _at(site: str, costs: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: {"site": site, "category": "support"} | c for name, c in (costs or {}).items()}


def _case(
    declared: Mapping[str, Any],
    years: int,
    life_years: float | None = None,
    usd: Mapping[str, float] | None = None,
) -> Case:
    """What is declared, with its prices; nothing is used."""
    economics = {"years": years, "life_years": life_years or years}
    made = study({"only": OFFICE | dict(declared)}, economics)
    prices = Prices(made.economics, quotes(usd or {}))
    return Case(made.candidates["only"], Used({}, {}, Served()), prices)


def _still(candidate: Candidate) -> Used:
    """Machines that draw nothing."""
    drawn = Energy(0.0, "not counted", ())
    return Used(
        {n: GroupUse(g.count * MONTH_H, (), None, drawn) for n, g in candidate.machines.items()},
        {},
        Served(),
    )
