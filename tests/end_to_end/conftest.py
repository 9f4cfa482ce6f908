"""A team whose models are reached over HTTP: a home folder, a Mission, a real upstream, a real gateway, a shell."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gonogo.assembly import Workspace, load_settings
from gonogo.contracts import Components
from gonogo.domain import Trace, Verdict, Version
from gonogo.gateway import Application, Door, ServerOptions, bind, gateway_routes, serve

SECRET = "sk-mine-2718281828459045"
SMALL, LARGE = "gpt-4o-mini-2024-07-18", "house-model@rev:8f3c"
SMALL_PRICE = '{ input = 0.15, cached = 0.075, output = 0.6, dated = "2026-11-01", source = "the house" }'
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 300,
    "total_tokens": 1300,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 200},
}
MISSION = f"""\
mission: support
models:
  small: {{provider: mine, model: {SMALL}}}
  large: {{provider: mine, model: "{LARGE}"}}
prompt:
  system: You answer for {{{{ shop }}}} in one sentence.
  variables: {{shop: Nordlicht}}
routing: {{simple: small, complex: large, fallback: [small, large]}}
golden: golden.yaml
gate: {{mode: advisory}}
"""
GOLDEN = """\
- {id: returns, question: How many days do I have to return a light?, expect: [{contains: thirty days}]}
- {id: warranty, question: How long is the warranty?, expect: [{contains: thirty days}]}
- {id: refund, question: When is my refund here?, expect: [{contains: thirty days}]}
"""
Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def chunk(content: str | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as the wire has it; ``delta`` and ``choice`` add fields there, all others beside."""
    delta = {**({} if content is None else {"content": content}), **more.pop("delta", {})}
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more.pop("choice", {})}
    head = {"id": "up-1", "object": "chat.completion.chunk", "created": 1, "model": "served-2026-01-01"}
    return {**head, "system_fingerprint": "fp_up", "choices": [choice], **more}


def streamed(*chunks: dict[str, Any], then: str = "done") -> Handler:
    """Events; ``then`` the answer is ``done``, ``cut``, or waits for the client to leave (``wait``)."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for one in chunks:
            await response.write(b"data: " + json.dumps(one).encode() + b"\n\n")
        if then == "cut" and request.transport is not None:
            request.transport.close()
        elif then == "wait":
            await asyncio.Event().wait()
        else:
            await response.write(b"data: [DONE]\n\n")
        return response

    return answer


def whole(text: str = "You have thirty days.", usage: dict[str, Any] | None = USAGE, **more: Any) -> Handler:
    """A complete answer in two pieces."""
    last = {**chunk(), "choices": [], "usage": usage} if usage else chunk("")
    opening = chunk("", delta={"role": "assistant"})
    if usage:
        return streamed(opening, chunk(text[:5], **more), chunk(text[5:]), chunk(finish="stop"), last)
    return streamed(opening, chunk(text[:5], **more), chunk(text[5:]), chunk(finish="stop"))


def refused(status: int, message: str, **headers: str) -> Handler:
    """An error reply."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response({"error": {"message": message}}, status=status, headers=sent)

    return answer


