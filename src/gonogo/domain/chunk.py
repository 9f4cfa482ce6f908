"""Chunk, ChunkFinding, RetrievedChunk and IndexSnapshot: what a Version knows and what a search gave back.

Here: the nouns. Not here: parsing, chunking and searching (``retrieval``).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from gonogo.digest import Digest

_UNITS = {"pdf": ("page", False), "docx": ("paragraph", False), "csv": ("row", True), "tsv": ("row", True)}
"""Ending of a source -> what a reader counts in it, and whether its lines mean anything."""


REVISION = "git_revision"
"""Field of a Chunk's metadata that names the git revision of its page."""


class Chunk(Struct, frozen=True, kw_only=True):
    """A piece of a document. ``id`` is the digest of source, heading and text; ``line`` counts from 1.

    ``date`` is the page's own ISO date where its front matter gives one. ``order`` is its position over all sources.
    ``metadata`` also tells ``page`` (PDF), ``row`` (CSV) or ``paragraph`` (DOCX), counted from 1, and ``git_revision``
    of a page that git holds, as the Mission writes it.
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

    @property
    def place(self) -> str:
        """Where a person finds it: ``plans.md:12``, ``guide.pdf, page 3``, ``prices.csv:8, row 7``, and of a git
        revision ``plans.md:12 at v1``."""
        ending = self.source.rpartition(".")[2].lower()
        unit, has_lines = _UNITS.get(ending, ("", True))
        number = self.metadata.get(unit)
        line = f":{self.line}" if has_lines else ""
        place = f"{self.source}{line}, {unit} {number}" if isinstance(number, int) else f"{self.source}:{self.line}"
        revision = self.metadata.get(REVISION)
        return f"{place} at {revision}" if isinstance(revision, str) else place

    @property
    def position(self) -> dict[str, int]:
        """The same in numbers: ``{"line": 12}``, ``{"page": 3}``, ``{"line": 8, "row": 7}``."""
        ending = self.source.rpartition(".")[2].lower()
        unit, has_lines = _UNITS.get(ending, ("", True))
        number = self.metadata.get(unit)
        if not isinstance(number, int):
            return {"line": self.line}
        return {"line": self.line, unit: number} if has_lines else {unit: number}


ChunkFault = Literal["instructions", "invisible"]


class ChunkFinding(Struct, frozen=True, kw_only=True):
    """What a Chunk holds that no page for people needs: instructions to a model, or characters nobody sees.

    ``score`` 0..1 is how sure the judge is; ``excerpt`` is the place, on one line.
    """

    chunk: str
    kind: ChunkFault
    source: str
    line: int
    place: str
    excerpt: str
    score: float = 1.0

    @property
    def message(self) -> str:
        """In words."""
        holds = "instructions to a model" if self.kind == "instructions" else "characters that nobody sees"
        return f"contains what looks like {holds}: {self.excerpt}"


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
    def revisions(self) -> dict[str, str]:
        """The commit of each git source, by the source as ``GitSource`` writes itself."""
        return dict(self.parameters.get("revisions", {}))

    @property
    def sources(self) -> tuple[str, ...]:
        """The source files, sorted, each once."""
        return tuple(sorted({chunk.source for chunk in self.chunks}))
