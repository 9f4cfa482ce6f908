"""Chunk, RetrievedChunk and IndexSnapshot: what a Version knows and what a search gave back.

Here: the nouns. Not here: parsing, chunking and searching (``retrieval``).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gonogo.digest import Digest


class Chunk(Struct, frozen=True, kw_only=True):
    """A piece of a document. ``id`` is the digest of source, heading and text; ``line`` counts from 1.

    ``date`` is the page's own ISO date where its front matter gives one. ``order`` is its position over all sources.
    """

    id: str
    text: str
    source: str
    heading: str = ""
    title: str = ""
    line: int = 1
    date: str | None = None
    order: int = 0
    metadata: dict[str, Any] = {}


class RetrievedChunk(Struct, frozen=True, kw_only=True):
    """A Chunk that a search returned. ``score`` orders results, larger is better; ``rank`` counts from 1.

    ``signals`` are the scores it was made of (``bm25``, ``dense``), for people who ask why.
    """

    chunk: Chunk
    score: float
    rank: int
    signals: dict[str, float] = {}


class IndexSnapshot(Struct, frozen=True, kw_only=True):
    """The retrieval index of a Version: which chunks, cut and embedded how.

    ``digest`` covers chunk texts, parameters and the embedder's digest, never vectors: those may differ in the last
    bit between machines.
    """

    digest: Digest
    chunks: tuple[Chunk, ...]
    parameters: dict[str, Any]
    embedder: str
    embedder_digest: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The source files, sorted, each once."""
        return tuple(sorted({chunk.source for chunk in self.chunks}))
