"""Semantic: the nearest stored questions of one scope, by vectors.

Here: a growing matrix of unit vectors with their keys; search is one product. Not here: whether a neighbour may be
served (``meaning``, ``evidence``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix, Vector


class Neighbourhood:
    """Vectors of one scope. Removal moves the last row into the gap, so rows stay dense."""

    __slots__ = ("_keys", "_matrix", "_rows")

    def __init__(self, dimensions: int) -> None:
        self._matrix: Matrix = np.zeros((4, dimensions), dtype=np.float32)
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, vector: Vector) -> None:
        """Remember a vector under a key; one already there is replaced."""
        row = self._rows.get(key)
        if row is None:
            row = len(self._keys)
            if row == len(self._matrix):
                self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
            self._keys.append(key)
            self._rows[key] = row
        self._matrix[row] = vector

    def remove(self, key: str) -> None:
        """Forget a key; nothing happens if it is not there."""
        row = self._rows.pop(key, None)
        if row is None:
            return
        last = self._keys.pop()
        if last != key:
            self._matrix[row] = self._matrix[len(self._keys)]
            self._keys[row] = last
            self._rows[last] = row

    def nearest(self, vector: Vector, floor: float, most: int) -> list[tuple[str, float]]:
        """Keys with a cosine of at least ``floor``, nearest first, at most ``most``."""
        if not self._keys:
            return []
        cosines = self._matrix[: len(self._keys)] @ vector
        rows = np.flatnonzero(cosines >= floor)
        if rows.size > most:  # sorting them all takes longer than the product
            found = cosines[rows]
            rows = rows[found >= np.partition(found, rows.size - most)[rows.size - most]]
        ranked = rows[np.argsort(-cosines[rows], kind="stable")][:most].tolist()
        return [(self._keys[row], min(1.0, float(cosines[row]))) for row in ranked]
