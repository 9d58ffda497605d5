"""A config.json becomes the model that the catalog has; what strangers write is refused."""

import json
import os
import re
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.catalog.model_config import BadModelConfig, read_model_config
from aisim.catalog.models import LlmModel, llm_model, llm_models
from tests.catalog.published_configs import CONFIGS

LLAMA = CONFIGS["llama-3.1-8b"]
ORIGIN = {"name", "source", "as_of", "quality", "note", "params_b", "active_params_b"}
#: Rows that say 0 or a width where no layer is dense.
UNUSED = {"mixtral-8x7b", "gpt-oss-120b"}


@pytest.fixture
def read(tmp_path):
    def made(values):
        file = tmp_path / "model" / "config.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(values if isinstance(values, str) else json.dumps(values))
        return read_model_config(file)

    return made


@pytest.fixture
def refused(read):
    def line(values):
        with pytest.raises(BadModelConfig) as caught:
            read(values)
        text = str(caught.value)
        assert "\n" not in text
        assert len(text) < 500
        assert "config.json: " in text
        return text.partition("config.json: ")[2]

    return line


def shapes(model):
    kept = {name: value for name, value in model.model_dump().items() if name not in ORIGIN}
    kept["attention_kind"] = model.attention_kind.partition(" ")[0]
    return kept


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_published_configs_are_the_rows_of_the_catalog(read, name):
    found, row = read(CONFIGS[name]), llm_models()[name]
    left_out = {"ffn_intermediate"} if name in UNUSED else set()
    expected, got = shapes(row), shapes(found)
    assert {k: v for k, v in got.items() if k not in left_out} == {
        k: v for k, v in expected.items() if k not in left_out
    }
    counted = re.search(r"([\d.]+)B vision tower counted", row.note)
    tower_b = float(counted[1]) if counted else 0.0
    assert found.params_b + tower_b == pytest.approx(row.params_b, rel=0.01)
    assert found.active_params_b == pytest.approx(row.active_params_b, rel=0.12)


def test_origin(read, tmp_path):
    model = read(LLAMA | {"_name_or_path": "meta-llama/Llama-3.1-8B"})
    assert model.name == "Llama-3.1-8B"
    assert model.source == "config.json of the planner: Llama-3.1-8B"
    assert model.quality == "published"
    os.utime(tmp_path / "model" / "config.json", (1.7e9, 1.7e9))
    assert read_model_config(tmp_path / "model").as_of == "2023-11-14"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (None, "model"), ("", "model"), ("./", "model"), (5, "model"), ("a\nb", "model"),
        ("/data/mine/", "mine"), ("C:\\models\\mine", "mine"), ("x" * 300, "x" * 100),
    ],
)  # fmt: skip
def test_names(read, said, name):
    assert read(LLAMA | {"_name_or_path": said}).name == name


def test_name_of_a_file_of_its_own(tmp_path):
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(LLAMA))
    assert read_model_config(file).name == "ours"


def test_counting(read):
    untied, tied = read(LLAMA), read(LLAMA | {"tie_word_embeddings": True})
    assert untied.params_b == pytest.approx(8.03, rel=0.001)
    assert untied.params_b - tied.params_b == pytest.approx(4096 * 128256 / 1e9)
    assert untied.active_params_b == untied.params_b


def test_a_window_in_every_layer(read):
    model = read(CONFIGS["mistral-7b"] | {"sliding_window": 4096})
    assert (model.sliding_window, model.local_layers_per_global) == (4096, 32)


def test_windows_that_start_at_a_layer(read):
    windowed = {"use_sliding_window": True, "sliding_window": 4096, "max_window_layers": 12}
    model = read(CONFIGS["qwen2.5-0.5b"] | windowed)
    assert (model.sliding_window, model.local_layers_per_global) == (4096, 1)


def test_what_is_approximated_is_said(read):
    kinds = ["full_attention"] * 20 + ["sliding_attention"] * 12
    model = read(LLAMA | {"layer_types": kinds, "sliding_window": 512})
    assert model.note == "20 of 32 layers are global, counted as 16"
    assert "2048 tokens assumed" in read(CONFIGS["falcon-7b"]).note
    assert "towers" in read(CONFIGS["kimi-k2.5"]).note
    assert "sparse attention" in read(CONFIGS["glm-5"]).note
    shared = {"shared_expert_intermediate_size": 1000}
    assert "whole experts" in read(CONFIGS["qwen3-coder-30b-a3b"] | shared).note


