"""A language model of random weights in plain PyTorch: one step of it at a time."""

from dataclasses import dataclass

import torch
from cases import Step, matrices
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention.bias import causal_lower_right

from aisim.catalog import LlmModel

ROPE_BASE = 500_000.0
BLOCK = 2**20
HAS_GQA = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 5)


def random(shape: tuple[int, ...], like: "Setting", std: float = 1.0) -> Tensor:
    """Return normal random values. Zeros would draw less power and run faster."""
    values = torch.empty(shape, dtype=like.dtype, device=like.device)
    if like.device.type != "cpu":
        return values.normal_(0.0, std)
    # A processor draws too slowly to draw more than one block, which then repeats.
    flat = values.view(-1)
    block = flat[:BLOCK].normal_(0.0, std)
    for start in range(BLOCK, len(flat), BLOCK):
        part = flat[start : start + BLOCK]
        part.copy_(block[: len(part)])
    return values


@dataclass(frozen=True)
class Setting:
    """Where tensors live, and in what precision."""

    device: torch.device
    dtype: torch.dtype


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Return causal attention, the last query standing at the last key.

    All are (batch, heads, tokens, head_dim); queries may have several heads per KV head.
    """
    group = queries.shape[1] // keys.shape[1]
    if queries.shape[2] == 1:
        # The heads that share keys stand in for tokens: the same sums, read once.
        folded = queries.reshape(keys.shape[0], keys.shape[1], group, keys.shape[3])
        return F.scaled_dot_product_attention(folded, keys, values).reshape(queries.shape)
    options: dict[str, object] = {"is_causal": True}
    if keys.shape[2] != queries.shape[2]:
        options = {"attn_mask": causal_lower_right(queries.shape[2], keys.shape[2])}
    if group > 1 and HAS_GQA:
        options["enable_gqa"] = True
    elif group > 1:
        keys, values = (each.repeat_interleave(group, dim=1) for each in (keys, values))
    return F.scaled_dot_product_attention(queries, keys, values, **options)  # type: ignore[arg-type]


class Layer:
    """The weights of one layer."""

    def __init__(self, model: LlmModel, setting: Setting) -> None:
        """Draw them."""
        drawn = {
            name: random(shape, setting, 0.02)
            for name, shape in matrices(model).items()
            if name != "head"
        }
        self.qkv, self.out = drawn["qkv"], drawn["out"]
        self.up, self.down = drawn["up"], drawn["down"]
        self.norms = torch.ones((2, model.hidden), dtype=setting.dtype, device=setting.device)


class Network:
    """A decoder with grouped-query attention and a dense feed-forward block."""

    def __init__(self, model: LlmModel, layers: int, setting: Setting) -> None:
        """Draw the weights of `layers` layers and the LM head, which also embeds."""
        self.model, self.setting = model, setting
        self.layers = [Layer(model, setting) for _ in range(layers)]
        self.head = random((model.vocab, model.hidden), setting, 0.02)
        self.norm = torch.ones(model.hidden, dtype=setting.dtype, device=setting.device)


class Running:
    """One step of a network, with its tokens and its cache: call it as often as you like."""

    def __init__(self, network: Network, step: Step) -> None:
        """Draw the tokens and fill the cache."""
        self.network, self.step, self.model = network, step, network.model
        setting = network.setting
        tokens = torch.randint(self.model.vocab, (step.tokens(),), device=setting.device)
        self.tokens = tokens
        heads, layers = (self.model.n_kv_heads, len(network.layers))
        prompt = (layers, 2, step.prompts, heads, step.cached + step.chunk, self.model.head_dim)
        decode = (layers, 2, step.decodes, heads, step.context, self.model.head_dim)
        self.prompt_cache, self.decode_cache = random(prompt, setting), random(decode, setting)
        self.turn = _rotations(self.model, _positions(step), setting)
        last = [(one + 1) * step.chunk - 1 for one in range(step.prompts)]
        last += range(step.prompts * step.chunk, step.tokens())
        self.last = torch.tensor(last, device=setting.device)

    @torch.no_grad()
    def __call__(self) -> Tensor:
        """Run the step and return the next token of each sequence."""
        network, width = self.network, (self.model.hidden,)
        hidden = F.embedding(self.tokens, network.head)
        for number, layer in enumerate(network.layers):
            normal = F.rms_norm(hidden, width, layer.norms[0])
            hidden = hidden + self._attention(number, layer, normal)
            normal = F.rms_norm(hidden, width, layer.norms[1])
            hidden = hidden + self._feed_forward(layer, normal)
        normal = F.rms_norm(hidden[self.last], width, network.norm)
        return F.linear(normal, network.head).argmax(dim=-1)

    def _feed_forward(self, layer: Layer, hidden: Tensor) -> Tensor:
        wide = F.linear(hidden, layer.up)
        if not self.model.gated_mlp:
            return F.linear(F.gelu(wide), layer.down)
        gate, up = wide.split(self.model.ffn_intermediate, dim=-1)
        return F.linear(F.silu(gate) * up, layer.down)

    def _attention(self, number: int, layer: Layer, hidden: Tensor) -> Tensor:
        model, chunked = self.model, self.step.prompts * self.step.chunk
        heads = F.linear(hidden, layer.qkv).view(len(hidden), -1, model.head_dim)
        turned = model.n_heads + model.n_kv_heads
        heads[:, :turned] = _rotate(heads[:, :turned], *self.turn)
        parts = []
        if chunked:
            cache = self.prompt_cache[number]
            parts.append(self._attend(heads[:chunked], cache, self.step.chunk))
        if self.step.decodes:
            parts.append(self._attend(heads[chunked:], self.decode_cache[number], 1))
        joined = torch.cat(parts) if len(parts) > 1 else parts[0]
        return F.linear(joined, layer.out)

    def _attend(self, heads: Tensor, cache: Tensor, new: int) -> Tensor:
        """Put the new keys and values at the end of the cache, and attend to all of it."""
        model, batch = self.model, len(heads) // new
        split = heads.view(batch, new, -1, model.head_dim).transpose(1, 2)
        queries, keys, values = split.split((model.n_heads, model.n_kv_heads, model.n_kv_heads), 1)
        cache[0, :, :, -new:] = keys
        cache[1, :, :, -new:] = values
        return attend(queries, cache[0], cache[1]).transpose(1, 2).reshape(batch * new, -1)


def _positions(step: Step) -> Tensor:
    """Return the position of each new token in its sequence."""
    chunk = torch.arange(step.cached, step.cached + step.chunk).repeat(step.prompts)
    return torch.cat([chunk, torch.full((step.decodes,), step.context - 1)])


def _rotations(model: LlmModel, positions: Tensor, setting: Setting) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines that turn queries and keys, one row per token."""
    exponents = torch.arange(0, model.head_dim, 2) / model.head_dim
    angles = torch.outer(positions.float(), ROPE_BASE**-exponents).repeat(1, 2)[:, None]
    place = (setting.device, setting.dtype)
    return angles.cos().to(*place), angles.sin().to(*place)


def _rotate(heads: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    first, second = heads.chunk(2, dim=-1)
    return heads * cosines + torch.cat((-second, first), dim=-1) * sines
