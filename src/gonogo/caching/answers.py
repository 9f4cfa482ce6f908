"""Answers: whether two answers say the same, the ground truth a cache can have without asking a person.

Here: agreement of two answers by numbers, negation, opposites, citations and shared words.
Not here: agreement of questions (``meaning``).
"""

from __future__ import annotations

from gonogo.caching.word_tables import opposed
from gonogo.contracts import CachedAnswer, TextReader

SHARED = 0.6
"""Least share of content words two answers must have in common: 2 |A and B| / (|A| + |B|)."""


def agree(one: CachedAnswer, other: CachedAnswer, reader: TextReader) -> bool:
    """Whether either answer would have done for the other question.

    Strict: numbers and parity of negation are equal, no pair of opposites stands between them, citations overlap where
    both have any, and at least ``SHARED`` of the content words are common. Two answers that say the same in other words
    count as disagreeing, which keeps the cache shut rather than open.
    """
    if one.text == other.text:
        return True
    left, right = reader.read(one.text), reader.read(other.text)
    if left.numbers != right.numbers or left.negated != right.negated:
        return False
    if opposed(frozenset(left.words), frozenset(right.words)):
        return False
    if one.citations and other.citations and not set(one.citations) & set(other.citations):
        return False
    size = len(left.content_words) + len(right.content_words)
    return size > 0 and 2 * len(left.content_words & right.content_words) / size >= SHARED
