"""Scoring: how well each passage of the retrieved chunks answers a question, and whether the best one really does.

Here: BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75), term coverage with word vectors for synonyms, sentence
vectors, the kind of value expected, and support: the share of the question that the documents know of.
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
WEIGHTS = {"coverage": 0.45, "bm25": 0.25, "vector": 0.25, "kind": 0.15, "rank": 0.05}
MISSING_NAME_PENALTY = 0.25
WRONG_KIND_PENALTY = {"money": 0.5, "amount": 0.4, "time": 0.3, "person": 0.25}
_BREAKS = re.compile(r"[^\w-]+")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A passage with its score and what it was made of. ``covered`` is, per term of the question, how well the passage
    with its context matches it, 0..1; ``rank`` is the chunk's rank in retrieval."""

    passage: Passage
    score: float
    support: float
    covered: Floats
    rank: int


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
    terms = [*question.terms, *question.shared]
    emphasis = np.array([1.0] * len(question.terms) + [SHARED_WEIGHT] * len(question.shared))
    weights = emphasis * (0.5 + inverse_frequencies(terms, [passage.stems for passage in passages]))
    weights /= weights.sum()
    own, with_context = _matches(terms, [question.spelling.get(term, term) for term in terms], readings, reader)
    lexical = bm25(terms, passages)
    top = float(lexical.max())
    vectors = np.stack([passage.features.vector for passage in passages]).astype(np.float64)
    similar = np.clip(vectors @ question.features.vector.astype(np.float64), 0.0, 1.0)
    coverage = weights @ (0.6 * own + 0.4 * with_context)
    support = weights @ with_context
    ranks = [rank for rank, reading in enumerate(readings, start=1) for _ in reading.passages]
    kinds = np.array([_kind(question, passage) for passage in passages])
    scores = (
        WEIGHTS["coverage"] * coverage
        + WEIGHTS["bm25"] * (lexical / top if top else lexical)
        + WEIGHTS["vector"] * similar
        + WEIGHTS["kind"] * kinds
        + WEIGHTS["rank"] / np.array(ranks, dtype=np.float64)
    )
    found = [
        Candidate(passage, float(scores[at]), float(support[at]), with_context[:, at], ranks[at])
        for at, passage in enumerate(passages)
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


def _kind(question: Question, passage: Passage) -> float:
    if question.codes and not question.codes <= _codes_near(passage):
        return -1.0
    if passage.kind == "lead":
        return -0.5 if question.expected != "steps" else 0.5
    if any(name not in _around(passage) for name in question.names):
        return -1.0
    return 1.0 if question.expected and question.is_answered_in_kind_by(passage.text) else 0.0


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


def support_of(question: Question, best: Candidate, readings: Sequence[Reading]) -> float:
    """How far the documents know what is asked, 0..1.

    The weighted share of the question's terms that the best passage with its context matches; a code that stands in no
    chunk makes it 0, every other name or number that stands in none takes ``MISSING_NAME_PENALTY`` off, and a
    passage without the kind of value expected ``WRONG_KIND_PENALTY``.
    """
    texts = [reading.lowered for reading in readings]
    if any(not any(code in text for text in texts) for code in question.codes):
        return 0.0
    names = {*question.features.entities, *question.features.numbers}
    unknown = sum(not any(name in text for text in texts) for name in names)
    fits = question.is_answered_in_kind_by(best.passage.text)
    wrong_kind = 0.0 if fits else WRONG_KIND_PENALTY[question.expected or "person"]
    return max(0.0, best.support - MISSING_NAME_PENALTY * unknown - wrong_kind)
