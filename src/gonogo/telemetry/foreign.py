"""Foreign spans: what other programs say of their own steps, read from OTLP and put into our words.

Here: the dialects (OpenTelemetry GenAI and OpenInference), limits, and one Trace for each trace id. Not here: HTTP and
the store (``gateway.otlp``), the wire (``wire``).

A Trace made here is marked ``foreign``: no rate, monitor, price or cache reads it. Attributes: OpenTelemetry GenAI
v1.41 with its older names, and github.com/Arize-ai/openinference, spec/semantic_conventions.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from gonogo.domain import ModelCall, Span, Trace, Usage, total_usage
from gonogo.telemetry.wire import Message

MISSION = "otel/"
"""Before the service's name: no Mission can be called so."""
MOST_SPANS = 10_000
"""In one request."""
MOST_ATTRIBUTES = 128
LONGEST_TEXT = 16_384
"""Characters of one attribute's value."""
MOST_SPANS_OF_TRACE = 2_000
DEEPEST = 32
"""Lists and objects inside one another in one attribute."""
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}")
_MODEL_OPERATIONS = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
_MODEL_KINDS = frozenset({"LLM", "EMBEDDING"})
_WORDS = re.compile(
    r"(gen_ai\.(system_instructions|input\.messages|output\.messages|tool\.definitions|tool\.call\.(arguments|result)"
    r"|retrieval\.(query\.text|documents)|prompt|completion)(\.|$))"
    r"|((input|output)\.value|metadata|exception\.(message|stacktrace)|user\.id)$"
    r"|(llm\.(input_messages|output_messages|prompts|prompt_template|invocation_parameters|tools|function_call"
    r"|choices)|retrieval\.documents|reranker\.|embedding\.(text|embeddings|vector)|message\.|tool\.parameters"
    r"|tool_call\.|document\.|messagecontent\.)"
)
"""Attributes that hold what people or models said."""
_FAILED = 2
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading something raises that is not of the shape that its name promises."""


class ForeignSpan(Struct, frozen=True, kw_only=True):
    """One span as it came. ``start`` and ``end``: seconds since 1970; ``words``: the attributes that hold texts."""

    trace: str
    id: str
    parent: str
    name: str
    start: float
    end: float
    service: str
    failed: bool
    attributes: dict[str, Any]
    words: dict[str, Any] = {}

    @property
    def is_model_call(self) -> bool:
        """Whether it is one call of a model: an agent's span repeats the tokens of the calls below it."""
        kind = self.attributes.get("openinference.span.kind")
        return self.attributes.get("gen_ai.operation.name") in _MODEL_OPERATIONS or kind in _MODEL_KINDS


class Read(Struct, frozen=True, kw_only=True):
    """Spans that can be kept, and why others cannot."""

    spans: tuple[ForeignSpan, ...]
    rejected: int = 0
    why: str = ""


def read_spans(message: Message) -> Read:
    """The spans of an ``ExportTraceServiceRequest``; what is no span is rejected by itself, the others stay."""
    spans: list[ForeignSpan] = []
    rejected, why = 0, ""
    for service, raw in _raw_spans(message):
        try:
            if len(spans) >= MOST_SPANS:
                raise ValueError(f"more than {MOST_SPANS} spans in one request")
            spans.append(_span(service, raw))
        except _UNREADABLE as error:
            rejected, why = rejected + 1, why or str(error)
    return Read(spans=tuple(spans), rejected=rejected, why=why)


def by_trace(spans: Iterable[ForeignSpan]) -> dict[str, list[ForeignSpan]]:
    """Spans by trace id, in the order they came."""
    found: dict[str, list[ForeignSpan]] = {}
    for span in spans:
        found.setdefault(span.trace, []).append(span)
    return found


def new_trace(spans: list[ForeignSpan], tenant: str, key_id: str) -> Trace:
    """A Trace of its own for spans of one trace id, still without them; ``joined`` adds them."""
    first = min(spans, key=lambda span: span.start)
    sessions = (_first(span.attributes, "gen_ai.conversation.id", "session.id") for span in spans)
    return Trace(
        id=first.trace,
        created_at=first.start,
        mission=f"{MISSION}{first.service}",
        version=0,
        behaviour_digest="",
        environment="",
        question="",
        answer="",
        outcome="answered",
        tenant=tenant,
        key_id=key_id,
        session=next((str(one) for one in sessions if one), ""),
        foreign=True,
    )


def joined(trace: Trace, spans: list[ForeignSpan], *, content: bool) -> tuple[Trace, int]:
    """(the Trace with these spans, how many there was no room for). A span that it has already is not added twice.

    Tokens are added up only in a foreign Trace: in one of ours the gateway has counted the same calls itself.
    """
    known = {span.attributes.get("span_id") for span in trace.spans}
    fresh = [span for span in spans if span.id not in known]
    room = max(0, MOST_SPANS_OF_TRACE - len(trace.spans))
    kept = fresh[:room]
    steps = (*trace.spans, *(_step(span, trace.created_at, content=content) for span in kept))
    if not trace.foreign:
        # Their steps may be called as ours are: with the service before it, nobody takes one for the other.
        theirs = (structs.replace(one, name=f"{one.attributes['service']}/{one.name}") for one in steps[-len(kept) :])
        steps = (*trace.spans, *(theirs if kept else ()))
        return structs.replace(trace, spans=steps), len(fresh) - len(kept)
    calls = (*trace.calls, *(_call(span, trace.created_at) for span in kept if span.is_model_call))
    roots = [span for span in kept if not span.parent]
    question, answer = _said(roots or kept) if content else ("", "")
    failed = any(span.failed for span in roots)
    return (
        structs.replace(
            trace,
            spans=steps,
            calls=calls,
            usage=total_usage(call.usage for call in calls),
            wall=max((span.start + span.wall for span in steps), default=0.0),
            question=trace.question or question,
            answer=trace.answer or answer,
            outcome="failed" if failed or trace.outcome == "failed" else "answered",
        ),
        len(fresh) - len(kept),
    )


