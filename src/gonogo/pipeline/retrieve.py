"""Step ``retrieve``: chunks for the question, and the context guardrails over each of them.

Here: search, rerank, "nothing is relevant", the floor on the score, drop, redact, block.
Not here: the index (``retrieval``), whose Chunks may be found (``bounds``), copies (``near_duplicates``), the checks
(``guardrails``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import structs

from gonogo.contracts import (
    Classifier,
    Components,
    Example,
    GuardrailContext,
    Index,
    TextFeatures,
    TextReader,
    Where,
)
from gonogo.domain import Request, RetrievedChunk, Version
from gonogo.pipeline.bounds import where_of
from gonogo.pipeline.near_duplicates import collapsed
from gonogo.pipeline.redaction import inspected, redacted
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder

CANDIDATES = 4
"""Times as many Chunks as are handed on are reranked."""
SPARE = 2
"""Times as many are looked at for near duplicates."""


async def retrieve(
    request: Request, question: TextFeatures, version: Version, parts: Components, trace: TraceBuilder
) -> tuple[RetrievedChunk, ...]:
    """The chunks a model may see, best first.

    Raises:
        Refusal: a context guardrail with action ``block`` found something.
        RequestInvalid: metadata that narrows the search cannot be used.
        Unreachable: the server of the index does not answer.
    """
    policy = version.mission.retrieval
    if parts.index is None or policy is None:
        return ()
    with trace.step("retrieve") as span:
        where = where_of(policy, request.tenant, request.metadata)
        judge = parts.classifiers.get("relevance") if policy.rerank else None
        times = CANDIDATES if judge is not None else SPARE
        hits = await _searched(parts.index, question, times * policy.top_k, where)
        if judge is not None:
            hits = reranked(hits, question, judge, parts.reader)
        if hits and hits[0].score < policy.least:
            span["best"], hits = round(hits[0].score, 4), []
        found = [hit for hit in collapsed(hits, parts.reader, policy.top_k) if hit.score >= policy.min_score]
        kept = [hit for hit in (_guarded(hit, question, parts, trace) for hit in found) if hit is not None]
        span["found"], span["kept"] = len(found), len(kept)
        trace.chunks = tuple(kept)
        return trace.chunks


async def _searched(index: Index, question: TextFeatures, k: int, where: Where) -> list[RetrievedChunk]:
    if index.waits:
        return await asyncio.to_thread(index.search, question, k, where)
    return index.search(question, k, where)


def reranked(
    hits: Sequence[RetrievedChunk], question: TextFeatures, judge: Classifier, reader: TextReader
) -> list[RetrievedChunk]:
    """In the order of how likely each speaks to the question, which becomes its score; the search's own is the signal
    ``search``."""
    judged = [
        (judge.judge(Example(text=reader.read(hit.chunk.text), against=(question,))).probability, hit) for hit in hits
    ]
    judged.sort(key=lambda one: (-one[0], one[1].rank))
    return [
        structs.replace(hit, score=likely, rank=rank, signals={**hit.signals, "search": hit.score, "relevance": likely})
        for rank, (likely, hit) in enumerate(judged, 1)
    ]


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
        if not found:
            continue
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
