"""Diagnose: why an answer was bad, and which file to edit.

Here: chunk missing, chunk ignored, guardrail too loose or too strict, told apart by searching again.
Not here: replaying and keeping the case (``assembly`` joins those).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.contracts import EVERYWHERE, Components, TextFeatures, Where
from gonogo.domain import Finding, RetrievedChunk, Trace, Version
from gonogo.pipeline.bounds import where_of

Cause = Literal[
    "chunk-missing", "chunk-ignored", "no-such-knowledge", "guardrail-too-loose", "guardrail-too-strict",
    "provider-failed", "nothing-found",
]  # fmt: skip
WIDE = 50
"""Chunks searched to see whether the right one stands just below the cut."""
ENOUGH = 0.4
"""Evidence under which no chunk counts as able to answer. On a handbook of 50 pages: 12 % of the questions it answers
stay below, and 47 % of those it does not."""
AS_GOOD = 0.03
"""Evidence within which the newer of two pages is meant: old pages say nearly the same. On the same handbook, of 185
wrong answers 56 % are led to the right page, 28 % to another and 16 % to none."""
USED = 0.35
"""Share of a sentence's content words an answer must hold to count as having used it."""
MOST_NAMED = 3
LONGEST = 120
"""Characters of a sentence quoted."""


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
    if trace.outcome == "aborted":
        return _of(trace, "nothing-found", "the client left before the answer was complete", "")
    if trace.outcome == "failed":
        return _of(trace, "provider-failed", trace.error or "a step failed", "settings.toml")
    blocked = next((finding for finding in trace.findings if finding.action == "block"), None)
    if trace.outcome == "refused" and blocked is not None:
        message = f"the {blocked.check} guardrail stopped it ({_sureness(blocked)})"
        return _of(trace, "guardrail-too-strict", message, f"mission.yaml guardrails.{blocked.stage}.{blocked.check}")
    question = parts.reader.read(trace.question)
    if suspicious := [score for score in trace.scores if score.metric == "toxicity" and (score.value or 0) > 0.5]:
        message = f"toxic words reached the user (toxicity {suspicious[0].value:.2f})"
        return _of(trace, "guardrail-too-loose", message, "mission.yaml guardrails.output")
    flagged = next((finding for finding in trace.findings if finding.action == "flag"), None)
    if flagged is not None and flagged.stage == "input":
        message = f"the {flagged.check} guardrail saw it ({_sureness(flagged)}) and only flags"
        return _of(trace, "guardrail-too-loose", message, f"mission.yaml guardrails.input.{flagged.check}")
    if parts.index is None:
        return _of(trace, "nothing-found", "the Mission retrieves nothing: the prompt and the model alone made it",
                   "mission.yaml prompt.system")  # fmt: skip
    return _knowledge(trace, question, version, parts)


