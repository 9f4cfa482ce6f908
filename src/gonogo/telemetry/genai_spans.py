"""GenAI spans: a Trace in OpenTelemetry's words.

Here: names and attributes of the GenAI conventions v1.41, and which step becomes which span. Not here: sending
(``export``), the wire (``wire``).

Source: github.com/open-telemetry/semantic-conventions, docs/gen-ai, release 1.41; what has no name there is called
``gonogo.*``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gonogo.domain import Json, ModelCall, Span, Trace, Usage
from gonogo.release import VERSION
from gonogo.telemetry.wire import Message, attribute

SCOPE = {"name": "gonogo", "version": VERSION}
INTERNAL, SERVER, CLIENT = 1, 2, 3
_FAILED = 2
STOPPED = "stopped before its end"
"""What a ModelCall says that was cancelled (``pipeline.model_call``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """``latest``: newer names than v1.41, where there are any. ``content``: questions, answers and documents too."""

    latest: bool = False
    content: bool = False


def spans_of(trace: Trace, convention: Convention) -> list[Message]:
    """The Trace as OTLP spans: the request, its steps, and the calls of models under the step that made them."""
    ids = _Ids(trace)
    spans = [_request(trace, ids, convention)]
    parents = {"generate": ids.root}
    for place, step in enumerate(trace.spans):
        own = ids.of(f"step {place}")
        parents[step.name] = own
        spans.append(_step(trace, step, ids, own, convention))
    for place, call in enumerate(trace.calls):
        last = place == len(trace.calls) - 1
        spans.append(_call(trace, call, ids, ids.of(f"call {place}"), parents["generate"], convention, last=last))
    return spans


class _Ids:
    """Made from the Trace's own id, so that sending it twice makes no second span."""

    def __init__(self, trace: Trace) -> None:
        self._trace_id = trace.id
        caller, _, self.parent = trace.parent.partition("-")
        self.trace = caller or trace.id
        self.root = self.of("request")

    def of(self, what: str) -> str:
        return hashlib.sha256(f"{self._trace_id} {what}".encode()).hexdigest()[:16]


def _request(trace: Trace, ids: _Ids, convention: Convention) -> Message:
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "gonogo",
        "gen_ai.agent.name": trace.mission,
        "gen_ai.agent.version": str(trace.version),
        "gen_ai.conversation.id": trace.session or None,
        "gen_ai.response.id": trace.id,
        "gen_ai.response.finish_reasons": [trace.finish_reason] if trace.finish_reason else None,
        "error.type": _outcome_error(trace),
        "gonogo.trace.id": trace.id,
        "gonogo.behaviour_digest": trace.behaviour_digest,
        "gonogo.environment": trace.environment or None,
        "gonogo.outcome": trace.outcome,
        "gonogo.cache": trace.cache,
        "gonogo.cost": trace.cost,
        "gonogo.cpu": trace.cpu,
        "gonogo.time_to_first_token": trace.first_token,
        **_usage(trace.usage, convention),
    }
    if trace.calls:
        attributes["gen_ai.request.model"] = trace.calls[-1].model
    if convention.content:
        attributes |= _content(trace)
    return _span(
        ids.trace,
        ids.root,
        ids.parent,
        f"invoke_agent {trace.mission}",
        SERVER,
        trace.created_at,
        trace.wall,
        attributes,
        events=list(_events(trace, convention)),
        failed=trace.error if trace.outcome in ("failed", "aborted") else None,
    )


def _step(trace: Trace, step: Span, ids: _Ids, own: str, convention: Convention) -> Message:
    name = step.name
    attributes: dict[str, Any] = {f"gonogo.step.{key}": _plain(value) for key, value in step.attributes.items()}
    attributes["gonogo.cpu"] = step.cpu
    if step.name == "retrieve":
        name = "retrieval"
        attributes["gen_ai.operation.name"] = "retrieval"
        if convention.content:
            found = [{"id": hit.chunk.id, "score": hit.score} for hit in trace.chunks]
            attributes["gen_ai.retrieval.documents"] = json.dumps(found)
            attributes["gen_ai.retrieval.query.text"] = trace.question
    return _span(ids.trace, own, ids.root, name, INTERNAL, trace.created_at + step.start, step.wall, attributes)


