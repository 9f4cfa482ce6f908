"""Scoring: how well each passage of the retrieved chunks answers a question, and whether the best one really does.

Here: BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75; the small model uses it alone), term coverage with senses and
word vectors for synonyms, vectors of sentence and chunk, and the kind of value expected, weighed twice: into a score
that ranks the passages of one question, and into the odds that the documents answer it at all.
Not here: choosing among contradicting passages (``conflicts``), phrasing (``phrasing``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.providers.extractive.lexicon import number_of, stem
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

K1, B = 1.2, 0.75
CONTEXT_MATCH, NEIGHBOUR_MATCH, SOFT_MATCH, SENSE_MATCH = 0.8, 0.3, 0.75, 0.8
SOFT_FROM, SOFT_FULL = 0.5, 0.85
SHARED_WEIGHT, LEANT_ON_WEIGHT = 0.35, 0.7

SIGNALS = (
    "own", "covered", "vector", "chunk_vector", "rank", "right_kind", "wrong_kind", "counted", "missing_name", "short",
    "strangers",
)  # fmt: skip
RANKING = np.array([7.0, 4.7, 4.8, 6.4, 1.6, 1.6, -1.6, 0.7, -1.2, 4.2, 0.0])
SUPPORT = np.array([3.0, 0.0, 0.0, 3.8, 1.5, 0.0, -2.9, 0.0, -0.7, 0.0, -0.2])
INTERCEPT = -3.9
"""``RANKING`` is a softmax over the passages of each question, ``SUPPORT`` with its intercept a logistic regression on
the best one; both were fitted on the half of the example Mission's golden tasks whose id has an even SHA-256, and on
these with their answering passages taken away; the intercept again on that half when the embedder changed. Where a
retrieved passage of a cited page holds the expected value, it came first for 67 of 80 questions of that half and for 67
of 90 of the other; the odds tell these from unanswerable questions with an AUC of 0.78 and 0.85."""


COUNT_REACH = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A passage with its ``score``, comparable within one question only, and ``support``, the log-odds that it answers.

    ``covered`` is, per term of the question, how well the passage with its context matches it, 0..1; ``shares`` is how
    much of the question's weight its own words match at each term; ``rank`` is the chunk's rank in retrieval.
    """

    passage: Passage
    score: float
    support: float
    covered: Floats
    shares: Floats
    rank: int

    @property
    def confidence(self) -> float:
        """The odds as a probability, 0..1."""
        return 1.0 / (1.0 + math.exp(-self.support))


def bm25(terms: Sequence[str], passages: Sequence[Passage]) -> Floats:
    """BM25 of each passage, over these passages only.

    Returns:
        ``[len(passages)]``, 0 where nothing matches.
    """
    lengths = np.array([len(passage.features.stems) for passage in passages], dtype=np.float64)
    average = max(float(lengths.mean()), 1.0)
    weights = inverse_frequencies(terms, [passage.stems for passage in passages])
    scores = np.zeros(len(passages))
    for at, passage in enumerate(passages):
        counts = Counter(passage.features.stems)
        damping = K1 * (1 - B + B * lengths[at] / average)
        scores[at] = sum(
            weight * counts[term] * (K1 + 1) / (counts[term] + damping)
            for term, weight in zip(terms, weights, strict=True)
            if term in counts
        )
    return scores


def inverse_frequencies(terms: Sequence[str], texts: Sequence[frozenset[str]]) -> Floats:
    """log(1 + (n - df + 0.5) / (df + 0.5)) per term: never negative, highest for what no text mentions."""
    n = len(texts)
    found = (sum(term in text for text in texts) for term in terms)
    return np.array([math.log(1 + (n - df + 0.5) / (df + 0.5)) for df in found])


