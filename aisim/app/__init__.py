"""The desk: a study in a notebook, alive under the planner's hands."""

from aisim.app.desk import Desk

__all__ = ["Desk"]
