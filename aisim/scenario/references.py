"""Names within a study that must name something in it.

Looks at the plain data, so that a wrong name is reported beside all other faults.
"""

from collections.abc import Iterator
from typing import Any

from aisim import catalog
from aisim.scenario.faults import Fault, nearest


def reference_faults(data: Any, file: str) -> list[Fault]:
    """All names that lead nowhere; structural faults are passed over."""
    faults: list[Fault] = []
    services = {
        name: str(traffic.get("service")) for name, traffic in _items(data, "workload", "traffic")
    }
    for name, candidate in _items(data, "candidates"):
        where = f"candidates.{name}"
        faults += [
            Fault(file, f"{where}.{path}", f"no {kind} named {value!r}, {nearest(value, known)}")
            for path, kind, value, known in _named(candidate)
            if value not in known
        ]
        faults += [Fault(file, f"{where}.{p}", text) for p, text in _cloud_faults(candidate)]
        faults += [Fault(file, f"{where}.path", text) for text in _unserved(candidate, services)]
    return faults


def _items(data: Any, *path: str) -> list[tuple[str, dict[str, Any]]]:
    """The maps below a path, wherever the data has the shape for it."""
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        return []
    return [(str(name), value) for name, value in data.items() if isinstance(value, dict)]


def _named(candidate: dict[str, Any]) -> Iterator[tuple[str, str, str, set[str]]]:
    """(path, kind of thing, name given, names known) of every reference."""
    known = {
        kind: {name for name, _ in _items(candidate, kind)}
        for kind in ("sites", "machines", "pools", "links", "storage")
    }
    references = {
        "sites": {"storage": "storage", "link": "links"},
        "machines": {"site": "sites"},
        "pools": {"machines": "machines"},
        "path": {"link": "links", "storage": "storage"},
    }
    for part, fields in references.items():
        for name, item in _items(candidate, part):
            for field, kind in fields.items():
                if isinstance(item.get(field), str):
                    yield f"{part}.{name}.{field}", kind, item[field], known[kind]
            pools = item.get("pools") if part == "path" else None
            for i, pool in enumerate(pools if isinstance(pools, list | tuple) else ()):
                yield f"{part}.{name}.pools.{i}", "pools", str(pool), known["pools"]


def _cloud_faults(candidate: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Cloud machines: a cloud site, an instance with accelerators and a price in its region."""
    sites = dict(_items(candidate, "sites"))
    for name, group in _items(candidate, "machines"):
        site = sites.get(str(group.get("site")), {})
        if site and site.get("kind") != group.get("kind"):
            yield (
                f"machines.{name}.site",
                (
                    f"{group.get('kind')} machines cannot stand at a site of "
                    f"kind {site.get('kind')!r}"
                ),
            )
        elif group.get("kind") == "cloud" and site:
            problem = _price_problem(site, group)
            if problem:
                yield f"machines.{name}.{problem[0]}", problem[1]


def _price_problem(site: dict[str, Any], group: dict[str, Any]) -> tuple[str, str] | None:
    provider, region = str(site.get("provider")), str(site.get("region"))
    try:
        row = catalog.cloud_instance(provider, region, str(group.get("instance")))
    except catalog.UnknownName as unknown:
        return "instance", str(unknown)
    if row.accelerator is None:
        return "instance", f"{row.instance} has no accelerator of the catalog"
    price = group.get("price", "on_demand")
    if price in ("on_demand", "commit_1y", "commit_3y") and row.usd_per_hour(price) is None:
        return "price", f"{row.instance} in {region} has no price {price!r}"
    return None


def _unserved(candidate: dict[str, Any], services: dict[str, str]) -> Iterator[str]:
    """Traffic that no pool of the candidate serves."""
    stages = [stage for _, stage in _items(candidate, "path") if stage.get("kind") == "serve"]
    if len(stages) > 1:
        yield "more than one stage of kind 'serve'"
    pools = dict(_items(candidate, "pools"))
    served = {
        str(service)
        for stage in stages
        for pool in stage.get("pools") or ()
        for service in pools.get(str(pool), {}).get("serves") or ()
    }
    for traffic, service in services.items():
        if stages and service not in served:
            yield f"no pool serves {service!r}, which traffic {traffic!r} asks for"
