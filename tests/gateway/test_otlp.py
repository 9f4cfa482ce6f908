"""``POST /v1/traces``: spans of other programs, by the official exporter and in recorded shapes."""

from __future__ import annotations

import gzip
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.gateway.otlp import MOST_UNPACKED
from gonogo.telemetry import foreign
from gonogo.telemetry.wire import attribute, from_protobuf, to_protobuf

TRACE, ROOT, CHILD = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


def span(span_id: str = ROOT, parent: str = "", name: str = "step", trace: str = TRACE, **attributes: Any) -> Any:
    """A span of one second in OTLP/JSON; ``gen_ai__x`` stands for ``gen_ai.x``."""
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return {
        "traceId": trace, "spanId": span_id, "parentSpanId": parent, "name": name,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
        "attributes": [attribute(key, value) for key, value in named.items()],
    }  # fmt: skip


def request(*spans: Any, service: str = "shop") -> Any:
    resource = {"attributes": [attribute("service.name", service)]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


CHAT = span(
    CHILD, ROOT, "chat gpt-x", gen_ai__operation__name="chat", gen_ai__provider__name="openai",
    gen_ai__request__model="gpt-x", gen_ai__usage__input_tokens=12, gen_ai__usage__output_tokens=5,
    gen_ai__usage__cache_read__input_tokens=4, gen_ai__input__messages='[{"role":"user"}]',
)  # fmt: skip
AGENT = span(
    ROOT, "", "invoke_agent shop", gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=12,
    gen_ai__usage__output_tokens=5, gen_ai__conversation__id="s1",
)  # fmt: skip
CHAIN = span(
    ROOT, "", "RunnableSequence", openinference__span__kind="CHAIN", input__value="How long?", output__value="30 days",
)  # fmt: skip
LLM = span(
    CHILD, ROOT, "ChatOpenAI", openinference__span__kind="LLM", llm__model_name="gpt-x", llm__provider="openai",
    llm__token_count__prompt=7, llm__token_count__completion=3,
    llm__token_count__prompt_details__cache_read=2, llm__token_count__completion_details__reasoning=1,
    **{"llm.input_messages.0.message.content": "How long?", "llm.output_messages.0.message.content": "30 days"},
)  # fmt: skip


async def post(gate: Any, body: Any, headers: Any = JSON, **more: Any) -> Any:
    return await gate.call("POST", "/v1/traces", body, headers=headers, **more)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["json", "protobuf"])
async def test_genai_spans_become_a_foreign_trace(gate: Any, form: str, packed: bool) -> None:
    message = request(AGENT, CHAT)
    body = msgspec.json.encode(message) if form == "json" else to_protobuf("ExportTraceServiceRequest", message)
    headers = dict(JSON if form == "json" else PROTOBUF)
    if packed:
        body, headers["content-encoding"] = gzip.compress(body, mtime=0), "gzip"

    reply = await post(gate, body, headers)

    assert (reply.status, reply.headers["content-type"]) == (200, headers["content-type"])
    assert reply.body == (b"{}" if form == "json" else b"")
    kept = await gate.store.trace(TRACE)
    assert (kept.foreign, kept.mission, kept.environment, kept.session) == (True, "otel/shop", "", "s1")
    assert [(step.name, step.attributes["parent_id"]) for step in kept.spans] == [
        ("invoke_agent shop", ""), ("chat gpt-x", ROOT)
    ]  # fmt: skip
    [call] = kept.calls
    assert (call.provider, call.model, call.cost) == ("openai", "gpt-x", None)
    assert (kept.usage.input, kept.usage.output, kept.usage.cached, kept.usage.calls) == (12, 5, 4, 1)


async def test_openinference_spans_are_read_too(gate: Any) -> None:
    await post(gate, request(CHAIN, LLM))

    kept = await gate.store.trace(TRACE)
    [call] = kept.calls
    assert (call.provider, call.model) == ("openai", "gpt-x")
    assert (kept.usage.input, kept.usage.output, kept.usage.cached, kept.usage.reasoning) == (7, 3, 2, 1)


