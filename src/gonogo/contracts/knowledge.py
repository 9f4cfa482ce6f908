"""Documents, chunks and the index that finds them.

Here: the Protocols. Not here: the implementations (``retrieval``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
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


class StoredFile(Protocol):
    """A file of a git revision."""

    @property
    def size(self) -> int | None:
        """In bytes; ``None`` where the clone does not know it."""
        ...

    @property
    def revision(self) -> str:
        """As the Mission writes it."""
        ...

    @property
    def root(self) -> str:
        """The folder it is named from."""
        ...

    def announce(self) -> None:
        """Say that it will be read, in the order in which files will be."""
        ...

    def read(self) -> bytes:
        """Its content.

        Raises:
            BadInput: the clone lacks it, or it cannot be used; the text begins after the file's name.
        """
        ...


SourceFile = Path | StoredFile
"""A file of the Mission folder, or of a git revision."""


@dataclass(frozen=True, kw_only=True)
class RevisionFiles:
    """Files by name below the folder that was asked for, sorted; ``left_out``: names of others, and why."""

    files: Mapping[str, StoredFile]
    left_out: Mapping[str, str]


class Repositories(Protocol):
    """Clones of git repositories. The local command line has them; a server has none."""

    def commit(self, folder: Path, revision: str) -> str:
        """The id of the commit that a branch, a tag or an id stands for.

        Raises:
            BadInput: it cannot be found; the text says what to do.
        """
        ...

    def files(self, folder: Path, commit: str, revision: str) -> RevisionFiles:
        """Files below ``folder`` in that commit. ``revision``: how a person wrote it.

        Raises:
            BadInput: the commit or the folder in it is not there.
        """
        ...


class Chunker(Protocol):
    """Files to Chunks."""

    @property
    def digest(self) -> str:
        """Over parsers and cutting rules, so that ``mission.lock`` can pin them."""
        ...

    def chunks(
        self,
        files: Mapping[str, SourceFile],
        policy: RetrievalPolicy,
        progress: Progress | None = None,
        noted: Noted | None = None,
    ) -> list[Chunk]:
        """Cut files (by name in the Mission) into Chunks, in the order of names, ``order`` filled in.

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

    def snapshot(
        self,
        chunks: Sequence[Chunk],
        policy: RetrievalPolicy,
        skipped: Sequence[str] = (),
        revisions: Mapping[str, str] | None = None,
    ) -> IndexSnapshot:
        """``skipped``: files that were left out; ``revisions``: commits by source. The snapshot names both."""
        ...


class ChunkScanner(Protocol):
    """Looks for poison in Chunks when they are built and compared."""

    def scan(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> list[ChunkFinding]:
        """What was found, in the order of the Chunks."""
        ...
