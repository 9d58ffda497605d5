"""Many runs: candidates compared, draws replicated, previews."""

from aisim.planning.bad_input import BadInput
from aisim.planning.base import optimal_base
from aisim.planning.base_choice import BaseChoice, ClosedBase, SimulatedBase
from aisim.planning.commitment import CommitmentChoice, Term, optimal_commitment
from aisim.planning.compare import Comparison, compare
from aisim.planning.differences import Difference, DifferenceRow, Differences, differences
from aisim.planning.explain import check_figure, explain, explained_figures
from aisim.planning.explanation import Explanation
from aisim.planning.growth import FACTORS, Growth, GrowthPoint, follows_load, scaled
from aisim.planning.money import money
from aisim.planning.picture import Columns, Picture, State
from aisim.planning.predict import predict
from aisim.planning.prediction import Prediction
from aisim.planning.preview import DRAWS, GLIMPSE_REQUESTS, draws_of, preview_study
from aisim.planning.price_map import PriceMap, price_map
from aisim.planning.priced import OneDraw, Priced
from aisim.planning.replicate import replicate
from aisim.planning.size import size
from aisim.planning.sizing import Sized, Sizing
from aisim.planning.trial import Outcome, Trial

__all__ = [
    "DRAWS", "FACTORS", "GLIMPSE_REQUESTS", "BadInput", "BaseChoice", "ClosedBase", "Columns",
    "CommitmentChoice", "Comparison", "Difference", "DifferenceRow", "Differences", "Explanation",
    "Growth", "GrowthPoint", "OneDraw", "Outcome", "Picture", "Prediction", "PriceMap", "Priced",
    "SimulatedBase", "Sized", "Sizing", "State", "Term", "Trial", "check_figure", "compare",
    "differences", "draws_of", "explain", "explained_figures", "follows_load", "money",
    "optimal_base", "optimal_commitment", "predict", "preview_study", "price_map", "replicate",
    "scaled", "size",
]  # fmt: skip
