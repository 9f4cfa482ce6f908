"""When a client leaves, whatever works for it stops, up to the upstream on the other side."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gonogo.providers import Scripted, ScriptedModel

LONG = " ".join(f"word{n}" for n in range(2000))


async def asked_and_left(gate: Any, upstream: Any, body: dict[str, Any], *, read_until: bytes = b"") -> None:
    """Ask over a real connection, perhaps read a little, then hang up."""
    async with gate.listening() as line:
        reader, writer = await line.open()
        writer.write(line.request("POST", "/v1/chat/completions", body))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        if read_until:
            await asyncio.wait_for(reader.readuntil(read_until), 5)
        writer.close()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)
        await asyncio.wait_for(gate.recorded.wait(), 5)


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_before_the_first_token_stops_the_upstream(gate: Any, stream: bool) -> None:
    upstream = gate.Upstream(gate.reader)
    async with upstream.listening() as gate.model:
        await gate.deploy()
        await asked_and_left(gate, upstream, gate.question(stream=stream))

    trace = await gate.trace()
    assert (trace.outcome, trace.answer) == ("aborted", "")
    assert trace.calls[0].error == "stopped before its end"
    assert trace.usage.estimated


async def test_leaving_mid_stream_stops_the_upstream_and_keeps_what_was_said(gate: Any) -> None:
    upstream = gate.Upstream(gate.reader)
    upstream.pieces = [gate.chunk("Thirty"), gate.chunk(" days")]
    async with upstream.listening() as gate.model:
        await gate.deploy()
        await asked_and_left(gate, upstream, gate.question(stream=True), read_until=b" days")

    trace = await gate.trace()
    assert (trace.outcome, trace.answer) == ("aborted", "Thirty days")
    assert trace.usage.output > 0


async def test_leaving_while_a_json_answer_is_collected_stops_the_upstream(gate: Any) -> None:
    upstream = gate.Upstream(gate.reader)
    upstream.pieces = [gate.chunk("Thirty")]
    async with upstream.listening() as gate.model:
        await gate.deploy()
        await asked_and_left(gate, upstream, gate.question())

    trace = await gate.trace()
    assert (trace.outcome, trace.answer) == ("aborted", "Thirty")


async def test_an_upstream_that_dies_mid_stream_is_told_over_a_real_connection(gate: Any) -> None:
    upstream = gate.Upstream(gate.reader)
    upstream.pieces, upstream.then = [gate.chunk("Thirty")], "close"
    async with upstream.listening() as gate.model:
        await gate.deploy()
        async with gate.listening() as line:
            reply = await line.chat(gate.question(stream=True))

    assert reply.text == "Thirty"
    assert "broke off" in reply.events[-1]["error"]["message"]
    assert "[DONE]" not in reply.events


async def test_an_upstreams_answer_comes_through_whole(gate: Any) -> None:
    upstream = gate.Upstream(gate.reader)
    usage = {"prompt_tokens": 4, "completion_tokens": 2}
    upstream.pieces = [
        gate.chunk("Thirty"),
        gate.chunk(" days", service_tier="x"),
        gate.chunk(finish="stop", usage=usage),
    ]
    upstream.then = "done"
    async with upstream.listening() as gate.model:
        await gate.deploy()
        async with gate.listening() as line:
            reply = await line.chat(gate.question(stream=True, x_new=1))

    assert reply.text == "Thirty days"
    assert reply.events[-1] == "[DONE]"
    assert reply.events[-2]["usage"]["total_tokens"] == 6
    assert upstream.asked[0]["x_new"] == 1
    assert [event for event in reply.events[:-1] if event.get("service_tier") == "x"]


async def test_a_client_that_leaves_once_the_model_is_asked_is_noticed_at_once(gate: Any) -> None:
    left = asyncio.Event()

    async def forever(seconds: float) -> None:
        left.set()
        await asyncio.Event().wait()

    gate.model = ScriptedModel([Scripted(text="x", delay=1.0)], sleep=forever)
    await gate.deploy()

    reply = await asyncio.wait_for(gate.chat(leave=left), 5)

    assert reply.status == 0
    assert (await gate.trace()).outcome == "aborted"


async def test_a_client_that_leaves_before_its_request_is_looked_at_costs_nothing(gate: Any) -> None:
    await gate.deploy()
    left = asyncio.Event()
    left.set()

    reply = await asyncio.wait_for(gate.chat(leave=left), 5)

    assert reply.status == 0
    assert await gate.traces() == []


async def test_a_client_that_leaves_with_its_body_half_sent_leaves_nothing(gate: Any) -> None:
    await gate.deploy()
    async with gate.listening() as line:
        _, writer = await line.open()
        writer.write(line.request("POST", "/v1/chat/completions", gate.question())[:-5])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        reply = await line.chat()

    assert reply.status == 200
    assert len(await gate.traces()) == 1


async def test_a_client_that_reads_slowly_slows_the_answer_and_gets_all_of_it(gate: Any) -> None:
    gate.model = ScriptedModel(LONG)
    await gate.deploy()
    async with gate.listening() as line:
        reader, writer = await asyncio.open_connection(line.host, line.port, limit=64)
        writer.write(line.request("POST", "/v1/chat/completions", gate.question(stream=True)))
        body = bytearray()
        while b"[DONE]" not in body:
            body += await reader.read(1000)
        writer.close()

    assert body.count(b"word1999") == 1
    assert (await gate.trace()).outcome == "answered"


async def test_two_requests_on_one_connection_are_both_answered(gate: Any) -> None:
    await gate.deploy()
    async with gate.listening() as line:
        reader, writer = await line.open()
        said = []
        for stream in (False, True, False):
            writer.write(line.request("POST", "/v1/chat/completions", gate.question(stream=stream)))
            said.append((await line.read(reader)).text)
        writer.close()
        await writer.wait_closed()

    assert said == ["Thirty days."] * 3

    assert [trace.outcome for trace in await gate.traces()] == ["answered"] * 3
