"""Fit options of the shipped classifiers, by name; chosen by cross-fitting on the training rows, never on test rows."""

from __future__ import annotations

from gonogo.training.fit import FitOptions

FIT_OPTIONS: dict[str, FitOptions] = {
    "difficulty": FitOptions(strength=0.003, target=0.2),
    "equivalence": FitOptions(),
    "injection": FitOptions(),
    "toxicity": FitOptions(strength=0.014, ngram_gain=22.0, embedding_gain=16.0, folds=3),
    # Strongly regularised, so that signals which say nearly the same share their weight.
    "relevance": FitOptions(strength=0.003),
}
