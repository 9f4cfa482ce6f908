"""Features of ``equivalence``: whether two questions deserve the same answer. Positive means they do.

Here: what is left over on each side and how much it weighs, words exchanged between the same neighbours, order,
numbers, names, negation, opposites, kind of question, cosine.
Not here: how they are laid beside one another (``question_parts``), tables (``equivalence_words``, ``opposites``).

Every vector puts questions that differ in one word closer than true paraphrases. What tells them apart is the
alignment: where everything stands as it was and one thing that weighs is another, the answer is another, whatever the
kind of thing. All features are the same when the two questions change places.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.classifiers.code_digest import code_digest
from gonogo.classifiers.feature_sets.equivalence_words import FUNCTION, LIGHT, MAY_DIFFER, reduced
from gonogo.classifiers.feature_sets.opposites import are_opposite
from gonogo.classifiers.feature_sets.question_parts import MOST_LEFT, Pairs, Question, aligned, taken_apart
from gonogo.contracts.classifying import Example
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

VERSION = 2
NAMES = (
    "cosine", "unlike", "shared_words", "shared_content", "aligned", "bigrams", "same_ends", "length", "length_ratio",
    "left_over", "left_over_fewer", "left_over_more", "heavy_fewer", "heavy_more", "one_for_one", "one_sided",
    "nothing_left", "alike", "order", "small_fewer", "small_more", "modals", "one_sided_facts", "conflicts",
    "any_conflict", "conflict_in_same", "conflict_between", "only_conflict",
)  # fmt: skip
_PARTS = re.compile(r"[\W_]+")
LONGEST = 60
"""Words of a question that are looked at."""
_REMEMBERED = 512
_FRAMED, _PART = 2, 4
"""Words around a part that is exchanged, at least, and of it, at most."""


class EquivalenceFeatures:
    """The contract ``FeatureSet``. Keeps the questions taken apart last, since a cache compares one with several."""

    name = "equivalence"
    version = VERSION
    names = NAMES

    def __init__(self) -> None:
        self._known: OrderedDict[str, Question] = OrderedDict()

    @cached_property
    def digest(self) -> Digest:
        """Over this file and its tables."""
        here = Path(__file__).parent
        return code_digest(
            Path(__file__), here / "question_parts.py", here / "equivalence_words.py", here / "opposites.py"
        )

    def dense(self, example: Example) -> list[float]:
        """Cosines, shares 0..1 and logarithms of counts, in the order of ``names``."""
        if not example.against:
            return [0.0] * len(NAMES)
        one, other = example.text, example.against[0]
        left, right = self._taken_apart(one), self._taken_apart(other)
        # Words are paired from one side: always from the same one, whichever comes first.
        if right.tokens < left.tokens:
            one, other, left, right = other, one, right, left
        return _compared(one, other, left, right)

    def buckets(self, example: Example) -> Buckets | None:
        """None: which words two questions are made of says nothing of their being one."""
        return None

    def vector(self, example: Example) -> Vector | None:
        """None: only the cosine counts."""
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        """The example itself."""
        return (example,)

    def _taken_apart(self, text: TextFeatures) -> Question:
        known = self._known.get(text.text)
        if known is None:
            known = taken_apart(text.words[:LONGEST])
            if len(text.text) <= 2000:
                self._known[text.text] = known
                if len(self._known) > _REMEMBERED:
                    self._known.pop(next(iter(self._known)), None)
        return known


class EquivalenceMinilmFeatures(EquivalenceFeatures):
    """The same, with weights for the vectors of another embedder: two cosines of one pair are no one number."""

    name = "equivalence_minilm"
    version = 1


def _compared(one: TextFeatures, other: TextFeatures, left: Question, right: Question) -> list[float]:
    cosine = float(one.vector @ other.vector)
    pairs = aligned(left, right)
    both = len(left.content) + len(right.content)
    over_left, over_right = len(pairs.left), len(pairs.right)
    heavy_left = sum(stem not in LIGHT for stem in pairs.left)
    heavy_right = sum(stem not in LIGHT for stem in pairs.right)
    fewer, more = sorted((heavy_left, heavy_right))
    share = _share(both - over_left - over_right, both)
    small = sorted((len(left.small - right.small), len(right.small - left.small)))
    found = conflicts(one, other, left, right, pairs)
    count, ends = sum(found.values()), _same_ends(left.tokens, right.tokens)
    lengths = sorted((len(left.tokens), len(right.tokens)))
    return [
        cosine, math.sqrt(max(0.0, 1.0 - cosine)), _overlap(left.words, right.words),
        _overlap(left.forms.keys(), right.forms.keys()), share, _overlap(left.pairs, right.pairs),
        ends, math.log1p(lengths[1]), _share(lengths[0], lengths[1]), _share(over_left + over_right, both, empty=0.0),
        math.log1p(min(over_left, over_right)), math.log1p(max(over_left, over_right)), math.log1p(fewer),
        math.log1p(more), float(fewer == more == 1), float(fewer == 0 < more), float(more == 0),
        math.log1p(pairs.alike), _order(pairs.places), math.log1p(small[0]), math.log1p(small[1]),
        float(len(left.modals ^ right.modals)), float(_one_sided_facts(one, other, pairs)), math.log1p(count),
        float(count > 0), float(count > 0) * share, float(count > 0) * ends,
        float(count == 1) * float(ends > 0.99 or over_left + over_right <= 2),
    ]  # fmt: skip


def conflicts(one: TextFeatures, other: TextFeatures, left: Question, right: Question, pairs: Pairs) -> dict[str, bool]:
    """What stands on both sides and is not the same, by kind. One sum is learned from, so that a kind of difference
    that no training row shows counts like the others."""
    exchanged, small, swapped = _slots(left, right, pairs)
    return {
        "numbers": _both_differ(one.numbers, other.numbers),
        "names": _both_differ(_missing(one, other, pairs.left), _missing(other, one, pairs.right)),
        "negation": one.negated != other.negated,
        "opposites": _opposed(left, right, pairs),
        "words": exchanged > 0 or _part_exchanged(left.tokens, right.tokens, pairs),
        "small words": small > 0,
        "places": swapped > 0 or _transposed(pairs.places),
        "modality": _both_differ(left.modals, right.modals),
        "kind of question": bool(left.kind and right.kind) and left.kind != right.kind,
    }


def _slots(left: Question, right: Question, pairs: Pairs) -> tuple[int, int, int]:
    """Places with the same neighbours on both sides and another word between: words left over, small words, words that
    both have elsewhere."""
    exchanged = small = swapped = 0
    over_left, over_right = set(pairs.left), set(pairs.right)
    for slot, word in left.slots.items():
        other = right.slots.get(slot)
        if other is None or other == word:
            continue
        if word in over_left and other in over_right:
            exchanged += 1
        elif word in FUNCTION or other in FUNCTION:
            small += not (word in MAY_DIFFER and other in MAY_DIFFER)
        elif word in right.forms and other in left.forms:
            swapped += 1
    return exchanged, small, swapped


def _transposed(places: Sequence[int]) -> bool:
    """Whether exactly two paired words have changed places; a part that was moved as a whole shifts more."""
    if len(places) < 3:
        return False
    ranks = sorted(places)
    return sum(place != rank for place, rank in zip(places, ranks, strict=True)) == 2


def _order(places: Sequence[int]) -> float:
    """Share of neighbouring shared words that stand the other way round."""
    return _share(sum(one > other for one, other in pairwise(places)), len(places) - 1, empty=0.0)


def _same_ends(left: Sequence[str], right: Sequence[str]) -> float:
    """Share of the longer question that stands before and behind the one part that differs."""
    start, end = _ends(left, right)
    return _share(start + end, max(len(left), len(right)))


def _ends(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """How many words both begin with, and end on."""
    shorter = min(len(left), len(right))
    start = 0
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    return start, end


def _part_exchanged(left: Sequence[str], right: Sequence[str], pairs: Pairs) -> bool:
    """Whether the two differ in one part of a few words, of which none met another."""
    if not pairs.left or not pairs.right:
        return False
    start, end = _ends(left, right)
    sides = ((left[start : len(left) - end], pairs.left), (right[start : len(right) - end], pairs.right))
    return start + end >= _FRAMED and all(
        0 < len(part) <= _PART and all(word in over or word in FUNCTION for word in part)
        and any(word in over for word in part) for part, over in sides
    )  # fmt: skip


def _both_differ(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left - right) and bool(right - left)


def _one_sided_facts(one: TextFeatures, other: TextFeatures, pairs: Pairs) -> int:
    """How many of numbers and names stand on one side only."""
    names = bool(_missing(one, other, pairs.left)) != bool(_missing(other, one, pairs.right))
    return (bool(one.numbers - other.numbers) != bool(other.numbers - one.numbers)) + names


def _missing(one: TextFeatures, other: TextFeatures, over: Sequence[str]) -> frozenset[str]:
    """Words of names that the other question lacks in every form."""
    if not one.entities or not over:
        return frozenset()
    left = set(over)
    parts = (part for name in one.entities for part in _PARTS.split(name) if part)
    return frozenset(part for part in parts if reduced(part) in left and part not in other.words)


def _opposed(left: Question, right: Question, pairs: Pairs) -> bool:
    """Whether an opposite of what is left over here is left over there, small words included."""
    ones = [left.forms.get(stem, stem) for stem in pairs.left[:MOST_LEFT]] + list(left.small - right.small)
    others = [right.forms.get(stem, stem) for stem in pairs.right[:MOST_LEFT]] + list(right.small - left.small)
    return any(are_opposite(one, other) for one in ones for other in others)


def _overlap(left: Set[object], right: Set[object]) -> float:
    both = len(left & right)
    return _share(both, len(left) + len(right) - both)


def _share(part: float, whole: float, empty: float = 1.0) -> float:
    return part / whole if whole > 0 else empty
