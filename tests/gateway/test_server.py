"""One process that listens, drains and ends quietly."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from gonogo.contracts import HttpReply, Route
from gonogo.errors import BadInput, StoreBusy, TryAgain
from gonogo.gateway import Application, Door, ServerOptions, bind, check_address, serve
from gonogo.providers import Scripted, ScriptedModel


class Slow:
    """A model that waits until it is told to go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()
        self.model = ScriptedModel([Scripted(text="one two", delay=1.0, gap=0.0)], sleep=self._wait)

    async def _wait(self, seconds: float) -> None:
        self.asked.set()
        await self.go_on.wait()


def test_a_port_in_use_says_what_to_do() -> None:
    with bind(ServerOptions(port=0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(TryAgain, match=f"port {port} on 127.0.0.1 is in use: stop what listens there"):
            bind(ServerOptions(port=port))


@pytest.mark.parametrize("options", [ServerOptions(host="203.0.113.7", port=0), ServerOptions(port=70_000)])
def test_an_address_that_cannot_be_had_is_bad_input(options: ServerOptions) -> None:
    with pytest.raises(BadInput):
        bind(options)


def test_small_events_are_not_held_back_by_the_kernel() -> None:
    with bind(ServerOptions(port=0)) as listener:
        # asyncio sets TCP_NODELAY on connections of listeners that name the protocol, and on no others.
        assert listener.proto == socket.IPPROTO_TCP


def test_ipv6_can_be_listened_on() -> None:
    with bind(ServerOptions(host="::1", port=0)) as listener:
        assert listener.getsockname()[0] == "::1"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_another_address_than_loopback_needs_keys(host: str) -> None:
    with pytest.raises(BadInput, match="gonogo keys create"):
        check_address(ServerOptions(host=host), has_keys=False)
    check_address(ServerOptions(host=host), has_keys=True)
    check_address(ServerOptions(host="127.0.0.1"), has_keys=False)


async def test_the_address_is_announced_once_requests_are_answered(gate: Any) -> None:
    await gate.deploy()
    said: asyncio.Queue[str] = asyncio.Queue()
    listener = bind(ServerOptions(port=0))
    port = listener.getsockname()[1]
    task = asyncio.create_task(serve(gate.application, listener, ServerOptions(port=0), said.put_nowait))
    address = await said.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert address == f"http://127.0.0.1:{port}"


async def test_ending_by_cancellation_is_quiet_and_gives_the_port_back(
    gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await gate.deploy()
    async with gate.listening() as line:
        assert (await line.chat()).status == 200
        port = line.port

    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    bind(ServerOptions(port=port)).close()


async def test_a_running_request_finishes_while_the_server_drains(gate: Any) -> None:
    slow = Slow()
    gate.model = slow.model
    await gate.deploy()
    async with gate.listening() as line:
        asking = asyncio.create_task(line.chat())
        await slow.asked.wait()
        line.server.cancel()
        await asyncio.sleep(0.01)
        slow.go_on.set()
        reply = await asking

    assert reply.text == "one two"
    assert (await gate.trace()).outcome == "answered"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_request_that_outlasts_the_drain_is_told_so_and_leaves_a_trace(
    gate: Any, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow()
    if stream:
        slow.model = ScriptedModel([Scripted(text="one two", gap=1.0)], sleep=_forever_after(slow, 1))
    gate.model = slow.model
    await gate.deploy()
    async with gate.listening(drain=0.1) as line:
        asking = asyncio.create_task(line.chat(gate.question(stream=stream)))
        await slow.asked.wait()
        line.server.cancel()
        reply = await asking

    error = reply.events[-1]["error"] if stream else reply.error
    assert "shutting down" in error["message"]
    assert reply.status == (200 if stream else 503)
    assert b"[DONE]" not in reply.body
    assert (await gate.trace()).outcome == "aborted"
    assert "Traceback" not in caplog.text


async def test_a_server_that_cannot_start_says_why_and_gives_the_port_back(gate: Any) -> None:
    async def broken() -> None:
        raise StoreBusy("locked")

    app = Application([], Door(gate.store, open_locally=True), max_body=1, max_in_flight=1, on_start=broken)
    listener = bind(ServerOptions(port=0))

    with pytest.raises(StoreBusy):
        await serve(app, listener, ServerOptions(port=0), lambda address: None)

    assert listener.fileno() == -1


SCRIPT = """
import asyncio, sys
from gonogo.contracts import HttpReply, Route
from gonogo.gateway import Application, Door, ServerOptions, bind, serve

async def slow(http):
    print("asked", flush=True)
    await asyncio.sleep(0.3)
    return HttpReply(body=b"done")

async def stop():
    print("stopped", flush=True)

class NoKeys:
    async def has_keys(self):
        return False

options = ServerOptions(port=0)
route = Route(method="GET", path="/slow", handler=slow, role="viewer")
app = Application([route], Door(NoKeys(), open_locally=True), max_body=1, max_in_flight=9, on_stop=stop)
asyncio.run(serve(app, bind(options), options, lambda address: print(address, flush=True)))
print("over", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_requests_finish_and_ends_the_process_in_order(number: int, tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SCRIPT)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert process.stdout.readline() == "asked\n"
            process.send_signal(number)
            answer = b""
            while piece := client.recv(4096):
                answer += piece
        said, complained = process.communicate(timeout=10)

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"done")
    assert said == "stopped\nover\n"
    assert complained == ""
    assert process.returncode == 0


def _forever_after(slow: Slow, free: int) -> Any:
    left = iter(range(free))

    async def wait(seconds: float) -> None:
        if next(left, None) is None:
            slow.asked.set()
            await asyncio.Event().wait()

    return wait


async def test_a_generator_that_somebody_leaves_behind_is_still_closed_while_the_server_runs(gate: Any) -> None:
    closed = asyncio.Event()

    async def left_behind() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            closed.set()

    async def leave(http: Any) -> HttpReply:
        await anext(left_behind())
        return HttpReply()

    gate.extra_routes = [Route(method="GET", path="/leave", handler=leave, role=None)]
    async with gate.listening() as line:
        assert (await line.call("GET", "/leave")).status == 200
        await asyncio.wait_for(closed.wait(), 5)
