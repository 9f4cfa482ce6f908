"""Step ``retrieve``: chunks for the question, and the context guardrails over each of them.

Here: search, the floor on the score, drop, redact, block.
Not here: the index (``retrieval``), the checks (``guardrails``).
"""

from __future__ import annotations

import asyncio

from msgspec import structs

from gonogo.contracts import Components, GuardrailContext, Index, TextFeatures
from gonogo.domain import RetrievedChunk, Version
from gonogo.pipeline.redaction import inspected, redacted
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


async def retrieve(
    question: TextFeatures, version: Version, parts: Components, trace: TraceBuilder
) -> tuple[RetrievedChunk, ...]:
    """The chunks a model may see, best first.

    Raises:
        Refusal: a context guardrail with action ``block`` found something.
    """
    policy = version.mission.retrieval
    if parts.index is None or policy is None:
        return ()
    with trace.step("retrieve") as span:
        hits = await _searched(parts.index, question, policy.top_k)
        found = [hit for hit in hits if hit.score >= policy.min_score]
        kept = [hit for hit in (_guarded(hit, question, parts, trace) for hit in found) if hit is not None]
        span["found"], span["kept"] = len(found), len(kept)
        trace.chunks = tuple(kept)
        return trace.chunks


async def _searched(index: Index, question: TextFeatures, k: int) -> list[RetrievedChunk]:
    if index.waits:
        return await asyncio.to_thread(index.search, question, k)
    return index.search(question, k)


def _guarded(
    hit: RetrievedChunk, question: TextFeatures, parts: Components, trace: TraceBuilder
) -> RetrievedChunk | None:
    """The chunk as a model may see it, ``None`` where it is dropped: its title and heading are shown to a model too."""
    if not parts.context_guardrails:
        return hit
    context = GuardrailContext(where=hit.chunk.source, question=question.text)
    changed: dict[str, str] = {}
    for field in ("text", "title", "heading"):
        text = getattr(hit.chunk, field)
        found = inspected(parts.context_guardrails, parts, text, context) if text else []
        trace.found(trace.recording.finding(finding, text) for _, finding in found)
        for rail, finding in found:
            if rail.action == "block":
                raise Refusal(finding)
        if any(rail.action == "drop" for rail, _ in found):
            return None
        kept = redacted(text, [(rail, finding) for rail, finding in found if rail.action == "redact"])
        if kept != text:
            changed[field] = kept
    return structs.replace(hit, chunk=structs.replace(hit.chunk, **changed)) if changed else hit
