"""What `size` answers."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sized:
    """One way to serve the load. What is not defined is None.

    Attributes:
        accelerator: Accelerator by name.
        machine: Instance of the provider, or item of the catalog's hardware.
        kind: cloud, rented by the hour on demand; or own, bought.
        provider: Of a rented machine.
        region: Of a rented machine; the country whose electricity an own one draws.
        tensor_parallel: GPUs of a replica.
        weights: Precision of the weights.
        replicas: Running copies of the model.
        machines: Whole machines that hold them.
        gpus: GPUs of all machines.
        gpus_idle: GPUs that no replica uses, and that are paid for.
        confirmed: Whether a simulation kept the limits; if not, all is in closed form.
        ttft_p95_s: 95th percentile of the time to the first token, simulated.
        tpot_p95_s: The same of the mean time per output token after it.
        load: Requests per second as a share of the rate at which the replicas saturate.
        usd_per_month: Cost of 730 h: list price on demand, or the bill of own machines.
        usd_per_million_output_tokens: The month by its output tokens.
        provenance: Where the times come from: fitted, relatives or calibrated.
        rate_error_p90: 90th percentile of the error of rates of that provenance; 0.27 is 27 %.
        replicas_low: Replicas if a replica is better by that error.
        replicas_high: Replicas if it is worse by that error.
        usd_per_month_low: Cost with replicas_low.
        usd_per_month_high: Cost with replicas_high.
        notes: What is estimated, in words.
    """

    accelerator: str
    machine: str
    kind: str
    provider: str | None
    region: str | None
    tensor_parallel: int
    weights: str
    replicas: int
    machines: int
    gpus: int
    gpus_idle: int
    confirmed: bool
    ttft_p95_s: float | None
    tpot_p95_s: float | None
    load: float | None
    usd_per_month: float
    usd_per_million_output_tokens: float | None
    provenance: str
    rate_error_p90: float
    replicas_low: int
    replicas_high: int
    usd_per_month_low: float
    usd_per_month_high: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """An option that looked good in closed form and was not kept.

    Attributes:
        option: Accelerator, replica, place and machine, in words.
        reason: Why.
    """

    option: str
    reason: str


@dataclass(frozen=True, slots=True)
class Miss:
    """What comes nearest to the limits where nothing keeps them.

    Attributes:
        option: Accelerator, degree and weights, in words.
        ttft_s: Time to the first token of one request alone, in closed form.
        tpot_s: Time per output token of one request alone, in closed form.
        would_do: What would have to give, in words.
    """

    option: str
    ttft_s: float
    tpot_s: float
    would_do: str


@dataclass(frozen=True, slots=True)
class Sizing:
    """Ways to serve a load, cheapest first.

    Attributes:
        model: Model by its name in the catalog, or as its config.json names it.
        rps: Requests per second, Poisson.
        input_tokens: Tokens of each prompt.
        output_tokens: Tokens of each answer.
        ttft_p95_limit_s: Limit of the 95th percentile of the time to the first token.
        tpot_p95_limit_s: The same of the mean time per output token after it.
        engine: Serving engine.
        kv_cache: Precision of the KV cache.
        seed: Of the simulation.
        simulated_s: Seconds that each confirmation counts, after its warm-up.
        considered: Kinds of replica that hold the model.
        ranked: Options that keep the limits in closed form.
        options: The best of them, confirmed by simulation.
        dropped: Options that a simulation or a machine's host did not bear out.
        nearest: What comes nearest where nothing keeps the limits.
        partial: Whether it was stopped before its end.
        notes: What holds for all, in words.
    """

    model: str
    rps: float
    input_tokens: int
    output_tokens: int
    ttft_p95_limit_s: float
    tpot_p95_limit_s: float
    engine: str
    kv_cache: str
    seed: int
    simulated_s: float
    considered: int
    ranked: int
    options: tuple[Sized, ...]
    dropped: tuple[Dropped, ...]
    nearest: Miss | None
    partial: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold; the keys are the names of the fields."""
        return asdict(self)