class Upstream:
    """What it was asked, how it answers by model, and whether a client left early."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.asked, self.left = asyncio.Event(), asyncio.Event()
        self.port = 0
        self.answers: dict[str, list[Handler]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def says(self, *handlers: Handler, model: str = "") -> None:
        """How a model (or any) answers: in this order, the last one for ever."""
        self.answers[model] = list(handlers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization"))
        self.asked.set()
        script = self.answers.get(body["model"]) or self.answers.get("") or [whole()]
        handler = script.pop(0) if len(script) > 1 else script[0]
        try:
            return await handler(request, body)
        except (ConnectionResetError, asyncio.CancelledError):
            self.left.set()
            raise

    async def listen(self, stack: AsyncExitStack) -> Upstream:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", self.handle)
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return self


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Answer:
    """A reply of the gateway, read to its end."""

    status: int
    headers: Any
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        found = [line[6:] for line in self.body.split("\n\n") if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in found]

    @property
    def text(self) -> str:
        chunks = [event for event in self.events if isinstance(event, dict) and event.get("choices")]
        return "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks)


class Team:
    """A Mission folder, a home, and every way in: the Workspace, the gateway, the command line."""

    Upstream = Upstream
    chunk, streamed, whole, refused = (
        staticmethod(chunk),
        staticmethod(streamed),
        staticmethod(whole),
        staticmethod(refused),
    )
    SECRET, SMALL, LARGE, USAGE = SECRET, SMALL, LARGE, USAGE

    def __init__(self, folder: Path, upstream: Upstream, stack: AsyncExitStack) -> None:
        self.home, self.folder, self.upstream, self.stack = folder / "home", folder / "support", upstream, stack
        self.home.mkdir()
        self.folder.mkdir()
        self.write("mission.yaml", MISSION)
        self.write("golden.yaml", GOLDEN)
        self.environ = {"MINE_KEY": SECRET, "GONOGO_AUTHOR": "ana"}
        self.providers = {"mine": f'base_url = "{upstream.url}"\napi_key_env = "MINE_KEY"'}
        self._workspace: Workspace | None = None
        self._address = ""

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "mission.yaml") -> None:
        """Replace words in a file; they must be there."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, text
        self.write(name, text.replace(old, new))

    def provider(self, name: str, base_url: str, *more: str) -> None:
        self.providers[name] = "\n".join([f'base_url = "{base_url}"', *more])

    def save_settings(self) -> None:
        sections = [f'[providers.{name}]\nkind = "openai"\n{lines}\n' for name, lines in self.providers.items()]
        (self.home / "settings.toml").write_text("\n".join(sections), encoding="utf-8")
        # A local server is charged no maker's list price: its own stand in the home folder.
        rows = [f'[{name}]\n"{SMALL}" = {SMALL_PRICE}\n' for name in self.providers]
        (self.home / "prices.toml").write_text("\n".join(rows), encoding="utf-8")

    async def workspace(self) -> Workspace:
        if self._workspace is None:
            self.save_settings()
            opened = await Workspace.open(load_settings(self.home, self.environ))
            self._workspace = await self.stack.enter_async_context(opened)
        return self._workspace

    async def version(self) -> Version:
        return (await (await self.workspace()).build(self.folder)).version

    async def evaluate(self) -> Verdict:
        return await (await self.workspace()).evaluate(await self.version())

    async def components(self) -> Components:
        return await (await self.workspace()).components(await self.version())

    async def live(self) -> Version:
        """Build, evaluate, deploy; what was asked up to now is forgotten."""
        workspace, version = await self.workspace(), await self.version()
        verdict = await workspace.evaluate(version)
        assert verdict.outcome == "GO", verdict
        await workspace.deployments.deploy(version)
        self.upstream.bodies.clear()
        self.upstream.keys.clear()
        self.upstream.asked.clear()
        return version

    async def address(self) -> str:
        """Of the gateway, which serves from the first call on."""
        if not self._address:
            workspace = await self.workspace()
            serving = workspace.serving()
            application = Application(
                gateway_routes(serving, max_messages=50),
                Door(workspace.store, open_locally=True),
                max_body=1 << 20,
                max_in_flight=16,
                on_start=serving.start,
                on_stop=serving.stop,
            )
            ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            options = ServerOptions(port=0)
            server = asyncio.create_task(serve(application, bind(options), options, ready.set_result))
            self.stack.push_async_callback(self._stop, server)
            await asyncio.wait({server, ready}, return_when=asyncio.FIRST_COMPLETED)
            self._address = ready.result()
        return self._address

    async def _stop(self, server: asyncio.Task[None]) -> None:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)

    async def client(self) -> aiohttp.ClientSession:
        return await self.stack.enter_async_context(aiohttp.ClientSession())

    async def chat(self, question: str | list[dict[str, Any]] = "How long?", **fields: Any) -> Answer:
        """Over HTTP through the gateway, with whatever a client sends."""
        messages = [{"role": "user", "content": question}] if isinstance(question, str) else question
        body = {"model": "support", "messages": messages, **fields}
        url = f"{await self.address()}/v1/chat/completions"
        async with (await self.client()).post(url, json=body) as reply:
            return Answer(reply.status, reply.headers, (await reply.read()).decode())

    async def trace(self) -> Trace:
        """The only one."""
        [found] = await (await self.workspace()).traces()
        return found

    async def shell(self, *words: str) -> Said:
        """``gonogo`` in another process."""
        self.save_settings()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gonogo", "--home", str(self.home), *words,
            env={**inherited, **self.environ},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """Nothing is built yet, and the upstream answers whatever it is asked."""
    async with AsyncExitStack() as stack:
        yield Team(tmp_path, await Upstream().listen(stack), stack)


@pytest.fixture
def dead_url() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
