"""Wire: OpenTelemetry's protocol messages, as protobuf bytes and as the same values in OTLP/JSON's shape.

Here: the messages we read or write, their field numbers, and both directions of protobuf. Not here: what spans and
metrics mean (``genai_spans``, ``genai_metrics``, ``foreign``), HTTP (``export``).

Field numbers: opentelemetry-proto 1.x, github.com/open-telemetry/opentelemetry-proto. Encoding:
protobuf.dev/programming-guides/encoding. Values have OTLP/JSON's shape: names in lowerCamelCase, trace and span ids in
hexadecimal, 64-bit integers as text, so that JSON needs no step of its own. Unknown fields are skipped.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

from gonogo.errors import RequestInvalid

Message = dict[str, Any]
Fields = dict[int, tuple[str, str]]
DEEPEST = 32
"""Messages within messages: an attribute may hold lists of lists."""

ATTRIBUTES = "KeyValue*"
MESSAGES: dict[str, Fields] = {
    "ExportTraceServiceRequest": {1: ("resourceSpans", "ResourceSpans*")},
    "ResourceSpans": {1: ("resource", "Resource"), 2: ("scopeSpans", "ScopeSpans*"), 3: ("schemaUrl", "string")},
    "Resource": {1: ("attributes", ATTRIBUTES)},
    "ScopeSpans": {1: ("scope", "Scope"), 2: ("spans", "Span*"), 3: ("schemaUrl", "string")},
    "Scope": {1: ("name", "string"), 2: ("version", "string"), 3: ("attributes", ATTRIBUTES)},
    "Span": {
        1: ("traceId", "id"),
        2: ("spanId", "id"),
        3: ("traceState", "string"),
        4: ("parentSpanId", "id"),
        5: ("name", "string"),
        6: ("kind", "int32"),
        7: ("startTimeUnixNano", "fixed64"),
        8: ("endTimeUnixNano", "fixed64"),
        9: ("attributes", ATTRIBUTES),
        11: ("events", "Event*"),
        15: ("status", "Status"),
        16: ("flags", "fixed32"),
    },
    "Event": {1: ("timeUnixNano", "fixed64"), 2: ("name", "string"), 3: ("attributes", ATTRIBUTES)},
    "Status": {2: ("message", "string"), 3: ("code", "int32")},
    "KeyValue": {1: ("key", "string"), 2: ("value", "AnyValue")},
    "AnyValue": {
        1: ("stringValue", "string"),
        2: ("boolValue", "bool"),
        3: ("intValue", "int64"),
        4: ("doubleValue", "double"),
        5: ("arrayValue", "ArrayValue"),
        6: ("kvlistValue", "KeyValueList"),
        7: ("bytesValue", "bytes"),
    },
    "ArrayValue": {1: ("values", "AnyValue*")},
    "KeyValueList": {1: ("values", ATTRIBUTES)},
    "ExportTraceServiceResponse": {1: ("partialSuccess", "PartialSuccess")},
    "PartialSuccess": {1: ("rejectedSpans", "int64"), 2: ("errorMessage", "string")},
    "ExportMetricsServiceRequest": {1: ("resourceMetrics", "ResourceMetrics*")},
    "ResourceMetrics": {1: ("resource", "Resource"), 2: ("scopeMetrics", "ScopeMetrics*"), 3: ("schemaUrl", "string")},
    "ScopeMetrics": {1: ("scope", "Scope"), 2: ("metrics", "Metric*"), 3: ("schemaUrl", "string")},
    "Metric": {
        1: ("name", "string"),
        2: ("description", "string"),
        3: ("unit", "string"),
        7: ("sum", "Sum"),
        9: ("histogram", "Histogram"),
    },
    "Sum": {
        1: ("dataPoints", "NumberDataPoint*"),
        2: ("aggregationTemporality", "int32"),
        3: ("isMonotonic", "bool"),
    },
    "NumberDataPoint": {
        2: ("startTimeUnixNano", "fixed64"),
        3: ("timeUnixNano", "fixed64"),
        4: ("asDouble", "double"),
        7: ("attributes", ATTRIBUTES),
    },
    "Histogram": {1: ("dataPoints", "HistogramDataPoint*"), 2: ("aggregationTemporality", "int32")},
    "HistogramDataPoint": {
        2: ("startTimeUnixNano", "fixed64"),
        3: ("timeUnixNano", "fixed64"),
        4: ("count", "fixed64"),
        5: ("sum", "double"),
        6: ("bucketCounts", "fixed64*"),
        7: ("explicitBounds", "double*"),
        9: ("attributes", ATTRIBUTES),
    },
}
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_WIRE = {"int32": _VARINT, "int64": _VARINT, "bool": _VARINT, "fixed64": _EIGHT, "double": _EIGHT, "fixed32": _FOUR}


def attribute(key: str, value: object) -> Message:
    """A KeyValue; what is neither text, number nor truth nor a list of those is written as text."""
    return {"key": key, "value": any_value(value)}


def any_value(value: object) -> Message:
    """A plain value as AnyValue."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -(1 << 63) <= value < 1 << 63 else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [any_value(one) for one in value]}}
    return {"stringValue": str(value)}


