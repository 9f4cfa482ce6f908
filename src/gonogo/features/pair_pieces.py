"""Pair pieces: two texts as one sequence of word pieces, and which pieces of the one stand in the other.

Here: the sequence and the states, the same for serving and for fine-tuning. Not here: what is made of it
(``encoder``).

A small encoder does not learn from little data to compare two texts word by word; told which pieces match, it needs
only learn which mismatches matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

FIRST, END = 101, 102
"""``[CLS]`` and ``[SEP]``."""
STATES = 7
"""Special piece; then for the judged text and for the other: not in the other text, in it, in it beside a neighbour."""
_PER_TEXT = 3


class PairPieces(NamedTuple):
    """``[CLS] judged [SEP] other [SEP]`` (no second part without another text).

    ``second`` is the place where the other text begins; ``matches`` holds one state for each piece.
    """

    ids: list[int]
    second: int
    matches: list[int]


def pair_pieces(judged: Sequence[int], other: Sequence[int] | None) -> PairPieces:
    """The sequence of a pair, from the pieces of both texts."""
    ids = [FIRST, *judged, END]
    matches = [0, *_states(judged, other or (), 1), 0]
    second = len(ids)
    if other is not None:
        ids += [*other, END]
        matches += [*_states(other, judged, 1 + _PER_TEXT), 0]
    return PairPieces(ids, second, matches)


def _states(mine: Sequence[int], other: Sequence[int], first: int) -> list[int]:
    known, joined = set(other), set(pairwise(other))
    beside = [False, *(pair in joined for pair in pairwise(mine)), False]
    return [
        first + (2 if beside[place] or beside[place + 1] else int(piece in known)) for place, piece in enumerate(mine)
    ]
