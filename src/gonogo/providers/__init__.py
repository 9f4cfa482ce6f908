"""Providers: what answers a ModelRequest, what it costs, and which model names may change behind our back.

Here: the built-in extractive models, OpenAI-compatible and Anthropic upstreams, scripted and simulated ones, prices and
aliases.
Not here: retries, fallback and health (``pipeline``, ``routing``), the wire format inward (``gateway``).

``OpenAICompatibleProvider`` is imported from its own module, because that loads a parser of HTTP, and ``ssl``.
"""

from gonogo.providers.aliases import alias_warning, is_alias
from gonogo.providers.endpoints import Endpoint, EndpointPool, endpoint_names
from gonogo.providers.extractive.instructions import Instructions, Understood, understand
from gonogo.providers.extractive.provider import MODEL_NAMES, ExtractiveProvider
from gonogo.providers.prices import PriceTable, packaged_prices, read_prices
from gonogo.providers.scripted import Scripted, ScriptedModel
from gonogo.providers.simulated import Planted, SimulatedModel
from gonogo.providers.table import PROVIDERS, ProviderFactory, ProviderOptions
from gonogo.providers.timeouts import Timeouts

__all__ = [
    "MODEL_NAMES",
    "PROVIDERS",
    "Endpoint",
    "EndpointPool",
    "ExtractiveProvider",
    "Instructions",
    "Planted",
    "PriceTable",
    "ProviderFactory",
    "ProviderOptions",
    "Scripted",
    "ScriptedModel",
    "SimulatedModel",
    "Timeouts",
    "Understood",
    "alias_warning",
    "endpoint_names",
    "is_alias",
    "packaged_prices",
    "read_prices",
    "understand",
]
