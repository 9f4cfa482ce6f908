"""Diagnose: why an answer was bad, and which file to edit.

Here: chunk missing, chunk ignored, guardrail too loose or too strict, told apart by searching again.
Not here: replaying and keeping the case (``assembly`` joins those).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.contracts import Components, TextFeatures
from gonogo.domain import RetrievedChunk, Trace, Version

Cause = Literal[
    "chunk-missing", "chunk-ignored", "no-such-knowledge", "guardrail-too-loose", "guardrail-too-strict",
    "provider-failed", "nothing-found",
]  # fmt: skip
WIDE = 50
"""Chunks searched to see whether the right one stands just below the cut."""
COVERED = 0.6
"""Share of the question's content words a chunk must hold to count as able to answer it."""
IGNORED = 0.35
"""Share of the best chunk's sentence words an answer must hold to count as having used it."""


class Diagnosis(Struct, frozen=True, kw_only=True):
    """``cause`` with its evidence in words; ``edit`` names the file (and line) to change; ``chunk`` the one meant."""

    trace_id: str
    cause: Cause
    message: str
    edit: str
    evidence: tuple[str, ...] = ()
    chunk: RetrievedChunk | None = None


def diagnose(trace: Trace, version: Version, parts: Components) -> Diagnosis:
    """The most likely cause, from the Trace and a wider search with the same index."""
    if trace.outcome == "failed":
        return _of(trace, "provider-failed", trace.error or "a step failed", "settings.toml")
    blocked = next((finding for finding in trace.findings if finding.action == "block"), None)
    if trace.outcome == "refused" and blocked is not None:
        message = f"the {blocked.check} guardrail stopped it (score {blocked.score:.2f}, {', '.join(blocked.signals)})"
        return _of(trace, "guardrail-too-strict", message, f"mission.yaml guardrails.{blocked.stage}.{blocked.check}")
    question = parts.reader.read(trace.question)
    if suspicious := [score for score in trace.scores if score.metric == "toxicity" and (score.value or 0) > 0.5]:
        message = f"toxic words reached the user (toxicity {suspicious[0].value:.2f})"
        return _of(trace, "guardrail-too-loose", message, "mission.yaml guardrails.output")
    flagged = next((finding for finding in trace.findings if finding.action == "flag"), None)
    if flagged is not None and flagged.stage == "input":
        message = f"the {flagged.check} guardrail saw it (score {flagged.score:.2f}) and only flags"
        return _of(trace, "guardrail-too-loose", message, f"mission.yaml guardrails.input.{flagged.check}")
    if parts.index is None:
        return _of(trace, "nothing-found", "the Mission retrieves nothing: the prompt and the model alone made it",
                   "mission.yaml prompt.system")  # fmt: skip
    return _knowledge(trace, question, version, parts)


def _knowledge(trace: Trace, question: TextFeatures, version: Version, parts: Components) -> Diagnosis:
    wide = parts.index.search(question, WIDE) if parts.index is not None else []
    able = [hit for hit in wide if _coverage(question, parts.reader.read(hit.chunk.text)) >= COVERED]
    seen = {hit.chunk.id for hit in trace.chunks}
    dropped = {finding.where for finding in trace.findings if finding.stage == "context"}
    if not able:
        message = "no chunk holds most of the question's words: the knowledge does not answer it"
        sources = version.mission.retrieval.sources if version.mission.retrieval else ()
        return _of(trace, "no-such-knowledge", message, ", ".join(sources) or "knowledge/")
    best = able[0]
    if best.chunk.id not in seen:
        if best.chunk.source in dropped:
            message = f"{_place(best)} could answer it, but a context guardrail dropped it"
            return _of(trace, "guardrail-too-strict", message, "mission.yaml guardrails.context", best)
        message = f"{_place(best)} could answer it, but stood at rank {best.rank}, outside top_k"
        return _of(trace, "chunk-missing", message, f"{best.chunk.source}:{best.chunk.line}", best)
    answer = parts.reader.read(trace.answer)
    used = max(
        (_coverage(sentence, answer) for sentence in parts.reader.read(best.chunk.text).sentences()), default=0.0
    )
    if used < IGNORED:
        message = f"{_place(best)} was given to the model and not used"
        return _of(trace, "chunk-ignored", message, "prompts/ (system prompt), or the model", best)
    message = f"the answer follows {_place(best)}: if it is wrong, the page is"
    return _of(trace, "nothing-found", message, f"{best.chunk.source}:{best.chunk.line}", best)


def _coverage(wanted: TextFeatures, held: TextFeatures) -> float:
    words = wanted.content_words
    return len(words & held.content_words) / len(words) if words else 0.0


def _place(hit: RetrievedChunk) -> str:
    return f"{hit.chunk.source}:{hit.chunk.line} ({hit.chunk.heading or hit.chunk.title})"


def _of(trace: Trace, cause: Cause, message: str, edit: str, hit: RetrievedChunk | None = None) -> Diagnosis:
    evidence = tuple(f"{finding.check} {finding.action} at {finding.where}" for finding in trace.findings)
    return Diagnosis(trace_id=trace.id, cause=cause, message=message, edit=edit, evidence=evidence, chunk=hit)
