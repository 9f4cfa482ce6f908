"""Evidence: what a set of chunks says, indexed so that one sentence is looked up in microseconds.

Here: the words, runs of words, numbers, names and sentences of each chunk, read once and remembered; the slots
("between 'in' and 'to' stands 1947") that show what an edit exchanged. Not here: what the look-ups mean
(``faithfulness``).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from gonogo.contracts.text import TextFeatures

Key = TypeVar("Key")
REMEMBERED = 256
"""Chunks, and sets of chunks, whose index is kept."""
LONGEST_CHUNK = 2_000
"""Words of a chunk that are looked at."""
PREFIX = 4
_NEGATIONS = frozenset({"not", "never", "no", "cannot", "without"})


class Passage(NamedTuple):
    """One sentence of a chunk."""

    content: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    negated: bool


class Evidence:
    """One chunk, or several put together."""

    __slots__ = (
        "bigrams", "content", "entities", "numbers", "numbers_at", "pairs", "passages", "places", "prefixes", "skips",
        "slots", "words",
    )  # fmt: skip

    def __init__(self) -> None:
        self.content: set[str] = set()
        self.words: set[str] = set()
        self.numbers: set[str] = set()
        self.entities: set[str] = set()
        self.bigrams: set[tuple[str, str]] = set()
        self.pairs: set[tuple[str, str]] = set()
        self.skips: set[tuple[str, str]] = set()
        self.slots: dict[tuple[str, str], tuple[str, ...]] = {}
        self.prefixes: dict[str, tuple[str, ...]] = {}
        self.passages: list[Passage] = []
        self.places: dict[str, list[int]] = {}
        self.numbers_at: dict[str, list[Passage]] = {}


def is_negation(word: str) -> bool:
    """Whether a word denies what stands beside it."""
    return word in _NEGATIONS or word.endswith(("n't", "n’t"))


def of_chunk(chunk: TextFeatures) -> Evidence:
    """The index of one chunk."""
    found = Evidence()
    words, stems = chunk.words[:LONGEST_CHUNK], chunk.stems[:LONGEST_CHUNK]
    found.content.update(stems)
    found.words.update(words)
    found.numbers |= chunk.numbers
    found.entities |= chunk.entities
    found.bigrams.update(pairwise(words))
    found.pairs.update(pairwise(stems))
    found.skips.update(zip(stems, stems[2:], strict=False))
    _fill(found.slots, zip(words, words[2:], strict=False), words[1:])
    _fill(found.prefixes, (word[:PREFIX] for word in found.words), found.words)
    if len(words) < LONGEST_CHUNK:
        for sentence in chunk.sentences():
            _add_passage(
                found,
                Passage(sentence.content_words, frozenset(sentence.words), sentence.numbers, sentence.negated),
            )
    return found


def _fill(table: dict[Key, tuple[str, ...]], keys: Iterable[Key], values: Iterable[str]) -> None:
    """Put each value under its key, once."""
    for key, value in zip(keys, values, strict=False):
        there = table.get(key, ())
        if value not in there:
            table[key] = (*there, value)


def _add_passage(found: Evidence, passage: Passage) -> None:
    number = len(found.passages)
    found.passages.append(passage)
    for stem in passage.content:
        found.places.setdefault(stem, []).append(number)
    for amount in passage.numbers:
        found.numbers_at.setdefault(amount, []).append(passage)


def _together(parts: Sequence[Evidence]) -> Evidence:
    """All chunks as one."""
    found = Evidence()
    for part in parts:
        for name in ("content", "words", "numbers", "entities", "bigrams", "pairs", "skips"):
            getattr(found, name).update(getattr(part, name))
        _join(found.slots, part.slots)
        _join(found.prefixes, part.prefixes)
        for passage in part.passages:
            _add_passage(found, passage)
    return found


def _join(table: dict[Key, tuple[str, ...]], other: dict[Key, tuple[str, ...]]) -> None:
    both = table.keys() & other.keys()
    joined = {key: (*table[key], *(value for value in other[key] if value not in table[key])) for key in both}
    table.update(other)
    table.update(joined)


class EvidenceMemory:
    """The index of recent chunks and of recent sets of chunks. Threads may share one."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, ...], tuple[Sequence[TextFeatures], Evidence]] = OrderedDict()

    def of(self, chunks: Sequence[TextFeatures]) -> Evidence:
        """What the chunks say together."""
        key = tuple(map(id, chunks))
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known[1]
        parts = [self.of((chunk,)) for chunk in chunks] if len(chunks) != 1 else []
        found = _together(parts) if parts else of_chunk(chunks[0]) if chunks else Evidence()
        with self._lock:
            # The chunks are kept beside their index: an id is only unique while its object lives.
            self._known[key] = (tuple(chunks), found)
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return found
