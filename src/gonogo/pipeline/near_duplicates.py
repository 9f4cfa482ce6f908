"""Near duplicates: passages that say the same twice take one place.

Here: which of the found Chunks repeat a better one. Not here: the search, the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

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
    texts: list[_Text] = []
    copies: list[int] = []
    for hit in hits:
        text = _Text(hit.chunk.text, reader)
        same = next((place for place, other in enumerate(texts) if text.repeats(other)), None)
        if same is not None:
            copies[same] += 1
        elif len(kept) < most:
            kept.append(hit)
            texts.append(text)
            copies.append(0)
    return [
        structs.replace(hit, rank=rank, signals={**hit.signals, "copies": float(count)} if count else hit.signals)
        for rank, (hit, count) in enumerate(zip(kept, copies, strict=True), 1)
    ]


class _Text:
    """One passage, read only where its length does not tell it from the others."""

    def __init__(self, text: str, reader: TextReader) -> None:
        self.text, self.length, self._reader = text, len(text), reader

    @cached_property
    def features(self) -> TextFeatures:
        """What is known of it."""
        return self._reader.read(self.text)

    def repeats(self, other: _Text) -> bool:
        """Whether the two say the same."""
        shorter, longer = (self, other) if self.length < other.length else (other, self)
        if shorter.length < LENGTHS * longer.length:
            return False
        return self.text == other.text or _alike(self.features, other.features)


def _alike(one: TextFeatures, other: TextFeatures) -> bool:
    mine, theirs = one.content_words, other.content_words
    if min(len(mine), len(theirs)) < ALIKE * max(len(mine), len(theirs)):
        return False  # no more can be common than the shorter has, and no fewer are in the union than the longer has
    union = mine | theirs
    if not union or len(mine & theirs) < ALIKE * len(union):
        return False
    return one.numbers == other.numbers and one.negated == other.negated and one.entities == other.entities
