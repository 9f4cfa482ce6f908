"""BM25 over stems: which Chunks share a question's telling words.

Here: the inverted lists, the score and its ceiling. Not here: reading texts into stems (``contracts.TextFeatures``),
vectors and results (``embedded``).

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in Information
Retrieval 3 (2009) 333-389, with k1 = 1.2 and b = 0.75. A stem of the title or the headings counts ``HEADING_WEIGHT``
times, in frequency and in length alike (their section 3.6 on fields, with one length norm for all fields). The idf is
ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.domain import Chunk

K1 = 1.2
B = 0.75
HEADING_WEIGHT = 2.0

Scores = NDArray[np.float64]


class Bm25:
    """Inverted lists with the contribution of each (stem, Chunk) worked out beforehand.

    A search adds up one slice for each distinct stem of the question.
    """

    def __init__(self, frequencies: Sequence[Mapping[str, float]]) -> None:
        """Index one mapping stem -> weighted frequency for each Chunk, in order."""
        self._size = len(frequencies)
        self._terms: dict[str, int] = {}
        term_of, chunk_of, frequency_of = array("q"), array("q"), array("d")
        terms = self._terms
        for place, counts in enumerate(frequencies):
            for stem, frequency in counts.items():
                term_of.append(terms.setdefault(stem, len(terms)))
                chunk_of.append(place)
                frequency_of.append(frequency)
        by_term = np.frombuffer(term_of, dtype=np.int64) if term_of else np.zeros(0, np.int64)
        chunks = np.frombuffer(chunk_of, dtype=np.int64) if chunk_of else np.zeros(0, np.int64)
        counted = np.frombuffer(frequency_of, dtype=np.float64) if frequency_of else np.zeros(0)
        found = np.bincount(by_term, minlength=len(terms))
        self._idf = np.log1p((self._size - found + 0.5) / (found + 0.5))
        self._unknown_idf = math.log1p((self._size + 0.5) / 0.5)
        self._starts = np.concatenate(([0], np.cumsum(found))).tolist()
        order = np.argsort(by_term, kind="stable")
        self._chunks = chunks[order].astype(np.int32)
        self._parts = (self._idf[by_term] * self._saturation(chunks, counted))[order]

    @classmethod
    def of(cls, chunks: Iterable[Chunk], reader: TextReader) -> Bm25:
        """Index Chunks by the stems of their text, title and headings."""
        above: dict[str, tuple[str, ...]] = {}
        frequencies = []
        for chunk in chunks:
            counts: Counter[str] = Counter(reader.read(chunk.text).stems)
            heading = f"{chunk.title}\n{chunk.heading}"
            if heading not in above:
                above[heading] = reader.read(heading).stems
            weighted: dict[str, float] = dict(counts)
            for stem in above[heading]:
                weighted[stem] = weighted.get(stem, 0.0) + HEADING_WEIGHT
            frequencies.append(weighted)
        return cls(frequencies)

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

    def _saturation(self, chunks: NDArray[np.int64], counted: Scores) -> Scores:
        """f (k1 + 1) / (f + k1 (1 - b + b length / mean length)), below k1 + 1."""
        lengths = np.bincount(chunks, weights=counted, minlength=self._size)
        mean = float(lengths.mean()) if self._size and lengths.any() else 1.0
        norms = K1 * (1.0 - B + B * lengths / mean)
        return counted * (K1 + 1.0) / (counted + norms[chunks])

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
