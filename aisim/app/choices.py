"""What can be chosen: other GPUs, parts, models, prices, places for data."""

from collections.abc import Mapping
from typing import Any

from aisim import catalog
from aisim.app.shapes import NOT_SET, shapes
from aisim.catalog.api_models import api_models
from aisim.language import mark, tr
from aisim.scenario import Study
from aisim.scenario.limits import DataRule
from aisim.scenario.machines import CloudMachines, OwnMachines
from aisim.scenario.sites import ApiSite, CloudSite

Choices = tuple[tuple[str, Any], ...]
#: The data class of a traffic that names none.
USUAL = "internal"
#: ISO codes of the member states of the European Union.
EU = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
CURRENCIES = ("USD", "EUR", "DKK", "SEK", "GBP", "CHF", "NOK")
#: How a cloud machine can be paid.
PRICES = {
    "on_demand": mark("on demand"),
    "commit_1y": mark("committed for a year"),
    "commit_3y": mark("committed for three years"),
    "spot": mark("spot: may be taken back"),
    "capacity_block": mark("capacity block"),
}
#: What the words of other lists are called.
WORDS = {
    "low": mark("low"), "typical": mark("typical"), "high": mark("high"),
    "standard": mark("standard"), "batch": mark("batch"), "priority": mark("priority"),
    "round_robin": mark("round robin"), "least_outstanding": mark("least outstanding"),
    "power_of_two": mark("power of two"),
}  # fmt: skip


def choices(study: Study, path: str, schema: Mapping[str, Any], opened: Any = None) -> Choices:
    """Text and value of each choice for a field; none for a number or a text of one's own.

    Args:
        study: as it stands.
        path: of the field.
        schema: JSON Schema of the field.
        opened: its value in the study as it was opened, which stays among the choices.
    """
    parts = path.split(".")
    if path == "limits.data":
        return _places(study, opened)
    if path == "economics.currency":
        return tuple((code, code) for code in CURRENCIES)
    if len(parts) == 5 and parts[:2] == ["workload", "traffic"] and parts[3] == "arrivals":
        found = shapes(study, parts[2], parts[4], opened)
        if found:
            return found
    if len(parts) == 5 and parts[2] == "machines" and parts[4] in ("instance", "parts", "price"):
        return _machines(study, parts)
    if len(parts) == 5 and parts[2] == "pools" and parts[4] == "model":
        return tuple((name, name) for name in sorted(catalog.llm_models()))
    if len(parts) == 5 and parts[2] == "apis" and parts[4] == "model":
        return _api_models(study, parts)
    named = [(tr(WORDS.get(value, value)), value) for value in schema.get("enum", ())]
    return ((tr(NOT_SET), None), *named) if named and schema.get("optional") else tuple(named)


def _machines(study: Study, parts: list[str]) -> Choices:
    candidate = study.candidates[parts[1]]
    group = candidate.machines[parts[3]]
    if isinstance(group, OwnMachines):
        return _parts(group) if parts[4] == "parts" else ()
    site = candidate.sites[group.site]
    assert isinstance(site, CloudSite)
    return _instances(site, group) if parts[4] == "instance" else _levels(site, group)


def _levels(site: CloudSite, group: CloudMachines) -> Choices:
    """How the machine can be paid: the levels that have a price where it stands."""
    sold = [
        row
        for row in catalog.cloud_instances().values()
        if (row.provider, row.region, row.instance) == (site.provider, site.region, group.instance)
    ]
    return tuple(
        (tr(words), level)
        for level, words in PRICES.items()
        if level == group.price or any(row.usd_per_hour(level) is not None for row in sold)
    )


def _api_models(study: Study, parts: list[str]) -> Choices:
    """The models of the same provider."""
    candidate = study.candidates[parts[1]]
    api = candidate.apis[parts[3]]
    site = candidate.sites[api.site]
    assert isinstance(site, ApiSite)
    return tuple((name, name) for name in sorted({*api_models(site.provider), api.model}))


def _places(study: Study, opened: Any) -> Choices:
    """Where data that is not everybody's may be processed."""
    classes = dict.fromkeys(traffic.data_class for traffic in study.workload.traffic.values())
    sensitive = [name for name in classes if name != USUAL] or list(classes)
    rules: dict[str, DataRule | None] = {
        tr("anywhere"): None,
        tr("own sites and clouds, no API"): DataRule(sites=("own", "cloud")),
        tr("in the EU only"): DataRule(countries=EU),
        tr("in the EU only, no API"): DataRule(countries=EU, sites=("own", "cloud")),
        tr("on own sites only"): DataRule(sites=("own",)),
    }
    found: list[tuple[str, Any]] = [
        (words, {} if rule is None else dict.fromkeys(sensitive, rule.model_dump(mode="json")))
        for words, rule in rules.items()
    ]
    now = study.limits.model_dump(mode="json")["data"]
    values = [value for _, value in found]
    own = next((rules for rules in (now, opened or {}) if rules not in values), None)
    if own is not None:
        found.append((tr("as the study says: {rules}").format(rules=_said(own)), own))
    return tuple(found)


def _said(rules: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{name}: {', '.join([*rule['sites'], *(rule['countries'] or ())])}"
        for name, rule in rules.items()
    )


def _instances(site: CloudSite, group: CloudMachines) -> Choices:
    """Machines with accelerators in the same region that have the price that is paid."""
    rows = [
        row
        for row in catalog.cloud_instances().values()
        if (row.provider, row.region) == (site.provider, site.region)
        and row.accelerator is not None
        and row.usd_per_hour(group.price) is not None
    ]
    rows.sort(key=lambda row: (row.accelerator or "", row.n_gpu))
    return tuple(
        (
            f"{row.n_gpu}x {row.accelerator} ({row.instance}, "
            f"{row.usd_per_hour(group.price):,.2f} USD/h)",
            row.instance,
        )
        for row in rows
    )


def _parts(group: OwnMachines) -> Choices:
    """The same machine with another card, or another whole server in its place."""
    current = next(item for item in group.parts if catalog.hardware(item).accelerator)
    category, n = catalog.hardware(current).category, group.parts[current]
    rows = [
        row
        for row in map(catalog.hardware, catalog.hardware_items())
        if row.accelerator and row.category == category
        if row.item == current or (_fits(row) and row.item not in group.parts)
    ]
    rows.sort(key=lambda row: (row.item != current, row.usd_typical))
    return tuple(
        (
            f"{n:g}x {row.item} ({row.usd_typical:,.0f} USD each)",
            {row.item if item == current else item: n for item, n in group.parts.items()},
        )
        for row in rows
    )


def _fits(row: catalog.Hardware) -> bool:
    """A module for a vendor's own board is no card that fits in any machine."""
    return row.category != "gpu" or not any(b in row.item for b in ("SXM", "GB200", "MI3"))