async def test_words_are_kept_only_where_settings_say_so(gate: Any) -> None:
    await post(gate, request(CHAIN, LLM, span("1" * 16, CHILD, gen_ai__tool__call__arguments="How long?")))
    assert b"How long?" not in msgspec.json.encode(await gate.store.trace(TRACE))

    found = foreign.read_spans(request(CHAIN, LLM)).spans
    whole, _ = foreign.joined(foreign.new_trace(list(found), "default", ""), list(found), content=True)
    assert (whole.question, whole.answer) == ("How long?", "30 days")
    assert "How long?" in str(whole.spans)


async def test_no_service_can_pass_for_a_mission(gate: Any) -> None:
    await gate.deploy()

    await post(gate, request(AGENT, CHAT, service="support"))

    [kept] = await gate.store.traces()
    assert (kept.mission, kept.behaviour_digest) == ("otel/support", "")
    assert await gate.store.traces("support") == await gate.store.traces(environment="production") == []


async def test_spans_of_our_own_trace_join_it_and_add_no_tokens(gate: Any) -> None:
    await gate.deploy()
    ours = (await gate.chat()).headers["x-gonogo-trace"]
    before = await gate.store.trace(ours)

    await post(gate, request({**CHAT, "traceId": ours}))

    after = await gate.store.trace(ours)
    assert [step.name for step in after.spans[len(before.spans) :]] == ["shop/chat gpt-x"]
    assert (after.usage, after.calls, after.foreign) == (before.usage, before.calls, False)


async def test_spans_of_the_callers_trace_join_the_request_made_in_it(gate: Any) -> None:
    await gate.deploy()
    reply = await gate.chat(headers={"traceparent": f"00-{TRACE}-{ROOT}-01"})

    await post(gate, request(AGENT))

    joined = await gate.store.trace(reply.headers["x-gonogo-trace"])
    assert joined.spans[-1].name == "shop/invoke_agent shop"
    assert await gate.store.trace(TRACE) is None


async def test_sending_twice_adds_nothing(gate: Any) -> None:
    await post(gate, request(AGENT, CHAT))
    await post(gate, request(AGENT, CHAT))
    await post(gate, request(span("2" * 16, ROOT, "late")))

    kept = await gate.store.trace(TRACE)
    assert [step.name for step in kept.spans] == ["invoke_agent shop", "chat gpt-x", "late"]
    assert kept.usage.input == 12


async def test_a_bad_span_is_rejected_and_the_good_ones_are_kept(gate: Any) -> None:
    reply = await post(gate, request(AGENT, {**CHAT, "spanId": "0" * 16}, {**CHAT, "endTimeUnixNano": "1"}, 7))

    assert reply.status == 200
    told = reply.json["partialSuccess"]
    assert (told["rejectedSpans"], "spanId of 16" in told["errorMessage"]) == ("3", True)
    assert len((await gate.store.trace(TRACE)).spans) == 1


def nested(deep: int) -> Any:
    value: Any = {"stringValue": "x"}
    for _ in range(deep):
        value = {"arrayValue": {"values": [value]}}
    return value


@pytest.mark.parametrize(
    "attribute",
    [{"value": {}}, {"key": "service.name", "value": 5}, {"key": "x", "value": {"intValue": "many"}},
     {"key": "x", "value": {"arrayValue": {"values": 7}}}, {"key": "x", "value": nested(60)}],
)  # fmt: skip
async def test_a_resource_that_cannot_be_read_costs_its_name_and_no_span(gate: Any, attribute: Any) -> None:
    message = request(CHAT)
    message["resourceSpans"][0]["resource"] = {"attributes": [attribute]}
    reply = await post(gate, message)
    assert (reply.status, reply.json) == (200, {})
    assert (await gate.store.trace(TRACE)).mission == "otel/unknown"


async def test_an_attribute_without_a_key_has_the_empty_one_and_one_nested_too_deeply_rejects_its_span(
    gate: Any,
) -> None:
    nameless, deep = span(), span(CHILD)
    nameless["attributes"], deep["attributes"] = [{"value": {"intValue": "7"}}], [{"key": "x", "value": nested(90)}]
    reply = await post(gate, request(nameless, deep))
    assert reply.json["partialSuccess"]["rejectedSpans"] == "1"
    assert "nested more than 32 deep" in reply.json["partialSuccess"]["errorMessage"]
    [kept] = (await gate.store.trace(TRACE)).spans
    assert kept.attributes[""] == 7