def test_states_of_linear_layers(read):
    """Mamba-2 and lightning attention, by hand."""
    granite = read(CONFIGS["granite-4.0-h-small"])
    assert granite.linear_layer_weights == 4096 * (2 * 8192 + 256 + 128) + 4 * 8448 + 8192 * 4096
    assert granite.linear_state_bytes == 2 * (3 * 8448 + 128 * 64 * 128)
    kinds = [0, 0, 0, 0, 0, 0, 0, 1] * 2
    minimax = {"model_type": "minimax", "num_hidden_layers": 16, "attn_type_list": kinds}
    lightning = read(CONFIGS["minimax-m2"] | minimax)
    assert lightning.linear_layers_per_global == 7
    assert lightning.linear_state_bytes == 2 * 48 * 128 * 128
    qwen = read(CONFIGS["qwen3-next-80b-a3b"])
    assert qwen.linear_layer_weights == 2048 * (12288 + 64) + 8192 * 4 + 4096 * 2048
    assert qwen.linear_state_bytes == 2 * (3 * 8192 + 32 * 128 * 128)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"num_hidden_layers": None}, "num_hidden_layers: missing, needed to know the shapes"),
        ({"num_hidden_layers": 0}, "num_hidden_layers: 0, allowed: a whole number from 1 to 1,000"),
        ({"num_hidden_layers": 1001}, "num_hidden_layers: 1001, allowed"),
        ({"hidden_size": 4096.0}, "hidden_size: 4096.0, allowed"),
        ({"hidden_size": 1_000_001}, "from 1 to 1,000,000"),
        ({"hidden_size": "4096"}, "hidden_size: '4096', allowed"),
        ({"hidden_size": True}, "hidden_size: True, allowed"),
        ({"hidden_size": 4097}, "head_dim: missing, needed, as 32 heads do not divide 4097"),
        ({"vocab_size": 10_000_001}, "vocab_size: 10000001, allowed"),
        ({"num_experts": 10_001}, "num_experts: 10001, allowed: a whole number from 0 to 10,000"),
        ({"num_experts": 8}, "num_experts_per_tok: missing"),
        ({"num_experts": 8, "num_experts_per_tok": 9}, "allowed: a whole number from 1 to 8"),
        ({"num_key_value_heads": 5}, "num_key_value_heads: 5, allowed: a number that divides"),
        ({"num_key_value_heads": [8, 4]}, "num_key_value_heads: [8, 4], allowed"),
        ({"intermediate_size": None}, "intermediate_size: missing"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings: 'no', allowed: true or false"),
        ({"layer_types": ["full_attention"]}, "allowed: one entry for each of the 32 layers"),
        ({"layer_types": ["conv"] * 32}, "not understood: 'conv', allowed: full_attention"),
        ({"layer_types": ["linear_attention"] * 32}, "but no layer attends"),
        ({"layer_types": [["x"]] * 32}, "not understood"),
        ({"layer_types": "full"}, "layer_types: 'full', allowed: a list"),
        ({"kv_lora_rank": 512}, "qk_nope_head_dim: missing"),
        ({"is_encoder_decoder": True}, "which aisim cannot represent: an encoder"),
        ({"hybrid_override_pattern": "M-M*"}, "which aisim cannot represent"),
        ({"model_type": "arctic"}, "which aisim cannot represent: a dense block beside"),
    ],
)
def test_faults_in_one_line(refused, values, says):
    assert says in refused(LLAMA | values)


def test_models_of_states_alone_are_refused(refused):
    mamba = {"model_type": "mamba", "hidden_size": 768, "num_hidden_layers": 24, "state_size": 16}
    assert refused(mamba).startswith("num_attention_heads: missing")


def test_experts_in_odd_layers_are_refused(refused):
    moe = CONFIGS["qwen3-coder-30b-a3b"]
    assert "allowed: the first layers" in refused(moe | {"mlp_only_layers": [5]})
    odd = ["sparse", *["dense"] * 47]
    assert "dense layers first" in refused(moe | {"mlp_layer_types": odd})
    assert "intermediate_size: missing" in refused(moe | {
        "intermediate_size": None, "first_k_dense_replace": 1
    })  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "[1]", "5", "9" * 5_000, '"x"', " " * (2**20 + 1), "\ufffe"]
)
def test_files_that_are_no_config(refused, text):
    refused(text)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00{")
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path, tmp_path / "none.json", tmp_path / "bytes.json", tmp_path / "pipe.json"):
        with pytest.raises(BadModelConfig, match=r"json: ") as caught:
            read_model_config(path)
        assert "\n" not in str(caught.value)


def test_newlines_in_a_path_stay_in_one_line(tmp_path):
    with pytest.raises(BadModelConfig) as caught:
        read_model_config(tmp_path / "a\nb.json")
    assert "\n" not in str(caught.value)


KEYS = sorted({
    key for config in CONFIGS.values() for key in {**config, **config.get("text_config", {})}
})  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(0, 100) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(CONFIGS)), st.dictionaries(st.sampled_from(KEYS), ODD, max_size=4))
def test_garbage_is_refused_or_read_but_nothing_else(tmp_path, name, garbage):
    values = deepcopy(CONFIGS[name])
    values.get("text_config", values).update(garbage)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(values))
    try:
        model = read_model_config(file)
    except BadModelConfig as bad:
        model, line = None, str(bad)
    if model is None:
        assert "\n" not in line
    else:
        assert isinstance(model, LlmModel)
        assert 0 < model.active_params_b <= model.params_b


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_bytes_are_refused(tmp_path, content):
    file = tmp_path / "config.json"
    file.write_bytes(content)
    with pytest.raises(BadModelConfig):
        read_model_config(file)


def test_a_path_is_a_name(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps(LLAMA))
    first = llm_model(str(file))
    assert first.layers == 32
    assert llm_model(str(file)) is first
    assert llm_model(str(tmp_path)).layers == 32
    file.write_text(json.dumps(LLAMA | {"num_hidden_layers": 16}))
    os.utime(file, (1e9, 1e9))
    assert llm_model(str(file)).layers == 16
    with pytest.raises(BadModelConfig, match="No such file"):
        llm_model(str(tmp_path / "other.json"))
