"""What a candidate must not break: where data may be, budgets, power, time, people."""

from dataclasses import replace

import pytest

from aisim.language import Sentence
from aisim.planning import compare
from aisim.planning.limits import broken_limits, country_of, missed_promises
from aisim.report import answer_notes, verdict
from aisim.scenario.sites import ApiSite, CloudSite, OwnSite
from tests.priced import priced, priced_data, priced_study, repriced

NONE = {"limits": {}}
PERSONAL = "limits.data.personal"


def broken(name, changes, bill=False):
    """The lines of one candidate, of a study whose only limits are in the changes."""
    study = priced_study(NONE | changes)
    return broken_limits(study, study.candidates[name], priced().bills[name] if bill else None)


def test_without_limits_nothing_is_broken():
    for name in priced_data()["candidates"]:
        assert broken(name, {}, bill=True) == []


@pytest.mark.parametrize(
    ("site", "country"),
    [
        (OwnSite(region="DE"), "DE"),
        (OwnSite(region="US-CA"), "US"),
        (OwnSite(region="EU27"), "EU"),
        (OwnSite(region="Frankfurt", electricity_usd_per_kwh=0.2), None),
        (OwnSite(region="DEN", electricity_usd_per_kwh=0.2), None),
        (OwnSite(region="", electricity_usd_per_kwh=0.2), None),
        (CloudSite(provider="aws", region="eu-central-1"), "DE"),
        (CloudSite(provider="azure", region="westeurope"), "NL"),
        (CloudSite(provider="runpod", region="global"), None),
        (ApiSite(provider="openai"), "US"),
        (ApiSite(provider="mistral", country="FR"), "FR"),
    ],
)
def test_the_country_of_a_site(site, country):
    assert country_of(site) == country


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"sites": ["own"]}, {"gpt": "an external API", "managed": "a public cloud"}),
        ({"sites": ["own", "cloud"]}, {"gpt": "an external API"}),
        ({"sites": ["api"]}, {"own": "sites of one's own", "hybrid": "sites of one's own",
                              "managed": "a public cloud"}),
        ({"countries": ["DE"]}, {"gpt": "it must stay in DE, and that is in US"}),
        ({"countries": ["US"]}, {"own": "in DE", "hybrid": "in DE", "managed": "in DE"}),
        ({"countries": ["US", "DE"]}, {}),
        ({"countries": ["FR", "IT"]}, {"gpt": "in FR, IT", "own": "in FR, IT",
                                       "hybrid": "in FR, IT", "managed": "in FR, IT"}),
    ],
)  # fmt: skip
def test_where_data_may_be(rule, told):
    """The hybrid refuses personal data at its API."""
    for name in priced_data()["candidates"]:
        lines = broken(name, {PERSONAL: rule})
        assert len(lines) == (name in told), (name, lines)
        for line in lines:
            assert line.startswith("personal data may reach ")
            assert told[name] in line
            assert line.endswith(".refuses)")


def test_a_refusal_lifts_the_rule():
    rule = {PERSONAL: {"sites": ["own"]}}
    assert broken("hybrid", rule) == []
    (line,) = broken("hybrid", rule | {"candidates.hybrid.sites.openai.refuses": ["internal"]})
    assert "personal data may reach openai" in line
    assert "sites.openai.refuses" in line
    assert broken("gpt", rule | {"candidates.gpt.sites.openai.refuses": ["personal"]}) == []


def test_only_classes_of_the_traffic_and_sites_that_serve_it_count():
    assert broken("gpt", {"limits.data.secret": {"sites": ["own"]}}) == []
    rule = {PERSONAL: {"sites": ["own"]}}
    rest = {
        "workload.traffic.personal.service": "mail",
        "candidates": {
            "gpt": {
                "sites": {"openai": {"kind": "api", "provider": "openai"},
                          "house": {"kind": "own", "region": "DE"}},
                "machines": {"server": {"kind": "own", "site": "house",
                                        "parts": {"4x L40S PCIe server 2U": 1}}},
                "pools": {"pool": {"machines": "server", "model": "llama-3.1-8b",
                                   "serves": ["mail"]}},
                "apis": {"mini": {"site": "openai", "model": "gpt-5-mini", "serves": ["chat"]}},
                "path": {"serving": {"kind": "serve", "pools": ["mini", "pool"]}},
            }
        },
    }  # fmt: skip
    study = priced_study(NONE | rule | rest)
    assert broken_limits(study, study.candidates["gpt"]) == []


