"""The bill: what our Traces and budgets say is what the upstream charged, however clients leave and processes die."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gonogo.domain import ModelSpec, Price, day_of
from gonogo.providers import PROVIDERS, ProviderOptions

PRICE = Price(input=3.0, output=7.0)
PIECE = "four"
"""One token by the rule that counts what a provider did not report: four characters."""


class Charging:
    """A model server that charges: each token of the question when it comes, each of the answer when it is sent.

    It sends no piece before ``allow`` says so, so that nothing is on its way when a client leaves.
    """

    def __init__(self) -> None:
        self.read = self.written = self.finished = 0
        self.lockstep = True
        self.allowed: dict[str, asyncio.Semaphore] = {}
        self.came: dict[str, asyncio.Event] = {}
        self.url = ""

    @property
    def cost(self) -> float:
        return (self.read * PRICE.input + self.written * PRICE.output) / 1e6

    def expect(self, question: str) -> None:
        self.allowed[question], self.came[question] = asyncio.Semaphore(0), asyncio.Event()

    def allow(self, question: str, pieces: int = 1) -> None:
        for _ in range(pieces):
            self.allowed[question].release()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Charging]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}/v1"
        try:
            yield self
        finally:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = msgspec.json.decode(await reader.readexactly(length))
        question = body["messages"][-1]["content"]
        tokens = len(question) // 4
        self.read += tokens
        if self.lockstep:
            self.came[question].set()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        gone = asyncio.create_task(reader.read())
        try:
            for _ in range(tokens):
                if self.lockstep:
                    allowed = asyncio.create_task(self.allowed[question].acquire())
                    await asyncio.wait({allowed, gone}, return_when=asyncio.FIRST_COMPLETED)
                    allowed.cancel()
                if gone.done():
                    return
                self._send(writer, {"choices": [{"index": 0, "delta": {"content": PIECE}, "finish_reason": None}]})
                self.written += 1
                await writer.drain()
            usage = {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": 2 * tokens}
            self._send(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage})
            writer.write(b"data: [DONE]\n\n")
            await writer.drain()
            self.finished += 1
        except ConnectionError:
            pass
        finally:
            gone.cancel()
            writer.close()

    def _send(self, writer: asyncio.StreamWriter, chunk: dict[str, Any]) -> None:
        writer.write(b"data: " + msgspec.json.encode({"id": "c", "model": "m", **chunk}) + b"\n\n")


@pytest.mark.parametrize("seed", range(4))
async def test_the_sum_over_traces_is_the_sum_over_the_upstream_with_clients_leaving_at_random(
    gate: Any, seed: int
) -> None:
    chance = random.Random(seed)
    gate.prices.all = PRICE
    gate.allow(budgets={"total": 1000, "missions": {"support": 1000}})
    async with Charging().listening() as upstream:
        options = ProviderOptions(name="upstream", reader=gate.reader, base_url=upstream.url)
        gate.model = PROVIDERS["openai"](options)
        await gate.deploy()
        async with gate.listening() as line:
            several = asyncio.Semaphore(8)
            await asyncio.gather(*(_client(line, upstream, several, number, chance) for number in range(40)))
            async with asyncio.timeout(10):
                while len(await gate.traces()) < 40:  # noqa: ASYNC110  the last ones are recorded after their client left
                    await asyncio.sleep(0.005)
        await gate.model.close()

    traces = await gate.traces()
    assert {trace.outcome for trace in traces} == {"answered", "aborted"}
    assert sum(trace.usage.input for trace in traces) == upstream.read
    assert sum(trace.usage.output for trace in traces) == upstream.written
    assert sum(trace.cost for trace in traces) == pytest.approx(upstream.cost)
    spent = await gate.spent()
    assert set(spent) == {"all keys together", "mission support"}
    for amount, leased in spent.values():
        assert amount == pytest.approx(upstream.cost * 1e9, abs=len(traces))
        assert leased == 0


async def _client(
    line: Any, upstream: Charging, several: asyncio.Semaphore, number: int, chance: random.Random
) -> None:
    """Asks, streamed or not, and stays to the end or leaves after some pieces; before the first one too."""
    tokens, stream = chance.randint(3, 20), chance.random() < 0.7
    question = f"{number:04}" + PIECE * (tokens - 1)
    stays = chance.random() < 0.4
    leaves_after = tokens if stays else chance.randint(0, tokens - 1) if stream else 0
    upstream.expect(question)
    body = {"model": "support", "messages": [{"role": "user", "content": question}], "stream": stream}
    async with several:
        reader, writer = await line.open()
        writer.write(line.request("POST", "/v1/chat/completions", body))
        await upstream.came[question].wait()
        if stays and not stream:
            upstream.allow(question, tokens)
            await line.read(reader)
        for _ in range(leaves_after if stream else 0):
            upstream.allow(question)
            await reader.readuntil(PIECE.encode())
        if stays and stream:
            await reader.readuntil(b"[DONE]")
        writer.close()


async def test_a_killed_server_has_billed_nothing_twice_and_lost_nothing_beyond_a_lease(
    gate: Any, tmp_path: Path
) -> None:
    upstream = Charging()
    upstream.lockstep = False
    await gate.deploy(await gate.version(models={"main": ModelSpec(provider="up", model="m")}))
    async with upstream.listening():
        home = tmp_path / "store"
        (home / "settings.toml").write_text(
            f'[providers.up]\nbase_url = "{upstream.url}"\n[budgets]\ntotal = 1.0\nmissions = {{ support = 2.0 }}\n'
        )
        (home / "prices.toml").write_text(
            f'[up]\n"m" = {{ input = {PRICE.input}, output = {PRICE.output}, dated = "2026-11-26", source = "test" }}\n'
        )
        acknowledged = await _killed_under_load(gate, home, upstream, after=60)

    traces = {trace.id: trace for trace in await gate.traces()}
    assert len(acknowledged) > 60
    assert acknowledged <= traces.keys(), "an acknowledged Trace was lost"
    assert sum(trace.cost for trace in traces.values()) <= upstream.cost + 1e-9, "something was billed twice"
    [trace] = list(traces.values())[:1]
    day, now = day_of(trace.created_at), trace.created_at
    for balance in await gate.store.balances(day, now):
        assert balance.spent <= upstream.cost * 1e9 + len(traces), "a budget was charged twice"
        assert balance.leased > 0, "the process that died held a lease"
    for balance in await gate.store.balances(day, now + 3600):
        assert balance.spent >= upstream.cost * 1e9 - len(traces), (
            "more was lost than the lease of the process that died"
        )
        assert balance.spent <= upstream.cost * 1e9 + 2e9 / 20 * 2 + len(traces)


async def _killed_under_load(gate: Any, home: Path, upstream: Charging, *, after: int) -> set[str]:
    """Ids of the Traces whose replies were complete. Two servers share one home; one is killed, the other stopped."""
    acknowledged: set[str] = set()
    async with _serving(home) as doomed, _serving(home) as other:
        lines = [gate.Line(*address) for _, address in (doomed, other)]

        async def client(number: int) -> None:
            while True:
                body = gate.question(PIECE * 30, stream=number % 4 < 2)
                try:
                    reply = await lines[number % 2].chat(body)
                except (OSError, asyncio.IncompleteReadError, ValueError):
                    return
                whole = reply.body.endswith(b"[DONE]\n\n" if number % 4 < 2 else b"}")
                if reply.status == 200 and whole:
                    acknowledged.add(reply.headers["x-gonogo-trace"])

        clients = [asyncio.create_task(client(number)) for number in range(8)]
        async with asyncio.timeout(60):
            while upstream.finished < after:  # noqa: ASYNC110  the load goes on meanwhile
                await asyncio.sleep(0.005)
            doomed[0].send_signal(signal.SIGKILL)
            while upstream.finished < 2 * after:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        other[0].send_signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(*clients, other[0].wait()), 30)
    return acknowledged


@asynccontextmanager
async def _serving(home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, tuple[str, int]]]:
    """A real server in a process of its own."""
    command = (sys.executable, "-m", "gonogo", "--home", str(home), "serve", "--port", "0")
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env={**os.environ})
    try:
        assert server.stdout is not None
        said = (await asyncio.wait_for(server.stdout.readline(), 60)).decode()
        host, port = said.split(" on http://")[1].split()[0].split(":")
        yield server, (host, int(port))
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()
