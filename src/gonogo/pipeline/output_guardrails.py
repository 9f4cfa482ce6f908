"""Step ``output_guardrails``: a transformer of the answer's stream.

Here: pass, redact, stop; the whole draft only where a check needs it; calls of tools and reasoning as well as text.
Not here: how much of a text is held back (``held_text``), the checks (``guardrails``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from msgspec import structs

from gonogo.contracts import Components, GuardrailContext
from gonogo.domain import Delta, Json, Request, RetrievedChunk, Version
from gonogo.pipeline.held_text import HeldText
from gonogo.pipeline.message_texts import replace_texts
from gonogo.pipeline.redaction import inspected, redacted
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


async def output_guardrails(
    draft: AsyncGenerator[Delta, None],
    request: Request,
    chunks: tuple[RetrievedChunk, ...],
    version: Version,
    parts: Components,
    trace: TraceBuilder,
) -> AsyncGenerator[Delta, None]:
    """The draft with its guardrails applied. What is said comes first, then calls of tools, the finish, the Usage.

    Raises:
        Refusal: a guardrail with action ``block`` found something; what was streamed before stays said.
    """
    context = GuardrailContext(
        where="answer", system=version.mission.prompt.system, question=request.question, chunks=chunks
    )
    guarded = _Guarded(context, parts, trace)
    calls: list[Delta] = []
    ending: list[Delta] = []
    try:
        async for delta in draft:
            said = guarded.release(delta)
            if said.tool_calls and guarded.acts:
                # An answer that is blocked at its end must not have set a tool to work, and text goes before its calls.
                calls.append(Delta(tool_calls=said.tool_calls, choice=said.choice))
                said = structs.replace(said, tool_calls=())
            if delta.finish_reason or delta.usage:
                ending.append(
                    structs.replace(said, content="", reasoning="", tool_calls=(), citations=(), passages=(), extra={})
                )
                said = structs.replace(said, finish_reason=None, usage=None)
            if said.content or said.reasoning or said.tool_calls or said.citations or said.extra:
                yield said
    finally:
        await draft.aclose()
    with trace.step("output_guardrails") as span:
        rest = guarded.finish()
        span["findings"] = sum(finding.stage == "output" for finding in trace.findings)
    for delta in (*rest, *calls, *ending):
        yield delta


class _Guarded:
    """The texts of every choice under the guardrails that act, and under those that only flag."""

    def __init__(self, context: GuardrailContext, parts: Components, trace: TraceBuilder) -> None:
        self._context, self._parts, self._trace = context, parts, trace
        rails = parts.output_guardrails
        self._flagging = tuple(rail for rail in rails if rail.action == "flag")
        self._acting = tuple(rail for rail in rails if rail.action != "flag")
        # A judgement of the answer (is it faithful? relevant?) says nothing about reasoning or a call of a tool.
        self._patterns = tuple(rail for rail in self._acting if not rail.needs_whole_answer)
        self._held: dict[tuple[int, str], HeldText] = {}
        self._said: dict[int, list[str]] = {}

    @property
    def acts(self) -> bool:
        """Whether any guardrail may change or block the answer."""
        return bool(self._acting)

    def release(self, delta: Delta) -> Delta:
        """What of a Delta may be said now."""
        if self._acting:
            reasoning = self._text(delta.choice, "reasoning", delta.reasoning)
            if delta.content or delta.tool_calls or _signs_thoughts(delta):
                # The model has turned to something else: the rest of its thoughts goes before it.
                reasoning += self._rest(delta.choice, "reasoning")
            delta = structs.replace(
                delta,
                content=self._text(delta.choice, "content", delta.content),
                reasoning=reasoning,
                tool_calls=self._calls(delta),
                extra=self._extra(delta),
            )
        if self._flagging and delta.content:
            self._said.setdefault(delta.choice, []).append(delta.content)
        return delta

    def finish(self) -> list[Delta]:
        """What was held back, once everything has been checked.

        Raises:
            Refusal: the rest is blocked.
        """
        rest = []
        for (choice, kind), held in self._held.items():
            if text := held.finish():
                rest.append(Delta(choice=choice, **{kind: text}))  # type: ignore[arg-type]
                if kind == "content":
                    self._said.setdefault(choice, []).append(text)
        if self._flagging:
            for choice, pieces in sorted(self._said.items()):
                self._flag("".join(pieces), self._where(choice))
        return rest

    def _text(self, choice: int, kind: str, text: str) -> str:
        rails = self._acting if kind == "content" else self._patterns
        if not text or not rails:
            return text
        held = self._held.get((choice, kind))
        if held is None:
            where = self._where(choice, "" if kind == "content" else kind)
            held = self._held[choice, kind] = HeldText(rails, where, self._parts, self._trace)
        return held.release(text)

    def _rest(self, choice: int, kind: str) -> str:
        held = self._held.get((choice, kind))
        return "" if held is None else held.finish()

    def _calls(self, delta: Delta) -> tuple[Json, ...]:
        # A provider gives calls whole, so they need not be held.
        if not delta.tool_calls or not self._patterns:
            return delta.tool_calls
        check = partial(self._at_once, self._where(delta.choice, "tool call"))
        return tuple(replace_texts(call, check) for call in delta.tool_calls)

    def _extra(self, delta: Delta) -> Json:
        """Unknown fields, checked where they carry texts; log probabilities would spell out what is held back."""
        if not delta.extra:
            return delta.extra
        choice = {name: value for name, value in delta.extra.get("choice", {}).items() if name != "logprobs"}
        kept = {**delta.extra, "choice": choice} if choice else {k: v for k, v in delta.extra.items() if k != "choice"}
        if not self._patterns:
            return kept
        checked = replace_texts(kept, partial(self._at_once, self._where(delta.choice, "other fields")))
        return checked if checked == kept else _without_forged_thoughts(checked, kept)

    def _at_once(self, where: GuardrailContext, text: str) -> str:
        found = inspected(self._patterns, self._parts, text, where)
        self._trace.found(self._trace.recording.finding(finding, text) for _, finding in found)
        for rail, finding in found:
            if rail.action == "block":
                raise Refusal(finding)
        return redacted(text, found)

    def _flag(self, answer: str, where: GuardrailContext) -> None:
        found = inspected(self._flagging, self._parts, answer, where)
        self._trace.found(self._trace.recording.finding(finding, answer) for _, finding in found)

    def _where(self, choice: int, kind: str = "") -> GuardrailContext:
        named = " ".join(word for word in ("answer", str(choice + 1) if choice else "", kind) if word)
        return self._context if named == self._context.where else structs.replace(self._context, where=named)


def _signs_thoughts(delta: Delta) -> bool:
    return bool(delta.extra) and "thinking_blocks" in (delta.extra.get("delta") or ())


def _without_forged_thoughts(checked: Json, kept: Json) -> Json:
    """Signed thoughts that a guardrail changed are left out: their maker would not take them back as its own."""
    was = (kept.get("delta") or {}).get("thinking_blocks")
    if not was:
        return checked
    same = [block for block, before in zip(checked["delta"]["thinking_blocks"], was, strict=True) if block == before]
    return {**checked, "delta": {**checked["delta"], "thinking_blocks": same}}
