"""Fused: BM25 and vectors as one ranking, whoever finds the nearest vectors.

Here: the score, fusion, order, filters. Not here: the inverted lists of words (``bm25``), finding vectors (``vectors``,
``lists``, ``remote``), which weight is right (``weights``).

**The score** is comparable across questions and lies in 0..1:

    (1 - w) * bm25 / ceiling + w * max(0, cosine)          w = ``policy.dense_weight``

where ``ceiling`` is what BM25 cannot exceed for this question, (k1 + 1) times the idf of its words, words that no Chunk
holds included. So it is the share of the question's idf mass that a Chunk covers, each word's share saturating with its
frequency: a Chunk of average length with every word of the question once scores 0.45 under w = 0, with half of them (by
idf) 0.23. Within a question both terms are fixed multiples of what they stand for, so fusion never reorders by scale.

**Fusion is exact** although a server names only the nearest vectors: BM25 is known of every Chunk, and a Chunk that was
not named has at most the last cosine that was. Those that could still be among the best ``k`` under that bound are
asked for by name (the threshold algorithm of Fagin, Lotem and Naor 2003, J. Comput. Syst. Sci. 66:614). So every
backend gives the answers of the embedded one, up to ties and the last bits of a cosine; an inverted file, as far as its
recall goes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import EVERYWHERE, TextFeatures, Where
from gonogo.domain import Chunk, IndexSnapshot, RetrievedChunk
from gonogo.retrieval.bm25 import Bm25, Scores
from gonogo.retrieval.columns import Columns, Mask
from gonogo.retrieval.vectors import Hits, Places, Vector, Vectors

LEAST_NAMED = 64
"""Nearest vectors asked for at least."""
MOST_ASKED = 512
"""Chunks asked for by name at most; beyond, those of the highest BM25."""


class FusedIndex:
    """A searchable snapshot. Immutable: any number of threads may search it.

    Args:
        snapshot: what is searched.
        bm25: its words.
        vectors: makes its vectors ready when a weight above 0 first wants them.
        vector_of: a question's vector.
        embeds: whether ``vector_of`` waits for a model or a server.
        dense_weight: w.
    """

    def __init__(
        self,
        snapshot: IndexSnapshot,
        bm25: Bm25,
        vectors: Callable[[], Vectors],
        vector_of: Callable[[TextFeatures], Vector],
        *,
        embeds: bool,
        dense_weight: float,
        columns: Columns | None = None,
    ) -> None:
        if not 0.0 <= dense_weight <= 1.0:
            raise ValueError(f"dense_weight must lie in 0..1, not {dense_weight!r}")
        self._snapshot, self._bm25, self._weight = snapshot, bm25, dense_weight
        self._columns = columns or Columns(snapshot.chunks)
        self._vectors = vectors() if dense_weight > 0.0 else None
        self._vector_of, self._embeds = vector_of, embeds
        self._again = partial(FusedIndex, snapshot, bm25, vectors, vector_of, embeds=embeds, columns=self._columns)

    @property
    def snapshot(self) -> IndexSnapshot:
        """What was opened."""
        return self._snapshot

    @property
    def waits(self) -> bool:
        """Whether a search embeds the question itself or asks a server: too slow for an event loop."""
        return self._vectors is not None and (self._embeds or self._vectors.waits)

    def weighted(self, dense_weight: float) -> FusedIndex:
        """The same index under another weight; words and vectors are shared."""
        return self._again(dense_weight=dense_weight)

    def search(self, question: TextFeatures, k: int, where: Where = EVERYWHERE) -> list[RetrievedChunk]:
        """The best ``k`` Chunks with a score above 0 that ``where`` lets through, best first; equal scores in the order
        of the Chunks. A question without a known word finds nothing.

        Raises:
            Unreachable: the server that holds the vectors does not answer.
        """
        allowed = self._columns.mask(where)
        if k < 1 or not self._snapshot.chunks or (allowed is not None and not allowed.any()):
            return []
        signals = self._signals(question, k, where, allowed)
        if not signals:
            return []
        scores = self._sum(signals)
        if allowed is not None:
            scores[~allowed] = 0.0
        return [
            RetrievedChunk(
                chunk=self._snapshot.chunks[place],
                score=float(scores[place]),
                rank=rank,
                signals={name: float(values[place]) for name, values in signals.items()},
            )
            for rank, place in enumerate(best(scores, k), 1)
        ]

    def _signals(self, question: TextFeatures, k: int, where: Where, allowed: Mask | None) -> dict[str, Scores]:
        """``bm25`` where the question has a content word, ``dense`` where it has a vector and vectors count."""
        signals: dict[str, Scores] = {}
        stems = question.content_words
        if ceiling := self._bm25.ceiling(stems):
            signals["bm25"] = self._bm25.scores(stems)
            signals["bm25"] /= ceiling
        if self._vectors is not None and (vector := self._vector_of(question)).any():
            signals["dense"] = self._dense(self._vectors, vector, k, where, allowed, signals.get("bm25"))
        return signals

    def _dense(
        self, vectors: Vectors, vector: Vector, k: int, where: Where, allowed: Mask | None, bm25: Scores | None
    ) -> Scores:
        """Cosines of every Chunk that can be among the best ``k``, 0 for the others."""
        size = len(self._snapshot.chunks)
        hits = vectors.nearest(vector, max(4 * k, LEAST_NAMED), where, allowed)
        if hits.places is None:
            return np.clip(hits.cosines, 0.0, 1.0).astype(np.float64)
        dense = np.zeros(size)
        dense[hits.places] = np.clip(hits.cosines, 0.0, 1.0)
        if bm25 is None or self._weight == 1.0:
            return dense
        unsure = self._unsure(dense, hits, bm25, allowed, k)
        if len(unsure):
            dense[unsure] = np.clip(vectors.cosines(vector, unsure), 0.0, 1.0)
        return dense

    def _unsure(self, dense: Scores, hits: Hits, bm25: Scores, allowed: Mask | None, k: int) -> Places:
        """Chunks that were not named and yet may be among the best ``k``."""
        words = (1.0 - self._weight) * bm25
        known = words + self._weight * dense
        if allowed is not None:
            known[~allowed] = 0.0
        size = len(known)
        floor = np.partition(known, size - k)[size - k] if size > k else 0.0
        may = words + self._weight * max(0.0, hits.rest) > floor
        may &= bm25 > 0.0
        may[hits.places] = False
        if allowed is not None:
            may &= allowed
        unsure: NDArray[np.int64] = np.flatnonzero(may)
        if len(unsure) > MOST_ASKED:
            unsure = np.sort(unsure[np.argsort(-words[unsure], kind="stable")[:MOST_ASKED]])
        return unsure

    def _sum(self, signals: dict[str, Scores]) -> Scores:
        """The weighted sum; a signal that is missing counts as 0 for every Chunk."""
        if self._weight == 0.0:
            return signals["bm25"].copy()
        total = np.zeros(len(self._snapshot.chunks))
        for name, weight in (("bm25", 1.0 - self._weight), ("dense", self._weight)):
            if name in signals:
                total += weight * signals[name]
        return total


def best(scores: Scores, k: int) -> list[int]:
    """Places of the ``k`` largest scores above 0, largest first, equal ones by place."""
    # Most Chunks share no word with a question: sorting out zeros first spares a slow selection among equals.
    places = np.flatnonzero(scores > 0.0)
    found = scores[places]
    if len(found) > k:
        floor = np.partition(found, len(found) - k)[len(found) - k]
        places = places[found >= floor]
        found = scores[places]
    order = np.argsort(-found, kind="stable")[:k]
    return [int(place) for place in places[order]]


def passage_of(chunk: Chunk) -> str:
    """What is embedded of a Chunk: title, headings and text, each on its own line."""
    return "\n".join(part for part in (chunk.title, chunk.heading, chunk.text) if part)
