"""What a measurement names, as records of the catalog; or why it cannot be predicted."""

import re
from functools import cache
from typing import NamedTuple

from aisim.catalog import Accelerator, LlmModel, UnknownName, accelerator, llm_model
from aisim.performance import Deployment, Parallel
from aisim.performance.precision import compute, tensor_peaks, weight_bytes
from aisim.performance.shapes import check_parallel
from aisim.validation.measured import Setup

_ENGINES = (("vllm-2023", "vllm-2023"), ("vllm", "vllm"), ("trtllm", "trtllm"),
            ("tensorrt", "trtllm"), ("sglang", "sglang"), ("torch", "torch"))  # fmt: skip

_OWN: dict[str, Accelerator] = {}


_SPELT = {
    "": "fp16", "half": "fp16", "fp4": "nvfp4", "mxfp4": "nvfp4", "w4a16": "int4_wo",
    "awq": "int4_wo", "gptq": "int4_wo", "int4_awq": "int4_wo", "int4_gptq": "int4_wo",
    "w8a8": "int8", "w8a16": "int8_wo", "fp8_dynamic": "fp8", "fp8_e4m3": "fp8",
}  # fmt: skip


class NotPredicted(ValueError):
    """A row that aisim does not predict; the message is the reason, the same for like rows."""


class Ran(NamedTuple):
    """What ran."""

    model: LlmModel
    device: Accelerator
    engine: str
    weights: str
    kv_cache: str
    parallel: Parallel
    activations: str | None

    def deployment(self, max_sequences: int, token_budget: int) -> Deployment:
        """Return it with the limits of an engine."""
        return Deployment(
            self.model, self.device, self.engine, self.weights, self.kv_cache, self.parallel,
            max_sequences, token_budget, self.activations,
        )  # fmt: skip

    @property
    def precision(self) -> str:
        """The precision in which products are computed."""
        return compute(self.device, self.weights, self.activations).name


@cache
def what_ran(setup: Setup) -> Ran:
    """Return what a measurement names.

    Raises:
        NotPredicted: The catalog does not know it, or it is not told well enough.
    """
    device, model = _device(setup.hardware), _model(setup.model)
    weights, activations = _weights(setup.precision, device)
    parallel = _parallel(setup)
    try:
        check_parallel(model, parallel)
        compute(device, weights, activations)
    except ValueError as problem:
        raise NotPredicted(str(problem)) from None
    engine = engine_name(setup.engine)
    kv_cache = _kv_cache(setup.kv_dtype, engine, weights)
    return Ran(model, device, engine, weights, kv_cache, parallel, activations)


def _parallel(setup: Setup) -> Parallel:
    """How a replica is spread; where attention copies share the ranks (SGLang), `tp` counts all."""
    tp, pp, ep, dp = setup.tp, setup.pp, setup.ep, setup.dp
    if dp > 1 and setup.n_gpus == tp * pp and tp % dp == 0:
        tp //= dp
    return Parallel(tp, pp, ep, dp)


def engine_name(text: str) -> str:
    """Return the engine as the catalog calls it, from words such as "vllm 0.14.0".

    Raises:
        NotPredicted: It is none of the engines that the catalog knows.
    """
    low = text.casefold()
    for start, name in _ENGINES:
        if low.startswith(start):
            return name
    raise NotPredicted(f"unknown engine {text!r}")


def engine_version(setup: Setup) -> str:
    """Return the version of the engine, from its own column or beside its name; else nothing."""
    if re.match(r"TensorRT \d", setup.engine):
        return "0.0"  # The number is TensorRT's; such entries ran the runtime in C++.
    beside = re.search(r"\sv?(\d+\.\d\S*)", setup.engine)
    return setup.engine_version or (beside[1] if beside else "")


def declare_accelerator(own: Accelerator) -> None:
    """Let measurements name an accelerator of a planner's own, beside those of the catalog."""
    _OWN[own.name] = own
    what_ran.cache_clear()


def accelerator_named(name: str) -> Accelerator:
    """Return the accelerator of that name, of the catalog or declared.

    Raises:
        UnknownName: Neither has it.
    """
    return _OWN.get(name) or accelerator(name)


def _device(name: str) -> Accelerator:
    try:
        return accelerator_named(name)
    except UnknownName:
        raise NotPredicted(f"unknown accelerator {name!r}") from None


def _model(name: str) -> LlmModel:
    try:
        return llm_model(name)
    except UnknownName:
        raise NotPredicted(f"unknown model {name!r}") from None


def _weights(text: str, device: Accelerator) -> tuple[str, str | None]:
    """Precision of weights and activations; a file that is silent means 16 bits."""
    low = text.casefold()
    if low.startswith("mlperf"):
        peaks = tensor_peaks(device)
        return ("nvfp4" if "nvfp4" in peaks else "fp8" if "fp8" in peaks else "fp16"), None
    name = low.split("/")[0].replace("bfloat16", "bf16").replace("float16", "fp16")
    name = _SPELT.get(name.replace("-", "_"), name.replace("-", "_"))
    if name.endswith("_wo"):
        return _known(name.removesuffix("_wo"), text), "fp16"
    return _known(name.removesuffix("_block"), text), None


def _known(name: str, text: str) -> str:
    try:
        weight_bytes(name)
    except UnknownName:
        raise NotPredicted(f"unknown precision {text!r}") from None
    return name


def _kv_cache(text: str, engine: str, weights: str) -> str:
    """A file that is silent means 16 bits; TensorRT-LLM with narrow weights then takes fp8."""
    narrow = engine == "trtllm" and weights in ("fp8", "nvfp4")
    low = text.casefold()
    return "fp8" if "fp8" in low or "int8" in low or (narrow and not text) else "fp16"
