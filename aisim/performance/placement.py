"""How the pools of a candidate stand on its machines."""

from dataclasses import dataclass, replace

from aisim import catalog
from aisim.catalog.engines import Engine
from aisim.performance.calibrated import pool_calibration
from aisim.performance.deployment import Parallel
from aisim.performance.hosts import Hosts
from aisim.performance.iteration import IterationTime, iteration_time
from aisim.performance.machines import machine_shape
from aisim.performance.memory import memory_plan
from aisim.performance.precision import weight_bytes
from aisim.performance.shared import SharedTime, shared_time
from aisim.scenario.candidate import Candidate
from aisim.scenario.faults import Fault, InvalidStudy
from aisim.scenario.machines import Machines, OwnMachines
from aisim.scenario.pools import Always, Pool
from aisim.scenario.study import Study


@dataclass(frozen=True)
class PoolPlan:
    """One pool, ready to be simulated.

    Attributes:
        gpus_per_replica: GPUs that one replica takes.
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
    gpus_per_replica: int
    machines: tuple[int, ...]
    time: IterationTime | SharedTime
    blocks: int
    block_tokens: int
    token_budget: int
    max_sequences: int
    weight_bytes: float
    notes: tuple[str, ...]


def plan_pools(candidate: Candidate) -> dict[str, PoolPlan]:
    """A plan for every pool, in the order of declaration.

    Raises:
        InvalidStudy: with one fault for each pool that does not fit.
    """
    plans, faults = {}, []
    free: dict[str, list[int]] = {}
    hosts = Hosts()
    for name, pool in candidate.pools.items():
        try:
            _check_sharing(candidate, name, pool)
            plan = _plan(candidate, pool, free)
            shape = machine_shape(candidate, pool.machines)
            notes = hosts.take(
                pool, pool_parallel(pool).gpus, shape, plan.machines, plan.weight_bytes
            )
            plans[name] = replace(plan, notes=(*plan.notes, *notes))
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


def engine_limits(engine: Engine, device: catalog.Accelerator) -> tuple[int, int]:
    """Token budget and sequences at once that an engine takes on a device by default."""
    reported = device.mem_gib_reported or device.mem_gb * 1e9 / 2**30
    large = reported >= engine.large_gib and device.year >= engine.large_since
    if large and not device.is_cpu:
        return engine.large_token_budget, engine.large_max_sequences
    return engine.token_budget, engine.max_sequences


def pool_parallel(pool: Pool) -> Parallel:
    """How a replica of a pool is spread over GPUs."""
    return Parallel(
        pool.tensor_parallel, pool.pipeline_parallel, pool.expert_parallel, pool.data_parallel
    )


def _plan(candidate: Candidate, pool: Pool, free: dict[str, list[int]]) -> PoolPlan:
    shape = machine_shape(candidate, pool.machines)
    group = candidate.machines[pool.machines]
    engine, model = catalog.engine(pool.engine), catalog.llm_model(pool.model)
    default_budget, default_sequences = engine_limits(engine, shape.accelerator)
    budget = pool.token_budget or default_budget
    sequences = pool.max_sequences or min(default_sequences, budget)
    if budget < sequences:
        raise ValueError(
            f"token_budget {budget} below max_sequences {sequences}: each running sequence "
            "needs a token in every iteration"
        )
    parallel = pool_parallel(pool)
    precisions = (pool.weights, pool.kv_cache, parallel)
    own = pool_calibration(pool, shape.accelerator)
    alone = iteration_time(
        model, shape.accelerator, engine.name, *precisions, sequences, budget, pool.activations,
        own.fits, own.host,
    )  # fmt: skip
    time = shared_time(alone, _taken(group))
    blocks = pool.kv_blocks
    if blocks is None:
        plan = memory_plan(model, shape.accelerator, engine, *precisions, budget, sequences)
        blocks = plan.blocks
    machines = _pack(pool, shape.gpus, free.setdefault(pool.machines, [shape.gpus] * group.count))
    return PoolPlan(
        accelerator=shape.accelerator,
        gpus_per_replica=parallel.gpus,
        machines=machines,
        time=time,
        blocks=blocks,
        block_tokens=engine.block_tokens,
        token_budget=budget * parallel.lanes,
        max_sequences=sequences * parallel.lanes,
        weight_bytes=model.params_b * 1e9 * weight_bytes(pool.weights),
        notes=(*time.notes, *own.notes),
    )


def _taken(group: Machines) -> float:
    """The share of the GPUs' time that other work takes."""
    if isinstance(group, OwnMachines) and group.already_owned is not None:
        return group.already_owned.present_utilisation
    return 0.0


def _pack(pool: Pool, gpus: int, free: list[int]) -> tuple[int, ...]:
    """First fit of the replicas onto the free GPUs, which are taken."""
    each = pool_parallel(pool).gpus
    if each > gpus:
        spread = pool_parallel(pool)
        named = (
            f"tensor_parallel {each} is"
            if spread.tensor == each
            else f"{spread} takes {each} GPUs,"
        )
        raise ValueError(f"{named} more than the {gpus} GPUs of a machine of {pool.machines!r}")
    places: list[int] = []
    for machine, available in enumerate(free):
        while available >= each and len(places) < pool.replicas:
            available -= each
            places.append(machine)
        free[machine] = available
    if len(places) < pool.replicas:
        raise ValueError(
            f"replicas {pool.replicas} of {each} GPUs do not fit on {len(free)} machines of "
            f"{gpus} GPUs of {pool.machines!r}: {len(places)} do"
        )
    return tuple(places)
