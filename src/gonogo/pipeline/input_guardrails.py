"""Step ``input_guardrails``: every text of the request is inspected raw, before anything else reads it.

Here: block, redact, flag; what is recorded is redacted even where the model may see more.
Not here: the checks (``guardrails``), retrieved text (``retrieve``).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import structs

from gonogo.contracts import Components, GuardrailContext
from gonogo.domain import Finding, Json, Request
from gonogo.pipeline.message_texts import replace_texts
from gonogo.pipeline.redaction import Found, inspected, redacted
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder


def input_guardrails(request: Request, parts: Components, trace: TraceBuilder) -> Request:
    """The Request as the rest of the pipeline may see it.

    Raises:
        Refusal: a guardrail with action ``block`` found something.
    """
    if not parts.input_guardrails:
        trace.record_request()
        return request
    with trace.step("input_guardrails") as span:
        inspection = _Inspection(parts, trace)
        last_user = _last_user(request.messages)
        messages = tuple(
            replace_texts(message, partial(inspection.pass_on, "question" if at == last_user else f"message {at + 1}"))
            for at, message in enumerate(request.messages)
        )
        question = inspection.pass_on("question", request.question)
        extra = {name: inspection.field(name, value) for name, value in request.extra.items()}
        trace.record_request()
        findings = inspection.findings
        span["findings"] = len(findings)
        if findings:
            trace.found(findings)
            blocking = next((finding for finding in findings if finding.action == "block"), None)
            if blocking is not None:
                raise Refusal(blocking)
        return structs.replace(request, messages=messages, question=question, extra=extra)


class _Inspection:
    """Each text is inspected once (the question stands in the messages too), and each Finding kept once a place."""

    def __init__(self, parts: Components, trace: TraceBuilder) -> None:
        self._parts, self._trace = parts, trace
        self._by_text: dict[str, list[Found]] = {}
        self._noted: dict[tuple[str, str, str, str], Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, in the order of the texts."""
        return tuple(self._noted.values())

    def pass_on(self, where: str, text: str) -> str:
        """What the model may see of a text."""
        found = self._by_text.get(text)
        if found is None:
            context = GuardrailContext(where=where)
            found = self._by_text[text] = inspected(self._parts.input_guardrails, self._parts, text, context)
        if not found:
            return text
        for _, finding in found:
            # The parts of a question are read apart and joined: what was found both ways is one Finding.
            evidence = finding.excerpt if finding.check != "pii" else text[finding.start : finding.end]
            self._noted.setdefault(
                (where, finding.check, finding.kind, evidence),
                structs.replace(self._trace.recording.finding(finding, text), where=where),
            )
        return redacted(text, [(rail, finding) for rail, finding in found if rail.action == "redact"])

    def field(self, name: str, value: Any) -> Any:
        """A field that passes through to the upstream: its texts are no less read by a model."""
        return replace_texts({"": value}, partial(self.pass_on, f"field {name}"))[""]


def _last_user(messages: tuple[Json, ...]) -> int:
    return max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
