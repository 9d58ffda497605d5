"""Dense matrix products: what every token passes, and what they cost.

Each product of n tokens with a matrix takes

    launch + sqrt((2 n w d / (peak ec))^2 + (w d b / (bw em))^2) + act (bytes moved) / bw

with w x d the matrix's shape on one rank and b the bytes of a weight: a time to launch it, the
longer of computing and reading in a smooth maximum, and the activations that pass through memory.
Of the forms tried on measured products this was the smallest that none of the larger beat on
models left out of the fit.
"""

from typing import Any, NamedTuple

from aisim.catalog.engines import GpuFit
from aisim.catalog.models import LlmModel
from aisim.performance import shapes
from aisim.performance.deployment import Deployment
from aisim.performance.precision import ACTIVATION_BYTES, compute, weight_bytes


class Product(NamedTuple):
    """A matrix of `width` x `depth` on one rank, `times` over; `sampled`: the head's."""

    times: int
    width: float
    depth: float
    sampled: bool = False


class ProductTime(NamedTuple):
    """Seconds of a product at full efficiency: per token, to read its weights, to move a token."""

    times: Any
    flop_s: Any
    read_s: Any
    move_s: Any
    sampled: Any


def product_s(n: Any, work: ProductTime, fit: Any) -> Any:
    """Return the seconds of a product of `n` tokens, numbers or arrays alike."""
    calculate = n * work.flop_s / fit.eff_c_dense
    read = work.read_s / fit.eff_m_dense
    joined = (calculate * calculate + read * read) ** 0.5
    return fit.product_us * 1e-6 + joined + fit.act_mult * n * work.move_s


def dense_products(model: LlmModel, tp: int) -> tuple[Product, ...]:
    """Return the products of one iteration on one of `tp` ranks."""
    experts = shapes.moe_layers(model)
    dense = _block(model.layers - experts, model, model.ffn_intermediate / tp)
    products = [*_attention(model, tp), *_linear_attention(model, tp), *dense]
    if experts:
        products.append(Product(experts, model.n_experts, model.hidden))
        width = model.n_shared_experts * model.moe_intermediate
        products += _block(experts, model, width / tp)
    return (*products, Product(1, model.vocab / tp, model.hidden, sampled=True))


def _attention(model: LlmModel, tp: int) -> list[Product]:
    layers, hidden, heads = shapes.attention_layers(model), model.hidden, model.n_heads / tp
    query = heads * model.head_dim
    if not shapes.is_mla(model):
        keys_values = 2 * max(1.0, model.n_kv_heads / tp) * model.head_dim
        gate = query if model.gated_attention else 0.0
        return [
            Product(layers, query + gate + keys_values, hidden),
            Product(layers, hidden, query),
        ]
    value = heads * shapes.value_dim(model)
    wide = heads * (model.head_dim + model.rope_dim)
    compressed = model.kv_lora_rank + model.rope_dim
    if model.q_lora_rank:
        queries = [
            Product(layers, model.q_lora_rank + compressed, hidden),
            Product(layers, wide, model.q_lora_rank),
        ]
    else:
        queries = [Product(layers, wide + compressed, hidden)]
    absorbed = [
        Product(layers, query, model.kv_lora_rank),
        Product(layers, value, model.kv_lora_rank),
    ]
    return [*queries, *absorbed, Product(layers, hidden, value)]


def _linear_attention(model: LlmModel, tp: int) -> list[Product]:
    """The projections of the layers whose state does not grow, as one product each."""
    layers = shapes.linear_layers(model)
    width = model.linear_layer_weights / model.hidden / tp
    return [Product(layers, width, model.hidden)] if layers else []


def _block(layers: int, model: LlmModel, width: float) -> list[Product]:
    """A feed-forward block of that width: gate and up in one product, then down."""
    if not layers or not width:
        return []
    wide = (shapes.ffn_matrices(model) - 1) * width
    return [Product(layers, wide, model.hidden), Product(layers, model.hidden, width)]


def product_time(product: Product, deployment: Deployment) -> ProductTime:
    """Return what a product costs on these accelerators at full efficiency."""
    how = compute(deployment.accelerator, deployment.weights, deployment.activations)
    size = product.width * product.depth
    quantised = how.operand_bytes < ACTIVATION_BYTES
    requantise = product.depth * (ACTIVATION_BYTES + how.operand_bytes) if quantised else 0.0
    moved = product.depth * how.operand_bytes + product.width * ACTIVATION_BYTES + requantise
    return ProductTime(
        product.times,
        2 * size / how.peak_flop_s,
        size * weight_bytes(deployment.weights) / deployment.bytes_per_s,
        moved / deployment.bytes_per_s,
        product.sampled,
    )


class DenseTime(NamedTuple):
    """All dense products of an iteration."""

    works: tuple[ProductTime, ...]
    fit: GpuFit
    max_sampled: int

    def seconds(self, n: float) -> float:
        """Return the time for `n` tokens, of which at most `max_sampled` are sampled."""
        sampled, fit = min(n, self.max_sampled), self.fit
        seconds = 0.0
        for work in self.works:
            seconds += work.times * product_s(sampled if work.sampled else n, work, fit)
        return seconds


def dense_time(deployment: Deployment, fit: GpuFit) -> DenseTime:
    """Return the time of all dense products on one rank."""
    products = dense_products(deployment.model, deployment.tp)
    works = tuple(product_time(product, deployment) for product in products)
    return DenseTime(works, fit, deployment.max_sequences)
