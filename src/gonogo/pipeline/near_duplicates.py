"""Near duplicates: passages that say the same twice take one place.

Here: which of the found Chunks repeat a better one. Not here: the search, the order.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from gonogo.contracts import TextFeatures, TextReader
from gonogo.domain import RetrievedChunk

ALIKE = 0.9
"""Share of stems that two passages must have in common, of all that either has (Jaccard)."""
LENGTHS = 0.8
"""Passages whose lengths differ more are not read: they cannot be that much alike."""


def collapsed(hits: Sequence[RetrievedChunk], reader: TextReader, most: int) -> list[RetrievedChunk]:
    """The first ``most`` that repeat no better one, ranked anew. A kept Chunk's signal ``copies`` counts the others.

    Passages with other numbers, or of which one denies, are no copies, however alike: they are what answers differ in.
    """
    kept: list[RetrievedChunk] = []
    copies: list[int] = []
    for hit in hits:
        same = next((place for place, other in enumerate(kept) if _repeats(hit, other, reader)), None)
        if same is not None:
            copies[same] += 1
        elif len(kept) < most:
            kept.append(hit)
            copies.append(0)
    return [
        structs.replace(hit, rank=rank, signals={**hit.signals, "copies": float(count)} if count else hit.signals)
        for rank, (hit, count) in enumerate(zip(kept, copies, strict=True), 1)
    ]


def _repeats(one: RetrievedChunk, other: RetrievedChunk, reader: TextReader) -> bool:
    a, b = one.chunk.text, other.chunk.text
    if a == b:
        return True
    if min(len(a), len(b)) < LENGTHS * max(len(a), len(b)):
        return False
    return _alike(reader.read(a), reader.read(b))


def _alike(one: TextFeatures, other: TextFeatures) -> bool:
    union = one.content_words | other.content_words
    if not union or len(one.content_words & other.content_words) < ALIKE * len(union):
        return False
    return one.numbers == other.numbers and one.negated == other.negated and one.entities == other.entities
