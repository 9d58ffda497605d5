"""What a callback of a widget raises is only logged: no test of the desk may overlook it."""

import pytest


@pytest.fixture(autouse=True)
def nothing_is_raised_in_silence(caplog):
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    raised = [record.getMessage() for record in records if record.levelname in ("ERROR", "WARNING")]
    assert not raised
