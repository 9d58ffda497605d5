"""Models behind an API: ids and other names, nearest names, and no library before it is needed."""

import subprocess
import sys

import pytest

from aisim.catalog.api_models import api_model, api_models, api_providers
from aisim.catalog.unknown import UnknownName


def test_providers_are_sorted_and_known():
    providers = api_providers()
    assert list(providers) == sorted(providers)
    assert {"openai", "anthropic", "google", "mistral", "deepseek"} <= set(providers)


def test_model():
    found = api_model("openai", "gpt-5")
    assert (found.provider, found.model, found.name) == ("openai", "gpt-5", "GPT-5")
    assert found.context_window == 400_000
    assert api_model("google", "gemini-2.5-pro").context_window is None


def test_other_names_of_a_model():
    assert api_model("openai", "gpt-5-2025-08-07") == api_model("openai", "gpt-5")


def test_model_of_another_house():
    found = api_model("azure", "gpt-5.5")
    assert (found.provider, found.model) == ("azure", "gpt-5.5")
    assert "gpt-5.5" in api_models("azure")


def test_every_listed_model_is_found_by_its_id():
    for provider in api_providers():
        for model in api_models(provider):
            assert api_model(provider, model).model == model


def test_unknown_provider():
    with pytest.raises(UnknownName, match="unknown API provider 'gogle'; nearest: google"):
        api_model("gogle", "gemini-2.5-pro")
    with pytest.raises(UnknownName, match="nearest: google"):
        api_models("gogle")


def test_unknown_model():
    with pytest.raises(UnknownName, match="unknown model of openai 'gpt5'; nearest: gpt-5"):
        api_model("openai", "gpt5")


def test_importing_aisim_does_not_import_the_library():
    names = "aisim, aisim.catalog.api_models, aisim.cost.tariff"
    code = f"import sys, {names}; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
