"""Step ``cache_lookup``: exact first, then semantic, only inside one scope.

Here: the key, and replaying a hit. Not here: similarity and its evidence (``caching``).
"""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.contracts import CachedAnswer, CacheKey, Components, TextFeatures
from gonogo.digest import passing_digest_of
from gonogo.domain import Delta, Json, Request, Version
from gonogo.pipeline.trace_builder import TraceBuilder


def cache_key(request: Request, version: Version) -> CacheKey:
    """The scope digests everything but the question that may change the answer, and who may share it.

    The behaviour digest is in it: after a deployment, no answer of the old Version can come out of the cache. So are
    tenant and key: similarity is never looked for across them.
    """
    scope = passing_digest_of(
        {
            "tenant": request.tenant,
            "key": request.key_id,
            "behaviour": version.behaviour_digest,
            "earlier": request.earlier_turns,
            "beside": _beside_question(request),
            "later": _after_question(request),
            "tools": request.tools,
            "format": request.response_format,
            "parameters": {name: value for name, value in request.parameters.items() if name != "stream"},
            "extra": request.extra,
            **_steering(request, version),
        }
    )
    return CacheKey(scope=scope, question=request.question)


def cache_lookup(
    request: Request, question: TextFeatures, version: Version, parts: Components, trace: TraceBuilder
) -> CachedAnswer | None:
    """A cached answer that may be repeated, or ``None``."""
    if parts.cache is None or not request.use_cache:
        return None
    with trace.step("cache_lookup") as span:
        trace.cache_key = cache_key(request, version)
        hit = parts.cache.lookup(trace.cache_key, question, parts.clock.now())
        span["hit"] = hit.kind if hit else "none"
        if hit is None:
            return None
        trace.outcome = "cached"
        trace.cache = "semantic" if hit.kind == "semantic" else "exact"
        trace.cached_from = hit.trace_id
        trace.chunks = hit.chunks
        span["similarity"] = round(hit.similarity, 4)
        return hit


def replay(hit: CachedAnswer) -> Iterator[Delta]:
    """The cached answer as Deltas, so that a hit and a fresh answer look the same."""
    yield Delta(content=hit.text, citations=hit.citations, passages=hit.passages)
    yield Delta(finish_reason=hit.finish_reason)


def _beside_question(request: Request) -> Json:
    """What the question's message holds beside its words: pictures, files, the name of who asks."""
    earlier = len(request.earlier_turns)
    message = request.messages[earlier] if earlier < len(request.messages) else {}
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    others = [part for part in parts if not (isinstance(part, dict) and isinstance(part.get("text"), str))]
    return {**{name: value for name, value in message.items() if name != "content"}, "parts": others}


def _steering(request: Request, version: Version) -> Json:
    """What may answer the same question otherwise: with routing rules all that the client says besides, else what the
    search is narrowed by."""
    routing, retrieval = version.mission.routing, version.mission.retrieval
    if routing is None or not routing.rules:
        fields = retrieval.filter_by if retrieval is not None else ()
        narrowed = {field: request.metadata[field] for field in fields if field in request.metadata}
        return {"metadata": narrowed} if narrowed else {}
    return {"metadata": {name: value for name, value in request.metadata.items() if name != "session_id"}}


def _after_question(request: Request) -> tuple[object, ...]:
    # A conversation may end in tool results: they follow the question and shape the answer as much.
    return request.messages[len(request.earlier_turns) + 1 :]