def _call(
    trace: Trace, call: ModelCall, ids: _Ids, own: str, parent: str, convention: Convention, *, last: bool
) -> Message:
    address = urlsplit(call.endpoint.name) if call.endpoint is not None and "//" in call.endpoint.name else None
    finished = [trace.finish_reason] if last and trace.finish_reason and not call.error else None
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": call.provider,
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": call.returned_model,
        "gen_ai.response.finish_reasons": finished,
        "gen_ai.response.time_to_first_chunk": call.first_token,
        "server.address": address.hostname if address else None,
        "server.port": _port(address.netloc) if address else None,
        "error.type": _call_error(call),
        "gonogo.cost": call.cost,
        **_usage(call.usage, convention),
    }
    kind = INTERNAL if call.provider == "builtin" else CLIENT
    start = trace.created_at + call.start
    return _span(
        ids.trace, own, parent, f"chat {call.model}", kind, start, call.wall, attributes, failed=call.error
    )  # fmt: skip


def _events(trace: Trace, convention: Convention) -> Iterator[Message]:
    # Tools are run by the caller, so a call is an event here and no execute_tool span: nobody knows how it went.
    for call in trace.tool_calls:
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        asked = {
            "gen_ai.tool.name": function.get("name"),
            "gen_ai.tool.call.id": call.get("id"),
            "gen_ai.tool.type": call.get("type"),
            "gen_ai.tool.call.arguments": function.get("arguments") if convention.content else None,
        }
        yield _event(trace, "gonogo.tool_call", asked)
    for finding in trace.findings:
        found = {
            "gonogo.guardrail.check": finding.check,
            "gonogo.guardrail.stage": finding.stage,
            "gonogo.guardrail.action": finding.action,
            "gonogo.guardrail.kind": finding.kind or None,
            "gonogo.guardrail.score": finding.score,
        }
        yield _event(trace, "gonogo.guardrail.finding", found)
    for score in trace.scores:
        if score.value is None:
            continue
        judged = {"gen_ai.evaluation.name": score.metric, "gen_ai.evaluation.score.value": score.value}
        yield _event(trace, "gen_ai.evaluation.result", judged)


def _event(trace: Trace, name: str, attributes: Mapping[str, object]) -> Message:
    return {"timeUnixNano": nanoseconds(trace.created_at + trace.wall), "name": name, "attributes": _kept(attributes)}


def _usage(usage: Usage, convention: Convention) -> dict[str, Any]:
    written = "cache_write" if convention.latest else "cache_creation"
    return {
        "gen_ai.usage.input_tokens": usage.input,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.cache_read.input_tokens": usage.cached or None,
        f"gen_ai.usage.{written}.input_tokens": usage.cache_written or None,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning or None,
    }


def _content(trace: Trace) -> dict[str, str]:
    said = {"role": "assistant", "parts": [{"type": "text", "content": trace.answer}]}
    return {
        "gen_ai.input.messages": json.dumps([_parts(message) for message in trace.messages]),
        "gen_ai.output.messages": json.dumps([{**said, "finish_reason": trace.finish_reason or ""}]),
    }


def _parts(message: Json) -> Json:
    content = message.get("content")
    texts: Iterable[Any] = [content] if isinstance(content, str) else []
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
    return {
        "role": message.get("role", ""),
        "parts": [{"type": "text", "content": text} for text in texts if isinstance(text, str)],
    }


def _outcome_error(trace: Trace) -> str | None:
    return {"failed": "_OTHER", "aborted": "cancelled"}.get(trace.outcome)


def _call_error(call: ModelCall) -> str | None:
    if call.error is None:
        return None
    return "cancelled" if call.error == STOPPED else "_OTHER"


def _port(netloc: str) -> int | None:
    port = netloc.rpartition(":")[2]
    return int(port) if port.isdecimal() else None


def _plain(value: object) -> object:
    return value if isinstance(value, str | bool | int | float) else str(value)


def _span(
    trace_id: str,
    span_id: str,
    parent: str,
    name: str,
    kind: int,
    start: float,
    wall: float,
    attributes: Mapping[str, object],
    *,
    events: list[Message] | None = None,
    failed: str | None = None,
) -> Message:
    span: Message = {
        "traceId": trace_id,
        "spanId": span_id,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": nanoseconds(start),
        "endTimeUnixNano": nanoseconds(start + wall),
        "attributes": _kept(attributes),
    }
    if parent:
        span["parentSpanId"] = parent
    if events:
        span["events"] = events
    if failed is not None:
        # The words stay in our Trace: an upstream's error may repeat what it was asked.
        span["status"] = {"code": _FAILED}
    return span


def _kept(attributes: Mapping[str, object]) -> list[Message]:
    return [attribute(key, value) for key, value in attributes.items() if value is not None]


def nanoseconds(seconds: float) -> str:
    """Since 1970, as OTLP/JSON writes a 64-bit number."""
    return str(max(0, round(seconds * 1e9)))
