"""Deployments and rollbacks under load: nobody fails, nobody gets two Versions mixed, every process follows."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import mock_upstream as mock
from tests.gateway.conftest import Line

from gonogo.domain import ModelSpec

CLIENTS = 6
"""At each of the two servers."""
ORDER = (1, 2, 3, 2, 1, 4, 3, 4, 1)


async def echo(on: mock.Exchange) -> None:
    """Answer with the system prompt, so that an answer shows which Version asked."""
    words = on.body["messages"][0]["content"].split(" ")
    pieces = on.pieces([words[0], *(f" {word}" for word in words[1:])])
    await on.send(on.head(length=sum(map(len, pieces))), b"".join(pieces))


def prompt(number: int) -> str:
    return f"You are Version {number} and say so."


@asynccontextmanager
async def server(home: Path) -> AsyncIterator[Line]:
    """``gonogo serve`` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gonogo", "--home", str(home), "serve", "--port", "0",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    try:
        yield Line("127.0.0.1", int(said.split("http://127.0.0.1:")[1].split()[0]))
    finally:
        process.terminate()
        _, complained = await process.communicate()
        assert process.returncode == 0, complained.decode()
        assert b"Traceback" not in complained


class Load:
    """Clients that ask for as long as they may, and what they were told."""

    def __init__(self, gate: Any) -> None:
        self.gate, self.running = gate, True
        self.replies: list[tuple[int, Any]] = []
        self.seen: dict[tuple[int, int], asyncio.Event] = defaultdict(asyncio.Event)
        self.wanted = 0

    async def ask(self, place: int, line: Line, stream: bool) -> None:
        reader, writer = await line.open()
        while self.running:
            wanted = self.wanted
            writer.write(line.request("POST", "/v1/chat/completions", self.gate.question(stream=stream)))
            reply = await line.read(reader)
            self.replies.append((place, reply))
            if reply.headers.get("x-gonogo-version") == f"support@{wanted}":
                self.seen[place, self.wanted].set()
        writer.close()
        await writer.wait_closed()


@pytest.mark.slow
async def test_switching_under_load_fails_no_request_and_mixes_no_two_versions(gate: Any, tmp_path: Path) -> None:
    home, upstream = tmp_path / "store", mock.MockUpstream(echo)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(upstream.listening())
        (home / "settings.toml").write_text(f'[providers.mine]\nkind = "openai"\nbase_url = "{upstream.url}"\n')
        models = {"main": ModelSpec(provider="mine", model="m")}
        versions = {number: await gate.version(prompt(number), models=models) for number in (1, 2, 3, 4)}
        await gate.deploy(versions[1])
        lines = [await stack.enter_async_context(server(home)) for _ in range(2)]

        load = Load(gate)
        async with asyncio.TaskGroup() as clients:
            for place, line in enumerate(lines):
                for number in range(CLIENTS):
                    clients.create_task(load.ask(place, line, stream=number % 2 == 1))
            for number in ORDER:
                if number != 1 or load.wanted:
                    await gate.deploy(versions[number])
                load.seen.clear()
                load.wanted = number
                for place in (0, 1):
                    await asyncio.wait_for(load.seen[place, number].wait(), 20)
            load.running = False

    assert {reply.status for _, reply in load.replies} == {200}
    for _, reply in load.replies:
        number = int(reply.headers["x-gonogo-version"].partition("@")[2])
        assert reply.text == prompt(number)
        told = reply.events[0] if reply.headers["content-type"] == "text/event-stream" else reply.json
        assert told["model"] == f"support@{number}"
    traces = {trace.id: trace for trace in await gate.store.traces(limit=1_000_000)}
    assert len(traces) == len(load.replies)
    for _, reply in load.replies:
        trace = traces[reply.headers["x-gonogo-trace"]]
        assert f"support@{trace.version}" == reply.headers["x-gonogo-version"]
        assert (trace.outcome, trace.answer) == ("answered", prompt(trace.version))
        assert trace.behaviour_digest == versions[trace.version].behaviour_digest
