"""Features: reads a text once, into what cache, router, guardrails, retrieval, metrics and drift share.

Here: normalisation, words, numbers, names, sentences, the built-in static embedder and its weights.
Not here: the contract they fulfil (``contracts.text``), anything that judges a text.
"""

from gonogo.features.normalisation import Normalised, normalise
from gonogo.features.numbers import numbers_of
from gonogo.features.reader import Reader
from gonogo.features.sentences import sentences_of
from gonogo.features.static_embedder import SHIPPED_WEIGHTS, StaticEmbedder
from gonogo.features.text_features import LazyTextFeatures
from gonogo.features.words import STOP_WORDS, count_negations, stems, words_of

__all__ = [
    "SHIPPED_WEIGHTS",
    "STOP_WORDS",
    "LazyTextFeatures",
    "Normalised",
    "Reader",
    "StaticEmbedder",
    "count_negations",
    "normalise",
    "numbers_of",
    "sentences_of",
    "stems",
    "words_of",
]
