"""What a field is called, and what its numbers count."""

from fnmatch import fnmatchcase

from aisim.language import mark

#: Units by the end of a field's name, the longer ends first.
UNITS = {
    "_gbit_per_s": mark("Gbit/s"), "_gb_per_s": mark("GB/s"), "operations_per_s": mark("per s"),
    "_per_minute": mark("per minute"), "usd_per_kwh": mark("USD/kWh"),
    "usd_per_kw_month": mark("USD/kW a month"), "usd_per_month": mark("USD a month"),
    "usd_per_fte_year": mark("USD a year"), "_usd": mark("USD"), "costs.*.usd": mark("USD"),
    "_rps": mark("requests/s"), "_tokens": mark("tokens"), "_scale": mark("times"),
    "queue": mark("requests"), "utilisation": mark("share"), "_share": mark("share"),
    "_rate": mark("share"), "_months": mark("months"), "years": mark("years"),
    "_fte": mark("people"), "_kw": mark("kW"), "_gib": mark("GiB"), "_bytes": mark("bytes"),
    "_s": mark("s"),
}  # fmt: skip
#: Labels by pattern of the path, where the name of the field alone does not say it.
LABELS = {
    "*.service_level.ttft_s.limit_s": mark("Limit of the time to first token"),
    "*.service_level.tpot_s.limit_s": mark("Limit of the time per output token"),
    "*.service_level.e2e_s.limit_s": mark("Limit of the whole answer"),
    "*.arrivals.weekly": mark("Load over the week"),
    "*.arrivals.by_hour": mark("Load over the day (UTC)"),
    "*.arrivals.by_weekday": mark("Load by weekday"),
    "*.arrivals.windows": mark("Ups and downs within the hour"),
    "limits.budget_usd_per_month": mark("Budget per month"),
    "limits.budget_upfront_usd": mark("Budget before the service begins"),
    "limits.budget_total_usd": mark("Budget for all years"),
    "limits.data": mark("Where sensitive data may go"),
    "limits.staff_fte": mark("Staff that there may be"),
    "limits.rack_kw": mark("Power of one rack"),
    "limits.lead_time_months": mark("Time from order to service"),
    "*.sites.*.electricity_usd_per_kwh": mark("Electricity"),
    "*.sites.*.pue": mark("PUE"),
    "*.sites.*.staff_fte": mark("Staff"),
    "*.sites.*.space_usd_per_kw_month": mark("Space"),
    "*.costs.*.usd": mark("Amount"),
    "economics.years": mark("Years looked at"),
    "economics.currency": mark("Currency shown"),
    "economics.discount_rate": mark("Cost of capital"),
    "economics.life_years": mark("Life of owned hardware"),
    "economics.price_level": mark("Prices taken"),
    "economics.staff_usd_per_fte_year": mark("Cost of an engineer"),
    "*.tokens_per_minute": mark("Tokens"),
    "*.requests_per_minute": mark("Requests"),
}
#: Whose a field is that belongs to no part of the architecture.
OWNERS = {"limits": mark("Limits"), "economics": mark("Money"), "run": mark("Simulation")}


def unit_of(path: str) -> str:
    """What the numbers of a field count; empty for a plain number."""
    found = (unit for end, unit in UNITS.items() if fnmatchcase(path, f"*{end}"))
    return next(found, "")


def label_of(path: str, title: str | None) -> str:
    """What a field is, without its owner."""
    found = next((label for shape, label in LABELS.items() if fnmatchcase(path, shape)), None)
    return found or title or _words(path.rpartition(".")[2])


def _words(name: str) -> str:
    end = next((end for end in UNITS if name.endswith(end)), "")
    words = name.removesuffix(end) or name.removesuffix("_per_s")
    return words.strip("_").replace("_", " ").capitalize()


def owner_of(path: str) -> str:
    """The planner's own name of the traffic, machine group, pool, link, device, site or stage."""
    parts = path.split(".")
    if parts[0] in OWNERS:
        return OWNERS[parts[0]]
    return parts[2] if parts[0] == "workload" else parts[3]