def _raw_spans(message: Message) -> Iterator[tuple[str, Message]]:
    for group in message.get("resourceSpans") or ():
        service = _service(group)
        for scope in group.get("scopeSpans") or ():
            yield from ((service, raw) for raw in scope.get("spans") or ())


def _service(group: Message) -> str:
    """Who made the spans; a resource that cannot be read costs its name and none of them."""
    try:
        name = _attributes((group.get("resource") or {}).get("attributes")).get("service.name")
    except _UNREADABLE:
        name = None
    return re.sub(r"[^A-Za-z0-9._-]", "_", str(name or "unknown"))[:64]


def _span(service: str, raw: Message) -> ForeignSpan:
    trace, own = str(raw.get("traceId", "")).lower(), str(raw.get("spanId", "")).lower()
    if not _TRACE_ID.fullmatch(trace) or not _SPAN_ID.fullmatch(own):
        raise ValueError("a span needs a traceId of 32 and a spanId of 16 hexadecimal digits that are not all 0")
    start, end = int(raw.get("startTimeUnixNano") or 0) / 1e9, int(raw.get("endTimeUnixNano") or 0) / 1e9
    if not 0 < start <= end:
        raise ValueError("a span needs startTimeUnixNano, and endTimeUnixNano not before it")
    attributes = _attributes(raw.get("attributes"))
    return ForeignSpan(
        trace=trace,
        id=own,
        parent=str(raw.get("parentSpanId") or "").lower()[:16],
        name=str(raw.get("name") or "")[:256],
        start=start,
        end=end,
        service=service,
        failed=(raw.get("status") or {}).get("code") in (_FAILED, "STATUS_CODE_ERROR"),
        attributes={key: value for key, value in attributes.items() if not _WORDS.match(key)},
        words={key: value for key, value in attributes.items() if _WORDS.match(key)},
    )


def _step(span: ForeignSpan, since: float, *, content: bool) -> Span:
    told = {"span_id": span.id, "parent_id": span.parent, "service": span.service, "failed": span.failed}
    return Span(
        name=span.name,
        start=span.start - since,
        wall=span.end - span.start,
        cpu=0.0,
        attributes={**span.attributes, **(span.words if content else {}), **told},
    )


def _call(span: ForeignSpan, since: float) -> ModelCall:
    attributes = span.attributes
    model = _first(attributes, "gen_ai.request.model", "llm.model_name", "embedding.model_name") or "unknown"
    provider = _first(attributes, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system") or "unknown"
    returned = _first(attributes, "gen_ai.response.model")
    return ModelCall(
        name=span.name,
        provider=str(provider),
        model=str(model),
        returned_model=None if returned is None else str(returned),
        usage=_usage(attributes),
        error="failed" if span.failed else None,
        start=span.start - since,
        wall=span.end - span.start,
    )


def _usage(attributes: Mapping[str, Any]) -> Usage:
    def count(*names: str) -> int:
        value = _first(attributes, *names)
        return max(0, int(value)) if isinstance(value, int | float) and not isinstance(value, bool) else 0

    return Usage(
        input=count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
        output=count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
        cached=count("gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read"),
        cache_written=count(
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_write.input_tokens",
            "llm.token_count.prompt_details.cache_write",
        ),
        reasoning=count("gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning"),
    )


def _said(spans: list[ForeignSpan]) -> tuple[str, str]:
    def text(*names: str) -> str:
        found = (_first(span.words, *names) for span in spans)
        return next((str(value) for value in found if value), "")

    return text("input.value", "gen_ai.input.messages"), text("output.value", "gen_ai.output.messages")


def _first(attributes: Mapping[str, Any], *names: str) -> Any:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def _attributes(pairs: Any, depth: int = 0) -> dict[str, Any]:
    found = {}
    for pair in (pairs or ())[:MOST_ATTRIBUTES]:
        # Protobuf's JSON leaves out what is empty, a key too.
        found[str(pair.get("key") or "")[:256]] = _plain(pair.get("value") or {}, depth)
    return found


def _plain(value: Message, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError(f"an attribute is nested more than {DEEPEST} deep")
    if "stringValue" in value:
        return str(value["stringValue"])[:LONGEST_TEXT]
    if "boolValue" in value:
        return bool(value["boolValue"])
    if "intValue" in value:
        whole = int(value["intValue"])
        return whole if abs(whole) < 1 << 63 else str(whole)
    if "doubleValue" in value:
        number = float(value["doubleValue"])
        return number if abs(number) < float("inf") else str(number)
    if "arrayValue" in value:
        inner = (value["arrayValue"] or {}).get("values") or ()
        return [_plain(one, depth + 1) for one in inner[:MOST_ATTRIBUTES]]
    if "kvlistValue" in value:
        return _attributes((value["kvlistValue"] or {}).get("values"), depth + 1)
    return None
