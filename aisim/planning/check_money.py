"""Whether a study can be priced, before anything is simulated."""

from collections.abc import Mapping

from aisim.cost.charges import prices_in_use
from aisim.cost.tokens import check_api
from aisim.scenario import Candidate, Fault, InvalidStudy, Study


def check_money(study: Study, candidates: Mapping[str, Candidate]) -> None:
    """See that all prices of these candidates are there.

    Raises:
        BadPriceList: the study's price list cannot be used.
        InvalidStudy: an API has no price for its processing at the time of the study.
    """
    faults = []
    for name, candidate in candidates.items():
        prices_in_use(candidate, study.economics)
        for api in candidate.apis:
            try:
                check_api(candidate, api, study)
            except ValueError as problem:
                faults.append(Fault(study.name, f"candidates.{name}.apis.{api}", str(problem)))
    if faults:
        raise InvalidStudy(faults)
