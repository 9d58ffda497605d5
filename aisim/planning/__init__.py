"""Many runs: candidates compared, draws replicated, previews."""

from aisim.planning.bad_input import BadInput
from aisim.planning.compare import Comparison, compare
from aisim.planning.picture import Columns, Picture, State
from aisim.planning.predict import predict
from aisim.planning.prediction import Prediction
from aisim.planning.preview import DRAWS, GLIMPSE_REQUESTS, draws_of, preview_study
from aisim.planning.replicate import replicate
from aisim.planning.size import size
from aisim.planning.sizing import Sized, Sizing
from aisim.planning.trial import Outcome, Trial

__all__ = [
    "DRAWS", "GLIMPSE_REQUESTS", "BadInput", "Columns", "Comparison", "Outcome", "Picture",
    "Prediction", "Sized", "Sizing", "State", "Trial", "compare", "draws_of", "predict",
    "preview_study", "replicate", "size",
]  # fmt: skip