def test_only_what_the_path_names_is_ever_asked():
    """An API that no stage names gets no data; once it is named, it does."""
    rule = {PERSONAL: {"sites": ["own"]}}
    spare = {
        "candidates.own.sites.openai": {"kind": "api", "provider": "openai"},
        "candidates.own.apis": {
            "mini": {"site": "openai", "model": "gpt-5-mini", "serves": ["chat"]}
        },
    }
    assert broken("own", rule | spare) == []
    named = {"candidates.own.path.serving.pools": ["pool", "mini"]}
    (line,) = broken("own", rule | spare | named)
    assert line.startswith("personal data may reach openai: it must not go to an external API")


def test_a_site_is_named_once_however_many_of_its_pools_serve():
    rule = {PERSONAL: {"sites": ["own"]}}
    two = {
        "candidates.gpt.apis.nano": {"site": "openai", "model": "gpt-5-nano", "serves": ["chat"]},
        "candidates.gpt.path.serving.pools": ["mini", "nano"],
    }
    assert len(broken("gpt", rule | two)) == 1


def test_two_rules_are_two_lines():
    rules = {PERSONAL: {"countries": ["DE"]}, "limits.data.internal": {"sites": ["own"]}}
    lines = broken("gpt", rules)
    assert [line.partition(" ")[0] for line in lines] == ["personal", "internal"]


@pytest.mark.parametrize("field", ["usd_per_month", "upfront_usd", "paid_usd"])
def test_budgets(field):
    limit = {"usd_per_month": "budget_usd_per_month", "upfront_usd": "budget_upfront_usd",
             "paid_usd": "budget_total_usd"}[field]  # fmt: skip
    words = {"usd_per_month": "an average month", "upfront_usd": "before the service begins",
             "paid_usd": "3 years"}[field]  # fmt: skip
    usd = priced().answer()["candidates"]["own"]["cost"][field]
    assert broken("own", {f"limits.{limit}": usd + 1}, bill=True) == []
    (line,) = broken("own", {f"limits.{limit}": usd - 1000}, bill=True)
    assert line.startswith(f"{words}: {usd:,.0f} USD, 1,000 over the budget of {usd - 1000:,.0f}")
    assert broken("own", {f"limits.{limit}": usd - 1000}) == []


def test_a_budget_of_nothing_lets_nothing_be_paid():
    """An API is paid month by month: nothing before the service begins."""
    assert broken("gpt", {"limits.budget_upfront_usd": 0}, bill=True) == []
    assert len(broken("own", {"limits.budget_upfront_usd": 0}, bill=True)) == 1


def test_a_bill_of_nothing_breaks_no_budget():
    study = priced_study(NONE | {"limits.budget_usd_per_month": 0})
    nothing = replace(priced().bills["own"], charges=(), used=None)
    assert broken_limits(study, study.candidates["own"], nothing) == []


def test_the_feed_of_a_site():
    path = "candidates.own.sites.house.power_limit_kw"
    (line,) = broken("own", {path: 0.5})
    assert line.startswith("house: machines draw ")
    assert line.endswith("kW at most, its feed and cooling take 0.5 kW")
    draw = float(line.split("draw ")[1].split()[0])
    assert broken("own", {path: draw + 0.1}) == []
    (two,) = broken("own", {path: draw + 0.1, "candidates.own.machines.server.count": 2})
    assert float(two.split("draw ")[1].split()[0]) == pytest.approx(2 * draw, abs=0.1)


def test_what_a_rack_takes():
    (line,) = broken("own", {"limits.rack_kw": 1})
    assert line.startswith("server: one machine draws ")
    assert line.endswith("kW, a rack takes 1 kW")
    # Several machines do not stand in one rack because there are several.
    assert broken("own", {"limits.rack_kw": 3, "candidates.own.machines.server.count": 9}) == []
    draw = float(line.split("draws ")[1].split()[0])
    racks = {"candidates.own.sites.house.rack_kw": draw - 0.2}
    assert broken("own", racks) == []
    (line,) = broken("own", racks | {"candidates.own.sites.house.space": "racks"})
    assert f"a rack takes {draw - 0.2:g} kW" in line
    assert broken("managed", {"limits.rack_kw": 0}) == []


def test_the_time_from_order_to_service():
    path = "candidates.own.machines.server"
    (line,) = broken("own", {"limits.lead_time_months": 1})
    assert line == "server: 3 months from order to service, allowed: 1"
    quick = {"limits.lead_time_months": 1, f"{path}.lead_time_months": 1}
    assert broken("own", quick) == []
    there = {"limits.lead_time_months": 0, f"{path}.already_owned": {"present_utilisation": 0.5}}
    assert broken("own", there) == []
    assert broken("managed", {"limits.lead_time_months": 0}) == []


