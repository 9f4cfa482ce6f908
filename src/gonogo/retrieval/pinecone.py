"""Pinecone: vectors in namespaces of one Pinecone index.

Here: the SDK behind ``remote.VectorServer``, and waiting until writes are found. Not here: what is uploaded and when
(``remote``).

A snapshot is one namespace. The index itself (its dimension, cosine or dot product) is made by whoever pays for it; its
host stands in settings. Reads lag behind writes: an upload is whole only when as many rows are counted, and listed,
as were sent, and a search says that it has seen the last write (its log sequence number, where the server gives one).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from gonogo.contracts import Where
from gonogo.errors import BadInput, ExtraMissing, GonogoError, Unreachable
from gonogo.retrieval.remote import Row, key_to_set
from gonogo.retrieval.vectors import Vector

if TYPE_CHECKING:
    from pinecone.index import Index

T = TypeVar("T")
UPSERTED, FETCHED, LISTED = 100, 100, 99
"""Rows of one call: an upsert stays under 2 MB at 3,000 dimensions, a fetch's address under 8 kB."""
METRICS = ("cosine", "dotproduct")


class PineconeServer:
    """One Pinecone index.

    Args:
        host: the index's host, as the console shows it.
        key: of the project.
        token_env: the variable it stands in, for messages.
        timeout: of one call, seconds.
        patience: seconds to wait for writes to be found.
    """

    kind = "pinecone"

    def __init__(
        self, host: str, key: str, *, token_env: str = "", timeout: float = 10.0, patience: float = 120.0
    ) -> None:
        self.address = host
        self._key, self._token_env, self._timeout, self._patience = key, token_env, timeout, patience
        self._written: dict[str, int] = {}

    @cached_property
    def _index(self) -> Index:
        if not self._key:
            raise BadInput(f"pinecone at {self.address} needs a key: {key_to_set(self._token_env)}")
        try:
            from pinecone import Pinecone
        except ImportError as error:
            raise ExtraMissing("pinecone", "an index in Pinecone") from error
        return self._told(lambda: Pinecone(api_key=self._key, timeout=self._timeout).index(host=self.address))

    def containers(self, prefix: str) -> list[str]:
        """Namespaces of the index."""
        index = self._index

        def read() -> list[str]:
            pages = index.list_namespaces(prefix=prefix)
            return [one.name for page in pages for one in page.namespaces if one.name.startswith(prefix)]

        return self._told(read)

    def dimensions(self, container: str) -> int | None:
        """The index's own: namespaces come into being with their first row."""
        index = self._index
        stats = self._told(lambda: index.describe_index_stats())
        if stats.metric and stats.metric not in METRICS:
            raise BadInput(
                f"pinecone at {self.address} compares by {stats.metric}: name an index with the metric "
                f"{' or '.join(METRICS)}"
            )
        return None if stats.dimension is None else int(stats.dimension)

    def create(self, container: str, dimensions: int) -> None:
        """Nothing: see ``dimensions``."""

    def add(self, container: str, rows: Sequence[Row]) -> None:
        """Upsert in calls of bounded size."""
        index = self._index
        for start in range(0, len(rows), UPSERTED):
            vectors = [
                {"id": row.id, "values": row.vector.tolist(), **({"metadata": dict(row.fields)} if row.fields else {})}
                for row in rows[start : start + UPSERTED]
            ]
            reply = self._told(lambda: index.upsert(vectors=vectors, namespace=container, timeout=self._timeout))  # noqa: B023
            if (number := getattr(reply.response_info, "lsn_committed", None)) is not None:
                self._written[container] = max(number, self._written.get(container, 0))

    def settle(self, container: str, count: int) -> None:
        """Ask until every row is counted and listed.

        Raises:
            Unreachable: it takes longer than ``patience``.
        """
        end, wait = time.monotonic() + self._patience, 0.05
        while self.count(container) < count or len(self.ids(container)) < count or not self._seen(container):
            if time.monotonic() > end:
                raise Unreachable(
                    f"pinecone at {self.address} does not show all {count:,} rows after {self._patience:g} s: run the "
                    "same command again, it uploads nothing twice"
                )
            time.sleep(wait)
            wait = min(2.0, wait * 1.5)

    def _seen(self, container: str) -> bool:
        """Whether searches know of the last write; true where the server does not number its writes."""
        index, written = self._index, self._written.get(container)
        if written is None:
            return True
        probe = [1.0] + [0.0] * ((self.dimensions(container) or 1) - 1)
        reply = self._told(lambda: index.query(vector=probe, top_k=1, namespace=container, timeout=self._timeout))
        number = getattr(reply.response_info, "lsn_reconciled", None)
        return number is None or number >= written

    def count(self, container: str) -> int:
        """As the index counts its namespaces."""
        index = self._index
        stats = self._told(lambda: index.describe_index_stats())
        held = stats.namespaces.get(container)
        return 0 if held is None else int(held.vector_count)

    def ids(self, container: str) -> set[str]:
        """Every name, page by page."""
        index = self._index

        def read() -> set[str]:
            pages = index.list(namespace=container, limit=LISTED, timeout=self._timeout)
            return {str(item.id) for page in pages for item in page.vectors}

        return self._told(read)

    def vectors(self, container: str, ids: Sequence[str]) -> dict[str, Vector]:
        """Fetched by name."""
        index, found = self._index, dict[str, Vector]()
        for part in _parts(ids):
            reply = self._told(lambda: index.fetch(ids=part, namespace=container, timeout=self._timeout))  # noqa: B023
            found.update((str(name), np.asarray(one.values, np.float32)) for name, one in reply.vectors.items())
        return found

    def nearest(self, container: str, vector: Vector, n: int, where: Where) -> list[tuple[str, float]]:
        """With the filter in Pinecone's words."""
        index = self._index
        more = {"filter": condition(where)} if where else {}
        found = self._told(
            lambda: index.query(vector=vector.tolist(), top_k=n, namespace=container, timeout=self._timeout, **more)
        )
        return [(str(hit.id), float(hit.score)) for hit in found.matches]

    def drop(self, container: str) -> None:
        """The namespace and all rows of it."""
        index = self._index
        self._told(lambda: index.delete_namespace(name=container, timeout=self._timeout))

    def close(self) -> None:
        """Give back the connection, where one was made."""
        if "_index" in self.__dict__:
            self._index.close()
            del self.__dict__["_index"]

    def _told(self, call: Callable[[], T]) -> T:
        """Make a call; what the SDK raises comes out in our words."""
        try:
            return call()
        except GonogoError:
            raise
        except Exception as error:  # the SDK lets errors of its HTTP client through
            raise self._worded(error) from error

    def _worded(self, error: Exception) -> GonogoError:
        status = getattr(error, "status_code", None) or getattr(error, "status", None)
        where, said = f"pinecone at {self.address}", str(error).partition("\n")[0]
        if status in (401, 403):
            return BadInput(f"{where} refuses the key ({said}): {key_to_set(self._token_env)}")
        if status in (402, 429, 507):
            return Unreachable(f"{where} takes no more for now ({said}): make room with `gonogo knowledge gc`, or wait")
        if status is not None and 400 <= int(status) < 500:
            return BadInput(f"{where} refuses what was asked ({said}): check dimension and host of this index")
        return Unreachable(f"{where} does not answer as it should ({said}): is `uri` the index's host? Run it again")


def condition(where: Where) -> dict[str, object]:
    """The filter in Pinecone's words: every field must hold one of its values."""
    each = [{field: {"$in": [str(value) for value in values]}} for field, values in where.items()]
    return each[0] if len(each) == 1 else {"$and": each}  # type: ignore[return-value]


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), FETCHED):
        yield list(ids[start : start + FETCHED])
