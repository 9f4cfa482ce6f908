"""Tenants: an index that cannot be searched without saying for whom.

Here: the guard around an index. Not here: the filter itself (``pipeline.bounds``).
"""

from __future__ import annotations

from gonogo.contracts import EVERYWHERE, Index, TextFeatures, Where
from gonogo.domain import IndexSnapshot, RetrievedChunk
from gonogo.retrieval.columns import values_of, written


class TenantIndex:
    """Whatever backend stands behind it: a search without the tenant's field raises, and what a backend returns against
    the filter is left out.

    Args:
        index: of any backend.
        field: of metadata that names whose a Chunk is.
    """

    def __init__(self, index: Index, field: str) -> None:
        self._index, self._field = index, field

    @property
    def snapshot(self) -> IndexSnapshot:
        """What was opened."""
        return self._index.snapshot

    @property
    def waits(self) -> bool:
        """As the index behind it."""
        return self._index.waits

    def search(self, question: TextFeatures, k: int, where: Where = EVERYWHERE) -> list[RetrievedChunk]:
        """As the index behind it.

        Raises:
            ValueError: ``where`` does not say for which tenants.
        """
        allowed = {written(value) for value in where.get(self._field, ())}
        if not allowed:
            raise ValueError(f"a search of this index must name the tenant, in the field {self._field!r} of its filter")
        found = self._index.search(question, k, where)
        return [hit for hit in found if allowed & {written(value) for value in values_of(hit.chunk, self._field)}]
