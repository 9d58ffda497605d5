"""Models are found under the names that Hugging Face gives them, and never under another size."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog import UnknownName, llm_model, llm_models
from aisim.catalog.names import _OTHERWISE, spelt_otherwise

FOUND = {
    "meta-llama/Llama-3.1-8B-Instruct": "llama-3.1-8b",
    "meta-llama/Meta-Llama-3-70B": "llama-3-70b",
    "RedHatAI/Meta-Llama-3.1-8B-FP8": "llama-3.1-8b",
    "RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic": "llama-3.3-70b",
    "neuralmagic/Meta-Llama-3.1-8B-Instruct-quantized.w4a16": "llama-3.1-8b",
    "meta-llama/Llama-2-7b-chat-hf": "llama-2-7b",
    "TheBloke/Llama-2-13B-chat-GPTQ": "llama-2-13b",
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": "llama-4-scout",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8": "llama-4-maverick",
    "Qwen/Qwen3-30B-A3B-Instruct-2507": "qwen3-30b-a3b",
    "nvidia/Qwen3-30B-A3B-NVFP4": "qwen3-30b-a3b",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8": "qwen3-coder-480b-a35b",
    "Qwen/Qwen3-Next-80B-A3B-Thinking": "qwen3-next-80b-a3b",
    "Qwen/Qwen3-Coder-Next": "qwen3-coder-next-80b-a3b",
    "Qwen/Qwen2.5-0.5B-Instruct-AWQ": "qwen2.5-0.5b",
    "deepseek-ai/DeepSeek-V3-0324": "deepseek-v3",
    "deepseek-ai/DeepSeek-V3.1-Terminus": "deepseek-v3.1",
    "deepseek-ai/DeepSeek-V2-Lite-Chat": "deepseek-v2-lite",
    "deepseek-ai/DeepSeek-R1-0528": "deepseek-r1",
    "nvidia/DeepSeek-R1-NVFP4-v2": "deepseek-r1",
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "deepseek-r1-distill-llama-70b",
    "mistralai/Mistral-7B-Instruct-v0.3": "mistral-7b",
    "mistralai/Mixtral-8x22B-Instruct-v0.1": "mixtral-8x22b",
    "mistralai/Mistral-Nemo-Instruct-2407": "mistral-nemo-12b",
    "mistralai/Mistral-Large-Instruct-2411": "mistral-large-123b",
    "mistralai/Mistral-Small-24B-Instruct-2501": "mistral-small-24b",
    "mistralai/Mistral-Small-3.2-24B-Instruct-2506": "mistral-small-3.2-24b",
    "mistralai/Devstral-Small-2507": "devstral-24b",
    "google/gemma-3-27b-it": "gemma-3-27b",
    "microsoft/Phi-3-mini-128k-instruct": "phi-3-mini",
    "microsoft/Phi-3.5-MoE-instruct": "phi-3.5-moe",
    "CohereForAI/c4ai-command-r-v01": "command-r",
    "CohereForAI/c4ai-command-r-08-2024": "command-r-08-2024",
    "CohereForAI/c4ai-command-r-plus-08-2024": "command-r-plus",
    "CohereLabs/c4ai-command-a-03-2025": "command-a-111b",
    "allenai/OLMo-2-1124-13B-Instruct": "olmo-2-13b",
    "internlm/internlm2_5-20b-chat": "internlm2.5-20b",
    "ai21labs/AI21-Jamba-1.5-Mini": "jamba-1.5-mini",
    "ibm-granite/granite-3.1-8b-instruct": "granite-3.3-8b",
    "moonshotai/Kimi-K2-Instruct-0905": "kimi-k2",
    "zai-org/GLM-4.5-Air-FP8": "glm-4.5-air",
    "lmsys/vicuna-13b-v1.5": "vicuna-13b",
    "upstage/SOLAR-10.7B-Instruct-v1.0": "solar-10.7b",
    "bigscience/bloom": "bloom-176b",
    "LLAMA-3.1-8B": "llama-3.1-8b",
    "llama 3.1 8b": "llama-3.1-8b",
}

UNKNOWN = [
    "qwen3-30b", "qwen3-3b", "Qwen/Qwen3-VL-30B-A3B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct",
    "meta-llama/Llama-3.1-7B", "llama-3.1-80b", "llama-3.1", "llama-70b", "llama", "instruct",
    "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "deepseek-ai/DeepSeek-V4-Flash", "deepseek",
    "mistralai/Mistral-Small-Instruct-2409", "microsoft/Phi-3-mini-4k-instruct", "", "-", "/", ".",
    "nvidia/Llama-3_3-Nemotron-Super-49B-v1", "meta-llama/Llama-Guard-3-8B", "a/b/llama-3.1-8b",
]  # fmt: skip


def sizes(name):
    return re.findall(r"\d+(?:\.\d+)?b(?![a-z0-9])", name.casefold())


@pytest.mark.parametrize(("spelt", "name"), FOUND.items())
def test_found(spelt, name):
    assert llm_model(spelt).name == name


@pytest.mark.parametrize("name", UNKNOWN)
def test_not_found(name):
    with pytest.raises(UnknownName):
        llm_model(name)


def test_unknown_names_come_with_the_nearest():
    with pytest.raises(UnknownName, match=r"nearest: qwen3-30b-a3b"):
        llm_model("qwen3-30b")


def test_every_name_of_the_catalog_is_itself():
    for name in llm_models():
        assert llm_model(name).name == name
        assert llm_model(f"Maker/{name.upper()}-Instruct-FP8").name == name


def test_other_names_lead_to_rows_and_are_none_themselves():
    assert set(_OTHERWISE.values()) <= set(llm_models())
    assert not set(_OTHERWISE) & set(llm_models())


def test_a_path_is_no_name():
    for path in ("./llama-3.1-8b", "/models/llama-3.1-8b", "models/a/llama-3.1-8b", "m\\gpt-j-6b"):
        assert spelt_otherwise(path, llm_models()) is None


PARTS = st.sampled_from(
    ["instruct", "fp8", "2507", "v0.1", "8b", "80b", "0.8b", "7b", "70b", "a3b", "chat", "it",
     "-", "vl", "1", "3.1", "08-2024", "x"]
)  # fmt: skip


@given(st.sampled_from(sorted(llm_models())), st.lists(PARTS, max_size=4), st.integers(0, 40))
def test_no_size_is_taken_for_another(name, parts, cut):
    spelt = "-".join([name[: cut or None], *parts])
    found = spelt_otherwise(spelt, llm_models())
    if found and sizes(spelt):
        assert set(sizes(spelt)) <= set(sizes(found)) | {"17b"}
