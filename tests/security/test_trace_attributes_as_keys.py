"""Attributes of spans are opaque data: whatever their names, they become nobody's fields, and their number, depth and
size have bounds."""

from __future__ import annotations

from typing import Any

import msgspec

TRACE = "0af7651916cd43dd8448eb211c80319c"
NAMES = ("__proto__", "constructor.prototype.admin", "__class__", "tenant", "mission", "key_id", "foreign", "role", "",
         "$where", "a.b.c.d", "../x", "' OR 1=1", "\u202e", "gonogo.tenant")  # fmt: skip


def exported(attributes: list[Any]) -> Any:
    span = {
        "traceId": TRACE, "spanId": "b7ad6b7169203331", "name": "step", "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000", "attributes": attributes,
    }  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


def text(key: str, value: str = "other") -> Any:
    return {"key": key, "value": {"stringValue": value}}


async def test_no_name_of_an_attribute_becomes_a_field(api):
    key = await api.key("developer", "ours")
    answered = await api("POST", "/v1/traces", exported([text(name) for name in NAMES]), key=key)
    assert answered.status == 200
    [trace] = await api.workspace.store.traces()
    assert (trace.tenant, trace.foreign) == ("ours", True)
    assert trace.mission != "other"
    assert (await api("GET", "/api/traces")).json["items"] == []  # the default tenant's
    assert (await api("GET", f"/traces/{trace.id}", key=key)).status == 200


async def test_their_number_and_depth_have_bounds(api):
    written = msgspec.json.encode(exported([text("deep", "HERE")]))
    deep = b'{"arrayValue":{"values":[' * 20_000 + b'{"stringValue":"x"}' + b"]}}" * 20_000
    many = msgspec.json.encode(exported([text(f"a{number}") for number in range(5000)]))
    for body in (many, written.replace(b'{"stringValue":"HERE"}', deep)):
        answered = await api("POST", "/v1/traces", body)
        assert answered.status < 500
    for trace in await api.workspace.store.traces():
        for span in trace.spans:
            assert len(span.attributes) <= 128 + 8  # and a few of ours
