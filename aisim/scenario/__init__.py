"""What a planner declares: a study, with its workload, candidates, economics, run settings."""

from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.faults import Fault, InvalidStudy
from aisim.scenario.files import (
    dump_study,
    load_study,
    parse_study,
    read_study,
    save_study,
    shipped_studies,
)
from aisim.scenario.schema import study_schema
from aisim.scenario.study import RunSettings, Study
from aisim.scenario.workload import Traffic, Workload

__all__ = [
    "Candidate",
    "Economics",
    "Fault",
    "InvalidStudy",
    "RunSettings",
    "Study",
    "Traffic",
    "Workload",
    "dump_study",
    "load_study",
    "parse_study",
    "read_study",
    "save_study",
    "shipped_studies",
    "study_schema",
]
