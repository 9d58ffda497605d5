"""RAM and cores of a machine: what replicas need of them, and what is said where they are short."""

from aisim import catalog
from aisim.performance.machines import machine_shape
from tests.performance.test_placement import plans, problem, study

FOUR = {"4x L40S PCIe server 2U": 1}
KEPT = {"weights_kept_in": "ram"}


def box(**changes):
    return {"machines__box__parts": FOUR} | {f"pools__llm__{k}": v for k, v in changes.items()}


def notes(**fields):
    return " ".join(plans(**fields)["llm"].notes)


def test_the_servers_among_the_parts_have_the_ram():
    parts = {"CPU node 1x 32c, 256 GB": 2, "L40S 48GB": 4, "rack + cabling": 0.1}
    shape = machine_shape(study(machines__box__parts=parts).candidates["site"], "box")
    assert (shape.ram_gib, shape.cores, shape.threads) == (512, 64, False)


def test_parts_without_a_server_have_none_that_is_known():
    shape = machine_shape(study().candidates["site"], "box")
    assert (shape.ram_gib, shape.cores) == (None, None)
    assert "CPU cores of the machines box are not known" in notes()
    assert "RAM of the machines" not in notes()
    assert "RAM of the machines box is not known: 15.0 GiB weights" in notes(
        pools__llm__weights_kept_in="ram"
    )


def test_one_server_with_a_blank_makes_the_sum_unknown():
    parts = {"4x L40S PCIe server 2U": 1, "CPU node 1x 32c, 256 GB": 1}
    shape = machine_shape(study(machines__box__parts=parts).candidates["site"], "box")
    assert (shape.ram_gib, shape.cores) == (768, None)


def test_a_cloud_machine_counts_its_threads():
    rented = {
        "sites__room": {"kind": "cloud", "provider": "aws", "region": "us-east-1"},
        "machines__box": {"kind": "cloud", "site": "room", "instance": "g6e.xlarge"},
    }
    row = catalog.cloud_instance("aws", "us-east-1", "g6e.xlarge")
    shape = machine_shape(study(**rented).candidates["site"], "box")
    assert (shape.ram_gib, shape.cores, shape.threads) == (row.ram_gib, row.vcpu, True)
    # Three processes on four vCPUs run, though not each on a core of its own.
    assert "4 vCPUs of a machine box are fewer than the 6" in notes(**rented)


def test_weights_in_ram_and_kv_offload_add_up():
    weights_gib = plans(**box())["llm"].weight_bytes / 2**30
    fits = 512 / 4 - weights_gib
    assert plans(**box(replicas=4, kv_offload_gib=fits - 0.01, **KEPT))
    assert problem(**box(replicas=4, kv_offload_gib=fits + 0.1, **KEPT)) == (
        f"pools.llm: 4 replicas of {weights_gib:.1f} GiB weights + {fits + 0.1:.1f} GiB KV offload "
        "on a machine of 'box' do not fit in its 512 GiB RAM; 3 of them on each machine would fit"
    )
    assert "not one replica would fit" in problem(**box(kv_offload_gib=513))


def test_without_offload_ram_is_not_asked_for():
    assert "GiB" not in notes(**box(replicas=4))


def test_pools_share_the_ram_of_their_machines():
    pools = {"llm": {"kv_offload_gib": 300}, "other": {"kv_offload_gib": 300}}
    text = problem(pools, machines__box__parts=FOUR)
    assert text.startswith("pools.other: 1 replicas of 300.0 GiB KV offload")
    assert "of which other pools take 300 GiB; not one replica would fit" in text


def test_each_machine_has_ram_of_its_own():
    fields = box(replicas=2, tensor_parallel=4, kv_offload_gib=400)
    assert plans(**fields, machines__box__count=2)["llm"].machines == (0, 1)


def test_too_few_cores_say_how_many_replicas_would_do():
    parts = {"CPU node 1x 32c, 256 GB": 1, "L40S 48GB": 12}
    text = problem(machines__box__parts=parts, pools__llm__replicas=12)
    assert text == (
        "pools.llm: 12 replicas of 3 CPU cores for engine and workers on a machine of 'box' do not "
        "fit on its 32 cores; 10 of them on each machine would fit"
    )


def test_on_cpus_the_engine_takes_the_ram_itself():
    parts = {"2x Xeon 8480+ CPU server, 1 TB": 1}
    fields = {"machines__box__parts": parts, "pools__llm__replicas": 2}
    plan = plans(**fields)["llm"]
    assert plan.accelerator.is_cpu
    assert plan.machines == (0, 0)
    assert plan.blocks > 10_000
    text = problem(**fields, pools__llm__kv_offload_gib=60)
    assert "460.8 GiB engine" in text
    assert "1 of them on each machine would fit" in text