def candidates(question: Question, readings: Sequence[Reading], reader: TextReader) -> list[Candidate]:
    """Every passage, best first; ties keep the order of retrieval."""
    passages = [passage for reading in readings for passage in reading.passages]
    if not passages or not question.terms:
        return []
    signals, covered, shares = signals_of(question, readings, reader)
    scores = RANKING @ signals
    ranks = [rank for rank, reading in enumerate(readings, start=1) for _ in reading.passages]
    support = SUPPORT @ signals + INTERCEPT
    found = [
        Candidate(passage, float(scores[at]), float(support[at]), covered[:, at], shares[:, at], ranks[at])
        for at, passage in enumerate(passages)
        if passage.kind != "lead" or question.expected == "steps"
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


def signals_of(question: Question, readings: Sequence[Reading], reader: TextReader) -> tuple[Floats, Floats, Floats]:
    """What the score is made of.

    Returns:
        ``[len(SIGNALS), passages]`` in the order of ``SIGNALS``; ``[terms, passages]``, how well each term is matched
        with context; and the same of the passage's own words, weighed so that a column sums to ``own``.
    """
    readings = [reading for reading in readings if reading.passages]
    passages = [passage for reading in readings for passage in reading.passages]
    matching = _Matching.of(question, reader)
    own, covered = matching.against(readings)
    rarity = matching.emphasis * _rarity(own)
    weights = rarity / max(float(rarity.sum()), 1e-9)
    vectors = np.concatenate([reading.vectors for reading in readings]).astype(np.float64)
    asked, whole = question.features.vector.astype(np.float64), (question.whole or question.features).vector
    sizes = [len(reading.passages) for reading in readings]
    right = np.array([question.expects_value and question.is_answered_in_kind_by(p.text) for p in passages])
    rows = [
        weights @ own,
        weights @ covered,
        vectors @ asked,
        np.repeat([float(reading.chunk_vector @ whole) for reading in readings], sizes),
        np.repeat([1.0 / rank for rank in range(1, len(readings) + 1)], sizes),
        right,
        question.expects_value & ~right,
        np.array([_counts(question, passage) for passage in passages]),
        np.array([_misses_a_name(question, passage) for passage in passages]),
        np.array([1.0 / (1 + len(passage.features.stems)) for passage in passages]),
        np.full(len(passages), _strangers(question, readings)),
    ]
    return np.stack([row.astype(np.float64) for row in rows]), covered, weights[:, None] * own


def _rarity(own: Floats) -> Floats:
    """As ``inverse_frequencies``, where a passage has a term as far as it matches it."""
    n, found = own.shape[1], own.sum(axis=1)
    rarity: Floats = np.log(1 + (n - found + 0.5) / (found + 0.5))
    return rarity


def _strangers(question: Question, readings: Sequence[Reading]) -> int:
    """Names and numbers of the question that stand in no chunk, at most two."""
    texts = [reading.lowered for reading in readings]
    names = {*question.features.entities, *question.features.numbers}
    return min(2, sum(not any(name in text for text in texts) for name in names))


def _counts(question: Question, passage: Passage) -> bool:
    """Whether a number stands right before what is counted ("30 loggers")."""
    if not question.counted:
        return False
    words = passage.features.words
    return any(
        number_of(word.replace(",", "")) is not None
        and any(stem(other) in question.counted for other in words[place + 1 : place + 1 + COUNT_REACH])
        for place, word in enumerate(words)
    )


def _misses_a_name(question: Question, passage: Passage) -> bool:
    if not question.codes and not question.names:
        return False
    return not question.codes <= passage.codes_near or any(name not in passage.around for name in question.names)


@dataclass(frozen=True, eq=False)
class _Matching:
    """The terms of a question with what they are compared by: vectors of words, senses."""

    terms: tuple[str, ...]
    senses: tuple[frozenset[int], ...]
    emphasis: Floats
    vectors: Matrix

    @classmethod
    def of(cls, question: Question, reader: TextReader) -> _Matching:
        """Own terms count fully, those of other parts less, unless this part hardly says what it is about."""
        terms = [*question.terms, *question.shared]
        words = [question.spelling.get(term, term) for term in terms]
        senses = [question.senses.get(term, frozenset()) for term in terms]
        shared = LEANT_ON_WEIGHT if question.leans else SHARED_WEIGHT
        emphasis = [1.0] * len(question.terms) + [shared] * len(question.shared) + [1.0] * len(question.implied)
        vectors = reader.embedder.embed(words)
        unseen = np.zeros((len(question.implied), vectors.shape[1]), dtype=vectors.dtype)
        return cls(
            (*terms, *("" for _ in question.implied)),
            (*senses, *question.implied),
            np.array(emphasis),
            np.concatenate([vectors, unseen]),
        )

    def against(self, readings: Sequence[Reading]) -> tuple[Floats, Floats]:
        """How well each passage matches each term: by its own words, and with heading, lead and neighbours.

        Returns:
            Two arrays ``[terms, passages]`` of 0..1.
        """
        own, full = [], []
        for reading in readings:
            strength = self._strength(reading)
            touched = np.flatnonzero(strength.any(axis=0))
            strength = strength[:, touched]
            by_words = (strength[:, None, :] * reading.own_mask[:, touched]).max(axis=2, initial=0.0)
            leads = CONTEXT_MATCH * (strength[:, None, :] * reading.lead_mask[:, touched]).max(axis=2, initial=0.0)
            context = CONTEXT_MATCH * (strength * reading.context_mask[touched]).max(axis=1, initial=0.0)[:, None]
            neighbours = np.zeros_like(by_words)
            neighbours[:, 1:] = by_words[:, :-1]
            neighbours[:, :-1] = np.maximum(neighbours[:, :-1], by_words[:, 1:])
            own.append(by_words)
            full.append(np.maximum(np.maximum(by_words, leads), np.maximum(context, NEIGHBOUR_MATCH * neighbours)))
        return np.concatenate(own, axis=1), np.concatenate(full, axis=1)

    def _strength(self, reading: Reading) -> Floats:
        """``[terms, columns]``: 1 for the term itself, less for a sense or a near word vector, 0 for other codes."""
        stems = len(reading.stem_list)
        strength = np.zeros((len(self.terms), len(reading.column_of)))
        near = (self.vectors @ reading.stem_vectors.T - SOFT_FROM) / (SOFT_FULL - SOFT_FROM)
        strength[:, :stems] = SOFT_MATCH * np.clip(near, 0, 1)
        for at, term in enumerate(self.terms):
            if any(letter.isdigit() for letter in term):
                strength[at] = 0.0
            if term in reading.column_of:
                strength[at, reading.column_of[term]] = 1.0
            for sense in self.senses[at]:
                if sense in reading.column_of:
                    strength[at, reading.column_of[sense]] = SENSE_MATCH
        return strength


def knows_its_names(question: Question, readings: Sequence[Reading]) -> bool:
    """Whether every code of the question ("BL-99") stands in some chunk; one that does not cannot be answered about."""
    return all(any(code in reading.lowered for reading in readings) for code in question.codes)
