"""What a provider charges beside its machines, from the rows of the catalog; and what fails."""

from collections.abc import Mapping

import pytest

from aisim import catalog
from aisim.scenario.study import MONTH_H
from tests.theory.tco.anchors import Anchor, anchors
from tests.theory.tco.studies import EIGHT_GPUS, rented, spent

AWS = {"kind": "cloud", "provider": "aws", "region": "us-east-1"}
#: Service and item of the catalog, and the input that says how much, by anchor.
ITEMS: Mapping[str, Mapping[str, str]] = {
    "IC-NAT": {"NAT gateway / gateway": "h"},
    "IC-S3": {"S3 / standard": "gb"},
    "IC-GP3": {"EBS gp3 / capacity": "gb", "EBS gp3 / IOPS above 3000": "iops",
               "EBS gp3 / throughput above 125 MB/s": "mbps"},
    "IC-EFS": {"EFS / standard": "gb", "EFS / provisioned throughput": "mbps"},
    "IC-DX": {"Direct Connect / 1 Gbps port": "h"},
}  # fmt: skip


def month_of_services(anchor: Anchor) -> float:
    """Rows of the catalog by quantity; where a rate is printed, it is theirs."""
    costs = {
        f"item{k}": {"service": service, "quantity": anchor.inputs[how_much]}
        for k, (service, how_much) in enumerate(ITEMS[anchor.id].items())
    }
    bill = spent(costs, site=AWS).bill
    if "rate" in anchor.inputs:
        paid = [charge.unit_price_usd for charge in bill.charges if charge.category == "support"]
        assert paid == [anchor.inputs["rate"]]
    return bill.usd_per_month


def egress_of_a_rate(anchor: Anchor) -> float:
    """The catalog has no row of that region: the rate is the planner's own."""
    i = anchor.inputs
    cost = {"usd": i["rate"], "quantity": i["gb"], "category": "egress"}
    return spent({"egress": cost}, site=AWS).bill.usd_per_month


def hours_to_failure(anchor: Anchor) -> float:
    """One dollar for each failure of machines that all run: hours of a dollar."""
    i = anchor.inputs
    rate = figure("A100 node RSC-1", "failure rate")
    assert rate == i["rate_per_1000_node_days"]
    each = {"usd": rate / 1000 / 24, "quantity": "machine_hours"}
    nodes = rented(1.0, machine=EIGHT_GPUS, count=i["nodes"], years=1, costs={"failures": each})
    return 12 * MONTH_H / nodes.usd("support")


def observed(anchor: Anchor) -> float:
    """Of a row that the catalog derives from the same counts."""
    assert figure("H100 training cluster", "unexpected interruptions") == anchor.inputs["n"]
    return figure("H100 training cluster", "MTBF of whole job")


def figure(component: str, metric: str) -> float:
    rows = catalog.reliability_figures()
    (found,) = [row for row in rows if (row.component, row.metric) == (component, metric)]
    return found.value


LEDGER = {**dict.fromkeys(ITEMS, month_of_services), "IC-EGR": egress_of_a_rate}
#: No ledger says how long machines run: what was observed, and failures at a dollar each.
ARITHMETIC = {
    "REL-LLAMA-MTBF": observed,
    **dict.fromkeys(["REL-RSC-16K", "REL-RSC-131K"], hours_to_failure),
}


@pytest.mark.parametrize("name", LEDGER)
def test_published(name):
    anchors()[name].check(LEDGER[name](anchors()[name]))


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name):
    anchors()[name].check(ARITHMETIC[name](anchors()[name]))
