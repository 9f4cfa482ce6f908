"""Embedded: the index backend that needs no service - BM25, and vectors where a Mission weighs them in.

Here: opening a snapshot, the score, fusion, order. Not here: the inverted lists (``bm25``), keeping vectors
(``vector_cache``), which weight is right (``weights``).

**The score** is comparable across questions and lies in 0..1:

    (1 - w) * bm25 / ceiling + w * max(0, cosine)          w = ``policy.dense_weight``

where ``ceiling`` is what BM25 cannot exceed for this question, (k1 + 1) times the idf of its words, words that no Chunk
holds included. So it is the share of the question's idf mass that a Chunk covers, each word's share saturating with its
frequency: a Chunk of average length with every word of the question once scores 0.45 under w = 0, with half of them (by
idf) 0.23. Within a question both terms are fixed multiples of what they stand for, so fusion never reorders by scale.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Embedder, TextFeatures, TextReader
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy, RetrievedChunk
from gonogo.errors import BadInput
from gonogo.retrieval.bm25 import Bm25, Scores
from gonogo.retrieval.vector_cache import embed_all


class EmbeddedBackend:
    """Opens snapshots in memory: the built-in ``contracts.IndexBackend`` named ``embedded``.

    Args:
        reader: reads Chunks and, elsewhere, questions.
        embedder: makes the vectors, where they are used; it must be the snapshot's. The reader's by default, whose
            vector of a question is there already.
        vectors: a folder in which vectors are kept between starts; ``None`` keeps none.
    """

    name = "embedded"

    def __init__(self, reader: TextReader, *, embedder: Embedder | None = None, vectors: Path | None = None) -> None:
        self._reader = reader
        self._embedder = embedder or reader.embedder
        self._vectors = vectors

    def build(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> EmbeddedIndex:
        """Read all Chunks into inverted lists; embed them only when ``dense_weight`` is above 0.

        Raises:
            BadInput: vectors are wanted, but the snapshot was made for another embedder.
        """
        own = None if self._embedder is self._reader.embedder else self._embedder
        passages = _Passages(snapshot, self._embedder, own, self._vectors)
        return EmbeddedIndex(snapshot, Bm25.of(snapshot.chunks, self._reader), passages, policy.dense_weight)


class EmbeddedIndex:
    """A searchable snapshot. Immutable: any number of threads may search it."""

    def __init__(self, snapshot: IndexSnapshot, bm25: Bm25, passages: _Passages, dense_weight: float) -> None:
        if not 0.0 <= dense_weight <= 1.0:
            raise ValueError(f"dense_weight must lie in 0..1, not {dense_weight!r}")
        self._snapshot, self._bm25, self._passages, self._weight = snapshot, bm25, passages, dense_weight
        if dense_weight > 0.0:
            passages.matrix()

    @property
    def snapshot(self) -> IndexSnapshot:
        """What was opened."""
        return self._snapshot

    @property
    def waits(self) -> bool:
        """Whether a search embeds the question itself, with a model or a server: too slow for an event loop."""
        return self._weight > 0.0 and self._passages.waits

    def weighted(self, dense_weight: float) -> EmbeddedIndex:
        """The same index under another weight; inverted lists and vectors are shared."""
        return EmbeddedIndex(self._snapshot, self._bm25, self._passages, dense_weight)

    def search(self, question: TextFeatures, k: int) -> list[RetrievedChunk]:
        """The best ``k`` Chunks with a score above 0, best first; equal scores in the order of the Chunks.

        A question without a known word finds nothing.
        """
        if k < 1 or not self._snapshot.chunks:
            return []
        signals = self._signals(question)
        if not signals:
            return []
        scores = self._fused(signals)
        return [
            RetrievedChunk(
                chunk=self._snapshot.chunks[place],
                score=float(scores[place]),
                rank=rank,
                signals={name: float(values[place]) for name, values in signals.items()},
            )
            for rank, place in enumerate(best(scores, k), 1)
        ]

    def _signals(self, question: TextFeatures) -> dict[str, Scores]:
        """``bm25`` where the question has a content word, ``dense`` where it has a vector and vectors count."""
        signals: dict[str, Scores] = {}
        stems = question.content_words
        if ceiling := self._bm25.ceiling(stems):
            signals["bm25"] = self._bm25.scores(stems)
            signals["bm25"] /= ceiling
        if self._weight > 0.0 and (vector := self._passages.vector_of(question)).any():
            cosines = self._passages.matrix() @ vector
            signals["dense"] = np.clip(cosines, 0.0, 1.0, out=cosines).astype(np.float64)
        return signals

    def _fused(self, signals: dict[str, Scores]) -> Scores:
        """The weighted sum; a signal that is missing counts as 0 for every Chunk."""
        if self._weight == 0.0:
            return signals["bm25"]
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


class _Passages:
    """The vectors of a snapshot's Chunks, made once, when first needed; ``own`` embeds questions, where the reader's
    vector of them is another one's."""

    def __init__(self, snapshot: IndexSnapshot, embedder: Embedder, own: Embedder | None, folder: Path | None) -> None:
        self._snapshot, self._embedder, self._own, self._folder = snapshot, embedder, own, folder
        self._made: NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    @property
    def waits(self) -> bool:
        return self._own is not None

    def vector_of(self, question: TextFeatures) -> NDArray[np.float32]:
        return question.vector if self._own is None else self._own.embed([question.normalised])[0]

    def matrix(self) -> NDArray[np.float32]:
        with self._lock:
            if self._made is None:
                embedder = self._embedder
                if embedder.digest != self._snapshot.embedder_digest:
                    raise BadInput(
                        f"the index was made for embedder {self._snapshot.embedder}, and {embedder.name} is another "
                        f"one or another release of it: build the Mission again, or set `retrieval.dense_weight: 0`"
                    )
                texts = [passage_of(chunk) for chunk in self._snapshot.chunks]
                self._made = embed_all(texts, embedder, self._folder)
            return self._made


def passage_of(chunk: Chunk) -> str:
    """What is embedded of a Chunk: title, headings and text, each on its own line."""
    return "\n".join(part for part in (chunk.title, chunk.heading, chunk.text) if part)
