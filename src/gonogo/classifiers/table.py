"""Table: the built-in classifiers by name, each with the features that feed it.

Here: the static table, loaded lazily. Not here: the features (``feature_sets``), weights (``shipped``).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple, cast

from gonogo.contracts.classifying import FeatureSet
from gonogo.errors import NotFound

SHIPPED = Path(__file__).parent / "shipped"


class BuiltIn(NamedTuple):
    """One built-in classifier: where its features are defined (``module:class``) and what it judges."""

    features: str
    judges: str


BUILT_IN: dict[str, BuiltIn] = {
    "injection": BuiltIn("injection:InjectionFeatures", "whether a text tries to override or extract instructions"),
    "toxicity": BuiltIn("toxicity:ToxicityFeatures", "whether a text insults, threatens or demeans"),
    "faithfulness": BuiltIn("faithfulness:FaithfulnessFeatures", "whether a sentence is supported by these chunks"),
    "relevance": BuiltIn("relevance:RelevanceFeatures", "whether a text speaks to this question"),
    "equivalence": BuiltIn("equivalence:EquivalenceFeatures", "whether two questions deserve the same answer"),
    "equivalence_minilm": BuiltIn(
        "equivalence:EquivalenceMinilmFeatures", "the same, for texts read with the embedder minilm"
    ),
    "difficulty": BuiltIn("difficulty:DifficultyFeatures", "whether a question needs the larger model"),
}
"""By name."""


def feature_set(name: str) -> FeatureSet:
    """The features of a built-in classifier.

    Raises:
        NotFound: no built-in classifier of that name.
    """
    built_in = BUILT_IN.get(name)
    if built_in is None:
        raise NotFound(f"there is no built-in classifier '{name}': known are {', '.join(BUILT_IN)}")
    module, _, attribute = built_in.features.partition(":")
    found = getattr(import_module(f"gonogo.classifiers.feature_sets.{module}"), attribute)
    return cast("FeatureSet", found())
