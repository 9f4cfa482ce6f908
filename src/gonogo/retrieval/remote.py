"""Remote: snapshots whose vectors stand on a server, one container of it for each snapshot.

Here: uploading what is missing, comparing what is there, searching, forgetting; the Protocol that an engine fulfils.
Not here: the engines (``milvus``, ``pinecone``), the score (``fused``).

A container (a Milvus collection, a Pinecone namespace) is named by the digest of the snapshot, and never changes once
it is whole: building Version 7 cannot touch what Version 6 answers from, and going back uploads nothing. A row is named
by its place and the digest of its text, so that whatever is missing after a crash is known, and nothing else is
uploaded again. Only vectors and the fields that filters read leave this machine, never a text: words are searched
here, and the Chunks are the store's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple, Protocol

import numpy as np
from msgspec import structs

from gonogo.contracts import Forgotten, Progress, Where
from gonogo.digest import digest_of, short
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy
from gonogo.errors import BadInput, IndexIncomplete, Unreachable
from gonogo.retrieval.columns import values_of, written
from gonogo.retrieval.embedded import EmbeddedBackend
from gonogo.retrieval.fused import FusedIndex, passage_of
from gonogo.retrieval.spare import SpareVectors
from gonogo.retrieval.vector_cache import keys_of
from gonogo.retrieval.vectors import Cosines, Hits, Mask, Places, Vector, Vectors

PREFIX = "gonogo"
COMPARED = 16
"""Vectors of an opened container that are compared with those of its snapshot; ``verify`` compares every name."""
CLOSE = 1e-3
"""Largest difference of a number, for servers that keep shorter floats."""
BATCH = 200


class Row(NamedTuple):
    """One Chunk as a server holds it. ``fields`` are the values that filters read, in one spelling."""

    id: str
    vector: Vector
    fields: Mapping[str, list[str]]


def key_to_set(variable: str) -> str:
    """What to do about a key that is missing or refused; ``variable`` is where settings say it stands."""
    return f"set {variable} to a key of it" if variable else "name the variable that holds a key of it as `token_env`"


class VectorServer(Protocol):
    """What is asked of an engine. Every method raises ``Unreachable`` where the server does not answer or takes no
    more, and ``BadInput`` where it refuses the key or what was asked."""

    @property
    def kind(self) -> str: ...
    @property
    def address(self) -> str:
        """For messages; holds no key."""
        ...

    def containers(self, prefix: str) -> list[str]:
        """Names that begin so."""
        ...

    def dimensions(self, container: str) -> int | None:
        """Of its vectors, ``None`` where there is no such container yet."""
        ...

    def create(self, container: str, dimensions: int) -> None:
        """Make it; somebody may just have."""
        ...

    def add(self, container: str, rows: Sequence[Row]) -> None:
        """Put rows in; one that is there already is the same one."""
        ...

    def settle(self, container: str, count: int) -> None:
        """Wait until everything that was added is found by searches."""
        ...

    def count(self, container: str) -> int: ...
    def ids(self, container: str) -> set[str]: ...
    def vectors(self, container: str, ids: Sequence[str]) -> dict[str, Vector]:
        """Of those ids that are there."""
        ...

    def nearest(self, container: str, vector: Vector, n: int, where: Where) -> list[tuple[str, float]]:
        """(id, inner product) of the nearest that the filter lets through, nearest first."""
        ...

    def drop(self, container: str) -> None: ...
    def close(self) -> None: ...


class RemoteBackend:
    """``contracts.IndexBackend`` over a ``VectorServer``.

    Args:
        local: searches words, embeds, and keeps vectors between builds.
        server: holds the vectors.
        owner: whose containers these are, so that nobody's are taken or dropped; lower-case letters and digits.
    """

    def __init__(self, local: EmbeddedBackend, server: VectorServer, owner: str) -> None:
        self._local, self._server, self._owner = local, server, owner

    @property
    def name(self) -> str:
        """The kind of the server."""
        return self._server.kind

    def prepare(self, snapshot: IndexSnapshot, policy: RetrievalPolicy, progress: Progress | None = None) -> None:
        """Upload what is missing; a snapshot that is there is only counted.

        Raises:
            BadInput: the container holds other data, or vectors of another length; the key is refused.
            Unreachable: the server does not answer, or takes no more. Run the same again: it goes on.
        """
        self._local.words(snapshot)
        if policy.dense_weight == 0.0 or not snapshot.chunks:
            return
        container = self._container(snapshot, policy)
        matrix = self._local.matrix(snapshot)
        ids = row_ids(snapshot)
        if self._server.dimensions(container) is None:
            self._server.create(container, matrix.shape[1])
        self._check_dimensions(container, matrix.shape[1])
        present = self._server.ids(container)
        self._check_owner(container, present, ids)
        fields = filter_fields(policy)
        missing = [place for place, one in enumerate(ids) if one not in present]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            rows = [Row(ids[place], matrix[place], _fields(snapshot.chunks[place], fields)) for place in batch]
            self._server.add(container, rows)
            if progress is not None:
                progress(len(ids) - len(missing) + start + len(batch), len(ids))
        self._server.settle(container, len(ids))
        self.verify(snapshot, policy)

    def open(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> FusedIndex:
        """The snapshot, after its rows were counted and some compared; where the server does not answer, with the
        vectors that this machine keeps until it does.

        Raises:
            IndexIncomplete: an upload was not finished, or the container holds something else.
            BadInput: as ``prepare``.
            Unreachable: the server does not answer, and vectors are missing here.
        """
        checked = True
        if policy.dense_weight > 0.0 and snapshot.chunks:
            try:
                self._check(snapshot, policy)
            except Unreachable:
                if self._local.kept(snapshot) is None:
                    raise
                checked = False
        return FusedIndex(
            snapshot,
            self._local.words(snapshot),
            partial(self._vectors, snapshot, policy, checked=checked),
            self._local.vector_of,
            embeds=self._local.embeds,
            dense_weight=policy.dense_weight,
        )

    def verify(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
        """Compare the name of every row, and the vectors of some.

        Raises:
            IndexIncomplete, BadInput, Unreachable: as ``open``.
        """
        if policy.dense_weight == 0.0 or not snapshot.chunks:
            return
        self._check(snapshot, policy)
        container, ids = self._container(snapshot, policy), row_ids(snapshot)
        present = self._server.ids(container)
        self._check_owner(container, present, ids)
        if lacking := len(set(ids) - present):
            raise self._incomplete(container, f"{lacking:,} of {len(ids):,} Chunks are missing")

    def forget(self, keep: Collection[IndexSnapshot], *, dry_run: bool) -> list[Forgotten]:
        """Drop containers of this owner that belong to other snapshots. Files of this machine are ``embedded``'s."""
        kept = {self._stem(snapshot) for snapshot in keep}
        forgotten = []
        for container in sorted(self._server.containers(f"{PREFIX}_{self._owner}_")):
            if container.rpartition("_")[0] in kept:
                continue
            forgotten.append(Forgotten(name=f"{self._server.kind} {container}"))
            if not dry_run:
                self._server.drop(container)
        return forgotten

    def close(self) -> None:
        """Give back the connection."""
        self._server.close()

    def _vectors(self, snapshot: IndexSnapshot, policy: RetrievalPolicy, *, checked: bool) -> Vectors:
        return SpareVectors(
            RemoteVectors(self._server, self._container(snapshot, policy), snapshot),
            partial(self._check, snapshot, policy),
            partial(self._local.kept, snapshot),
            checked=checked,
        )

    def _stem(self, snapshot: IndexSnapshot) -> str:
        return f"{PREFIX}_{self._owner}_{snapshot.digest[:24]}"

    def _container(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> str:
        return f"{self._stem(snapshot)}_{short(digest_of(list(filter_fields(policy))))[:8]}"

    def _check(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
        """Dimensions, count, and some vectors spread over the snapshot."""
        container, ids = self._container(snapshot, policy), row_ids(snapshot)
        if self._server.dimensions(container) is None:
            raise self._incomplete(container, "it is not there")
        places = np.unique(np.linspace(0, len(ids) - 1, min(COMPARED, len(ids))).astype(int)).tolist()
        some = structs.replace(snapshot, chunks=tuple(snapshot.chunks[place] for place in places))
        expected = self._local.matrix(some)
        self._check_dimensions(container, expected.shape[1])
        if (count := self._server.count(container)) != len(ids):
            raise self._incomplete(container, f"it holds {count:,} of {len(ids):,} Chunks")
        found = self._server.vectors(container, [ids[place] for place in places])
        for place, vector in zip(places, expected, strict=True):
            held = found.get(ids[place])
            if held is None or held.shape != vector.shape or float(np.abs(held - vector).max()) > CLOSE:
                raise self._incomplete(container, "it holds other vectors than the Version was proven with")

    def _check_dimensions(self, container: str, dimensions: int) -> None:
        held = self._server.dimensions(container)
        if held != dimensions:
            raise BadInput(
                f"{self._server.kind} at {self._server.address}: {container} takes vectors of {held} dimensions, the "
                f"embedder gives {dimensions}: name an index of {dimensions} dimensions in settings, or another "
                "embedder"
            )

    def _check_owner(self, container: str, present: set[str], ids: Iterable[str]) -> None:
        if foreign := present.difference(ids):
            raise BadInput(
                f"{self._server.kind} at {self._server.address}: {container} holds {len(foreign):,} rows that gonogo "
                f"did not write there (such as {min(foreign)!r}); nothing was changed. Set another `owner` for this "
                "index in settings, or drop it if it is yours"
            )

    def _incomplete(self, container: str, what: str) -> IndexIncomplete:
        return IndexIncomplete(
            f"the index {container} in {self._server.kind} at {self._server.address} cannot be used: {what}. "
            "Run `gonogo build` in the Mission folder again: it uploads what is missing"
        )


class RemoteVectors:
    """The vectors of one container."""

    waits = True

    def __init__(self, server: VectorServer, container: str, snapshot: IndexSnapshot) -> None:
        self._server, self._container, self._snapshot = server, container, snapshot

    @cached_property
    def _ids(self) -> list[str]:
        return row_ids(self._snapshot)

    def nearest(self, vector: Vector, n: int, where: Where, allowed: Mask | None) -> Hits:
        """As the server finds them; ``rest`` is the last one's cosine."""
        asked = min(n, len(self._snapshot.chunks) if allowed is None else int(allowed.sum()))
        spelled = {field: tuple(written(value) for value in values) for field, values in where.items()}
        found = self._server.nearest(self._container, vector, asked, spelled)
        places = np.array([place_of(one) for one, _ in found], np.int64)
        cosines = np.array([score for _, score in found], np.float32)
        # A filter is checked here too: a server that forgets it must not show anybody another one's Chunks.
        if allowed is not None and len(places):
            cosines, places = cosines[allowed[places]], places[allowed[places]]
        return Hits(places, cosines, float(cosines[-1]) if len(found) >= n and len(cosines) else 0.0)

    def cosines(self, vector: Vector, places: Places) -> Cosines:
        """Of Chunks by name, from their vectors."""
        ids = [self._ids[place] for place in places.tolist()]
        held = self._server.vectors(self._container, ids)
        return np.array([float(held[one] @ vector) if one in held else 0.0 for one in ids], np.float32)


def filter_fields(policy: RetrievalPolicy) -> tuple[str, ...]:
    """Fields of metadata that a search under this policy may filter by, sorted."""
    named = {*policy.filter, *policy.filter_by, *([policy.tenant_field] if policy.tenant_field else [])}
    return tuple(sorted(named))


def row_ids(snapshot: IndexSnapshot) -> list[str]:
    """``PLACE-DIGEST`` for each Chunk, in order."""
    keys = keys_of(passage_of(chunk) for chunk in snapshot.chunks)
    return [f"{place}-{key.tobytes()[:10].hex()}" for place, key in enumerate(keys)]


def place_of(row_id: str) -> int:
    """The Chunk's place, of its row's name."""
    return int(row_id.partition("-")[0])


def _fields(chunk: Chunk, fields: Iterable[str]) -> dict[str, list[str]]:
    held = {field: [written(value) for value in values_of(chunk, field)] for field in fields}
    return {field: values for field, values in held.items() if values}
