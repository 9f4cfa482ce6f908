"""Features of ``relevance``: whether a text, an answer or a chunk, speaks to a question. Positive means it does.

Here: the question's words, pairs, names and meaning looked up in the text, whether the text is of the kind asked for (a
number to "how many"), and what speaks against it: it says nothing new, asks back, or evades. Length is no feature.
Not here: whether what it says is right or supported (``faithfulness``).

``against`` holds the question. Whether there is an answer anywhere is another matter: that the best of many chunks
scores low says only that none of them is near.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.classifiers.code_digest import code_digest
from gonogo.contracts.classifying import Example
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

VERSION = 2
NAMES = (
    "overlap", "rare_overlap", "soft_overlap", "pairs", "near_pairs", "best_sentence", "names", "numbers", "cosine",
    "nearest_cosine", "kind_fits", "says_yes_or_no", "kind_misses", "nothing_new", "asks", "evades",
)  # fmt: skip
_DIRECTIONS = {"kind_misses": -1, "nothing_new": -1, "asks": -1, "evades": -1}
LONGEST = 2_000
"""Words of a text that are looked at."""
SENTENCES = 12
"""Sentences of a text that are compared one by one."""
_PREFIX, _ENDING = 4, 3
_NUMBER_ASKED = re.compile(
    r"\b(?:how (?:many|much|long|old|often|far|big|large|late|soon|fast|tall|high)|when"
    r"|what (?:year|date|time|price|percentage|number|size|age)|which (?:year|date|day))\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"\b(?:who|whom|whose|where|which (?:country|city|person|company))\b", re.IGNORECASE)
_YES_OR_NO_ASKED = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|am)\b", re.IGNORECASE
)
_YES_OR_NO = frozenset({"yes", "no", "not", "yeah", "correct", "never"})
_EVASIONS = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't|could not|couldn't) (?:know|say|tell|help|answer|find)"
    r"|i'?m not (?:sure|able)|i am (?:not sure|not able|unable|sorry)|(?:great|good|interesting|excellent) question"
    r"|it (?:really |all )?depends|hard to say|difficult to say|no (?:information|comment|idea)"
    r"|(?:please )?(?:contact|ask|consult|reach out to|get in touch with) (?:our|the|your|a|an|us|support)"
    r"|as an ai|let me know if|happy to help|anything else|many (?:factors|people|things|ways)"
    r"|there are (?:many|several|various) (?:ways|factors|aspects|things)|more (?:details|information|context)"
    r"|not (?:mentioned|covered|stated)|does not (?:say|mention)|unable to|thank you for (?:asking|your))\b",
    re.IGNORECASE,
)
_LOOKED_AT = 2_000


class RelevanceFeatures:
    """The contract ``FeatureSet``."""

    name = "relevance"
    version = VERSION
    names = NAMES
    directions = tuple(_DIRECTIONS.get(name, 1) for name in NAMES)
    """More that is found never speaks against a text; saying nothing new, asking back and evading never for it."""

    @cached_property
    def digest(self) -> Digest:
        """Over this file."""
        return code_digest(Path(__file__))

    def dense(self, example: Example) -> list[float]:
        """Shares 0..1, cosines and logarithms of counts, in the order of ``names``; zeros without a question."""
        if not example.against:
            return [0.0] * len(NAMES)
        text, question = example.text, example.against[0]
        sentences = text.sentences()[:SENTENCES]
        return [
            *_overlaps(question, text),
            *_pairs(question, text),
            _best_sentence(question, sentences),
            _share(len(question.entities & text.entities), len(question.entities)),
            _share(len(question.numbers & text.numbers), len(question.numbers)),
            *_cosines(question, text, sentences),
            *_kinds(question, text),
            _nothing_new(question, text),
            float(text.text[-_LOOKED_AT:].rstrip().endswith("?")),
            math.log1p(len(_EVASIONS.findall(text.text[:_LOOKED_AT]))) if text.text else 1.0,
        ]

    def buckets(self, example: Example) -> Buckets | None:
        """None."""
        return None

    def vector(self, example: Example) -> Vector | None:
        """None: only how near the two meanings are counts."""
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        """The example itself."""
        return (example,)


def _overlaps(question: TextFeatures, text: TextFeatures) -> tuple[float, float, float]:
    """Shares of the question's content words that the text has: plain, by length (long words are rarer), and with words
    that only begin alike."""
    asked, there = question.content_words, text.content_words
    found = asked & there
    whole = math.fsum(map(_weight, asked))
    near = sum(_begins_alike(stem, there) for stem in asked - there)
    return (
        _share(len(found), len(asked)),
        _share(math.fsum(map(_weight, found)), whole),
        _share(len(found) + 0.7 * near, len(asked)),
    )


def _weight(stem: str) -> float:
    return float(min(len(stem), 12) ** 1.5)


def _begins_alike(stem: str, there: frozenset[str]) -> bool:
    """ "photograph" and "photographer"."""
    if len(stem) < _PREFIX:
        return False
    start = stem[:_PREFIX]
    return any(
        other.startswith(start)
        and abs(len(other) - len(stem)) <= _ENDING
        and (other.startswith(stem) or stem.startswith(other))
        for other in there
    )


def _pairs(question: TextFeatures, text: TextFeatures) -> tuple[float, float]:
    """Shares of neighbouring content words of the question that are neighbours in the text, or nearly."""
    asked = set(pairwise(question.stems))
    if not asked:
        return 0.0, 0.0
    stems = text.stems[:LONGEST]
    pairs = set(pairwise(stems))
    near = pairs | set(zip(stems, stems[2:], strict=False))
    either = sum(pair in near or (pair[1], pair[0]) in near for pair in asked)
    return len(asked & pairs) / len(asked), either / len(asked)


def _best_sentence(question: TextFeatures, sentences: Sequence[TextFeatures]) -> float:
    """The largest weighted share of the question's content words in one sentence."""
    asked = question.content_words
    whole = math.fsum(map(_weight, asked))
    return max((_share(math.fsum(map(_weight, asked & one.content_words)), whole) for one in sentences), default=0.0)


def _cosines(question: TextFeatures, text: TextFeatures, sentences: Sequence[TextFeatures]) -> tuple[float, float]:
    """Of the question and the text, and of the question and the nearest of its sentences."""
    vector = question.vector
    whole = float(vector @ text.vector)
    return whole, max((float(vector @ one.vector) for one in sentences), default=whole) if len(sentences) > 1 else whole


def _kinds(question: TextFeatures, text: TextFeatures) -> tuple[float, float, float]:
    """Whether the text holds what was asked for (a number, a name), opens with yes or no where that was asked; whether
    it lacks the number or name."""
    asked, new_numbers = question.text[:_LOOKED_AT], text.numbers - question.numbers
    if _NUMBER_ASKED.search(asked):
        return float(bool(new_numbers)), 0.0, float(not new_numbers)
    if _NAME_ASKED.search(asked):
        new_names = bool(text.entities - question.entities)
        return float(new_names), 0.0, float(not new_names)
    if _YES_OR_NO_ASKED.match(asked):
        return 0.0, float(text.words[:1] != () and text.words[0] in _YES_OR_NO), 0.0
    return 0.0, 0.0, 0.0


def _nothing_new(question: TextFeatures, text: TextFeatures) -> float:
    """1 where the text has not one content word, number or yes or no that the question has not."""
    says = any(word in _YES_OR_NO for word in text.words[:1])
    return float(not says and text.content_words <= question.content_words and text.numbers <= question.numbers)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
