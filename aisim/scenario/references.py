"""Names within a study that must name something in it.

Looks at the plain data, so that a wrong name is reported beside all other faults; whatever has
not the shape for it is passed over, as the structure is checked elsewhere.
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from aisim import catalog
from aisim.catalog.api_models import api_model, api_models
from aisim.scenario.faults import Fault, nearest
from aisim.scenario.money_faults import cost_faults, level_faults, limit_faults

#: Fields that name a thing, by the part of a candidate they are in: field -> part of the thing.
REFERENCES = {
    "sites": {"storage": "storage", "link": "links"},
    "machines": {"site": "sites"},
    "pools": {"machines": "machines"},
    "apis": {"site": "sites"},
    "path": {"link": "links", "storage": "storage"},
}
NOUNS = {
    "sites": "site", "machines": "machines", "pools": "pool", "links": "link",
    "storage": "storage device", "apis": "API",
}  # fmt: skip

Found = Iterator[tuple[str, str]]


def reference_faults(data: Any, file: str) -> list[Fault]:
    """All names that lead nowhere."""
    traffic = _maps(data, "workload", "traffic")
    economics = data.get("economics") if isinstance(data, dict) else None
    listed = isinstance(economics, dict) and economics.get("price_list") is not None
    classes = {str(stream.get("data_class", "internal")) for stream in traffic.values()}
    ruled = _maps(data, "limits", "data")
    faults = [Fault(file, path, text) for path, text in limit_faults(ruled, classes)]
    for name, candidate in _maps(data, "candidates").items():
        found = (
            *_unknown_names(candidate),
            *_names_given_twice(candidate),
            *_cloud_faults(candidate, has_price_list=listed),
            *_api_faults(candidate),
            *cost_faults(_maps(candidate, "costs"), _maps(candidate, "sites")),
            *_refusals(candidate, traffic),
            *_serve_stages(candidate),
        ) or tuple(_idle_machines(candidate))
        faults += [Fault(file, f"candidates.{name}.{path}", text) for path, text in found]
        faults += [
            Fault(file, f"workload.traffic.{stream}.service", f"{name}: {text}")
            for stream, text in _unserved(candidate, traffic)
        ]
    return faults


def _maps(data: Any, *path: str) -> dict[str, dict[str, Any]]:
    """The maps below a path, by name, wherever the data has the shape for it."""
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        return {}
    return {str(name): value for name, value in data.items() if isinstance(value, dict)}


def _texts(value: Any) -> list[str]:
    """The texts of a list."""
    return [t for t in value if isinstance(t, str)] if isinstance(value, list | tuple) else []


def _unknown_names(candidate: dict[str, Any]) -> Found:
    known = {kind: _names(candidate, kind) for kind in NOUNS}
    serving, noun = known["pools"] | known["apis"], _serving_noun(candidate)
    for part, fields in REFERENCES.items():
        for name, item in _maps(candidate, part).items():
            for field, kind in fields.items():
                value = item.get(field)
                if isinstance(value, str) and value not in known[kind]:
                    yield f"{part}.{name}.{field}", _no(kind, value, known[kind])
    for name, stage in _maps(candidate, "path").items():
        for i, pool in enumerate(_texts(stage.get("pools"))):
            if pool not in serving:
                problem = f"no {noun} named {pool!r}, {nearest(pool, serving)}"
                yield f"path.{name}.pools.{i}", problem


def _names(candidate: dict[str, Any], part: str) -> set[str]:
    """Names that are given, whatever is wrong with what they name."""
    given = candidate.get(part)
    return {str(name) for name in given} if isinstance(given, dict) else set()


def _no(kind: str, name: str, known: set[str]) -> str:
    return f"no {NOUNS[kind]} named {name!r}, {nearest(name, known)}"


def _serving_noun(candidate: dict[str, Any]) -> str:
    return "pool or API" if _names(candidate, "apis") else "pool"


def _names_given_twice(candidate: dict[str, Any]) -> Found:
    """Waiting and service are written under a component's name: it must be its own."""
    given: dict[str, str] = {}
    for part in ("links", "storage", "pools", "apis"):
        for name in sorted(_names(candidate, part)):
            first = given.setdefault(name, part)
            if first != part:
                yield f"{part}.{name}", f"{first}.{name} has that name too; give one another name"


def _cloud_faults(candidate: dict[str, Any], *, has_price_list: bool) -> Found:
    """Cloud machines: a cloud site, an instance with accelerators and a price in its region."""
    sites = _maps(candidate, "sites")
    places = {(row.provider, row.region) for row in catalog.cloud_instances().values()}
    for name, site in sites.items():
        provider, region = site.get("provider"), site.get("region")
        if site.get("kind") != "cloud" or not isinstance(provider, str):
            continue
        regions = {place for known, place in places if known == provider}
        if not regions:
            hint = nearest(provider, {known for known, _ in places})
            yield f"sites.{name}.provider", f"no provider {provider!r} in the catalog, {hint}"
        elif isinstance(region, str) and region not in regions:
            hint = nearest(region, regions)
            yield f"sites.{name}.region", f"no region {region!r} of {provider}, {hint}"
    for name, group in _maps(candidate, "machines").items():
        site = sites.get(str(group.get("site")), {})
        kinds = (group.get("kind"), site.get("kind"))
        both_known = kinds[0] in ("own", "cloud") and kinds[1] in ("own", "cloud", "api")
        if both_known and kinds[0] != kinds[1]:
            problem = f"{kinds[0]} machines cannot stand at a site of kind {kinds[1]!r}"
            yield f"machines.{name}.site", problem
        elif kinds == ("cloud", "cloud"):
            place = (str(site.get("provider")), str(site.get("region")))
            if place in places:
                yield from _price_faults(name, *place, group, has_price_list=has_price_list)


