"""Our bytes against the official messages'."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.errors import RequestInvalid
from gonogo.telemetry.wire import MESSAGES, attribute, from_protobuf, to_protobuf

VALUES = st.recursive(
    st.text() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)
SPANS = st.fixed_dictionaries(
    {
        "traceId": st.binary(min_size=16, max_size=16).map(bytes.hex),
        "spanId": st.binary(min_size=8, max_size=8).map(bytes.hex),
        "name": st.text(),
        "kind": st.integers(0, 5),
        "startTimeUnixNano": st.integers(0, 2**64 - 1).map(str),
        "attributes": st.lists(st.builds(attribute, st.text(), VALUES), max_size=4),
    }
)


def request(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


@given(SPANS)
def test_what_is_written_is_read_back(span):
    def filled(found):
        return {**found, "attributes": found.get("attributes", [])}

    data = to_protobuf("ExportTraceServiceRequest", request(span))
    read = from_protobuf("ExportTraceServiceRequest", data)

    assert json.dumps(filled(read["resourceSpans"][0]["scopeSpans"][0]["spans"][0]), sort_keys=True) == json.dumps(
        readable(span), sort_keys=True
    )


def readable(value):
    """As bytes say it: an empty list has no field."""
    if isinstance(value, dict):
        return {key: readable(one) for key, one in value.items() if key != "values" or one}
    return [readable(one) for one in value] if isinstance(value, list) else value


@given(SPANS)
def test_the_official_messages_read_the_same(span):
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

    official = service.ExportTraceServiceRequest.FromString(to_protobuf("ExportTraceServiceRequest", request(span)))

    [found] = official.resource_spans[0].scope_spans[0].spans
    assert (found.trace_id.hex(), found.span_id.hex(), found.name) == (span["traceId"], span["spanId"], span["name"])
    assert str(found.start_time_unix_nano) == span["startTimeUnixNano"]
    assert [pair.key for pair in found.attributes] == [pair["key"] for pair in span["attributes"]]
    again = from_protobuf("ExportTraceServiceRequest", official.SerializeToString())
    assert again["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] == span["traceId"]


def test_our_field_numbers_are_the_official_ones():
    traces = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    metrics = pytest.importorskip("opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")
    official = {}

    def note(found):
        if found.full_name in official:
            return
        official[found.full_name] = {field.number: field.json_name for field in found.fields}
        for field in found.fields:
            if field.message_type:
                note(field.message_type)

    for module in (traces, metrics):
        for found in module.DESCRIPTOR.message_types_by_name.values():
            note(found)
    theirs = {name.rpartition(".")[2]: fields for name, fields in official.items()}
    renamed = {"Scope": "InstrumentationScope", "PartialSuccess": "ExportTracePartialSuccess"}
    for name, fields in MESSAGES.items():
        known = theirs[renamed.get(name, name)]
        assert {number: field for number, (field, _) in fields.items()}.items() <= known.items(), name


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_clear_refusal(data):
    with suppress(RequestInvalid):
        from_protobuf("ExportTraceServiceRequest", data)


def test_a_value_nested_without_end_is_refused():
    value = attribute("a", 1)["value"]
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}

    with pytest.raises(RequestInvalid, match="nested deeper"):
        from_protobuf("KeyValue", to_protobuf("KeyValue", {"key": "a", "value": value}))
