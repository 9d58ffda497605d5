"""The shapes of a language model that decide its work and its memory."""

from aisim.catalog.files import Fact


class LlmModel(Fact):
    """The architecture of one language model. A count that does not apply is 0.

    Attributes:
        params_b: Parameters in 10^9, all experts counted.
        active_params_b: Parameters in 10^9 that one token passes.
        head_dim: Width of one attention head; n_heads x head_dim may differ from hidden.
        ffn_intermediate: Width of the dense feed-forward layers, 0 where all are experts.
        moe_intermediate: Width of one expert.
        n_experts: Routed experts of a layer.
        experts_per_token: Routed experts that one token passes.
        n_shared_experts: Experts that every token passes.
        first_dense_layers: Leading layers without experts.
        moe_every: Of this many layers, one holds experts.
        max_context: Tokens, prompt and answer together.
        attention_kind: MHA, GQA, MQA or MLA.
        gated_mlp: Whether the feed-forward part has a gate, so three matrices and not two.
        sliding_window: Tokens that a local layer looks back, None without local layers.
        local_layers_per_global: Local layers between two global ones.
        kv_lora_rank: Width of the compressed cache of MLA.
        rope_dim: Width of the rotary part that MLA caches beside it.
        q_lora_rank: Width of the compressed queries of MLA, 0 where they are not compressed.
        v_head_dim: Width of a value head of MLA, 0 where it is head_dim, which is then the width
            of the non-rotary part of a query or key.
        linear_layers_per_global: Layers of linear attention (gated DeltaNet, Mamba, lightning)
            between two of full attention; what they keep of a sequence does not grow.
        linear_state_bytes: Bytes that one such layer keeps of one sequence: the 16-bit inputs of
            its convolution and its state in the precision that vLLM keeps by default.
        linear_layer_weights: Weights of one such layer, without its feed-forward block.
        gated_attention: Whether attention scales its output by a gate as wide as its queries.
    """

    name: str
    params_b: float
    active_params_b: float
    layers: int
    hidden: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    ffn_intermediate: int = 0
    vocab: int
    n_experts: int = 0
    experts_per_token: int = 0
    moe_intermediate: int = 0
    n_shared_experts: int = 0
    first_dense_layers: int = 0
    max_context: int
    attention_kind: str
    gated_mlp: bool
    sliding_window: int | None = None
    local_layers_per_global: int = 0
    moe_every: int = 0
    kv_lora_rank: int = 0
    rope_dim: int = 0
    q_lora_rank: int = 0
    v_head_dim: int = 0
    linear_layers_per_global: int = 0
    linear_state_bytes: int = 0
    linear_layer_weights: int = 0
    gated_attention: bool = False
