"""BM25 over stems: which Chunks share a question's telling words.

Here: the inverted lists, the score and its ceiling. Not here: counting stems (``stem_counts``), vectors and results
(``embedded``).

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in Information
Retrieval 3 (2009) 333-389, with k1 = 1.2 and b = 0.75. A stem of the title or the headings counts ``HEADING_WEIGHT``
times, in frequency and in length alike (their section 3.6 on fields, with one length norm for all fields). The idf is
ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.retrieval.stem_counts import StemCounts, count_all, counted

K1 = 1.2
B = 0.75

Scores = NDArray[np.float64]


class Bm25:
    """Inverted lists with the contribution of each (stem, Chunk) worked out beforehand.

    A search adds up one slice for each distinct stem of the question.
    """

    def __init__(self, frequencies: Sequence[Mapping[str, float]]) -> None:
        """Index one mapping stem -> weighted frequency for each Chunk, in order."""
        self._make(counted(frequencies))

    def _make(self, rows: StemCounts) -> None:
        self._size = rows.size
        self._terms: dict[str, int] = {term: place for place, term in enumerate(rows.terms)}
        found = np.bincount(rows.stems, minlength=len(rows.terms))
        self._idf = np.log1p((self._size - found + 0.5) / (found + 0.5))
        self._unknown_idf = math.log1p((self._size + 0.5) / 0.5)
        self._starts = np.concatenate(([0], np.cumsum(found))).tolist()
        order = _by_number(rows.stems)
        held = np.diff(rows.starts)
        self._chunks = np.repeat(np.arange(rows.size, dtype=np.int32), held)[order]
        self._parts = _saturation(rows.counts[order].astype(np.float64), self._chunks, _lengths(rows))
        self._parts *= np.repeat(self._idf, found)

    @classmethod
    def of(cls, chunks: Sequence[Chunk], reader: TextReader, kept: Path | None = None) -> Bm25:
        """Index Chunks by the stems of their text, title and headings.

        Args:
            kept: a folder in which what was counted is kept between builds (``stem_counts``).
        """
        index = cls.__new__(cls)
        index._make(count_all(chunks, reader, kept))
        return index

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything a search needs, to be kept in a file."""
        return {
            "terms": np.frombuffer("\n".join(self._terms).encode("utf-8", "surrogatepass"), np.uint8),
            "idf": self._idf,
            "starts": np.array(self._starts, np.int64),
            "chunks": self._chunks,
            "parts": self._parts,
            "size": np.array([self._size], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Bm25:
        """The same index again; the arrays may be mapped from a file."""
        index = cls.__new__(cls)
        text = arrays["terms"].tobytes().decode("utf-8", "surrogatepass")
        index._terms = {term: place for place, term in enumerate(text.split("\n"))} if text else {}
        index._size = int(arrays["size"][0])
        index._idf, index._chunks, index._parts = arrays["idf"], arrays["chunks"], arrays["parts"]
        index._starts = arrays["starts"].tolist()
        index._unknown_idf = math.log1p((index._size + 0.5) / 0.5)
        return index

    def knows(self, stems: Iterable[str]) -> bool:
        """Whether any Chunk holds any of the stems."""
        return any(stem in self._terms for stem in stems)

    def scores(self, stems: Iterable[str]) -> Scores:
        """float64 ``[chunks]``: BM25 of each Chunk, each distinct stem counted once; 0 where no stem is shared."""
        scores = np.zeros(self._size)
        known = sorted({self._terms[stem] for stem in stems if stem in self._terms})
        for term in known:
            start, end = self._starts[term], self._starts[term + 1]
            scores[self._chunks[start:end]] += self._parts[start:end]
        return scores

    def ceiling(self, stems: Iterable[str]) -> float:
        """What no Chunk's score can reach: (k1 + 1) times the idf of all stems; one nobody holds counts as rarest."""
        mass = math.fsum(
            self._idf[self._terms[stem]] if stem in self._terms else self._unknown_idf for stem in sorted(set(stems))
        )
        return (K1 + 1.0) * mass


def _lengths(rows: StemCounts) -> Scores:
    """Of each Chunk, in weighted stems: whole numbers, so that their order does not matter."""
    held = np.diff(rows.starts)
    lengths = np.zeros(rows.size)
    if len(rows.counts):
        lengths[held > 0] = np.add.reduceat(rows.counts, rows.starts[:-1][held > 0], dtype=np.float64)
    return lengths


def _saturation(frequencies: Scores, chunks: NDArray[np.int32], lengths: Scores) -> Scores:
    """f (k1 + 1) / (f + k1 (1 - b + b length / mean length)), below k1 + 1, for each frequency in one of the Chunks.
    ``frequencies`` are overwritten."""
    mean = float(lengths.mean()) if lengths.any() else 1.0
    norms = K1 * (1.0 - B + B * lengths / mean)
    under: Scores = norms[chunks]
    under += frequencies
    frequencies *= K1 + 1.0
    frequencies /= under
    return frequencies


def _by_number(numbers: NDArray[np.int32]) -> NDArray[np.int64]:
    """The stable order of numbers, by their lower and then their upper sixteen bits: numpy sorts those in linear
    time."""
    order: NDArray[np.int64] = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    if len(numbers) and int(numbers.max()) > 0xFFFF:
        upper = (numbers >> 16).astype(np.uint16)
        order = order[np.argsort(upper[order], kind="stable")]
    return order
