"""A language model from its config.json, as Hugging Face publishes it beside the weights."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aisim.catalog.architecture import LlmModel
from aisim.catalog.config_experts import experts
from aisim.catalog.config_families import family, refuse_beyond
from aisim.catalog.config_keys import MOST, BadModelConfig, Keys
from aisim.catalog.config_layers import LayerMix, between, layer_mix
from aisim.catalog.config_linear import linear_layer
from aisim.catalog.parameters import count_parameters

__all__ = ["BadModelConfig", "read_model_config"]

_MOST_BYTES = 2**20
_LAYERS, _VOCAB, _CONTEXT = 1_000, 10 * MOST, 1_000 * MOST
#: A config.json that does not say how long a context may be is of the time of 2,048 tokens.
_CONTEXT_THEN = 2_048


def read_model_config(path: Path) -> LlmModel:
    """Return the language model that a config.json describes.

    Its parameters are counted from the shapes, without norms, biases, vision towers and layers
    that predict several tokens. Whether the weights are quantised is left to the pool.

    Args:
        path: A config.json, or a folder that holds one.

    Raises:
        BadModelConfig: It cannot be read, its numbers are not sane, or its shapes are not
            understood; the message is one line.
    """
    file = path / "config.json" if path.is_dir() else path
    shown = str(file) if str(file).isprintable() else repr(str(file))
    raw = _parsed(file, shown)
    keys = Keys(shown, _flat(raw))
    refuse_beyond(keys)
    shapes = _shapes(keys)
    if {"vision_config", "audio_config"} & set(raw):
        keys.remarks.append("the text part alone: towers for images or sound are not counted")
    name = _name(raw, file)
    draft = LlmModel(
        **shapes, name=name, params_b=0, active_params_b=0, quality="published",
        source=f"config.json of the planner: {name}", as_of=_day(file),
        note="; ".join(keys.remarks),
    )  # fmt: skip
    return _counted(draft, keys)


def _counted(draft: LlmModel, keys: Keys) -> LlmModel:
    usual = family(keys.kind)
    tied = keys.flag("tie_word_embeddings", default=usual.tied)
    positions = 0 if usual.positions is None else draft.max_context + usual.positions
    counted = count_parameters(draft, tied, positions)
    return draft.model_copy(
        update={"params_b": counted.total / 1e9, "active_params_b": counted.active / 1e9}
    )


def _parsed(file: Path, shown: str) -> dict[str, Any]:
    if file.exists() and not file.is_file():
        raise BadModelConfig(f"{shown}: neither a file nor a folder with a config.json")
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise BadModelConfig(f"{shown}: cannot be read: {problem.strerror}") from None
    except ValueError as problem:
        raise BadModelConfig(f"{shown}: {problem}") from None
    if len(text) > _MOST_BYTES:
        raise BadModelConfig(f"{shown}: more than 1 MiB, which no config.json has")
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise BadModelConfig(f"{shown}: not JSON") from None
    if not isinstance(parsed, dict):
        raise BadModelConfig(f"{shown}: no JSON object of keys and values")
    return parsed


def _flat(raw: Mapping[str, Any]) -> dict[str, object]:
    """The keys of one level: the text part of a model of several, and parts by topic."""
    values: dict[str, object] = {}
    for name in ("attn_config", "ffn_config"):
        part = raw.get(name)
        if isinstance(part, dict):
            values |= part
    values |= raw
    for name in ("llm_config", "language_config", "text_config"):
        part = raw.get(name)
        if isinstance(part, dict):
            values |= part
    left_out = family(values.get("model_type")).keys
    return left_out | {name: value for name, value in values.items() if value is not None}


def _shapes(keys: Keys) -> dict[str, Any]:
    layers = keys.count("num_hidden_layers", "n_layer", "n_layers", "num_layers", most=_LAYERS)
    hidden = keys.count("hidden_size", "n_embd", "n_embed", "d_model")
    context = _context(keys)
    heads = _heads(keys, hidden)
    mix = layer_mix(keys, layers, context)
    width = _ffn_width(keys, hidden)
    return {
        "layers": layers,
        "hidden": hidden,
        "vocab": keys.count("vocab_size", "padded_vocab_size", most=_VOCAB),
        "max_context": context,
        "gated_mlp": family(keys.kind).gated,
        "gated_attention": keys.flag("attn_output_gate", default=keys.kind == "qwen3_next"),
        **heads,
        **experts(keys, layers, width),
        **_layers_by_kind(keys, mix, hidden, heads["n_heads"], heads["head_dim"]),
    }


def _context(keys: Keys) -> int:
    if keys.kind.startswith("cohere") and "model_max_length" in keys:
        return keys.count("model_max_length", most=_CONTEXT)
    names = ("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length",
             "seq_length", "n_ctx")  # fmt: skip
    if not any(name in keys for name in names):
        keys.remarks.append(f"the context is not stated, {_CONTEXT_THEN} tokens assumed")
    return keys.count(*names, most=_CONTEXT, default=_CONTEXT_THEN)


def _heads(keys: Keys, hidden: int) -> dict[str, Any]:
    n_heads = keys.count("num_attention_heads", "n_head", "n_heads")
    if "kv_lora_rank" in keys:
        return _mla(keys, n_heads)
    n_kv_heads = _kv_heads(keys, n_heads)
    if n_heads % n_kv_heads:
        allowed = f"allowed: a number that divides the {n_heads} heads"
        raise keys.bad("num_key_value_heads", allowed)
    if "head_dim" not in keys and "kv_channels" not in keys and hidden % n_heads:
        raise keys.bad("head_dim", f"needed, as {n_heads} heads do not divide {hidden}")
    head_dim = keys.count("head_dim", "kv_channels", default=max(1, hidden // n_heads))
    kind = {n_heads: "MHA", 1: "MQA"}.get(n_kv_heads, "GQA")
    return {
        "n_heads": n_heads, "n_kv_heads": n_kv_heads, "head_dim": head_dim, "attention_kind": kind,
    }  # fmt: skip


def _kv_heads(keys: Keys, n_heads: int) -> int:
    shared = keys.flag("multi_query", default=family(keys.kind).one_kv_head)
    if shared and not keys.flag("new_decoder_architecture"):
        return 1
    names = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "kv_n_heads",
             "multi_query_group_num")  # fmt: skip
    return keys.count(*names, most=n_heads, default=n_heads)


def _mla(keys: Keys, n_heads: int) -> dict[str, Any]:
    head_dim = keys.count("qk_nope_head_dim")
    value = keys.count("v_head_dim", default=head_dim)
    if "index_topk" in keys:
        keys.remarks.append("sparse attention taken as full, its indexer is not counted")
    return {
        "n_heads": n_heads,
        "n_kv_heads": n_heads,
        "head_dim": head_dim,
        "attention_kind": "MLA",
        "kv_lora_rank": keys.count("kv_lora_rank"),
        "rope_dim": keys.count("qk_rope_head_dim"),
        "q_lora_rank": keys.count("q_lora_rank", least=0, default=0),
        "v_head_dim": 0 if value == head_dim else value,
    }


def _ffn_width(keys: Keys, hidden: int) -> int:
    """The width that a config.json states first, of dense blocks or of experts."""
    fourfold = 4 * hidden if family(keys.kind).fourfold else None
    if "moe_intermediate_size" in keys and fourfold is None:
        fourfold = 0
    names = ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size")
    least = 0 if "shared_intermediate_size" in keys else 1
    return keys.count(*names, least=least, most=10 * MOST, default=fourfold)


def _layers_by_kind(
    keys: Keys, mix: LayerMix, hidden: int, heads: int, head_dim: int
) -> dict[str, Any]:
    attending = mix.full + mix.local
    if not attending:
        raise keys.bad("num_attention_heads", "but no layer attends: a state alone is no KV cache")
    found: dict[str, Any] = {
        "sliding_window": mix.window,
        "local_layers_per_global": between(keys, mix.local, mix.full, "global"),
        "linear_layers_per_global": between(keys, mix.linear, attending, "of attention"),
    }
    if mix.linear:
        linear = linear_layer(keys, hidden, heads, head_dim)
        found |= {
            "linear_layer_weights": linear.weights,
            "linear_state_bytes": linear.state_bytes,
        }
    return found


def _name(raw: Mapping[str, Any], file: Path) -> str:
    said = raw.get("_name_or_path")
    parts = re.split(r"[\\/]", said.strip()) if isinstance(said, str) else []
    last = next((part for part in reversed(parts) if part not in ("", ".", "..")), "")
    here = file.absolute()
    name = last or (here.parent.name if here.name == "config.json" else here.stem)
    return name[:100] if name and name.isprintable() else "model"


def _day(file: Path) -> str:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    except (OSError, OverflowError, ValueError):
        return datetime.now(UTC).date().isoformat()
