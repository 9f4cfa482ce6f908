"""Documents, chunks and the index that finds them.

Here: the Protocols. Not here: the implementations (``retrieval``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from gonogo.contracts.text import TextFeatures
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy, RetrievedChunk

Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class Chunker(Protocol):
    """Files to Chunks."""

    @property
    def digest(self) -> str:
        """Over parsers and cutting rules, so that ``mission.lock`` can pin them."""
        ...

    def chunks(self, files: Mapping[str, Path], policy: RetrievalPolicy, progress: Progress | None) -> list[Chunk]:
        """Cut files (name in the Mission -> path) into Chunks, in the order of names, ``order`` filled in.

        Raises:
            MissionInvalid: unreadable, too large, wrong encoding, unknown kind; all such files at once.
        """
        ...


class Index(Protocol):
    """A searchable IndexSnapshot."""

    @property
    def snapshot(self) -> IndexSnapshot: ...
    @property
    def waits(self) -> bool:
        """Whether a search waits for a model or a server, so that it must not run on an event loop."""
        ...

    def search(self, question: TextFeatures, k: int) -> list[RetrievedChunk]:
        """The best ``k`` Chunks, best first, fewer if fewer match."""
        ...


class IndexBackend(Protocol):
    """Makes and opens indexes of one kind (embedded, milvus, pinecone)."""

    @property
    def name(self) -> str: ...
    def build(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> Index:
        """Make the snapshot searchable; embeds only what is not embedded yet."""
        ...


class SnapshotMaker(Protocol):
    """Chunks to an IndexSnapshot under the policy's parameters."""

    def snapshot(self, chunks: Sequence[Chunk], policy: RetrievalPolicy) -> IndexSnapshot: ...
