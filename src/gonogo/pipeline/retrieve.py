"""Step ``retrieve``: chunks for the question, and the context guardrails over each of them.

Here: search, the floor on the score, drop, redact, block.
Not here: the index (``retrieval``), the checks (``guardrails``).
"""

from __future__ import annotations

from msgspec import structs

from gonogo.contracts import Components, GuardrailContext, TextFeatures
from gonogo.domain import RetrievedChunk, Version
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


def retrieve(
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
        found = [hit for hit in parts.index.search(question, policy.top_k) if hit.score >= policy.min_score]
        kept = [hit for hit in (_guarded(hit, question, parts, trace) for hit in found) if hit is not None]
        span["found"], span["kept"] = len(found), len(kept)
        trace.chunks = tuple(kept)
        return trace.chunks


def _guarded(
    hit: RetrievedChunk, question: TextFeatures, parts: Components, trace: TraceBuilder
) -> RetrievedChunk | None:
    context = GuardrailContext(where=hit.chunk.source, question=question.text)
    for guardrail in parts.context_guardrails:
        findings = guardrail.inspect(parts.reader.read(hit.chunk.text), context)
        trace.found(findings)
        if not findings:
            continue
        if guardrail.action == "block":
            raise Refusal(findings[0])
        if guardrail.action == "drop":
            return None
        if guardrail.action == "redact":
            text = guardrail.redact(hit.chunk.text, findings)
            hit = structs.replace(hit, chunk=structs.replace(hit.chunk, text=text))
    return hit
