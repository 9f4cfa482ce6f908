"""Documents, chunks and the index that finds them.

Here: the Protocols. Not here: the implementations (``retrieval``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from gonogo.contracts.text import TextFeatures
from gonogo.domain import Chunk, ChunkFinding, IndexSnapshot, RetrievalPolicy, RetrievedChunk
from gonogo.errors import Problem

Progress = Callable[[int, int], None]
"""Called with (done, total)."""
Noted = Callable[[Problem], None]
"""Called with something of a file that a person should know and that stops nothing."""
LEFT_OUT = "was left out"
"""How the message of a Problem begins that kept a file out of the index."""


class Chunker(Protocol):
    """Files to Chunks."""

    @property
    def digest(self) -> str:
        """Over parsers and cutting rules, so that ``mission.lock`` can pin them."""
        ...

    def chunks(
        self,
        files: Mapping[str, Path],
        policy: RetrievalPolicy,
        progress: Progress | None = None,
        noted: Noted | None = None,
    ) -> list[Chunk]:
        """Cut files (name in the Mission -> path) into Chunks, in the order of names, ``order`` filled in.

        What pages hide, and under ``on_error: skip`` faulty files, are ``noted``.

        Raises:
            MissionInvalid: unreadable, too large, wrong encoding, unknown kind; all such files at once.
        """
        ...


Where = Mapping[str, tuple[str | int | float | bool, ...]]
"""Which Chunks may be found: for each field of a Chunk's metadata the values of which it must hold one. A Chunk without
the field is not found."""

EVERYWHERE: Where = MappingProxyType({})
"""No bound."""


class Index(Protocol):
    """A searchable IndexSnapshot. Immutable: any number of threads may search it."""

    @property
    def snapshot(self) -> IndexSnapshot: ...
    @property
    def waits(self) -> bool:
        """Whether a search waits for a model or a server, so that it must not run on an event loop."""
        ...

    def search(self, question: TextFeatures, k: int, where: Where = EVERYWHERE) -> list[RetrievedChunk]:
        """The best ``k`` Chunks that ``where`` lets through, best first, fewer if fewer match.

        Raises:
            Unreachable: the server behind it does not answer.
        """
        ...


class Forgotten(Struct, frozen=True, kw_only=True):
    """Something that no kept snapshot needs. ``size`` in bytes, ``None`` where the server does not say."""

    name: str
    size: int | None = None


class IndexBackend(Protocol):
    """Makes and opens indexes of one kind (embedded, milvus, pinecone).

    A snapshot never changes, and nothing that is done for one touches what another one answers from. ``policy`` says
    whether vectors are wanted (``dense_weight``) and which fields filters may read.
    """

    @property
    def name(self) -> str: ...
    def prepare(self, snapshot: IndexSnapshot, policy: RetrievalPolicy, progress: Progress | None = None) -> None:
        """Make everything that searching the snapshot needs. What is there already is kept, so that a second call does
        nothing, and one after a crash goes on where it broke off.

        Raises:
            BadInput: settings, dimensions, or somebody else's data under the same name.
            Unreachable: the server does not answer, or takes no more.
        """
        ...

    def open(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> Index:
        """The snapshot, verified.

        Raises:
            IndexIncomplete: it was not prepared to the end, or holds something else.
            BadInput, Unreachable: as ``prepare``.
        """
        ...

    def verify(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
        """Compare all that a search would read with the snapshot.

        Raises:
            IndexIncomplete, BadInput, Unreachable: as ``open``.
        """
        ...

    def forget(self, keep: Collection[IndexSnapshot], *, dry_run: bool) -> list[Forgotten]:
        """Delete what this installation made for other snapshots than these; with ``dry_run`` only say what.

        Raises:
            Unreachable: the server does not answer.
        """
        ...

    def close(self) -> None:
        """Give back connections; the indexes that it opened cannot be searched afterwards."""
        ...


class SnapshotMaker(Protocol):
    """Chunks to an IndexSnapshot under the policy's parameters."""

    def snapshot(self, chunks: Sequence[Chunk], policy: RetrievalPolicy, skipped: Sequence[str] = ()) -> IndexSnapshot:
        """``skipped``: files that were left out, which the snapshot names."""
        ...


class ChunkScanner(Protocol):
    """Looks for poison in Chunks when they are built and compared."""

    def scan(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> list[ChunkFinding]:
        """What was found, in the order of the Chunks."""
        ...
