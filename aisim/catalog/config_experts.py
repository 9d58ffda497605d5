"""The feed-forward blocks that a config.json describes: dense, and of experts."""

from typing import Any

from aisim.catalog.config_keys import MOST, Keys

_EXPERTS = 10_000
_WIDTH = 10 * MOST
_ROUTED = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
_CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "moe_top_k", "moe_topk", "moe_k",
           "top_k_experts", "num_selected_experts")  # fmt: skip
#: Of this many layers, one holds experts.
_EVERY = ("decoder_sparse_step", "interleave_moe_layer_step", "expert_layer_period",
          "moe_layer_freq", "moe_layer_interval")  # fmt: skip


def experts(keys: Keys, layers: int, width: int) -> dict[str, Any]:
    """Return the fields of LlmModel about feed-forward blocks.

    Args:
        keys: The keys.
        layers: Layers of the model.
        width: What the config.json calls the width of a block.

    Raises:
        BadModelConfig: The experts are not understood.
    """
    n_experts = keys.count(*_ROUTED, least=0, most=_EXPERTS, default=0)
    if n_experts < 2:
        dense = width or keys.count("shared_intermediate_size", "intermediate_size", most=_WIDTH)
        return {"ffn_intermediate": dense}
    expert = keys.count("moe_intermediate_size", most=_WIDTH, default=width)
    if not expert:
        raise keys.bad("moe_intermediate_size", "needed to know the shapes")
    leading = _leading_dense(keys, layers)
    found = {
        "n_experts": n_experts,
        "experts_per_token": keys.count(*_CHOSEN, most=n_experts),
        "moe_intermediate": expert,
        "n_shared_experts": _shared(keys, expert),
        "first_dense_layers": leading,
        "moe_every": keys.count(*_EVERY, most=layers - leading, default=1),
    }
    dense = keys.count("intermediate_size_mlp", most=_WIDTH, default=width)
    return found | {"ffn_intermediate": _dense_width(keys, found, dense)}


def _dense_width(keys: Keys, found: dict[str, int], width: int) -> int:
    """The width of dense layers, 0 where there are none."""
    if not found["first_dense_layers"] and found["moe_every"] == 1:
        return 0
    if not width:
        raise keys.bad("intermediate_size", "needed, as some layers are dense")
    return width


def _shared(keys: Keys, expert: int) -> int:
    names = ("n_shared_experts", "num_shared_experts", "num_shared_expert",
             "moe_num_shared_experts")  # fmt: skip
    if any(name in keys for name in names):
        return keys.count(*names, least=0, most=_EXPERTS)
    if keys.kind.startswith("llama4"):
        return 1
    width_names = ("shared_expert_intermediate_size", "shared_intermediate_size")
    width = keys.count(*width_names, least=0, most=_WIDTH, default=0)
    if width % expert:
        keys.remarks.append(f"a shared expert of width {width}, counted in whole experts")
    return max(1, round(width / expert)) if width else 0


def _leading_dense(keys: Keys, layers: int) -> int:
    """The dense layers, which must come first."""
    kinds = keys.entries("mlp_layer_types")
    if kinds:
        dense = kinds.count("dense")
        if kinds[:dense].count("dense") != dense or dense >= layers:
            raise keys.bad("mlp_layer_types", "allowed: dense layers first, then sparse ones")
        return dense
    alone = keys.entries("mlp_only_layers")
    if alone:
        if alone != list(range(len(alone))) or len(alone) >= layers:
            raise keys.bad("mlp_only_layers", "allowed: the first layers, 0, 1, ...")
        return len(alone)
    names = ("first_k_dense_replace", "moe_layer_start_index")
    return keys.count(*names, least=0, most=layers - 1, default=0)