def test_staff_of_all_own_sites():
    (line,) = broken("own", {"limits.staff_fte": 0.4})
    assert line == "0.5 full-time staff at own sites, allowed: 0.4"
    assert broken("own", {"limits.staff_fte": 0.5}) == []
    more = {"limits.staff_fte": 0.5, "candidates.own.machines.server.count": 26}
    (line,) = broken("own", more)
    assert line.startswith("1.5 full-time staff")
    assert broken("own", {"limits.staff_fte": 0.1, "candidates.own.sites.house.staff_fte": 0}) == []
    assert broken("gpt", {"limits.staff_fte": 0}) == []
    # Of machines that are half busy with other work, half the staff: 0.5 x 0.5.
    shared = {"candidates.own.machines.server.already_owned": {"present_utilisation": 0.5}}
    assert broken("own", shared | {"limits.staff_fte": 0.25}) == []
    (line,) = broken("own", shared | {"limits.staff_fte": 0.24})
    assert line == "0.25 full-time staff at own sites, allowed: 0.24"


def test_each_limit_is_a_line():
    limits = {
        "limits": {"staff_fte": 0, "lead_time_months": 0, "rack_kw": 0, "budget_usd_per_month": 0,
                   "budget_upfront_usd": 0, "budget_total_usd": 0,
                   "data": {"personal": {"countries": ["FR"]}}},
        "candidates.own.sites.house.power_limit_kw": 0.1,
    }  # fmt: skip
    assert len(broken("own", limits, bill=True)) == 8


def test_the_excluded_stay_in_the_answer_and_the_verdict_passes_them_over():
    answer = priced().answer()
    excluded = {n: c["broken_limits"] for n, c in answer["candidates"].items()}
    assert [name for name, lines in excluded.items() if lines] == ["gpt", "own"]
    assert "personal data may reach openai" in excluded["gpt"][0]
    assert "over the budget of 9,500" in excluded["own"][0]
    assert answer["candidates"]["gpt"]["cost"]["usd_per_month"] > 0
    words = verdict(answer)
    assert words.startswith(
        "All candidates within the limits keep their promises; the least: managed"
    )
    notes = list(answer_notes(answer))
    assert f"EXCLUDED gpt: {excluded['gpt'][0]}" in notes


def test_all_are_excluded():
    asked = repriced({"limits.budget_total_usd": 1})
    answer = asked.answer()
    assert all(c["broken_limits"] for c in answer["candidates"].values())
    assert verdict(answer) == "Every candidate is excluded: it breaks a limit of the study."


def test_a_stopped_candidate_has_no_budget_to_break():
    asked = priced_study({"limits.budget_total_usd": 0})
    told = []
    stopped = compare(asked, on_progress=lambda *_: told.append(1), cancelled=lambda: bool(told))
    answer = stopped.answer()
    (only,) = answer["candidates"]
    assert all("budget" not in line for line in answer["candidates"][only]["broken_limits"])


def missed(**promise):
    told = {"percentile": 95.0, "limit_s": 2.5, "kept": False} | promise
    return missed_promises({"service_level": {"staff": {"ttft_s": told}}})


def test_a_missed_promise_says_by_how_much():
    (line,) = missed(value_s=3.1)
    assert line == "staff: TTFT p95 3.1 s, 0.6 s over the promised 2.5 s"
    assert isinstance(line, Sentence)
    of_many = {"mean": 3.1, "low": 3.0, "high": 3.2}
    same = {"mean": 95.0, "low": 95.0, "high": 95.0}
    assert missed(value_s=of_many, percentile=same) == [line]
    assert missed(value_s=2.0, kept=True) == missed(value_s=None, kept=None) == []


def test_a_promise_may_be_missed_without_a_figure_or_in_one_replication():
    (never,) = missed(value_s=None)
    assert never == "staff: TTFT p95 never within the promised 2.5 s: too few were completed"
    (once,) = missed(value_s={"mean": 2.4, "low": 2.0, "high": 2.8})
    assert "2.4 s in the mean, but not in every replication" in once


def test_every_line_can_be_said_in_another_language():
    lines = {line for c in priced().answer()["candidates"].values() for line in c["broken_limits"]}
    assert lines
    assert all(isinstance(line, Sentence) and line.template != line for line in lines)
