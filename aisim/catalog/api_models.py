"""LLM models that are sold by the token over an API, as the library genai-prices knows them.

Its prices come with the package: nothing here asks the network. The library is imported when a
model is first asked for, as that takes a while.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisim.catalog.unknown import UnknownName, find

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider


@dataclass(frozen=True)
class ApiModel:
    """A model as a provider sells it.

    Attributes:
        provider: Id of the provider, such as "openai".
        model: Id of the model, such as "gpt-5".
        name: What it is called in print; the id where the library has no name.
        context_window: Tokens that prompt and answer can have at most, where the library says so.
    """

    provider: str
    model: str
    name: str
    context_window: int | None


def api_providers() -> tuple[str, ...]:
    """Return the ids of all providers, in the order of the alphabet."""
    return tuple(sorted(provider.id for provider in _providers()))


def api_models(provider: str) -> tuple[str, ...]:
    """Return the ids of the models that a provider sells, in the order of the alphabet.

    Raises:
        UnknownName: There is no such provider.
    """
    return tuple(sorted(_sold_by(_provider(provider))))


def api_model(provider: str, model: str) -> ApiModel:
    """Return the model with that id, or with a name that providers use for it.

    Such a name is "gpt-5-2025-08-07" for gpt-5.

    Raises:
        UnknownName: There is no such provider, or it sells no such model.
    """
    seller, info = library_model(provider, model)
    return ApiModel(seller.id, info.id, info.name or info.id, info.context_window)


def library_model(provider: str, model: str) -> "tuple[Provider, ModelInfo]":
    """Return the library's own records of a model and of who sells it.

    Raises:
        UnknownName: There is no such provider, or it sells no such model.
    """
    seller = _provider(provider)
    for (
        info
    ) in seller.models:  # some ids of AWS and Fireworks are no names for the library's search
        if info.id == model:
            return seller, info
    found = seller.find_model(model, all_providers=_providers())
    if found is None:
        raise UnknownName(f"model of {seller.id}", model, sorted(_sold_by(seller)))
    return seller, found


def _provider(name: str) -> "Provider":
    from genai_prices.data_snapshot import find_provider_by_id

    everyone = _providers()
    found = find_provider_by_id(everyone, name)
    return found or find("API provider", {provider.id: provider for provider in everyone}, name)


def _providers() -> "list[Provider]":
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot().providers


def _sold_by(seller: "Provider") -> set[str]:
    """The models of a provider, and those it sells for others, as Azure does for OpenAI."""
    everyone = _providers()
    others = seller.fallback_model_providers or []
    lent = [info for provider in everyone if provider.id in others for info in provider.models]
    # the library takes some of their ids for a name of another model
    found = {info.id for info in lent if seller.find_model(info.id, all_providers=everyone) is info}
    return found | {info.id for info in seller.models}
