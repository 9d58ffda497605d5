"""Of which draw the figures are that are no mean over the draws."""

from aisim.language import say
from aisim.planning.picture import Picture


def which_draw(picture: Picture) -> str:
    """A sentence on what `picture.typical` is; shown by `tr`, empty where there is one draw."""
    if picture.replications < 2:
        return ""
    return say("Of draw {n}, the one nearest to the mean.", n=picture.typical.replication + 1)
