"""Snapshot: Chunks to the IndexSnapshot that a Version pins.

Here: what its digest covers. Not here: cutting (``chunking``), searching (``embedded``), vectors: those may differ in
the last bit between machines, so the embedder's digest stands for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import structs

from gonogo.contracts import Chunker, Embedder
from gonogo.digest import Digest, canonical_bytes
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy

_encode = msgspec.json.Encoder(order="sorted").encode
_SPELLED_ALIKE = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True)
class DigestingSnapshotMaker:
    """Pins every field of every Chunk, how they were cut and by which embedder they will be read.

    ``named`` gives the embedder that a policy names; without it ``embedder`` reads everything.
    """

    embedder: Embedder
    chunker: Chunker
    named: Callable[[str], Embedder] | None = None

    def snapshot(
        self,
        chunks: Sequence[Chunk],
        policy: RetrievalPolicy,
        skipped: Sequence[str] = (),
        revisions: Mapping[str, str] | None = None,
    ) -> IndexSnapshot:
        """The snapshot; equal files, policy, chunker and embedder give an equal digest on every machine.

        Of the policy only what shapes Chunks counts: ``top_k``, ``dense_weight`` and ``min_score`` change what a
        search gives back, never the index.
        """
        embedder = self.named(policy.embedder) if self.named else self.embedder
        parameters: dict[str, object] = {"chunk_tokens": policy.chunk_tokens, "chunker": self.chunker.digest}
        if skipped:
            parameters["skipped"] = sorted(set(skipped))
        if revisions:
            parameters["revisions"] = dict(revisions)
        unsigned = IndexSnapshot(
            digest=Digest(""),
            chunks=tuple(chunks),
            parameters=parameters,
            embedder=embedder.name,
            embedder_digest=Digest(embedder.digest),
        )
        return structs.replace(unsigned, digest=snapshot_digest(unsigned))


def snapshot_digest(snapshot: IndexSnapshot) -> Digest:
    """What a snapshot's digest must be, from its content; a store checks every snapshot it reads with it.

    ``digest_of`` of chunks, parameters and embedder, in parts: all but a few Chunks are written by the faster encoder.
    """
    content = hashlib.sha256(b'{"chunks":[')
    content.update(b",".join(map(_canonical, snapshot.chunks)))
    rest = canonical_bytes({"embedder": snapshot.embedder_digest, "parameters": snapshot.parameters})
    content.update(b"]," + rest[1:])
    return Digest(content.hexdigest())


def _canonical(chunk: Chunk) -> bytes:
    """``canonical_bytes`` of a Chunk. msgspec spells text and whole numbers as that does, and floats and lone
    surrogates not."""
    if _SPELLED_ALIKE.issuperset(map(type, chunk.metadata.values())):
        try:
            return _encode(chunk)
        except UnicodeEncodeError:
            pass
    return canonical_bytes(chunk)