def _knowledge(trace: Trace, question: TextFeatures, version: Version, parts: Components) -> Diagnosis:
    policy = version.mission.retrieval
    able = _able(question, where_of(policy, trace.tenant, {}) if policy is not None else EVERYWHERE, parts)
    if not able:
        message = "no chunk comes close to the question: the knowledge does not seem to answer it"
        sources = version.mission.retrieval.sources if version.mission.retrieval else ()
        return _of(trace, "no-such-knowledge", message, ", ".join(map(str, sources)) or "knowledge/")
    best, others = able[0], tuple(f"also possible: {_place(hit)}" for hit in able[1:MOST_NAMED])
    at = f"{best.chunk.source}:{best.chunk.line}"
    if best.chunk.id not in {hit.chunk.id for hit in trace.chunks}:
        if best.chunk.source in {finding.where for finding in trace.findings if finding.stage == "context"}:
            message = f"{_place(best)} could answer it, but a context guardrail dropped it"
            return _of(trace, "guardrail-too-strict", message, "mission.yaml guardrails.context", best, others)
        message = f"{_place(best)} could answer it, but it stood at rank {best.rank} and was not given to the model"
        return _of(trace, "chunk-missing", message, at, best, others)
    answer = parts.reader.read(trace.answer)
    sentence = _nearest_sentence(question, best, parts)
    # An extractive answer names its pages; words alone cannot tell two editions of a page apart.
    named = [hit for hit in trace.chunks if hit.chunk.source in trace.citations] or list(trace.chunks)
    used = any(hit.chunk.id == best.chunk.id for hit in named) and _use(best, answer, parts) >= USED
    if used and sentence is not None and _coverage(sentence, answer) >= USED:
        message = f"the answer follows {_place(best)}: if it is wrong, that page is, or another was meant"
        return _of(trace, "nothing-found", message, at, best, others)
    message = f"{_place(best)} was given to the model and not used"
    followed = max(named, key=lambda hit: _use(hit, answer, parts))
    if used and sentence is not None:
        message = f"of {_place(best)} the model did not use what is nearest to the question: {_cut(sentence.text)}"
    elif _use(followed, answer, parts) >= USED:
        message += f"; the answer follows {_place(followed)}"
    return _of(trace, "chunk-ignored", message, "mission.yaml prompt.system, or the model", best, others)


def _able(question: TextFeatures, where: Where, parts: Components) -> list[RetrievedChunk]:
    """Chunks that may answer the question, likeliest first."""
    wide = parts.index.search(question, WIDE, where) if parts.index is not None else []
    evidence = {hit.chunk.id: hit.score + 0.5 * _likeness(question, hit, parts) for hit in wide}
    able = [hit for hit in wide if evidence[hit.chunk.id] >= ENOUGH]
    if not able:
        return []
    able.sort(key=lambda hit: -evidence[hit.chunk.id])
    top = evidence[able[0].chunk.id]
    as_good = [hit for hit in able if evidence[hit.chunk.id] >= top - AS_GOOD]
    first = max(as_good, key=lambda hit: hit.chunk.date or "")
    return [first, *(hit for hit in able if hit is not first)]


def _nearest_sentence(question: TextFeatures, hit: RetrievedChunk, parts: Components) -> TextFeatures | None:
    sentences = parts.reader.read(hit.chunk.text).sentences()
    return max(sentences, key=lambda sentence: float(question.vector @ sentence.vector), default=None)


def _likeness(question: TextFeatures, hit: RetrievedChunk, parts: Components) -> float:
    """Cosine of the question and the sentence nearest to it."""
    sentence = _nearest_sentence(question, hit, parts)
    return 0.0 if sentence is None else float(question.vector @ sentence.vector)


def _use(hit: RetrievedChunk, answer: TextFeatures, parts: Components) -> float:
    """How much of one of its sentences stands in the answer, 0..1."""
    sentences = parts.reader.read(hit.chunk.text).sentences()
    return max((_coverage(sentence, answer) for sentence in sentences), default=0.0)


def _coverage(wanted: TextFeatures, held: TextFeatures) -> float:
    words = wanted.content_words
    return len(words & held.content_words) / len(words) if words else 0.0


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1].rstrip() + "…"


def _sureness(finding: Finding) -> str:
    return ", ".join((f"score {finding.score:.2f}", *finding.signals))


def _place(hit: RetrievedChunk) -> str:
    return f"{hit.chunk.source}:{hit.chunk.line} ({hit.chunk.heading or hit.chunk.title})"


def _of(
    trace: Trace,
    cause: Cause,
    message: str,
    edit: str,
    hit: RetrievedChunk | None = None,
    others: tuple[str, ...] = (),
) -> Diagnosis:
    seen = tuple(f"{finding.check} {finding.action} at {finding.where}" for finding in trace.findings)
    cached = (f"from the {trace.cache} cache, first given in trace {trace.cached_from}",) if trace.cache else ()
    return Diagnosis(
        trace_id=trace.id, cause=cause, message=message, edit=edit, evidence=(*seen, *cached, *others), chunk=hit
    )
