"""Classifiers: small learned judges of texts - weights, features, cards - served with numpy alone.

Here: the forms (``linear``, ``trees``), the feature sets, the shipped weights.
Not here: learning (``training``), acting on a judgement (``guardrails``, ``metrics``, ``caching``, ``routing``).
"""

from gonogo.classifiers.linear import LinearClassifier
from gonogo.classifiers.table import BUILT_IN, SHIPPED, feature_set
from gonogo.classifiers.weights import Weights, read_card, read_folder, write_folder

__all__ = [
    "BUILT_IN",
    "SHIPPED",
    "LinearClassifier",
    "Weights",
    "feature_set",
    "read_card",
    "read_folder",
    "write_folder",
]
