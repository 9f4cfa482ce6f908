"""Scoring: how well each passage of the retrieved chunks answers a question, and whether the best one really does.

Here: BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75), term coverage with word vectors for synonyms, sentence
vectors and the kind of value expected, weighed into the odds that a passage answers.
Not here: choosing among contradicting passages (``conflicts``), phrasing (``phrasing``).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question

K1, B = 1.2, 0.75
CONTEXT_MATCH, NEIGHBOUR_MATCH, SOFT_MATCH = 0.8, 0.5, 0.75
SOFT_FROM, SOFT_FULL = 0.5, 0.85
SHARED_WEIGHT = 0.35

SIGNALS = ("own", "bm25", "vector", "rank", "wrong_kind", "missing_name", "strangers")
COEFFICIENTS = np.array([2.9, 0.5, 3.6, 2.3, -1.65, -1.45, -0.5])
INTERCEPT = -6.9
"""A logistic regression of "this passage answers" on the signals, fitted once on half of the example Mission's golden
tasks and sixty plain questions about it, each also with its answering passages taken away."""

_BREAKS = re.compile(r"[^\w-]+")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A passage with its ``score``, the log-odds that it answers the question.

    ``covered`` is, per term of the question, how well the passage with its context matches it, 0..1; ``rank`` is the
    chunk's rank in retrieval.
    """

    passage: Passage
    score: float
    covered: Floats
    rank: int

    @property
    def confidence(self) -> float:
        """The odds as a probability, 0..1."""
        return 1.0 / (1.0 + math.exp(-self.score))


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
    signals, covered = signals_of(question, readings, reader)
    scores = COEFFICIENTS @ signals + INTERCEPT
    ranks = [rank for rank, reading in enumerate(readings, start=1) for _ in reading.passages]
    found = [
        Candidate(passage, float(scores[at]), covered[:, at], ranks[at])
        for at, passage in enumerate(passages)
        if passage.kind != "lead" or question.expected == "steps"
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


def signals_of(question: Question, readings: Sequence[Reading], reader: TextReader) -> tuple[Floats, Floats]:
    """What the score is made of.

    Returns:
        ``[len(SIGNALS), passages]`` in the order of ``SIGNALS``, and ``[terms, passages]``, how well each term is
        matched with context.
    """
    passages = [passage for reading in readings for passage in reading.passages]
    terms = [*question.terms, *question.shared]
    emphasis = np.array([1.0] * len(question.terms) + [SHARED_WEIGHT] * len(question.shared))
    rarity = emphasis * inverse_frequencies(terms, [passage.stems for passage in passages])
    weights = rarity / rarity.sum()
    own, covered = _matches(terms, [question.spelling.get(term, term) for term in terms], readings, reader)
    most = float(inverse_frequencies(question.terms, [passage.stems for passage in passages]).sum()) * (K1 + 1)
    vectors = np.stack([passage.features.vector for passage in passages]).astype(np.float64)
    ranks = np.array([rank for rank, reading in enumerate(readings, start=1) for _ in reading.passages])
    rows = [
        weights @ own,
        bm25(question.terms, passages) / most,
        vectors @ question.features.vector.astype(np.float64),
        1.0 / ranks,
        np.array([not question.is_answered_in_kind_by(passage.text) for passage in passages]),
        np.array([_misses_a_name(question, passage) for passage in passages]),
        np.full(len(passages), _strangers(question, readings)),
    ]
    return np.stack([row.astype(np.float64) for row in rows]), covered


def _strangers(question: Question, readings: Sequence[Reading]) -> int:
    """Names and numbers of the question that stand in no chunk, at most two."""
    texts = [reading.lowered for reading in readings]
    names = {*question.features.entities, *question.features.numbers}
    return min(2, sum(not any(name in text for text in texts) for name in names))


def _misses_a_name(question: Question, passage: Passage) -> bool:
    around = _around(passage)
    return not question.codes <= _codes_near(passage) or any(name not in around for name in question.names)


def _codes_near(passage: Passage) -> frozenset[str]:
    return frozenset(_BREAKS.sub(" ", _around(passage)).split())


def _around(passage: Passage) -> str:
    return f"{passage.text} {passage.lead} {passage.chunk.heading} {passage.chunk.title}".lower()


def _matches(
    terms: Sequence[str], words: Sequence[str], readings: Sequence[Reading], reader: TextReader
) -> tuple[Floats, Floats]:
    """How well each passage matches each term: by its own words, and with heading, lead and neighbours.

    Returns:
        Two arrays ``[terms, passages]`` of 0..1.
    """
    vectors = reader.embedder.embed(words)
    own, full = [], []
    for reading in readings:
        if not reading.passages:
            continue
        soft = SOFT_MATCH * np.clip((vectors @ reading.stem_vectors.T - SOFT_FROM) / (SOFT_FULL - SOFT_FROM), 0, 1)
        row_of = {stem: at for at, stem in enumerate(reading.stem_list)}
        strength = np.array(soft, dtype=np.float64)
        for at, term in enumerate(terms):
            if any(letter.isdigit() for letter in term):
                strength[at] = 0.0
            if term in row_of:
                strength[at, row_of[term]] = 1.0
        by_words = np.stack([_best(strength, passage.stems, row_of) for passage in reading.passages], axis=1)
        context = CONTEXT_MATCH * _best(strength, reading.context, row_of)[:, None]
        leads = np.stack([_best(strength, _lead_stems(p, reader), row_of) for p in reading.passages], axis=1)
        neighbours = np.zeros_like(by_words)
        neighbours[:, 1:] = by_words[:, :-1]
        neighbours[:, :-1] = np.maximum(neighbours[:, :-1], by_words[:, 1:])
        own.append(by_words)
        full.append(np.maximum.reduce([by_words, np.broadcast_to(context, by_words.shape), CONTEXT_MATCH * leads,
                                       NEIGHBOUR_MATCH * neighbours]))  # fmt: skip
    return np.concatenate(own, axis=1), np.concatenate(full, axis=1)


def _lead_stems(passage: Passage, reader: TextReader) -> frozenset[str]:
    return reader.read(passage.lead).content_words if passage.lead else frozenset()


def _best(strength: Floats, stems: frozenset[str], row_of: dict[str, int]) -> Floats:
    columns = [row_of[stem] for stem in stems if stem in row_of]
    if not columns:
        return np.zeros(strength.shape[0])
    best: Floats = strength[:, columns].max(axis=1)
    return best


def knows_its_names(question: Question, readings: Sequence[Reading]) -> bool:
    """Whether every code of the question ("BL-99") stands in some chunk; one that does not cannot be answered about."""
    return all(any(code in reading.lowered for reading in readings) for code in question.codes)
