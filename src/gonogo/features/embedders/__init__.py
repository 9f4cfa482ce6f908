"""Embedders: texts to vectors by other means than the built-in static weights, chosen by name.

Here: the table of names, OpenAI-compatible servers, models in folders through other libraries.
Not here: the contract (``contracts.text``), the built-in embedders (``static_embedder``, ``minilm_embedder``).
"""

from gonogo.features.embedders.options import EmbedderOptions
from gonogo.features.embedders.table import EMBEDDERS, GROUP, EmbedderFactory, embedder, known_embedders

__all__ = ["EMBEDDERS", "GROUP", "EmbedderFactory", "EmbedderOptions", "embedder", "known_embedders"]
