"""Language models: those of the catalog, and those whose config.json a planner has."""

import os
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from aisim.catalog.architecture import LlmModel
from aisim.catalog.files import by_key, read_facts
from aisim.catalog.model_config import read_model_config
from aisim.catalog.names import spelt_otherwise
from aisim.catalog.unknown import find

__all__ = ["LlmModel", "llm_model", "llm_models"]


@cache
def llm_models() -> Mapping[str, LlmModel]:
    """Return every language model by name."""
    return by_key(read_facts("models", LlmModel), lambda fact: fact.name)


def llm_model(name: str) -> LlmModel:
    """Return the language model that `name` means.

    It is a name of the catalog, such as "llama-3.1-8b"; or one as Hugging Face spells it, such
    as "meta-llama/Llama-3.1-8B-Instruct"; or a path to a config.json or to a folder with one.
    A relative path starts where aisim was started; "./" before it says that no name is meant.

    Raises:
        UnknownName: The catalog has no such model, and no such folder has a config.json.
        BadModelConfig: The config.json cannot be read, or the shapes in it are not understood.
    """
    known = llm_models()
    otherwise = None if name in known else _spelt_otherwise(name)
    if otherwise is None and name not in known and _is_config(name):
        return _read_again_if_changed(name)
    return find("model", known, otherwise or name)


@lru_cache(maxsize=256)
def _spelt_otherwise(name: str) -> str | None:
    return spelt_otherwise(name, llm_models())


def _is_config(name: str) -> bool:
    folder_with_one = bool(name) and os.path.isfile(os.path.join(name, "config.json"))
    return name.endswith(".json") or folder_with_one


def _read_again_if_changed(name: str) -> LlmModel:
    path = Path(name)
    file = path / "config.json" if os.path.isdir(name) else path
    try:
        changed_ns = file.stat().st_mtime_ns
    except (OSError, ValueError):
        return read_model_config(path)
    return _read(path.absolute(), changed_ns)


@lru_cache(maxsize=64)
def _read(path: Path, changed_ns: int) -> LlmModel:
    return read_model_config(path)
