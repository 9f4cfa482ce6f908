"""Fit options of the feature sets that come with gonogo: how weights over them are learned best.

Here: the table, chosen by cross-fitting on training rows, never on test rows. What trains the shipped weights and what
retrains them is one. Not here: learning (``fit``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gonogo.training.fit import FitOptions

TUNED: Final[Mapping[str, FitOptions]] = {
    # Few questions need the larger model, and missing one costs more than asking it once too often.
    "difficulty": FitOptions(strength=0.003, target=0.2),
    # Strongly regularised, so that signals which say nearly the same share their weight.
    "relevance": FitOptions(strength=0.003),
    "toxicity": FitOptions(strength=0.014, ngram_gain=22.0, embedding_gain=16.0, folds=3),
}


def tuned(features: str) -> FitOptions:
    """Options for a feature set, by its name; the general ones for a set that none were chosen for."""
    return TUNED.get(features, FitOptions())
