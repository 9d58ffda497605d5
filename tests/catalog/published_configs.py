"""Keys of config.json files as they are published, by the name of the model in the catalog."""

from typing import Any


def _layers(n: int, *pattern: str) -> list[str]:
    return [pattern[layer % len(pattern)] for layer in range(n)]


_DELTA_NET = {
    "full_attention_interval": 4, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128,
    "linear_num_key_heads": 16, "linear_value_head_dim": 128,
}  # fmt: skip
_MLA = {
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
    "v_head_dim": 128,
}  # fmt: skip

CONFIGS: dict[str, dict[str, Any]] = {
    "llama-3.1-8b": {
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
        "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 32,
        "num_key_value_heads": 8, "tie_word_embeddings": False, "vocab_size": 128256,
    },
    "mistral-7b": {
        "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
        "max_position_embeddings": 32768, "num_attention_heads": 32, "num_hidden_layers": 32,
        "num_key_value_heads": 8, "sliding_window": None, "vocab_size": 32768,
    },
    "mistral-nemo-12b": {
        "model_type": "mistral", "head_dim": 128, "hidden_size": 5120, "intermediate_size": 14336,
        "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 40,
        "num_key_value_heads": 8, "vocab_size": 131072,
    },
    "mixtral-8x7b": {
        "model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
        "max_position_embeddings": 32768, "num_attention_heads": 32, "num_experts_per_tok": 2,
        "num_hidden_layers": 32, "num_key_value_heads": 8, "num_local_experts": 8,
        "sliding_window": None, "vocab_size": 32000,
    },
    "qwen2.5-0.5b": {
        "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
        "max_position_embeddings": 32768, "max_window_layers": 24, "num_attention_heads": 14,
        "num_hidden_layers": 24, "num_key_value_heads": 2, "sliding_window": 32768,
        "tie_word_embeddings": True, "use_sliding_window": False, "vocab_size": 151936,
    },
    "qwen3-4b": {
        "model_type": "qwen3", "head_dim": 128, "hidden_size": 2560, "intermediate_size": 9728,
        "max_position_embeddings": 40960, "num_attention_heads": 32, "num_hidden_layers": 36,
        "num_key_value_heads": 8, "tie_word_embeddings": True, "vocab_size": 151936,
    },
    "qwen3-coder-30b-a3b": {
        "model_type": "qwen3_moe", "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048,
        "intermediate_size": 6144, "max_position_embeddings": 262144, "mlp_only_layers": [],
        "moe_intermediate_size": 768, "num_attention_heads": 32, "num_experts": 128,
        "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4,
        "tie_word_embeddings": False, "vocab_size": 151936,
    },
    "qwen3-next-80b-a3b": {
        "model_type": "qwen3_next", "decoder_sparse_step": 1, "head_dim": 256, "hidden_size": 2048,
        "intermediate_size": 5120, "linear_num_value_heads": 32, "max_position_embeddings": 262144,
        "mlp_only_layers": [], "moe_intermediate_size": 512, "num_attention_heads": 16,
        "num_experts": 512, "num_experts_per_tok": 10, "num_hidden_layers": 48,
        "num_key_value_heads": 2, "shared_expert_intermediate_size": 512,
        "tie_word_embeddings": False, "use_sliding_window": False, "vocab_size": 151936,
        **_DELTA_NET,
    },
    "qwen3.5-397b-a17b": {
        "model_type": "qwen3_5_moe",
        "text_config": {
            "model_type": "qwen3_5_moe_text", "attn_output_gate": True, "head_dim": 256,
            "hidden_size": 4096, "linear_num_value_heads": 64, "max_position_embeddings": 262144,
            "layer_types": _layers(60, *["linear_attention"] * 3, "full_attention"),
            "mamba_ssm_dtype": "float32", "mlp_only_layers": [], "moe_intermediate_size": 1024,
            "mtp_num_hidden_layers": 1, "num_attention_heads": 32, "num_experts": 512,
            "num_experts_per_tok": 10, "num_hidden_layers": 60, "num_key_value_heads": 2,
            "shared_expert_intermediate_size": 1024, "vocab_size": 248320, **_DELTA_NET,
        },
        "tie_word_embeddings": False,
        "vision_config": {"depth": 27, "hidden_size": 1152},
    },
    "gemma-2-9b": {
        "model_type": "gemma2", "head_dim": 256, "hidden_size": 3584, "intermediate_size": 14336,
        "max_position_embeddings": 8192, "num_attention_heads": 16, "num_hidden_layers": 42,
        "num_key_value_heads": 8, "sliding_window": 4096, "vocab_size": 256000,
    },
    "gemma-3-1b": {
        "model_type": "gemma3_text", "head_dim": 256, "hidden_size": 1152,
        "intermediate_size": 6912, "max_position_embeddings": 32768, "num_attention_heads": 4,
        "num_hidden_layers": 26, "num_key_value_heads": 1, "sliding_window": 512,
        "sliding_window_pattern": 6, "vocab_size": 262144,
    },
    "gemma-3-4b": {
        "model_type": "gemma3",
        "text_config": {
            "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text",
            "num_hidden_layers": 34, "sliding_window": 1024,
        },
        "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27},
    },
    "phi-3-mini": {
        "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
        "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 32,
        "num_key_value_heads": 32, "sliding_window": 262144, "tie_word_embeddings": False,
        "vocab_size": 32064,
    },
    "deepseek-v2-lite": {
        "model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 2048,
        "intermediate_size": 10944, "max_position_embeddings": 163840,
        "moe_intermediate_size": 1408, "moe_layer_freq": 1, "n_routed_experts": 64,
        "n_shared_experts": 2, "num_attention_heads": 16, "num_experts_per_tok": 6,
        "num_hidden_layers": 27, "num_key_value_heads": 16, "vocab_size": 102400,
        **_MLA, "q_lora_rank": None,
    },
    "deepseek-v3.1": {
        "model_type": "deepseek_v3", "first_k_dense_replace": 3, "hidden_size": 7168,
        "intermediate_size": 18432, "max_position_embeddings": 163840,
        "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1,
        "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61,
        "num_key_value_heads": 128, "num_nextn_predict_layers": 1, "vocab_size": 129280,
        "quantization_config": {"quant_method": "fp8"}, **_MLA,
    },
    "kimi-k2.5": {
        "model_type": "kimi_k25", "first_k_dense_replace": 1, "hidden_size": 7168,
        "intermediate_size": 18432, "max_position_embeddings": 262144,
        "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_routed_experts": 384,
        "n_shared_experts": 1, "num_attention_heads": 64, "num_experts_per_tok": 8,
        "num_hidden_layers": 61, "num_key_value_heads": 64, "vocab_size": 163840,
        "vision_config": {"vt_hidden_size": 1152}, **_MLA,
    },
    "glm-5": {
        "model_type": "glm_moe_dsa", "first_k_dense_replace": 3, "head_dim": 64,
        "hidden_size": 6144, "index_topk": 2048, "intermediate_size": 12288,
        "max_position_embeddings": 202752, "moe_intermediate_size": 2048, "n_routed_experts": 256,
        "n_shared_experts": 1, "num_attention_heads": 64, "num_experts_per_tok": 8,
        "num_hidden_layers": 78, "num_key_value_heads": 64, "vocab_size": 154880,
        "kv_lora_rank": 512, "q_lora_rank": 2048, "qk_nope_head_dim": 192, "qk_rope_head_dim": 64,
        "v_head_dim": 256,
    },
    "glm-4.6": {
        "model_type": "glm4_moe", "first_k_dense_replace": 3, "head_dim": 128,
        "hidden_size": 5120, "intermediate_size": 12288, "max_position_embeddings": 202752,
        "moe_intermediate_size": 1536, "n_routed_experts": 160, "n_shared_experts": 1,
        "num_attention_heads": 96, "num_experts_per_tok": 8, "num_hidden_layers": 92,
        "num_key_value_heads": 8, "tie_word_embeddings": False, "vocab_size": 151552,
    },
    "gpt-oss-120b": {
        "model_type": "gpt_oss", "head_dim": 64, "hidden_size": 2880, "intermediate_size": 2880,
        "layer_types": _layers(36, "sliding_attention", "full_attention"),
        "max_position_embeddings": 131072, "num_attention_heads": 64, "num_experts_per_tok": 4,
        "num_hidden_layers": 36, "num_key_value_heads": 8, "num_local_experts": 128,
        "sliding_window": 128, "tie_word_embeddings": False, "vocab_size": 201088,
    },
    "minimax-m2": {
        "model_type": "minimax_m2", "attn_type_list": [1] * 62, "head_dim": 128,
        "hidden_size": 3072, "intermediate_size": 1536, "max_position_embeddings": 196608,
        "num_attention_heads": 48, "num_experts_per_tok": 8, "num_hidden_layers": 62,
        "num_key_value_heads": 8, "num_local_experts": 256, "vocab_size": 200064,
    },
    "llama-4-maverick": {
        "model_type": "llama4",
        "text_config": {
            "model_type": "llama4_text", "attention_chunk_size": 8192, "head_dim": 128,
            "hidden_size": 5120, "interleave_moe_layer_step": 2, "intermediate_size": 8192,
            "intermediate_size_mlp": 16384, "max_position_embeddings": 1048576,
            "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48,
            "num_key_value_heads": 8, "num_local_experts": 128, "vocab_size": 202048,
        },
    },
    "gpt-j-6b": {
        "model_type": "gptj", "n_embd": 4096, "n_head": 16, "n_inner": None, "n_layer": 28,
        "n_positions": 2048, "tie_word_embeddings": False, "vocab_size": 50400,
    },
    "falcon-7b": {
        "model_type": "falcon", "alibi": False, "hidden_size": 4544, "multi_query": True,
        "new_decoder_architecture": False, "num_attention_heads": 71, "num_hidden_layers": 32,
        "vocab_size": 65024,
    },
    "falcon-40b": {
        "model_type": "falcon", "hidden_size": 8192, "multi_query": True,
        "new_decoder_architecture": True, "num_attention_heads": 128, "num_hidden_layers": 60,
        "num_kv_heads": 8, "vocab_size": 65024,
    },
    "bloom-7b1": {
        "model_type": "bloom", "n_embed": 4096, "n_inner": None, "n_layer": 30,
        "num_attention_heads": 32, "seq_length": 2048, "vocab_size": 250880,
    },
    "opt-13b": {
        "model_type": "opt", "ffn_dim": 20480, "hidden_size": 5120,
        "max_position_embeddings": 2048, "num_attention_heads": 40, "num_hidden_layers": 40,
        "vocab_size": 50272,
    },
    "starcoder2-15b": {
        "model_type": "starcoder2", "hidden_size": 6144, "intermediate_size": 24576,
        "max_position_embeddings": 16384, "num_attention_heads": 48, "num_hidden_layers": 40,
        "num_key_value_heads": 4, "sliding_window": 4096, "tie_word_embeddings": False,
        "vocab_size": 49152,
    },
    "command-r": {
        "model_type": "cohere", "hidden_size": 8192, "intermediate_size": 22528,
        "max_position_embeddings": 8192, "model_max_length": 131072, "num_attention_heads": 64,
        "num_hidden_layers": 40, "num_key_value_heads": 64, "vocab_size": 256000,
    },
    "command-a-111b": {
        "model_type": "cohere2", "head_dim": 128, "hidden_size": 12288,
        "intermediate_size": 36864, "max_position_embeddings": 131072, "num_attention_heads": 96,
        "num_hidden_layers": 64, "num_key_value_heads": 8, "sliding_window": 4096,
        "sliding_window_pattern": 4, "vocab_size": 256000,
    },
    "dbrx": {
        "model_type": "dbrx", "attn_config": {"kv_n_heads": 8, "model_type": ""},
        "d_model": 6144, "max_seq_len": 32768, "n_heads": 48, "n_layers": 40,
        "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
        "tie_word_embeddings": False, "vocab_size": 100352,
    },
    "jamba-1.5-mini": {
        "model_type": "jamba", "attn_layer_offset": 4, "attn_layer_period": 8,
        "expert_layer_offset": 1, "expert_layer_period": 2, "hidden_size": 4096,
        "intermediate_size": 14336, "mamba_d_conv": 4, "mamba_d_state": 16,
        "mamba_dt_rank": 256, "mamba_expand": 2, "max_position_embeddings": 262144,
        "num_attention_heads": 32, "num_experts": 16, "num_experts_per_tok": 2,
        "num_hidden_layers": 32, "num_key_value_heads": 8, "tie_word_embeddings": False,
        "vocab_size": 65536,
    },
    "granite-4.0-h-small": {
        "model_type": "granitemoehybrid", "hidden_size": 4096, "intermediate_size": 768,
        "layer_types": _layers(40, *["mamba"] * 5, "attention", *["mamba"] * 4),
        "mamba_d_conv": 4, "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2,
        "mamba_n_groups": 1, "mamba_n_heads": 128, "max_position_embeddings": 131072,
        "num_attention_heads": 32, "num_experts_per_tok": 10, "num_hidden_layers": 40,
        "num_key_value_heads": 8, "num_local_experts": 72, "shared_intermediate_size": 1536,
        "tie_word_embeddings": True, "vocab_size": 100352,
    },
    "hunyuan-a13b": {
        "model_type": "hunyuan_v1_moe", "head_dim": 128, "hidden_size": 4096,
        "intermediate_size": 3072, "max_position_embeddings": 32768,
        "moe_intermediate_size": [3072] * 32, "moe_topk": [8] * 32, "num_attention_heads": 32,
        "num_experts": 64, "num_hidden_layers": 32, "num_key_value_heads": 8,
        "num_shared_expert": [1] * 32, "tie_word_embeddings": True, "vocab_size": 128167,
    },
}  # fmt: skip
