"""OTLP: ``POST /v1/traces``, where other programs send their spans.

Here: reading the body (protobuf or JSON, gzip) and the answer. Not here: what spans mean (``telemetry.foreign``), which
Trace they join (``assembly.foreign_traces``). opentelemetry.io/docs/specs/otlp (OTLP/HTTP).
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import msgspec

from gonogo.assembly.foreign_traces import ForeignTraces
from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.errors import RequestInvalid, RequestTooLarge
from gonogo.telemetry.foreign import read_spans
from gonogo.telemetry.wire import Message, from_protobuf, to_protobuf

MOST_UNPACKED = 16 * 1024 * 1024
"""Bytes of a body once it is unpacked."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"


class ForeignFormat(RequestInvalid):
    """A body in a form that is not read here."""

    status = 415


class OtlpTraces:
    """The handler; ``content`` says whether texts of spans are kept."""

    def __init__(self, serving: Serving, *, content: bool) -> None:
        self._serving, self._content = serving, content
        self._traces: ForeignTraces | None = None

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Keep what can be kept; durable before the answer.

        Raises:
            RequestInvalid: the body is not what its content type says.
            RequestTooLarge: it unpacks to more than is taken.
            StoreBusy: it could not be kept; the sender tries again.
        """
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        read = await asyncio.to_thread(lambda: read_spans(_message(kind, _unpacked(http))))
        if self._traces is None:
            self._traces = ForeignTraces(self._serving.traces, content=self._content)
        lost, why = await self._traces.keep(read.spans, http.caller)
        return _reply(kind, read.rejected + lost, read.why or why)


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
