"""Snapshot: Chunks to the IndexSnapshot that a Version pins.

Here: what its digest covers. Not here: cutting (``chunking``), searching (``embedded``), vectors: those may differ in
the last bit between machines, so the embedder's digest stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import structs

from gonogo.contracts import Chunker, Embedder
from gonogo.digest import Digest, digest_of
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy


@dataclass(frozen=True, slots=True)
class DigestingSnapshotMaker:
    """Pins every field of every Chunk, how they were cut and by which embedder they will be read.

    ``named`` gives the embedder that a policy names; without it ``embedder`` reads everything.
    """

    embedder: Embedder
    chunker: Chunker
    named: Callable[[str], Embedder] | None = None

    def snapshot(self, chunks: Sequence[Chunk], policy: RetrievalPolicy, skipped: Sequence[str] = ()) -> IndexSnapshot:
        """The snapshot; equal files, policy, chunker and embedder give an equal digest on every machine.

        Of the policy only what shapes Chunks counts: ``top_k``, ``dense_weight`` and ``min_score`` change what a
        search gives back, never the index.
        """
        embedder = self.named(policy.embedder) if self.named else self.embedder
        parameters: dict[str, object] = {"chunk_tokens": policy.chunk_tokens, "chunker": self.chunker.digest}
        if skipped:
            parameters["skipped"] = sorted(set(skipped))
        unsigned = IndexSnapshot(
            digest=Digest(""),
            chunks=tuple(chunks),
            parameters=parameters,
            embedder=embedder.name,
            embedder_digest=Digest(embedder.digest),
        )
        return structs.replace(unsigned, digest=snapshot_digest(unsigned))


def snapshot_digest(snapshot: IndexSnapshot) -> Digest:
    """What a snapshot's digest must be, from its content; a store checks every snapshot it reads with it."""
    return digest_of(
        {
            "chunks": list(snapshot.chunks),
            "parameters": snapshot.parameters,
            "embedder": snapshot.embedder_digest,
        }
    )
