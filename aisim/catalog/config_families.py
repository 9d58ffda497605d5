"""What a config.json leaves to the code of the model, by its `model_type`."""

from dataclasses import dataclass, field

from aisim.catalog.config_keys import Keys


@dataclass(frozen=True)
class Family:
    """What holds for the models of one type unless their config.json says otherwise.

    Attributes:
        gated: Whether feed-forward blocks have a gate.
        fourfold: Whether they are four times as wide as the hidden state.
        tied: Whether the LM head is the embedding of the tokens.
        one_kv_head: Whether all heads share one KV head.
        positions: Embeddings of positions beyond those of the context, None without any.
        global_every: One layer of so many is global where there is a window, 0 where none is.
        keys: Keys that may be left out.
    """

    gated: bool = True
    fourfold: bool = False
    tied: bool = False
    one_kv_head: bool = False
    positions: int | None = None
    global_every: int = 0
    keys: dict[str, int] = field(default_factory=dict)


_FALCON = Family(gated=False, fourfold=True, tied=True, one_kv_head=True)
_GEMMA_3 = Family(
    tied=True,
    global_every=6,
    keys={
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "vocab_size": 262_208, "max_position_embeddings": 131_072, "sliding_window": 4_096,
    },
)  # fmt: skip
_LLAMA_4 = Family(global_every=4)

_FAMILIES = {
    "arcee": Family(gated=False),
    "bloom": Family(gated=False, fourfold=True, tied=True),
    "codegen": Family(gated=False, fourfold=True),
    "cohere": Family(tied=True),
    "cohere2": Family(tied=True, global_every=4),
    "falcon": _FALCON,
    "RefinedWeb": Family(gated=False, fourfold=True, tied=True),
    "RefinedWebModel": _FALCON,
    "gemma": Family(tied=True),
    "gemma2": Family(tied=True, global_every=2),
    "gemma3": _GEMMA_3,
    "gemma3_text": _GEMMA_3,
    "gpt2": Family(gated=False, fourfold=True, tied=True, positions=0),
    "gpt_bigcode": Family(gated=False, fourfold=True, tied=True, one_kv_head=True, positions=0),
    "gpt_neox": Family(gated=False),
    "gpt_oss": Family(global_every=2),
    "gptj": Family(gated=False, fourfold=True),
    "llama4": _LLAMA_4,
    "llama4_text": _LLAMA_4,
    "mpt": Family(gated=False, fourfold=True, tied=True),
    "nemotron": Family(gated=False),
    "opt": Family(gated=False, tied=True, positions=2),
    "persimmon": Family(gated=False),
    "phi": Family(gated=False),
    "starcoder2": Family(gated=False, tied=True),
}

#: What the fields of LlmModel cannot express, by the key that tells.
_BEYOND = {
    "is_encoder_decoder": "an encoder beside the decoder",
    "hybrid_override_pattern": "layers of one part each",
    "block_configs": "layers of different shapes",
    "compress_ratios": "a KV cache compressed by layer",
    "hybrid_layer_pattern": "KV heads that differ by layer",
    "attention_other_setting": "heads that differ by layer",
    "num_global_key_value_heads": "KV heads that differ by layer",
    "global_head_dim": "heads that differ by layer",
    "num_kv_shared_layers": "layers that share a KV cache",
    "linear_attn_config": "linear attention beside a compressed KV cache",
    "mamba_d_ssm": "attention and a state in the same layer",
    "cross_attention_layers": "layers that attend to an image",
}
_BEYOND_TYPES = {
    "arctic": "a dense block beside the experts",
    "gpt_neo": "a window that no key states",
    "zamba": "layers that share weights",
    "zamba2": "layers that share weights",
}


def family(model_type: object) -> Family:
    """Return what holds for a `model_type`; models of unknown types are as Llama is."""
    return _FAMILIES.get(model_type, Family()) if isinstance(model_type, str) else Family()


def refuse_beyond(keys: Keys) -> None:
    """Refuse what the fields of LlmModel cannot express.

    Raises:
        BadModelConfig: The architecture is beyond them.
    """
    for name, what in _BEYOND.items():
        if keys.has(name):
            raise keys.bad(name, f"which aisim cannot represent: {what}")
    if keys.kind in _BEYOND_TYPES:
        raise keys.bad("model_type", f"which aisim cannot represent: {_BEYOND_TYPES[keys.kind]}")
