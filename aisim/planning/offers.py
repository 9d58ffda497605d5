"""Machines with accelerators that have a price: for rent by the hour, or to buy."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aisim import catalog
from aisim.planning.bad_input import BadInput

KINDS = ("cloud", "own")


@dataclass(frozen=True, slots=True)
class Offer:
    """One whole machine.

    Attributes:
        kind: cloud or own.
        accelerator: Which it holds.
        gpus: How many of them.
        machine: Instance of the provider, or item of the catalog's hardware.
        provider: Of a rented machine; None of one to buy.
        region: The same.
        usd_per_hour: On demand; None of a machine to buy.
        note: What the catalog says of the row.
    """

    kind: str
    accelerator: str
    gpus: int
    machine: str
    provider: str | None
    region: str | None
    usd_per_hour: float | None
    note: str

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return "own" if self.provider is None else f"{self.provider} {self.region}"

    def site(self, own_region: str) -> dict[str, Any]:
        """Return the site of a study on which it stands."""
        if self.kind == "own":
            return {"kind": "own", "region": own_region}
        return {"kind": "cloud", "provider": self.provider, "region": self.region}

    def machines(self, count: int) -> dict[str, Any]:
        """Return so many of them as the machine group of a study."""
        what = {"instance": self.machine} if self.kind == "cloud" else {"parts": {self.machine: 1}}
        return {"kind": self.kind, "site": "site", "count": count, **what}


def find_offers(
    accelerators: Sequence[str] = (),
    providers: Sequence[str] = (),
    kinds: Sequence[str] = KINDS,
) -> dict[str, list[Offer]]:
    """Return the machines that have a price, by accelerator.

    Args:
        accelerators: Only these; empty: all.
        providers: Only their clouds; empty: all.
        kinds: cloud, own or both.

    Raises:
        UnknownName: No such accelerator or provider.
        BadInput: No machine is left.
    """
    for name in accelerators:
        catalog.accelerator(name)
    known = {row.provider for row in catalog.cloud_instances().values()}
    for name in providers:
        if name not in known:
            raise catalog.UnknownName("provider", name, known)
    if providers and "cloud" not in kinds:
        raise BadInput("a provider was named, but only own machines are wanted")
    found: defaultdict[str, list[Offer]] = defaultdict(list)
    for offer in (*_rented(providers), *_bought()):
        if offer.kind in kinds and (not accelerators or offer.accelerator in accelerators):
            found[offer.accelerator].append(offer)
    if not found:
        wanted = f" with {', '.join(accelerators)}" if accelerators else ""
        raise BadInput(f"no {' or '.join(kinds)} machine{wanted} has a price in the catalog")
    return dict(found)


def _rented(providers: Sequence[str]) -> list[Offer]:
    return [
        Offer(
            "cloud",
            row.accelerator,
            row.n_gpu,
            row.instance,
            row.provider,
            row.region,
            row.usd_per_hour_on_demand,
            row.note,
        )
        for row in catalog.cloud_instances().values()
        if row.accelerator and row.n_gpu and row.usd_per_hour_on_demand
        if not providers or row.provider in providers
    ]


def _bought() -> list[Offer]:
    return [
        Offer("own", row.accelerator, row.n_gpu, row.item, None, None, None, row.note)
        for row in catalog.hardware_items().values()
        if row.category == "server" and row.accelerator and row.n_gpu
    ]
