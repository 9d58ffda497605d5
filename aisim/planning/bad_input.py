"""What was asked for and cannot be."""


class BadInput(ValueError):
    """A question that has no answer; the message is one line: what was given, what is allowed."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the planner's mistake, not our code."""
        return [str(self)]
