"""Step ``cache_write``: only what passed every guardrail is remembered.

Here: what may enter the cache. Not here: eviction and evidence (``caching``).
"""

from __future__ import annotations

from gonogo.contracts import CachedAnswer, Components, TextFeatures
from gonogo.domain import Request, Version
from gonogo.pipeline.cache_lookup import cache_key
from gonogo.pipeline.trace_builder import TraceBuilder


def cache_write(
    request: Request, question: TextFeatures, version: Version, parts: Components, trace: TraceBuilder
) -> None:
    """Remember one complete answer in text. Never repeated are: one with calls of tools, with several choices, with
    fields that a replay would lose, a cut one, and whatever a guardrail found fault with and let through."""
    if parts.cache is None or not request.use_cache:
        return
    complete = trace.outcome == "answered" and trace.finish_reason == "stop" and trace.answer
    whole = trace.replayable and not trace.tool_calls and trace.choices == {0}
    tainted = any(finding.stage == "output" or finding.action == "flag" for finding in trace.findings)
    if not complete or not whole or tainted:
        return
    with trace.step("cache_write"):
        now = parts.clock.now()
        answer = CachedAnswer(
            question=request.question,
            text=trace.answer,
            trace_id=request.id,
            citations=tuple(trace.citations),
            passages=tuple(trace.passages),
            chunks=trace.chunks,
            stored_at=now,
        )
        key = trace.cache_key or cache_key(request, version)  # the lookup's: no step between changes the request
        parts.cache.store(key, question, answer, now)
