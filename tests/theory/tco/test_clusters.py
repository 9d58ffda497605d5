"""Clusters that are bought: purchases, electricity and totals by category of the ledger."""

import pytest

from aisim.cost.schedule import Bought
from tests.theory.tco.anchors import Anchor, anchors, named
from tests.theory.tco.studies import GPU, SERVER, YEAR_H, Case, owned, spent

MILLION = 1e6
NODE = "8x H100 SXM5 node incl. 8x400G IB cards"
SWITCH, CABLES = "NVIDIA QM9700 NDR IB switch 64x400G", "NDR cables+transceivers per 8-GPU node"
EACH = 8


def cluster(anchor: Anchor) -> Case:
    """Machines of eight GPUs that are as busy as is said, with their PUE and tariff."""
    i = anchor.inputs
    return owned(
        {GPU: (EACH, i["usd_per_gpu"])},
        count=i["n_gpu"] // EACH,
        kw=i["kw"],
        load=i["utilisation"],
        years=i["years"],
        site={"pue": i["pue"], "electricity_usd_per_kwh": i["usd_per_kwh"]},
    )


def acquisition(anchor: Anchor) -> float:
    return cluster(anchor).usd("compute") / MILLION


def electricity(anchor: Anchor) -> float:
    return cluster(anchor).usd("energy") / MILLION


def total(anchor: Anchor) -> float:
    return cluster(anchor).usd() / MILLION


def per_work(anchor: Anchor) -> float:
    """USD for a PFLOPS that works for a year."""
    i = anchor.inputs
    return cluster(anchor).usd_per(i["n_gpu"] * i["dense_pflops"] * i["utilisation"] * i["years"])


def price_sheet(anchor: Anchor) -> Case:
    """Nodes, their part of the switches and of the cables, and what a node needs around it."""
    i = anchor.inputs
    n = i["nodes"]
    parts = {NODE: (1, i["node_usd"]), SWITCH: (i["switches"] / n, i["switch_usd"]),
             CABLES: (1, i["cables_usd"] / n)}  # fmt: skip
    around = {"usd": i["facility_ops_usd_per_node"], "quantity": n, "when": "once",
              "category": "space"}  # fmt: skip
    return owned(parts, count=n, costs={"facility": around})


def sheet_total(anchor: Anchor) -> float:
    return price_sheet(anchor).usd()


def sheet_per_gpu(anchor: Anchor) -> float:
    return price_sheet(anchor).usd_per(anchor.inputs["gpus"])


def hardware_per_gpu_hour(anchor: Anchor) -> float:
    i = anchor.inputs
    bought = owned({SERVER: (1, i["server"])}, years=i["years"])
    return bought.usd_per(i["gpus"] * i["years"] * YEAR_H)


def running_per_gpu_hour(anchor: Anchor) -> float:
    """Support and power of three years, paid at once."""
    i = anchor.inputs
    costs = {"running": {"usd": i["support_power"], "when": "once"}}
    return spent(costs, years=i["years"]).usd_per(i["gpus"] * i["years"] * YEAR_H)


def gpu_hour(anchor: Anchor) -> float:
    """Both, over as many years as five and three divide: each is bought again as it ends."""
    assert not anchor.inputs
    server, running = (anchors()[f"DV-{name}"].inputs for name in ("AMORT", "OPEX"))
    paid = {"usd": running["support_power"], "when": "once", "life_years": running["years"]}
    years = server["years"] * running["years"]
    parts = {SERVER: (1, server["server"])}
    both = owned(parts, costs={"running": paid}, years=years, life_years=server["years"])
    return both.usd_per(server["gpus"] * years * YEAR_H)


def watts_of_an_hour(anchor: Anchor) -> float:
    """GPUs and, as one more machine, what stands around them."""
    i = anchor.inputs
    site = {"pue": i["pue"], "electricity_usd_per_kwh": i["usd"]}
    each = {"load": 1.0, "site": site, "years": 1}
    gpus = owned({GPU: (i["gpus"], 1)}, kw=i["kw"], **each)
    around = owned({GPU: (1, 1)}, kw=i["overhead_kw"], **each)
    return (gpus.usd("energy") + around.usd("energy")) / YEAR_H


def five_years(anchor: Anchor) -> float:
    """A year's costs, and what the first has beyond them; the flow says both figures."""
    i = anchor.inputs
    costs = {"more": {"usd": i["y1"] - i["y2_5"], "when": "once"},
             "year": {"usd": i["y2_5"], "when": "yearly"}}  # fmt: skip
    paid = spent(costs, years=5).flow
    assert [paid[12 * year : 12 * year + 12].sum() for year in range(5)] == [
        pytest.approx(i["y1" if year == 0 else "y2_5"]) for year in range(5)
    ]
    return float(paid.sum())


def deducted(anchor: Anchor) -> float:
    """What is written off over six years, as the table of the tax office has it by year."""
    i = anchor.inputs
    left, book = [(0.0, 1.0)], 1.0
    for year, share in enumerate(i["pct"], 1):
        book -= share
        left.append((12.0 * year, book))
    months = 12 * len(i["pct"])
    written = Bought(months, tuple(left)).entries(i["base"], months, 0)
    return sum(entry.effective_usd for entry in written)


PARTS = {"ACQ": acquisition, "PWR": electricity, "TCO": total, "PFY": per_work}
LEDGER = {
    **{name: PARTS[name.rpartition("-")[2]] for name in named("AIM-*")},
    **dict.fromkeys(named("REC-*-TOT"), sheet_total),
    **dict.fromkeys(named("REC-*-GPU"), sheet_per_gpu),
    "DV-AMORT": hardware_per_gpu_hour,
    "DV-OPEX": running_per_gpu_hour,
    "DV-TOT": gpu_hour,
    "AII-PWR": watts_of_an_hour,
}
#: Sums of what is given: they say that the ledger loses nothing, and nothing of the world.
ARITHMETIC = {"AII-CUM5": five_years, "AII-MACRS": deducted}


@pytest.mark.parametrize("name", LEDGER)
def test_published(name):
    anchors()[name].check(LEDGER[name](anchors()[name]))


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name):
    anchors()[name].check(ARITHMETIC[name](anchors()[name]))
