"""What `optimal_base` answers."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from aisim.planning.commitment import CommitmentChoice


@dataclass(frozen=True, slots=True)
class ClosedBase:
    """A number of own machines in closed form.

    Attributes:
        machines: own machines.
        exceeded_share: share of the time in which the load exceeds them: L of the curve.
        rented_machine_h: rented machine-hours of a month for what is beyond them; None where that
            goes to an API.
        api_share: share of the load that goes to the API; None where that goes to rented machines.
        usd_per_month: whole bill of the candidate.
    """

    machines: int
    exceeded_share: float
    rented_machine_h: float | None
    api_share: float | None
    usd_per_month: float


@dataclass(frozen=True, slots=True)
class SimulatedBase:
    """A number of own machines, simulated. What is not defined is None.

    Attributes:
        machines: own machines.
        usd_per_month: whole bill of the candidate.
        promises_kept: whether all limits were kept; None where none was promised.
        overloaded: whether work in the system grew.
        ttft_p95_s: 95th percentile of the time to the first token.
        rented_machine_h: machine-hours of the rented group in a month, boots included; None where
            the overflow is an API.
        at_limit_share: share of the time in which all its machines were held.
        api_requests_share: share that the API has answered of the completed requests of traffic
            that own machines may serve; None where the overflow is rented.
        api_tokens_share: the same of their tokens, input and output.
        api_usd_per_month: what the API asks for all that it answered.
        own_busy_share: busy share of the GPU time of the own machines.
    """

    machines: int
    usd_per_month: float
    promises_kept: bool | None
    overloaded: bool
    ttft_p95_s: float | None
    rented_machine_h: float | None
    at_limit_share: float | None
    api_requests_share: float | None
    api_tokens_share: float | None
    api_usd_per_month: float | None
    own_busy_share: float | None

    @property
    def holds(self) -> bool:
        """Whether it keeps what was promised and the work does not grow."""
        return self.promises_kept is not False and not self.overloaded


@dataclass(frozen=True, slots=True)
class BaseChoice:
    """The best number of own machines under a hybrid. What is not known yet is None.

    Attributes:
        study: name of the study.
        candidate: name of the hybrid.
        own_group: its own machines.
        overflow: what takes what is too much for them: rented machines or api.
        rented_group: the rented machines; None where the overflow is an API.
        api: the API; None where the overflow is rented.
        declared: own machines as declared.
        own_rps: requests per second at which one own machine saturates, simulated.
        rented_rps: the same of one rented machine; None for an API.
        target_load: share of that rate which a machine is taken to serve.
        mean_load: own machines that the load asks for in the mean, at the target load.
        peak_load: the same of the heaviest stretch of time.
        curve_shares: percent of the time, for `curve_machines`.
        curve_machines: own machines that the load exceeds in so many percent of the time.
        own_usd_per_machine_month: what one more own machine adds to a month.
        overflow_usd_per_machine_month: a month of the work of one own machine, on rented ones or
            by the API.
        ratio: the first by the second: an own machine is worth it where it spares rented ones for
            a greater share of the time, or the API a greater share of its work; above 1 never.
        closed_form: the closed form at each number of own machines.
        simulated: what was simulated, on the same requests.
        named: own machines that the closed form names.
        confirmed: own machines that cost least among the simulated that keep all promises.
        closed_usd_per_month: the closed form at `confirmed`.
        simulated_usd_per_month: the simulation at `confirmed`.
        regret_usd_per_month: what `named` costs more than `confirmed`, simulated; below 0 where
            it costs less and breaks a promise.
        commitment: what of the rented machines to commit, at `confirmed`; None for an API.
        partial: whether it was stopped before its end.
        notes: what a reader must know.
    """

    study: str
    candidate: str
    own_group: str
    overflow: Literal["rented machines", "api"]
    rented_group: str | None
    api: str | None
    declared: int
    own_rps: float | None
    rented_rps: float | None
    target_load: float
    mean_load: float | None
    peak_load: float | None
    curve_shares: tuple[float, ...]
    curve_machines: tuple[float, ...]
    own_usd_per_machine_month: float | None
    overflow_usd_per_machine_month: float | None
    ratio: float | None
    closed_form: tuple[ClosedBase, ...]
    simulated: tuple[SimulatedBase, ...]
    named: int | None
    confirmed: int | None
    closed_usd_per_month: float | None
    simulated_usd_per_month: float | None
    regret_usd_per_month: float | None
    commitment: CommitmentChoice | None
    partial: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; the keys are the names of the fields."""
        return asdict(self)
