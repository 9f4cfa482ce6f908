"""Columns: which Chunks a filter lets through.

Here: places by field and value, and the mask of a ``Where``. Not here: which filter a request has (``pipeline``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Where
from gonogo.domain import Chunk

Mask = NDArray[np.bool_]
Scalar = str | int | float | bool


class Columns:
    """The metadata of a snapshot's Chunks, read field by field when first asked for."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        self._fields: dict[str, dict[str, list[int]]] = {}

    def mask(self, where: Where) -> Mask | None:
        """One truth value for each Chunk; ``None`` where nothing is filtered."""
        if not where:
            return None
        allowed = np.ones(len(self._chunks), bool)
        for field, wanted in where.items():
            one = np.zeros(len(self._chunks), bool)
            for value in wanted:
                one[self._field(field).get(written(value), [])] = True
            allowed &= one
        return allowed

    def _field(self, name: str) -> dict[str, list[int]]:
        found = self._fields.get(name)
        if found is None:
            found = {}
            for place, chunk in enumerate(self._chunks):
                for value in values_of(chunk, name):
                    found.setdefault(written(value), []).append(place)
            self._fields[name] = found
        return found


def values_of(chunk: Chunk, field: str) -> tuple[Scalar, ...]:
    """What a Chunk says in a field: one value, those of a list, or nothing. Anything else cannot be filtered by."""
    held: Any = chunk.metadata.get(field)
    each: Iterable[Any] = held if isinstance(held, (list, tuple)) else (held,)
    return tuple(value for value in each if isinstance(value, (str, int, float, bool)))


def written(value: Scalar) -> str:
    """One spelling for equal values; ``7`` and ``"7"`` are equal, for whoever writes front matter or a header cannot
    always say which it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
