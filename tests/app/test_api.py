"""The desk of a study with external APIs: nothing of it needs machines."""

import pytest

from aisim import load_study
from aisim.app.desk import Desk
from tests.app.desks import markup, rows


@pytest.fixture(scope="module")
def desk():
    return Desk(load_study("sourcing", ["run.warm_up_s=600", "run.horizon_s=4200"]))


def test_candidates_of_apis_are_on_every_chart(desk):
    assert {row["candidate"] for row in rows(desk, "latency")} == {"api", "cloud", "own", "hybrid"}
    assert {row["candidate"] for row in rows(desk, "cost")} == {"api", "cloud", "own", "hybrid"}


def test_who_breaks_a_limit_is_said_to_be_excluded(desk):
    assert "EXCLUDED api: personal data may reach openai" in markup(desk)
