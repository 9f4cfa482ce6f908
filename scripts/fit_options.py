"""Fit options of the shipped classifiers, by name; chosen by cross-fitting on the training rows, never on test rows."""

from __future__ import annotations

from gonogo.training.fit import FitOptions

FIT_OPTIONS: dict[str, FitOptions] = {
    "toxicity": FitOptions(strength=0.009, ngram_gain=20.0, embedding_gain=20.0, folds=3),
}
