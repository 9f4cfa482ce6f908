"""Citing: where the passages stand that an answer rests on, told to whoever asked.

Here: the field ``citations`` beside the last words of an answer. Not here: what a model cites (``providers``), where a
Chunk stands (``domain.chunk``), the wire formats (``gateway``).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from gonogo.domain import REVISION, Chunk, Delta, Json
from gonogo.pipeline.trace_builder import TraceBuilder

FIELD = "citations"


def with_citations(delta: Delta, trace: TraceBuilder) -> Delta:
    """The Delta; the first answer's last one tells what it rests on. An upstream's own field of that name stands."""
    if not delta.finish_reason or delta.choice or not trace.chunks or trace.outcome not in ("answered", "cached"):
        return delta
    cited = [citation(chunk) for chunk in cited_chunks(trace)]
    return structs.replace(delta, extra={FIELD: cited, **delta.extra}) if cited else delta


def cited_chunks(trace: TraceBuilder) -> Iterator[Chunk]:
    """Chunks that the model names; else, of each source that is named, in a citation or in the text, the best."""
    if trace.passages:
        by_id = {hit.chunk.id: hit.chunk for hit in trace.chunks}
        yield from (by_id[one] for one in trace.passages if one in by_id)
        return
    told: set[str] = set()
    for hit in trace.chunks:
        source = hit.chunk.source
        if source not in told and (source in trace.citations or source in trace.answer):
            told.add(source)
            yield hit.chunk


def citation(chunk: Chunk) -> Json:
    """What a client is told of a Chunk: ``place`` is for people; the rest is for programs, without what is unknown."""
    told: Json = {"source": chunk.source, "place": chunk.place}
    revision = chunk.metadata.get(REVISION)
    named = (("title", chunk.title), ("heading", chunk.heading), ("revision", revision))
    told |= {name: text for name, text in named if text and isinstance(text, str)}
    return {**told, **chunk.position}