def _price_faults(
    name: str, provider: str, region: str, group: dict[str, Any], *, has_price_list: bool
) -> Found:
    instance = group.get("instance")
    if not isinstance(instance, str):
        return
    try:
        row = catalog.cloud_instance(provider, region, instance)
    except catalog.UnknownName:
        there = {
            row.instance
            for row in catalog.cloud_instances().values()
            if (row.provider, row.region) == (provider, region) and row.accelerator
        }
        elsewhere = sorted(
            row.region
            for row in catalog.cloud_instances().values()
            if (row.provider, row.instance) == (provider, instance)
        )
        hint = f"it is in {', '.join(elsewhere)}" if elsewhere else nearest(instance, there)
        yield f"machines.{name}.instance", f"no {instance!r} at {provider} {region}, {hint}"
        return
    if row.accelerator is None:
        yield f"machines.{name}.instance", f"{instance} has no accelerator of the catalog"
    else:
        yield from level_faults(name, row, group, has_price_list=has_price_list)


def _api_faults(candidate: dict[str, Any]) -> Found:
    """APIs: a provider that is known, a site of kind api, a model sold there, times of a batch."""
    sites, sellers = _maps(candidate, "sites"), {}
    for name, site in sites.items():
        provider = site.get("provider")
        if site.get("kind") == "api" and isinstance(provider, str):
            problems = [*_unknown(f"sites.{name}.provider", api_models, provider)]
            yield from problems
            if not problems:
                sellers[name] = provider
    for name, api in _maps(candidate, "apis").items():
        at, model = str(api.get("site")), api.get("model")
        kind = sites.get(at, {}).get("kind")
        if kind in ("own", "cloud"):
            yield f"apis.{name}.site", f"an API cannot stand at a site of kind {kind!r}"
        elif at in sellers and isinstance(model, str):
            yield from _unknown(f"apis.{name}.model", api_model, sellers[at], model)
        if api.get("processing") == "batch" and api.get("ttft_s") is None:
            yield f"apis.{name}.ttft_s", "batch answers within a day: give ttft_s"


def _unknown(path: str, look_up: Callable[..., object], *names: str) -> Found:
    """The fault of names that the catalog does not know."""
    try:
        look_up(*names)
    except catalog.UnknownName as unknown:
        yield path, str(unknown)


def _refusals(candidate: dict[str, Any], traffic: dict[str, dict[str, Any]]) -> Found:
    """A refused class that is almost one of the traffic's is misspelt: it would refuse nothing."""
    classes = [str(stream.get("data_class", "internal")) for stream in traffic.values()]
    for name, site in _maps(candidate, "sites").items():
        for i, refused in enumerate(_texts(site.get("refuses"))):
            close = get_close_matches(refused, classes, n=1, cutoff=0.8)
            if close and refused not in classes:
                problem = f"no traffic has data class {refused!r}, did you mean {close[0]!r}?"
                yield f"sites.{name}.refuses.{i}", problem


def _serve_stages(candidate: dict[str, Any]) -> Found:
    """One stage serves; without pools and APIs none need to, to load a link or device alone."""
    path = _maps(candidate, "path")
    serving = [name for name, stage in path.items() if stage.get("kind") == "serve"]
    for name in serving[1:]:
        yield f"path.{name}", f"a second stage of kind 'serve', after {serving[0]!r}"
    if path and not serving and _pools_and_apis(candidate):
        noun = _serving_noun(candidate)
        yield "path", f"no stage of kind 'serve', so that no {noun} is ever asked"


def _pools_and_apis(candidate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return _maps(candidate, "pools") | _maps(candidate, "apis")


def _idle_machines(candidate: dict[str, Any]) -> Found:
    """Machines that no pool runs on: nothing of them would be simulated."""
    pools = _maps(candidate, "pools").values()
    used = {str(pool.get("machines")) for pool in pools}
    for name in _names(candidate, "machines"):
        if pools and name not in used:
            yield (
                f"machines.{name}",
                "no pool runs on these machines; leave them out, or name a pool",
            )


def _unserved(candidate: dict[str, Any], traffic: dict[str, dict[str, Any]]) -> Found:
    """Traffic that no pool and no API of the candidate serves."""
    pools = _pools_and_apis(candidate)
    stages = [s for s in _maps(candidate, "path").values() if s.get("kind") == "serve"]
    names = [pool for stage in stages for pool in _texts(stage.get("pools"))]
    # A pool that is not there, or serves nothing that can be read, has a fault of its own.
    if not names or any(not _texts(pools.get(name, {}).get("serves")) for name in names):
        return
    served = {service for name in names for service in _texts(pools[name]["serves"])}
    for stream, declared in traffic.items():
        service = declared.get("service")
        if isinstance(service, str) and service not in served:
            noun = _serving_noun(candidate)
            yield stream, f"no {noun} serves {service!r}, {nearest(service, served)}"
