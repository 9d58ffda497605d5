"""Whether a study can be priced, before anything is simulated."""

from collections.abc import Mapping
from pathlib import Path

from aisim.cost.cloud import level_price
from aisim.cost.prices import Prices
from aisim.cost.tokens import check_api
from aisim.scenario import Candidate, Fault, InvalidStudy, Study
from aisim.scenario.machines import CloudMachines


def check_money(study: Study, candidates: Mapping[str, Candidate]) -> None:
    """See that all prices of these candidates are there.

    Raises:
        BadPriceList: the study's price list cannot be used.
        InvalidStudy: an API has no price for its processing at the time of the study.
    """
    listed = study.economics.price_list
    if listed is not None and not Path(listed).is_file():
        problem = f"got {listed!r}: no such file, seen from the working directory"
        raise InvalidStudy([Fault(study.name, "economics.price_list", problem)])
    faults = []
    for name, candidate in candidates.items():
        faults += _unpriced(study, name, candidate)
        for api in candidate.apis:
            try:
                check_api(candidate, api, study)
            except ValueError as problem:
                faults.append(Fault(study.name, f"candidates.{name}.apis.{api}", str(problem)))
    if faults:
        raise InvalidStudy(faults)


def _unpriced(study: Study, name: str, candidate: Candidate) -> list[Fault]:
    """Rented machines whose price is in no list."""
    prices = Prices.of(study.economics)
    return [
        Fault(
            study.name,
            f"candidates.{name}.machines.{group}.price",
            f"no price {declared.price!r} of {declared.instance}, in the price list neither",
        )
        for group, declared in candidate.machines.items()
        if isinstance(declared, CloudMachines)
        and level_price(candidate, group, declared.price, prices) is None
    ]
