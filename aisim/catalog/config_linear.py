"""Weights and state of the layers of linear attention that a config.json describes."""

from typing import NamedTuple

from aisim.catalog.config_keys import Keys

_16_BIT = 2
_32_BIT = 4


class LinearLayer(NamedTuple):
    """One layer of linear attention.

    Attributes:
        weights: Its weights, without the feed-forward block.
        state_bytes: What it keeps of one sequence, as vLLM does by default.
    """

    weights: int
    state_bytes: int


def linear_layer(keys: Keys, hidden: int, heads: int, head_dim: int) -> LinearLayer:
    """Return the shapes of one layer of linear attention.

    Raises:
        BadModelConfig: The config.json does not describe it.
    """
    if "linear_num_value_heads" in keys:
        return _gated_delta_net(keys, hidden)
    if "mamba_n_heads" in keys:
        return _mamba_2(keys, hidden)
    if "mamba_d_state" in keys:
        return _mamba_1(keys, hidden)
    if keys.kind.startswith("minimax"):
        return _lightning(hidden, heads, head_dim)
    raise keys.bad(
        "linear_num_value_heads", "needed to know the state, or mamba_n_heads or mamba_d_state"
    )


def _gated_delta_net(keys: Keys, hidden: int) -> LinearLayer:
    value_heads = keys.count("linear_num_value_heads")
    key_dim, value_dim = keys.count("linear_key_head_dim"), keys.count("linear_value_head_dim")
    keys_width = keys.count("linear_num_key_heads") * key_dim
    values_width = value_heads * value_dim
    mixed, kernel = 2 * keys_width + values_width, keys.count("linear_conv_kernel_dim", default=4)
    weights = hidden * (mixed + 2 * values_width + 2 * value_heads) + mixed * kernel
    default = "float32" if keys.kind.startswith("qwen3_5") else ""
    precise = (keys.text("mamba_ssm_dtype") or default) == "float32"
    state = value_heads * key_dim * value_dim * (_32_BIT if precise else _16_BIT)
    return LinearLayer(weights, (kernel - 1) * mixed * _16_BIT + state)


def _mamba_2(keys: Keys, hidden: int) -> LinearLayer:
    heads, states = keys.count("mamba_n_heads"), keys.count("mamba_d_state")
    width = keys.count("mamba_expand", default=2) * hidden
    head_dim = width // heads
    if keys.text("mamba_d_head") != "auto":
        head_dim = keys.count("mamba_d_head", default=max(1, head_dim))
    width = heads * head_dim
    mixed = width + 2 * keys.count("mamba_n_groups", default=1) * states
    kernel = keys.count("mamba_d_conv", default=4)
    weights = hidden * (width + mixed + heads) + mixed * kernel + width * hidden
    return LinearLayer(weights, ((kernel - 1) * mixed + width * states) * _16_BIT)


def _mamba_1(keys: Keys, hidden: int) -> LinearLayer:
    states, kernel = keys.count("mamba_d_state"), keys.count("mamba_d_conv", default=4)
    width = keys.count("mamba_expand", default=2) * hidden
    rank = -(-hidden // 16)
    if keys.text("mamba_dt_rank") != "auto":
        rank = keys.count("mamba_dt_rank", default=rank)
    steps = width * (rank + 2 * states) + rank * width
    weights = 3 * hidden * width + width * kernel + steps + width * states
    return LinearLayer(weights, ((kernel - 1) * width + width * states) * _16_BIT)


def _lightning(hidden: int, heads: int, head_dim: int) -> LinearLayer:
    return LinearLayer(5 * hidden * heads * head_dim, heads * head_dim * head_dim * _16_BIT)
