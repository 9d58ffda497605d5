"""How the pools of a candidate stand on its machines."""

from dataclasses import dataclass

from aisim import catalog
from aisim.performance.iteration import IterationTime, iteration_time
from aisim.performance.memory import memory_plan
from aisim.performance.precision import weight_bytes
from aisim.scenario.candidate import Always, Candidate, CloudMachines, CloudSite, Pool
from aisim.scenario.faults import Fault, InvalidStudy
from aisim.scenario.study import Study


@dataclass(frozen=True)
class Shape:
    """What one machine of a group offers."""

    accelerator: catalog.Accelerator
    gpus: int


@dataclass(frozen=True)
class PoolPlan:
    """One pool, ready to be simulated.

    Attributes:
        machines: machine of the group that each replica stands on.
        time: iteration time of one replica.
        blocks: KV blocks per replica.
        block_tokens: tokens per block.
        token_budget: tokens per iteration.
        max_sequences: sequences running at once per replica.
        weight_bytes: bytes of weights that a starting replica reads.
        notes: what is estimated.
    """

    accelerator: catalog.Accelerator
    machines: tuple[int, ...]
    time: IterationTime
    blocks: int
    block_tokens: int
    token_budget: int
    max_sequences: int
    weight_bytes: float
    notes: tuple[str, ...]


def machine_shape(candidate: Candidate, group: str) -> Shape:
    """Accelerator and number of GPUs of one machine of a group."""
    declared = candidate.machines[group]
    if isinstance(declared, CloudMachines):
        site = candidate.sites[declared.site]
        assert isinstance(site, CloudSite)
        row = catalog.cloud_instance(site.provider, site.region, declared.instance)
        assert row.accelerator is not None
        return Shape(catalog.accelerator(row.accelerator), row.n_gpu)
    rows = [(catalog.hardware(item), quantity) for item, quantity in declared.parts.items()]
    with_gpus = [(row, quantity) for row, quantity in rows if row.accelerator is not None]
    gpus = sum(row.n_gpu * quantity for row, quantity in with_gpus)
    name = with_gpus[0][0].accelerator
    assert name is not None
    return Shape(catalog.accelerator(name), int(gpus))


def plan_pools(candidate: Candidate) -> dict[str, PoolPlan]:
    """A plan for every pool, in the order of declaration.

    Raises:
        InvalidStudy: with one fault for each pool that does not fit.
    """
    plans, faults = {}, []
    free: dict[str, list[int]] = {}
    for name, pool in candidate.pools.items():
        try:
            _check_sharing(candidate, name, pool)
            plans[name] = _plan(candidate, pool, free)
        except (ValueError, catalog.UnknownName) as problem:
            faults.append(Fault("", f"pools.{name}", str(problem)))
    if faults:
        raise InvalidStudy(faults)
    return plans


def check_placement(study: Study, file: str = "study") -> dict[str, dict[str, PoolPlan]]:
    """The plans of all candidates.

    Raises:
        InvalidStudy: with every pool of every candidate that does not fit.
    """
    plans, faults = {}, []
    for name, candidate in study.candidates.items():
        try:
            plans[name] = plan_pools(candidate)
        except InvalidStudy as invalid:
            faults += [
                Fault(file, f"candidates.{name}.{fault.path}", fault.problem)
                for fault in invalid.faults
            ]
    if faults:
        raise InvalidStudy(faults)
    return plans


def _check_sharing(candidate: Candidate, name: str, pool: Pool) -> None:
    """Machines that come and go belong to one pool, else nobody knew when they may go."""
    for other, declared in candidate.pools.items():
        come_and_go = not (isinstance(declared.runs, Always) and isinstance(pool.runs, Always))
        if other != name and declared.machines == pool.machines and come_and_go:
            raise ValueError(
                f"shares the machines {pool.machines!r} with pool {other!r}; "
                "only pools that always run can share machines"
            )


def _plan(candidate: Candidate, pool: Pool, free: dict[str, list[int]]) -> PoolPlan:
    shape = machine_shape(candidate, pool.machines)
    group = candidate.machines[pool.machines]
    engine, model = catalog.engine(pool.engine), catalog.llm_model(pool.model)
    budget = pool.token_budget or engine.token_budget
    sequences = pool.max_sequences or min(engine.max_sequences, budget)
    if budget < sequences:
        raise ValueError(
            f"token_budget {budget} below max_sequences {sequences}: each running sequence "
            "needs a token in every iteration"
        )
    tp = pool.tensor_parallel
    precisions = (pool.weights, pool.kv_cache, tp)
    time = iteration_time(model, shape.accelerator, engine.name, *precisions, sequences)
    blocks = pool.kv_blocks
    if blocks is None:
        plan = memory_plan(model, shape.accelerator, engine, *precisions, budget, sequences)
        blocks = plan.blocks
    machines = _pack(pool, shape.gpus, free.setdefault(pool.machines, [shape.gpus] * group.count))
    return PoolPlan(
        accelerator=shape.accelerator,
        machines=machines,
        time=time,
        blocks=blocks,
        block_tokens=engine.block_tokens,
        token_budget=budget,
        max_sequences=sequences,
        weight_bytes=model.params_b * 1e9 * weight_bytes(pool.weights),
        notes=time.notes,
    )


def _pack(pool: Pool, gpus: int, free: list[int]) -> tuple[int, ...]:
    """First fit of the replicas onto the free GPUs, which are taken."""
    tp = pool.tensor_parallel
    if tp > gpus:
        raise ValueError(
            f"tensor_parallel {tp} is more than the {gpus} GPUs of a machine of {pool.machines!r}"
        )
    places: list[int] = []
    for machine, available in enumerate(free):
        while available >= tp and len(places) < pool.replicas:
            available -= tp
            places.append(machine)
        free[machine] = available
    if len(places) < pool.replicas:
        raise ValueError(
            f"replicas {pool.replicas} of {tp} GPUs do not fit on {len(free)} machines of "
            f"{gpus} GPUs of {pool.machines!r}: {len(places)} do"
        )
    return tuple(places)
