"""Fit options of the shipped classifiers, by name; chosen by cross-fitting on the training rows, never on test rows."""

from __future__ import annotations

from gonogo.training.fit import FitOptions

FIT_OPTIONS: dict[str, FitOptions] = {}
