"""Table: the kinds of provider that ship with gonogo, by the name settings use.

Here: kind -> factory, the same shape third parties register under. Not here: reading settings (``assembly``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gonogo.contracts import Provider, TextReader
from gonogo.providers.extractive.provider import ExtractiveProvider
from gonogo.providers.scripted import ScriptedModel
from gonogo.providers.simulated import SimulatedModel
from gonogo.providers.timeouts import Timeouts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOptions:
    """What a factory may need. ``api_key`` is the key itself and is never shown."""

    name: str
    reader: TextReader
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)


ProviderFactory = Callable[[ProviderOptions], Provider]


def _builtin(options: ProviderOptions) -> Provider:
    return ExtractiveProvider(options.reader, name=options.name)


def _openai(options: ProviderOptions) -> Provider:
    # Loaded when first needed: `ssl` takes longer to import than all the rest of this package.
    from gonogo.providers.openai_compatible import OpenAICompatibleProvider

    return OpenAICompatibleProvider(options.name, options.base_url, api_key=options.api_key, timeouts=options.timeouts)


def _anthropic(options: ProviderOptions) -> Provider:
    from gonogo.providers.anthropic import AnthropicProvider  # as above

    return AnthropicProvider(options.name, options.base_url, api_key=options.api_key, timeouts=options.timeouts)


def _scripted(options: ProviderOptions) -> Provider:
    return ScriptedModel("This is a scripted answer.", name=options.name)


def _simulated(options: ProviderOptions) -> Provider:
    return SimulatedModel(name=options.name)


PROVIDERS: Mapping[str, ProviderFactory] = {
    "anthropic": _anthropic,
    "builtin": _builtin,
    "openai": _openai,
    "openai-compatible": _openai,
    "scripted": _scripted,
    "simulated": _simulated,
}
