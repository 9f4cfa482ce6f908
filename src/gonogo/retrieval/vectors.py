"""Vectors: how the Chunks nearest to a question are found, as fusion asks for it; and the exact way.

Here: the Protocol, the full scan. Not here: inverted files (``lists``), servers (``remote``), fusion (``fused``).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Where

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]
Cosines = NDArray[np.float32]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Hits(NamedTuple):
    """``cosines`` of ``places`` (``None``: of every Chunk, in order). ``rest``: what no other Chunk exceeds."""

    places: Places | None
    cosines: Cosines
    rest: float


class Vectors(Protocol):
    """The vectors of one snapshot."""

    @property
    def waits(self) -> bool: ...
    def nearest(self, vector: Vector, n: int, where: Where, allowed: Mask | None) -> Hits:
        """The ``n`` Chunks nearest to a vector of unit length among those that the filter lets through.

        Args:
            where: the filter, for those who hand it to a server.
            allowed: the same filter as a mask over the Chunks, ``None`` for all.
        """
        ...

    def cosines(self, vector: Vector, places: Places) -> Cosines:
        """Of these Chunks, in their order."""
        ...


class ExactVectors:
    """Every vector in memory, all of them compared: exact."""

    waits = False

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix

    def nearest(self, vector: Vector, n: int, where: Where, allowed: Mask | None) -> Hits:
        """All cosines: comparing everything costs less than choosing."""
        return Hits(None, self._matrix @ vector, 0.0)

    def cosines(self, vector: Vector, places: Places) -> Cosines:
        """Of these Chunks."""
        found: Cosines = self._matrix[places] @ vector
        return found


def largest(values: Cosines, n: int) -> Places:
    """Places of the ``n`` largest values, largest first, equal ones by place."""
    places = np.arange(len(values))
    if len(values) > n:
        floor = np.partition(values, len(values) - n)[len(values) - n]
        places = np.flatnonzero(values >= floor)
    order = np.argsort(-values[places], kind="stable")[:n]
    found: Places = places[order]
    return found
