"""Step ``input_guardrails``: every text of the request is inspected raw, before anything else reads it.

Here: block, redact, flag; what is recorded is redacted even where the model may see more.
Not here: the checks (``guardrails``), retrieved text (``retrieve``).
"""

from __future__ import annotations

from msgspec import structs

from gonogo.contracts import Components, Guardrail, GuardrailContext
from gonogo.domain import Finding, Json, Request
from gonogo.pipeline.message_texts import replace_texts
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


def input_guardrails(request: Request, parts: Components, trace: TraceBuilder) -> Request:
    """The Request as the rest of the pipeline may see it.

    Raises:
        Refusal: a guardrail with action ``block`` found something.
    """
    if not parts.input_guardrails:
        return request
    with trace.step("input_guardrails") as span:
        inspection = _Inspection(parts)
        last_user = _last_user(request.messages)
        seen = []
        for position, message in enumerate(request.messages):
            where = "question" if position == last_user else f"message {position + 1}"
            seen.append(replace_texts(message, lambda text, where=where: inspection.pass_on(text, where)))  # type: ignore[misc]
        messages = tuple(seen)
        question = inspection.pass_on(request.question, "question")
        trace.recorded_messages = tuple(replace_texts(message, inspection.recorded) for message in request.messages)
        trace.recorded_question = inspection.recorded(request.question)
        findings = inspection.findings
        trace.found(findings)
        span["findings"] = len(findings)
        blocking = next((finding for finding in findings if finding.action == "block"), None)
        if blocking is not None:
            raise Refusal(blocking)
        return structs.replace(request, messages=messages, question=question)


class _Inspection:
    """Findings by text, so that the same text (the question stands in the messages too) is inspected once."""

    def __init__(self, parts: Components) -> None:
        self._parts = parts
        self._by_text: dict[str, list[tuple[Guardrail, tuple[Finding, ...]]]] = {}

    @property
    def findings(self) -> list[Finding]:
        return [finding for pairs in self._by_text.values() for _, found in pairs for finding in found]

    def pass_on(self, text: str, where: str) -> str:
        """What the model may see of a text."""
        for guardrail, found in self._inspect(text, where):
            if guardrail.action == "redact":
                text = _redact(guardrail, text, found)
        return text

    def recorded(self, text: str) -> str:
        """What a store may keep of a text: personal data goes, whatever the action is."""
        for guardrail, found in self._by_text.get(text, ()):
            if guardrail.action == "redact" or guardrail.check == "pii":
                text = _redact(guardrail, text, found)
        return text

    def _inspect(self, text: str, where: str) -> list[tuple[Guardrail, tuple[Finding, ...]]]:
        if text not in self._by_text:
            features = self._parts.reader.read(text)
            context = GuardrailContext(where=where)
            self._by_text[text] = [(rail, rail.inspect(features, context)) for rail in self._parts.input_guardrails]
        return self._by_text[text]


def _redact(guardrail: Guardrail, text: str, found: tuple[Finding, ...]) -> str:
    # Offsets belong to the text that was inspected; after an earlier redaction the guardrail finds its own again.
    return guardrail.redact(text, found) if found else text


def _last_user(messages: tuple[Json, ...]) -> int:
    return max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
