"""Conflicts: passages of different pages that say nearly the same with different values, and which of them counts.

Here: finding them among the best candidates and keeping one by date or order. Not here: scoring (``scoring``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gonogo.providers.extractive.passages import Passage
from gonogo.providers.extractive.scoring import Candidate

ALIKE_WORDS = 0.5
ALIKE_MEANING = 0.6
SAME_WORDS = 0.9
SHARED_COVER = 0.5
MAX_COVER_GAP = 0.3
CORROBORATION = 0.4
"""What a second page that makes the same claim adds to the log-odds that the documents speak of it."""

SETTLED = 5
"""Candidates settled; the rest only follow, and an answer rarely reaches them."""


def settled(ranked: Sequence[Candidate], direction: str | None, years: frozenset[str] = frozenset()) -> list[Candidate]:
    """The candidates without those that lose to a contradicting or repeated one.

    Args:
        ranked: best first.
        direction: ``prefer-newest``, ``prefer-oldest``, ``prefer-first``, or ``None`` for the order of retrieval.
        years: four-digit years of the question; a page that bears one counts before any direction.

    Returns:
        Best first; a winner takes the place of the best of those it beats.
    """
    kept: list[Candidate] = []
    waiting = list(ranked)
    while waiting and len(kept) < SETTLED:
        best = waiting.pop(0)
        rivals = [best, *(other for other in waiting if _same_claim(best, other))]
        winner = _winner(_of_year(rivals, years), direction)
        support = max(rival.support for rival in rivals) + (CORROBORATION if len(rivals) > 1 else 0.0)
        kept.append(replace(winner, support=support, score=max(rival.score for rival in rivals)))
        waiting = [other for other in waiting if other not in rivals]
    return kept + waiting


def _same_claim(one: Candidate, other: Candidate) -> bool:
    a, b = one.passage, other.passage
    if a.chunk.source == b.chunk.source or a.kind == "lead" or b.kind == "lead":
        return False
    if not _same_subject(one, other):
        return False
    shared = _overlap(a, b)
    if shared >= ALIKE_WORDS:
        return _differ(a, b) or shared >= SAME_WORDS
    meaning = float(a.features.vector @ b.features.vector)
    both = float((one.covered * other.covered).mean()) if len(one.covered) else 0.0
    return meaning >= ALIKE_MEANING and both >= SHARED_COVER and _differ(a, b)


def _same_subject(one: Candidate, other: Candidate) -> bool:
    """Whether both match the question term by term, and carry the same codes: two products are no contradiction."""
    if len(one.covered) and float(abs(one.covered - other.covered).max()) > MAX_COVER_GAP:
        return False
    a, b = one.passage.codes_with_lead, other.passage.codes_with_lead
    return not (a and b) or bool(a & b)


def _overlap(a: Passage, b: Passage) -> float:
    left, right = a.stems - a.features.numbers, b.stems - b.features.numbers
    return len(left & right) / max(1, len(left | right))


def _differ(a: Passage, b: Passage) -> bool:
    """Whether values contradict: both have numbers and they differ, or one denies what the other says."""
    return a.features.numbers != b.features.numbers or a.features.negated != b.features.negated


def _of_year(rivals: Sequence[Candidate], years: frozenset[str]) -> Sequence[Candidate]:
    """Those whose page bears a year that is asked for, all where none does."""
    bearing = [rival for rival in rivals if any(year in _dating(rival.passage) for year in years)]
    return bearing or rivals


def _dating(passage: Passage) -> str:
    return f"{passage.chunk.title} {passage.chunk.heading} {passage.chunk.date or ''} {passage.lead}"


def _winner(rivals: Sequence[Candidate], direction: str | None) -> Candidate:
    """The first of equals is the better scored one, because rivals come best first."""
    if direction == "prefer-first":
        return min(rivals, key=lambda rival: rival.passage.chunk.order)
    if direction is None or not any(rival.passage.chunk.date for rival in rivals):
        return min(rivals, key=lambda rival: rival.rank)
    dated = [rival for rival in rivals if rival.passage.chunk.date]
    choose = max if direction == "prefer-newest" else min
    return choose(dated, key=lambda rival: rival.passage.chunk.date or "")