async def test_partial_success_is_told_in_protobuf_to_who_speaks_it(gate: Any) -> None:
    body = to_protobuf("ExportTraceServiceRequest", request(AGENT, {**CHAT, "traceId": "ab"}))

    reply = await post(gate, body, PROTOBUF)

    told = from_protobuf("ExportTraceServiceResponse", reply.body)["partialSuccess"]
    assert told["rejectedSpans"] == "1"


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"\xff\xff", PROTOBUF, 400, "no protobuf message"),
        (b"{", JSON, 400, "no JSON"),
        (b"[]", JSON, 400, "resourceSpans"),
        (b'{"resourceSpans": 1}', JSON, 400, "resourceSpans"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}', JSON, 400, "resourceSpans"),
        (b"x", {**JSON, "content-encoding": "gzip"}, 400, "no gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], {**JSON, "content-encoding": "gzip"}, 400, "ends too early"),
        (gzip.compress(b" " * (MOST_UNPACKED + 1)), {**JSON, "content-encoding": "gzip"}, 413, "fewer spans"),
        (b"{}", {**JSON, "content-encoding": "br"}, 415, "send gzip"),
        (b"{}", {"content-type": "text/plain"}, 415, "application/x-protobuf"),
    ],
)
async def test_what_is_no_request_is_a_clear_refusal(
    gate: Any, body: Any, headers: Any, status: int, said: str
) -> None:
    reply = await post(gate, body, headers)

    assert (reply.status, said in reply.error["message"]) == (status, True), reply.body


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceSpans", "resource", "scopeSpans", "spans", "attributes", "key", "value", "traceId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(junk=JUNK, place=st.sampled_from(["message", "span", "attributes", "status"]))
async def test_no_body_is_our_bug(gate: Any, junk: Any, place: str) -> None:
    bodies = {
        "message": junk,
        "span": request(junk),
        "attributes": request({**CHAT, "attributes": junk}),
        "status": request({**CHAT, "status": junk}),
    }

    reply = await post(gate, bodies[place])

    assert reply.status in (200, 400)


async def test_another_tenants_trace_is_neither_read_nor_changed(gate: Any) -> None:
    gate.open_locally = False
    mine, _ = await gate.key("viewer", tenant="acme")
    theirs, _ = await gate.key("viewer", tenant="other")
    await post(gate, request(AGENT), key=mine)

    reply = await post(gate, request(CHAT), key=theirs)

    assert reply.json["partialSuccess"] == {"rejectedSpans": "1", "errorMessage": "this trace id is taken"}
    kept = await gate.store.trace(TRACE)
    assert (kept.tenant, len(kept.spans)) == ("acme", 1)


async def test_a_trace_has_a_bound(gate: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(foreign, "MOST_SPANS_OF_TRACE", 2)
    monkeypatch.setattr(foreign, "MOST_SPANS", 3)

    reply = await post(gate, request(*(span(f"{number:016x}") for number in range(1, 6))))

    assert reply.json["partialSuccess"]["rejectedSpans"] == "3"
    assert len((await gate.store.trace(TRACE)).spans) == 2


async def test_the_official_exporter_is_a_client(gate: Any) -> None:
    import asyncio

    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    async with gate.listening() as line:
        exporter = OTLPSpanExporter(f"http://{line.host}:{line.port}/v1/traces", compression=Compression.Gzip)
        provider = sdk.TracerProvider(resource=Resource({"service.name": "shop"}))
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("test")

        def work() -> str:
            with tracer.start_as_current_span("outer") as outer:
                with tracer.start_as_current_span("chat m", attributes={"gen_ai.operation.name": "chat"}) as inner:
                    inner.set_attribute("gen_ai.usage.input_tokens", 9)
                return f"{outer.get_span_context().trace_id:032x}"

        made = await asyncio.to_thread(work)
        await asyncio.to_thread(provider.shutdown)

    kept = await gate.store.trace(made)
    assert sorted(step.name for step in kept.spans) == ["chat m", "outer"]
    assert (kept.mission, kept.usage.input) == ("otel/shop", 9)
