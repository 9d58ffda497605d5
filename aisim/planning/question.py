"""What `size` is asked: a load, its limits, and what may be considered."""

from dataclasses import dataclass
from typing import Any

from aisim import catalog
from aisim.planning.bad_input import BadInput
from aisim.planning.offers import Offer
from aisim.planning.one_replica import check_context
from aisim.scenario import Study, parse_study
from aisim.scenario.study import HOUR_S, MONTH_H

SERVICE = "chat"
#: Requests enough for a 95th percentile, and stays of a request that are simulated at least.
LEAST_REQUESTS, LEAST_STAYS, WARM_UP_STAYS = 2_000, 5.0, 2.0
OWN_REGION = "DE"


@dataclass(frozen=True, slots=True)
class Question:
    """A load, its limits, and what may be considered.

    Attributes:
        model: A name of the catalog, one of Hugging Face, or a path of a config.json.
        rps: Requests per second, Poisson.
        input_tokens: Tokens of each prompt.
        output_tokens: Tokens of each answer.
        ttft_p95_s: Limit of the 95th percentile of the time to the first token.
        tpot_p95_s: The same of the mean time per output token after it.
        engine: vllm, trtllm or sglang.
        weights: Precisions that compete; empty: fp16, and fp8 where there are units for it.
        kv_cache: Precision of the KV cache.
        seed: Of the simulation.
    """

    model: str
    rps: float
    input_tokens: int
    output_tokens: int
    ttft_p95_s: float
    tpot_p95_s: float
    engine: str = "vllm"
    weights: tuple[str, ...] = ()
    kv_cache: str = "fp16"
    seed: int = 1

    def check(self) -> None:
        """Check what no table knows of.

        Raises:
            UnknownName, BadModelConfig: No such model.
            BadInput: A number that is not sane, or a request longer than the model's context.
        """
        check_context(catalog.llm_model(self.model), self.input_tokens, self.output_tokens)
        for name in ("rps", "ttft_p95_s", "tpot_p95_s"):
            value = getattr(self, name)
            if not 1e-6 <= value <= 1e5:
                raise BadInput(f"{name} {value:g}, allowed: 0.000001 to 100000")

    @property
    def stay_s(self) -> float:
        """Seconds that a request stays at most, if its limits are kept."""
        return self.ttft_p95_s + self.output_tokens * self.tpot_p95_s

    @property
    def warm_up_s(self) -> float:
        """Seconds that do not count."""
        return WARM_UP_STAYS * self.stay_s

    @property
    def horizon_s(self) -> float:
        """Second at which arrivals stop."""
        counted_s = max(LEAST_REQUESTS / self.rps, LEAST_STAYS * self.stay_s)
        return self.warm_up_s + counted_s

    @property
    def million_output_tokens_per_month(self) -> float:
        """Output tokens of a month of 730 h at this rate, in millions."""
        return self.rps * self.output_tokens * MONTH_H * HOUR_S / 1e6

    def study(
        self, offer: Offer, weights: str, tensor_parallel: int, replicas: int, machines: int
    ) -> Study:
        """Return the study of one option: replicas behind a balancer, at this rate.

        Raises:
            InvalidStudy: A number of it is out of range.
        """
        pool = {
            "machines": "machines",
            "model": self.model,
            "replicas": replicas,
            "serves": [SERVICE],
            "engine": self.engine,
            "weights": weights,
            "kv_cache": self.kv_cache,
            "tensor_parallel": tensor_parallel,
        }
        candidate = {
            "sites": {"site": offer.site(OWN_REGION)},
            "machines": {"machines": offer.machines(machines)},
            "pools": {"pool": pool},
            "path": {"serving": {"kind": "serve", "pools": ["pool"]}},
        }
        data = {
            "aisim": 1,
            "name": "size",
            "workload": {"traffic": {SERVICE: self._traffic()}},
            "candidates": {"option": candidate},
            "run": self._run(),
        }
        return parse_study(data, "size")

    def _traffic(self) -> dict[str, Any]:
        lengths = {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        return {
            "service": SERVICE,
            "arrivals": {"kind": "poisson", "rate_rps": self.rps},
            "sizes": {"kind": "constant", **lengths},
            "service_level": {
                "ttft_s": {"percentile": 95, "limit_s": self.ttft_p95_s},
                "tpot_s": {"percentile": 95, "limit_s": self.tpot_p95_s},
            },
        }

    def _run(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "warm_up_s": self.warm_up_s,
            "horizon_s": self.horizon_s,
            "resolution_s": max(self.horizon_s / 1000, 1.0),
        }
