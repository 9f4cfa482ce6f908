"""Citing: where the passages stand that an answer rests on, told to whoever asked.

Here: the field ``citations`` beside the last words of an answer. Not here: what a model cites (``providers``), where a
Chunk stands (``domain.chunk``), the wire formats (``gateway``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from gonogo.domain import REVISION, Chunk, Delta, Json
from gonogo.pipeline.source_names import is_named, shown_names
from gonogo.pipeline.trace_builder import TraceBuilder

FIELD = "citations"


def with_citations(delta: Delta, trace: TraceBuilder) -> Delta:
    """The Delta; the first answer's last one tells what it rests on. An upstream's own field of that name stands."""
    if not delta.finish_reason or delta.choice or not trace.chunks or trace.outcome not in ("answered", "cached"):
        return delta
    policy = trace.version.mission.retrieval
    if policy is not None and policy.citations == "none":
        return delta
    names = shown_names(trace.chunks, policy)
    cited = [citation(chunk, names.get(chunk.source)) for chunk in cited_chunks(trace, names)]
    return structs.replace(delta, extra={FIELD: cited, **delta.extra}) if cited else delta


def cited_chunks(trace: TraceBuilder, names: Mapping[str, str]) -> Iterator[Chunk]:
    """Chunks that the model names; else, of each source that is named, in a citation or in the text, the best."""
    if trace.passages:
        by_id = {hit.chunk.id: hit.chunk for hit in trace.chunks}
        yield from (by_id[one] for one in trace.passages if one in by_id)
        return
    told: set[str] = set()
    for hit in trace.chunks:
        source = hit.chunk.source
        said = is_named(names[source], trace.answer) if source in names else source in trace.answer
        if source not in told and (said or source in trace.citations):
            told.add(source)
            yield hit.chunk


def citation(chunk: Chunk, name: str | None = None) -> Json:
    """What a client is told of a Chunk: ``place`` is for people; the rest is for programs, without what is unknown.

    Args:
        name: what its source is called where its own name is kept back; its lines and revision then are, too.
    """
    if name is not None:
        heading = {"heading": chunk.heading} if chunk.heading else {}
        return {"title": name, **heading, **{unit: at for unit, at in chunk.position.items() if unit != "line"}}
    told: Json = {"source": chunk.source, "place": chunk.place}
    revision = chunk.metadata.get(REVISION)
    named = (("title", chunk.title), ("heading", chunk.heading), ("revision", revision))
    told |= {name: text for name, text in named if text and isinstance(text, str)}
    return {**told, **chunk.position}
