"""Step ``output_guardrails``: a transformer of the answer's stream.

Here: pass, redact, stop; holding back as little as a pattern needs; the whole draft only where a check needs it.
Not here: the checks (``guardrails``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from msgspec import structs

from gonogo.contracts import Components, Guardrail, GuardrailContext
from gonogo.domain import Delta, Finding, Request, RetrievedChunk, Version
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder

BATCH = 48
"""Characters gathered over the look-back before the checks run again, so that tiny Deltas cost little."""


async def output_guardrails(
    draft: AsyncIterator[Delta],
    request: Request,
    chunks: tuple[RetrievedChunk, ...],
    version: Version,
    parts: Components,
    trace: TraceBuilder,
) -> AsyncGenerator[Delta, None]:
    """The draft with its guardrails applied. Content comes first, then the finish, then the Usage.

    Raises:
        Refusal: a guardrail with action ``block`` found something; what was streamed before stays said.
    """
    context = GuardrailContext(
        where="answer", system=version.mission.prompt.system, question=request.question, chunks=chunks
    )
    acting = tuple(rail for rail in parts.output_guardrails if rail.action != "flag")
    texts: dict[int, _HeldText] = {}
    ending: list[Delta] = []
    said: list[str] = []
    try:
        async for delta in draft:
            if delta.content and acting:
                held = texts.setdefault(delta.choice, _HeldText(acting, context, parts, trace))
                delta = structs.replace(delta, content=held.release(delta.content))
            if delta.finish_reason or delta.usage:
                ending.append(delta)
            elif delta.content or delta.reasoning or delta.tool_calls or delta.citations or delta.extra:
                said.append(delta.content)
                yield delta
    finally:
        close = getattr(draft, "aclose", None)
        if close is not None:
            await close()
    with trace.step("output_guardrails") as span:
        rest = [Delta(content=text, choice=choice) for choice, held in texts.items() if (text := held.finish())]
        said.extend(delta.content for delta in rest if delta.choice == 0)
        said.extend(delta.content for delta in ending if delta.choice == 0)
        flagged = _flags("".join(said), context, parts)
        trace.found(flagged)
        span["findings"] = sum(finding.stage == "output" for finding in trace.findings)
    for delta in (*rest, *ending):
        yield delta


def _flags(answer: str, context: GuardrailContext, parts: Components) -> list[Finding]:
    """What the guardrails that only flag say of the whole answer."""
    rails = [rail for rail in parts.output_guardrails if rail.action == "flag"]
    if not rails or not answer:
        return []
    features = parts.reader.read(answer)
    return [finding for rail in rails for finding in rail.inspect(features, context)]


class _HeldText:
    """The part of one choice that has not been released: at least every guardrail's look-back."""

    def __init__(
        self, rails: tuple[Guardrail, ...], context: GuardrailContext, parts: Components, trace: TraceBuilder
    ) -> None:
        self._rails, self._context, self._parts, self._trace = rails, context, parts, trace
        self._whole = any(rail.needs_whole_answer for rail in rails)
        self._lookback = max(rail.lookback for rail in rails)
        self._pending = ""

    def release(self, text: str) -> str:
        """Take in new text; give out what no pattern can reach any more."""
        self._pending += text
        if self._whole or len(self._pending) < self._lookback + BATCH:
            return ""
        border = len(self._pending) - self._lookback
        for finding in self._inspect():
            if finding.start < border <= finding.end:
                border = finding.start
        out, self._pending = self._pending[:border], self._pending[border:]
        return self._clean(out)

    def finish(self) -> str:
        """Give out the rest, checked as a whole."""
        rest, self._pending = self._pending, ""
        return self._clean(rest)

    def _inspect(self) -> list[Finding]:
        features = self._parts.reader.read(self._pending)
        return [finding for rail in self._rails for finding in rail.inspect(features, self._context)]

    def _clean(self, text: str) -> str:
        for rail in self._rails:
            findings = rail.inspect(self._parts.reader.read(text), self._context) if text else ()
            self._trace.found(findings)
            if findings and rail.action == "block":
                raise Refusal(findings[0])
            if findings and rail.action in ("redact", "drop"):
                text = rail.redact(text, findings)
        return text
