"""Traces arrive at a real OTLP/HTTP receiver, and nothing waits for it."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from tests.telemetry.traces import CALLER, call, retrieved, trace

from gonogo.domain import Trace
from gonogo.telemetry import Convention, Exporter, Target
from gonogo.telemetry import export as export_module

pytest.importorskip("opentelemetry.proto")
from tests.telemetry.receiver import Receiver, plain, receiving


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(export_module, "LINGER", 0.0)
    monkeypatch.setattr(export_module, "FIRST_REST", 0.01)


def sent(receiver: Receiver, *traces: Trace, **fields) -> Exporter:
    """Offer Traces, and wait until the exporter has done what it can."""
    where = {"traces": f"{receiver.address}/v1/traces", "metrics": f"{receiver.address}/v1/metrics"}
    exporter = Exporter(Target(**{**where, **fields}), now=lambda: 1_700_000_100.0)
    for one in traces:
        exporter.offer(one)
    exporter.start()
    exporter.stop(within=30)
    return exporter


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
@pytest.mark.parametrize("compress", [False, True])
def test_a_trace_arrives_as_one_tree_of_spans(receiver, protocol, compress):
    exporter = sent(receiver, trace(), protocol=protocol, compress=compress, headers={"x-key": "k"}, service="shop")

    by_name = {span.name: span for span in receiver.spans}
    assert set(by_name) == {"invoke_agent support", "retrieval", "generate", "chat gpt-x"}
    root, generate = by_name["invoke_agent support"], by_name["generate"]
    assert root.trace_id.hex() == trace().id
    assert (root.parent_span_id, by_name["retrieval"].parent_span_id) == (b"", root.span_id)
    assert by_name["chat gpt-x"].parent_span_id == generate.span_id
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (
        1_700_000_000_500_000_000,
        1_700_000_001_500_000_000,
    )
    assert plain(receiver.resources[0].attributes) == {"service.name": "shop"}
    assert receiver.headers[0]["x-key"] == "k"
    assert (exporter.sent, exporter.dropped) == (1, 0)


def test_a_call_of_a_model_carries_the_conventions_attributes(receiver):
    sent(receiver, trace(calls=(call(returned_model="gpt-x-0613"),)))

    [chat] = [span for span in receiver.spans if span.name == "chat gpt-x"]
    assert chat.kind == 3
    assert plain(chat.attributes) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-x",
        "gen_ai.response.model": "gpt-x-0613", "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.3, "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 3, "gen_ai.usage.cache_read.input_tokens": 4,
    }  # fmt: skip


def test_the_gateway_joins_the_callers_trace(receiver):
    sent(receiver, trace(parent=CALLER))

    caller, span = CALLER.split("-")
    assert {one.trace_id.hex() for one in receiver.spans} == {caller}
    [root] = [one for one in receiver.spans if one.name == "invoke_agent support"]
    assert root.parent_span_id.hex() == span
    assert plain(root.attributes)["gonogo.trace.id"] == trace().id


def test_words_stay_here_unless_they_are_asked_for(receiver):
    said = trace(
        chunks=(retrieved("the document"),), error="upstream said: the question", outcome="failed",
        tool_calls=({"id": "t1", "type": "function", "function": {"name": "look", "arguments": "the arguments"}},),
    )  # fmt: skip
    sent(receiver, said)
    text = "".join(map(str, receiver.spans))
    assert all(words not in text for words in ("the question", "the answer", "the document", "the arguments"))

    sent(receiver, said, convention=Convention(content=True))
    text = "".join(map(str, receiver.spans))
    assert all(words in text for words in ("the question", "the answer", "the arguments"))


def test_findings_scores_and_tools_are_events(receiver):
    sent(receiver, trace(tool_calls=({"id": "t1", "type": "function", "function": {"name": "look"}},)))

    [root] = [one for one in receiver.spans if one.name == "invoke_agent support"]
    events = {event.name: plain(event.attributes) for event in root.events}
    assert events["gen_ai.evaluation.result"] == {
        "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.8
    }  # fmt: skip
    assert events["gonogo.guardrail.finding"]["gonogo.guardrail.action"] == "redact"
    assert events["gonogo.tool_call"]["gen_ai.tool.name"] == "look"


def test_metrics_have_the_conventions_names_units_and_sums(receiver):
    sent(receiver, trace(), trace())

    found = {metric.name: metric for metric in receiver.metrics}
    assert {name: metric.unit for name, metric in found.items()} == {
        "gen_ai.client.operation.duration": "s", "gen_ai.client.operation.time_to_first_chunk": "s",
        "gen_ai.client.token.usage": "{token}", "gen_ai.server.request.duration": "s",
        "gen_ai.server.time_to_first_token": "s",
    }  # fmt: skip
    usage = {
        plain(point.attributes)["gen_ai.token.type"]: point
        for point in found["gen_ai.client.token.usage"].histogram.data_points
    }
    assert (usage["input"].count, usage["input"].sum, usage["output"].sum) == (2, 20, 6)
    assert list(usage["input"].explicit_bounds)[:3] == [1, 4, 16]
    assert list(usage["input"].bucket_counts)[:4] == [0, 0, 2, 0]
    [served] = found["gen_ai.server.time_to_first_token"].histogram.data_points
    assert plain(served.attributes)["gen_ai.request.model"] == "support"
    assert found["gen_ai.client.operation.duration"].histogram.aggregation_temporality == 2


def test_newer_names_come_only_when_they_are_asked_for(receiver):
    sent(receiver, trace(), convention=Convention(latest=True))

    names = {metric.name for metric in receiver.metrics}
    assert "gen_ai.client.inference.usage.input_tokens" in names
    assert "gen_ai.client.inference.duration" in names
    assert "gen_ai.client.token.usage" not in names


def test_a_receiver_that_is_busy_is_asked_again(receiver):
    receiver.answers += [(503, {}), (429, {"retry-after": "0"})]

    exporter = sent(receiver, trace(), metrics="")

    # After `stop` nobody rests between tries.
    assert (exporter.sent, exporter.dropped, len(receiver.headers)) == (1, 0, 3)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refusal_is_final_and_counted(receiver, status):
    receiver.answers += [(status, {})]

    exporter = sent(receiver, trace(), metrics="")

    assert (exporter.sent, exporter.dropped, len(receiver.headers)) == (0, 1, 1)


def test_nobody_listening_drops_traces_and_raises_nothing(caplog):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    exporter = Exporter(Target(traces=f"{address}/v1/traces", headers={"authorization": "Bearer s3cret"}))

    exporter.offer(trace())
    exporter.start()
    exporter.stop(within=30)

    assert exporter.dropped == 1
    assert "telemetry does not reach" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_full_queue_drops_and_counts_without_waiting():
    exporter = Exporter(Target(traces="http://127.0.0.1:9/v1/traces", queue=2))

    for _ in range(5):
        exporter.offer(trace())

    assert exporter.dropped == 3


def test_every_gen_ai_name_stands_in_the_conventions():
    """The list is v1.41's registry and metrics, with the newer names that are behind the switch."""
    names = set((Path(__file__).parent / "genai_names.txt").read_text().split())
    for module in ("genai_spans.py", "genai_metrics.py"):
        text = (Path(export_module.__file__).parent / module).read_text()
        used = set(re.findall(r'"(gen_ai\.[a-z_.]+[a-z])"', text))
        assert used - names == set()
