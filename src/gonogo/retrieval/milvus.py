"""Milvus: vectors in collections of a Milvus server, or of Milvus Lite in a file.

Here: pymilvus behind ``remote.VectorServer``. Not here: what is uploaded and when (``remote``).

A snapshot is one collection; searches and counts read with strong consistency, so that what was added is found. The
index is FLAT: exact, as the embedded backend is. ``index_type`` in settings names another kind for large collections;
its recall is then the server's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gonogo.contracts import Where
from gonogo.errors import BadInput, ExtraMissing, GonogoError, Unreachable
from gonogo.retrieval.remote import Row, key_to_set
from gonogo.retrieval.vectors import Vector

if TYPE_CHECKING:
    from pymilvus import MilvusClient

T = TypeVar("T")
PAGE = 1_000
UNAVAILABLE, DENIED, FULL = 2, (1_100, 1_800, 1_801, 65_535), ("quota", "disk", "memory", "rate limit", "deny to write")
_KEY_WORDS = ("auth", "permission", "token", "privilege", "password")


class MilvusServer:
    """One database of a Milvus server.

    Args:
        uri: ``http://host:19530``, or the path of a file for Milvus Lite.
        token: empty where the server needs none.
        token_env: the variable it stands in, for messages.
        database: its name; empty for the default.
        timeout: of one call, seconds.
        index_type: ``FLAT``, or another kind that the server knows.
    """

    kind = "milvus"

    def __init__(
        self,
        uri: str,
        *,
        token: str = "",
        token_env: str = "",
        database: str = "",
        timeout: float = 10.0,
        index_type: str = "FLAT",
    ) -> None:
        self.address = uri
        self._token, self._token_env, self._database = token, token_env, database
        self._timeout, self._index_type = timeout, index_type
        self._loaded: set[str] = set()

    @cached_property
    def _client(self) -> MilvusClient:
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise ExtraMissing("milvus", "an index in Milvus") from error
        # It prints a traceback of its own for every error that is raised and reported here.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        return self._told(
            lambda: MilvusClient(self.address, token=self._token, db_name=self._database, timeout=self._timeout)
        )

    def containers(self, prefix: str) -> list[str]:
        """Collections of the database."""
        client = self._client
        return self._told(lambda: [name for name in client.list_collections() if name.startswith(prefix)])

    def dimensions(self, container: str) -> int | None:
        """From the collection's schema."""
        client = self._client
        if not self._told(lambda: client.has_collection(container, timeout=self._timeout)):
            return None
        held = self._told(lambda: client.describe_collection(container, timeout=self._timeout))
        fields = {field["name"]: field for field in held["fields"]}
        if not {"id", "vector", "fields"} <= set(fields):
            raise BadInput(
                f"milvus at {self.address}: the collection {container} has other columns than gonogo makes "
                f"({', '.join(sorted(fields))}); nothing was changed. Set another `owner` for this index in settings"
            )
        return int(fields["vector"]["params"]["dim"])

    def create(self, container: str, dimensions: int) -> None:
        """With a column for the names, one for the vectors, one for what filters read."""
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
        schema.add_field("fields", DataType.JSON)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
        index = MilvusClient.prepare_index_params()
        index.add_index("vector", index_type=self._index_type, metric_type="IP")
        client = self._client
        self._told(
            lambda: client.create_collection(
                container, schema=schema, index_params=index, consistency_level="Strong", timeout=self._timeout
            )
        )

    def add(self, container: str, rows: Sequence[Row]) -> None:
        """Upsert, so that a batch that was cut off may be sent again."""
        data = [{"id": row.id, "vector": row.vector.tolist(), "fields": dict(row.fields)} for row in rows]
        client = self._client
        self._told(lambda: client.upsert(container, data, timeout=self._timeout))

    def settle(self, container: str, count: int) -> None:
        """Nothing to wait for: reads are strongly consistent."""
        self._load(container)

    def count(self, container: str) -> int:
        """Rows, deleted ones left out."""
        return int(self._queried(container, "", output_fields=["count(*)"])[0]["count(*)"])

    def ids(self, container: str) -> set[str]:
        """Every name, page by page."""
        self._load(container)
        client = self._client

        def read() -> set[str]:
            found: set[str] = set()
            pages = client.query_iterator(container, batch_size=PAGE, output_fields=["id"], timeout=self._timeout)
            try:
                while page := pages.next():
                    found.update(row["id"] for row in page)
            finally:
                pages.close()
            return found

        return self._told(read)

    def vectors(self, container: str, ids: Sequence[str]) -> dict[str, Vector]:
        """By primary key."""
        if not ids:
            return {}
        rows = self._queried(container, f"id in {json.dumps(list(ids))}", output_fields=["id", "vector"])
        return {row["id"]: np.asarray(row["vector"], np.float32) for row in rows}

    def nearest(self, container: str, vector: Vector, n: int, where: Where) -> list[tuple[str, float]]:
        """With the filter as an expression over the JSON column."""
        self._load(container)
        client = self._client
        found = self._told(
            lambda: client.search(
                container, data=[vector.tolist()], limit=n, filter=expression(where), timeout=self._timeout,
                search_params={"metric_type": "IP"},
            )
        )  # fmt: skip
        return [(str(hit["id"]), float(hit["distance"])) for hit in found[0]]

    def drop(self, container: str) -> None:
        """The collection and all rows of it."""
        client = self._client
        self._loaded.discard(container)
        self._told(lambda: client.drop_collection(container, timeout=self._timeout))

    def _queried(self, container: str, condition: str, output_fields: list[str]) -> list[dict[str, Any]]:
        self._load(container)
        client = self._client
        return self._told(
            lambda: list(client.query(container, filter=condition, output_fields=output_fields, timeout=self._timeout))
        )

    def _load(self, container: str) -> None:
        if container not in self._loaded:
            client = self._client
            self._told(lambda: client.load_collection(container, timeout=self._timeout))
            self._loaded.add(container)

    def close(self) -> None:
        """Give back the connection, where one was made."""
        if "_client" in self.__dict__:
            self._client.close()
            del self.__dict__["_client"]

    def _told(self, call: Callable[[], T]) -> T:
        """Make a call; what the client raises comes out in our words."""
        try:
            return call()
        except GonogoError:
            raise
        except Exception as error:  # pymilvus lets errors of gRPC, of files and its own through
            raise self._worded(error) from error

    def _worded(self, error: Exception) -> GonogoError:
        said = str(getattr(error, "message", "") or error)
        lowered = said.lower()
        where = f"milvus at {self.address}"
        if any(word in lowered for word in _KEY_WORDS):
            return BadInput(f"{where} refuses the key ({said}): {key_to_set(self._token_env)}")
        if any(word in lowered for word in FULL):
            return Unreachable(
                f"{where} takes no more ({said}): make room with `gonogo knowledge gc`, then run it again"
            )
        if "database not found" in lowered:
            return BadInput(f"{where} has no database {self._database!r}: make it, or correct `database` of this index")
        return Unreachable(
            f"{where} does not answer as it should ({said}): is it running, is `uri` right? Run it again"
        )


def expression(where: Where) -> str:
    """The filter in Milvus's words; values and field names are quoted as JSON, so that none can become code."""
    return " and ".join(
        f"json_contains_any(fields[{json.dumps(field)}], {json.dumps([str(value) for value in values])})"
        for field, values in where.items()
    )
