"""METEOR: words of two texts paired by spelling and by stem, precision and recall of them, and how far they are moved.

Here: the formula of Banerjee and Lavie (2005, W05-0909) with its first two stages. Its third, synonyms of WordNet, is
not here: a synonym counts as missing, so values are mostly lower than those of tools that load WordNet.
Not here: its bound (``overlap_assertions``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gonogo.metrics.overlap import words

RECALL_WEIGHT: Final = 9
"""How many times recall counts as much as precision in their harmonic mean."""
LARGEST_PENALTY: Final = 0.5
POWER: Final = 3

Pairs = list[tuple[int, int]]


def meteor(text: str, references: Sequence[str]) -> float:
    """The best of several references, 0..1: 10PR / (R + 9P) times 1 - 0.5 (chunks / matches)^3.

    Words are runs of letters and digits, case folded; stems are those of Snowball's English (Porter 2).
    """
    ours = words(text)
    return max((_score(ours, words(reference)) for reference in references), default=0.0)


def aligned(ours: Sequence[str], theirs: Sequence[str]) -> Pairs:
    """Places of paired words, by ours: equal ones first, then those of one stem; of repeated words the later ones, in
    order, so that few pairs cross."""
    import Stemmer

    pairs = _paired(list(enumerate(ours)), list(enumerate(theirs)))
    stem = Stemmer.Stemmer("english").stemWord
    left = {one for one, _ in pairs}, {other for _, other in pairs}
    rest = (
        [(place, stem(word)) for place, word in enumerate(side) if place not in taken]
        for side, taken in zip((ours, theirs), left, strict=True)
    )
    return sorted(pairs + _paired(*rest))


def _paired(ours: list[tuple[int, str]], theirs: list[tuple[int, str]]) -> Pairs:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in theirs:
        places[word].append(place)
    return [(place, places[word].pop()) for place, word in reversed(ours) if places.get(word)]


def _score(ours: Sequence[str], theirs: Sequence[str]) -> float:
    pairs = aligned(ours, theirs)
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(ours), len(pairs) / len(theirs)
    mean = (1 + RECALL_WEIGHT) * precision * recall / (recall + RECALL_WEIGHT * precision)
    chunks = 1 + sum((after[0] - before[0], after[1] - before[1]) != (1, 1) for before, after in pairwise(pairs))
    return mean * (1 - LARGEST_PENALTY * (chunks / len(pairs)) ** POWER)
