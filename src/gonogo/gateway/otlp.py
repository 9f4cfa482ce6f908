"""OTLP: ``POST /v1/traces``, where other programs send their spans.

Here: reading the body (protobuf or JSON, gzip), joining Traces, the answer. Not here: what spans mean
(``telemetry.foreign``). opentelemetry.io/docs/specs/otlp (OTLP/HTTP).
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import msgspec

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Trace
from gonogo.errors import RequestInvalid, RequestTooLarge
from gonogo.telemetry.foreign import ForeignSpan, by_trace, joined, new_trace, read_spans
from gonogo.telemetry.wire import Message, from_protobuf, to_protobuf

MOST_UNPACKED = 16 * 1024 * 1024
"""Bytes of a body once it is unpacked."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"


class ForeignFormat(RequestInvalid):
    """A body in a form that is not read here."""

    status = 415


class OtlpTraces:
    """The handler. Requests are joined one after another, so that two of them cannot lose each other's spans; with more
    than one process that writes to the same Trace at the same moment, one of them may."""

    def __init__(self, serving: Serving, *, content: bool) -> None:
        self._serving, self._content = serving, content
        self._joining = asyncio.Lock()

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Keep what can be kept; durable before the answer.

        Raises:
            RequestInvalid: the body is not what its content type says.
            RequestTooLarge: it unpacks to more than is taken.
            StoreBusy: it could not be kept; the sender tries again.
        """
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        read = await asyncio.to_thread(lambda: read_spans(_message(kind, _unpacked(http))))
        rejected, why = read.rejected, read.why
        async with self._joining:
            for trace_id, spans in by_trace(read.spans).items():
                found, lost, reason = await self._joined(trace_id, spans, http)
                rejected, why = rejected + lost, why or reason
                if found is not None:
                    await self._serving.traces.add_traces([found])
        return _reply(kind, rejected, why)

    async def _joined(
        self, trace_id: str, spans: list[ForeignSpan], http: HttpRequest
    ) -> tuple[Trace | None, int, str]:
        caller, store = http.caller, self._serving.traces
        known = await store.trace(trace_id) or await store.trace_called_by(trace_id, caller.tenant)
        if known is not None and known.tenant != caller.tenant:
            return None, len(spans), "this trace id is taken"
        if known is not None and not known.foreign and not caller.may_call(known.mission):
            return None, len(spans), "this key is not for the Mission of that trace"
        made = known or new_trace(spans, caller.tenant, caller.key_id)
        trace, lost = joined(made, spans, content=self._content)
        return trace, lost, "the trace has as many spans as are kept" if lost else ""


def _unpacked(http: HttpRequest) -> bytes:
    encoding = http.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return http.body
    if encoding != "gzip":
        raise ForeignFormat(f"content-encoding '{encoding}' is not read here: send gzip or nothing")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(http.body, MOST_UNPACKED)
    except zlib.error as error:
        raise RequestInvalid(f"the body is no gzip: {error}") from error
    if unpacker.unconsumed_tail:
        raise RequestTooLarge(f"the body unpacks to more than {MOST_UNPACKED} bytes: send fewer spans at once")
    if not unpacker.eof:
        raise RequestInvalid("the body is no gzip: it ends too early")
    return body


def _message(kind: str, body: bytes) -> Message:
    if kind == PROTOBUF:
        return from_protobuf("ExportTraceServiceRequest", body)
    if kind != JSON:
        raise ForeignFormat(f"content-type '{kind}' is not read here: send {PROTOBUF} or {JSON}")
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestInvalid(f"the body is no JSON: {error}") from error
    if not isinstance(message, dict) or not _shaped(message):
        raise RequestInvalid("the body is no ExportTraceServiceRequest: it needs resourceSpans, scopeSpans and spans")
    return message


def _shaped(message: Message) -> bool:
    """Whether lists are lists and objects are objects, down to the spans; a span is looked at by itself."""
    groups = _given(message, "resourceSpans", [])
    if not _objects(groups):
        return False
    for group in groups:
        scopes, resource = _given(group, "scopeSpans", []), _given(group, "resource", {})
        if not _objects(scopes) or not isinstance(resource, dict) or not _objects(_given(resource, "attributes", [])):
            return False
        if not all(isinstance(_given(scope, "spans", []), list) for scope in scopes):
            return False
    return True


def _given(message: Message, name: str, otherwise: object) -> Any:
    value = message.get(name)
    return otherwise if value is None else value


def _objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _reply(kind: str, rejected: int, why: str) -> HttpReply:
    told: Message = {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": why}} if rejected else {}
    if kind == PROTOBUF:
        return HttpReply(body=to_protobuf("ExportTraceServiceResponse", told), content_type=PROTOBUF)
    return HttpReply(body=msgspec.json.encode(told))
