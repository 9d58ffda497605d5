"""aisim: which way of hosting an AI service meets its service levels, and what it costs.

A study is loaded, its candidates are compared, and the answer is plain data:

    import aisim

    study = aisim.load_study("assistant")
    comparison = aisim.compare(study)
    answer = comparison.answer()
"""

from aisim.cost import Bill, bill, ledger_frame
from aisim.planning import (
    BadInput,
    BaseChoice,
    CommitmentChoice,
    Comparison,
    Explanation,
    Prediction,
    PriceMap,
    Sizing,
    compare,
    explain,
    money,
    optimal_base,
    optimal_commitment,
    predict,
    price_map,
    replicate,
    size,
)
from aisim.results import Run, figures, mean_interval
from aisim.scenario import (
    Candidate,
    InvalidStudy,
    Study,
    dump_study,
    load_study,
    parse_study,
    read_study,
    save_study,
    shipped_studies,
)
from aisim.scenario.accelerator_file import read_accelerator
from aisim.simulation import Simulation, simulate
from aisim.workload import BadTrace, Requests, draw_requests

__version__ = "0.1.0"

__all__ = [
    "BadInput",
    "BadTrace",
    "BaseChoice",
    "Bill",
    "Candidate",
    "CommitmentChoice",
    "Comparison",
    "Explanation",
    "InvalidStudy",
    "Prediction",
    "PriceMap",
    "Requests",
    "Run",
    "Simulation",
    "Sizing",
    "Study",
    "bill",
    "compare",
    "draw_requests",
    "dump_study",
    "explain",
    "figures",
    "ledger_frame",
    "load_study",
    "mean_interval",
    "money",
    "optimal_base",
    "optimal_commitment",
    "parse_study",
    "predict",
    "price_map",
    "read_accelerator",
    "read_study",
    "replicate",
    "save_study",
    "shipped_studies",
    "simulate",
    "size",
]
