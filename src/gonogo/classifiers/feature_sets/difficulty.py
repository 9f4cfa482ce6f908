"""Features of ``difficulty``: whether a question needs the larger model. Positive means it does.

Here: length, numbers, names, conditions, words that ask for reasons or sums, answers to choose from.
Not here: the readable score that routes (``routing.difficulty``), the choice of a model (``routing``).

What a prompt alone says of its difficulty is little: over exam questions and word problems every known router that sees
only the prompt stays near its length. An embedding learns the subjects of the questions it was trained on, helps there
and hurts elsewhere, so none is used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.classifiers.code_digest import code_digest
from gonogo.contracts.classifying import Example
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

VERSION = 1
NAMES = (
    "characters", "words", "word_length", "numbers", "digits", "signs", "names", "negated", "questions", "lines",
    "options", "conditions", "reasons", "sums", "comparisons",
)  # fmt: skip
LONGEST = 20_000
"""Characters looked at, and as many words at most."""
_OPTION = re.compile(r"(?m)^ ?\(?[A-Ea-e1-5][.)] ")
_DIGIT, _SIGN = re.compile(r"\d"), re.compile(r"[=+*/^<>{}\\$%]")
_CONDITIONS = frozenset({
    "if", "unless", "except", "only", "without", "must", "either", "neither", "before", "after", "until", "while",
    "provided", "assuming", "given", "least", "most", "exactly", "respectively", "following", "but", "then", "each",
})  # fmt: skip
_REASONS = frozenset({
    "why", "explain", "reason", "reasons", "prove", "derive", "justify", "because", "infer", "imply", "implies",
    "best", "likely", "argue", "interpret", "conclude", "according", "statement", "statements",
})  # fmt: skip
_SUMS = frozenset({
    "calculate", "compute", "estimate", "solve", "total", "percent", "average", "ratio", "sum", "twice", "half", "many",
    "much", "times", "equation", "probability", "find", "value", "cost", "costs", "per", "more", "less", "left",
})  # fmt: skip
_COMPARISONS = frozenset({"compare", "than", "versus", "vs", "difference", "differ", "between", "better", "worse"})


class DifficultyFeatures:
    """The contract ``FeatureSet``."""

    name = "difficulty"
    version = VERSION
    names = NAMES

    @cached_property
    def digest(self) -> Digest:
        """Over this file."""
        return code_digest(Path(__file__))

    def dense(self, example: Example) -> list[float]:
        """Logarithms of counts, and shares of the characters, in the order of ``names``."""
        text = example.text
        shown, words = text.normalised[:LONGEST], text.words[:LONGEST]
        size = max(1, len(shown))
        return [
            math.log1p(len(shown)),
            math.log1p(len(words)),
            sum(map(len, words)) / len(words) if words else 0.0,
            math.log1p(len(text.numbers)),
            len(_DIGIT.findall(shown)) / size,
            len(_SIGN.findall(shown)) / size,
            math.log1p(len(text.entities)),
            float(text.negated),
            math.log1p(shown.count("?")),
            math.log1p(shown.count("\n")),
            math.log1p(len(_OPTION.findall(shown))),
            *(_among(words, known) for known in (_CONDITIONS, _REASONS, _SUMS, _COMPARISONS)),
        ]

    def buckets(self, example: Example) -> Buckets | None:
        """None: which words a question is made of says what it is about."""
        return None

    def vector(self, example: Example) -> Vector | None:
        """None: learned on one source it misleads on the next."""
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        """The example itself."""
        return (example,)


def _among(words: Sequence[str], known: frozenset[str]) -> float:
    return math.log1p(sum(word in known for word in words))