def to_protobuf(name: str, message: Message) -> bytes:
    """The bytes of a message; fields it does not have are left out, and a message in it may be bytes already."""
    out = bytearray()
    for number, (field, kind) in MESSAGES[name].items():
        value = message.get(field)
        if value is None:
            continue
        if not kind.endswith("*"):
            _write(out, number, kind, value)
        elif kind[:-1] in MESSAGES:
            for one in value:
                _write(out, number, kind[:-1], one)
        elif value:
            _write_length(out, number, b"".join(_scalar(kind[:-1], one) for one in value))
    return bytes(out)


def from_protobuf(name: str, data: bytes) -> Message:
    """The message in the bytes.

    Raises:
        RequestInvalid: they hold none, or one that is nested too deeply.
    """
    try:
        return _read_message(name, memoryview(data), 0)
    except (ValueError, struct.error, OverflowError) as error:
        raise RequestInvalid(f"the body is no protobuf message {name}: {error}") from error


def _write(out: bytearray, number: int, kind: str, value: Any) -> None:
    if kind in MESSAGES:
        _write_length(out, number, value if isinstance(value, bytes) else to_protobuf(kind, value))
    elif kind == "string":
        _write_length(out, number, str(value).encode("utf-8", "replace"))
    elif kind == "id":
        _write_length(out, number, bytes.fromhex(value))
    elif kind == "bytes":
        _write_length(out, number, base64.b64decode(value))
    else:
        out += _varint(number << 3 | _WIRE[kind])
        out += _scalar(kind, value)


def _write_length(out: bytearray, number: int, content: bytes) -> None:
    out += _varint(number << 3 | _LENGTH)
    out += _varint(len(content))
    out += content


def _scalar(kind: str, value: Any) -> bytes:
    if kind == "double":
        return struct.pack("<d", value)
    if kind == "fixed64":
        return struct.pack("<Q", int(value))
    if kind == "fixed32":
        return struct.pack("<I", int(value))
    return _varint(int(value) & (1 << 64) - 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_message(name: str, data: memoryview, depth: int) -> Message:
    if depth > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    found: Message = {}
    fields, at = MESSAGES[name], 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        wire, known = tag & 7, fields.get(tag >> 3)
        raw, at = _read_raw(data, at, wire)
        if known is None:
            continue
        field, kind = known
        if kind.endswith("*"):
            found.setdefault(field, []).extend(_many(kind[:-1], wire, raw, depth))
        else:
            found[field] = _one(kind, wire, raw, depth)
    return found


def _read_raw(data: memoryview, at: int, wire: int) -> tuple[Any, int]:
    if wire == _VARINT:
        return _read_varint(data, at)
    if wire == _LENGTH:
        length, at = _read_varint(data, at)
        end = at + length
    elif wire in (_EIGHT, _FOUR):
        end = at + (8 if wire == _EIGHT else 4)
    else:
        raise ValueError(f"it has a field of the unknown wire type {wire}")
    if end > len(data):
        raise ValueError("it ends too early")
    return data[at:end], end


def _read_varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at == len(data):
            raise ValueError("it ends too early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, at
        shift += 7
        if shift > 63:
            raise ValueError("a number in it is too long")


def _many(kind: str, wire: int, raw: Any, depth: int) -> list[Any]:
    if kind in MESSAGES or wire != _LENGTH:
        return [_one(kind, wire, raw, depth)]
    step = 8  # packed: only 64-bit values are ever repeated here
    return [_one(kind, _EIGHT, raw[at : at + step], depth) for at in range(0, len(raw), step)]


def _one(kind: str, wire: int, raw: Any, depth: int) -> Any:
    if wire != _WIRE.get(kind, _LENGTH):
        raise ValueError(f"a field of type {kind} has the wire type {wire}")
    if kind in MESSAGES:
        return _read_message(kind, raw, depth + 1)
    return _READ[kind](raw)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


_READ: dict[str, Callable[[Any], Any]] = {
    "string": lambda raw: str(raw, "utf-8"),
    "id": lambda raw: bytes(raw).hex(),
    "bytes": lambda raw: base64.b64encode(raw).decode(),
    "bool": bool,
    "int32": _signed,
    "int64": lambda raw: str(_signed(raw)),
    "fixed64": lambda raw: str(struct.unpack("<Q", raw)[0]),
    "fixed32": lambda raw: struct.unpack("<I", raw)[0],
    "double": lambda raw: struct.unpack("<d", raw)[0],
}
