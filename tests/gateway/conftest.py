"""A gateway with a real store, a real server where one is needed, and models that follow a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway import in_memory

from gonogo.access import new_key
from gonogo.assembly.allowances import Allowances
from gonogo.assembly.embedding import NamedEmbedders
from gonogo.assembly.serving import Serving
from gonogo.assembly.settings import BudgetSettings, LimitSettings
from gonogo.assembly.spending import Spending
from gonogo.clock import SystemClock, new_id
from gonogo.contracts import Components, Provider, Route
from gonogo.domain import (
    Deployment,
    Mission,
    ModelSpec,
    Price,
    PromptSpec,
    RequestPolicy,
    Trace,
    Version,
    behaviour_digest,
    day_of,
    gate_digest,
    part_digests,
)
from gonogo.features import Reader, StaticEmbedder
from gonogo.gateway import Application, Door, ServerOptions, bind, gateway_routes, serve
from gonogo.providers import PROVIDERS, ProviderOptions, ScriptedModel
from gonogo.store import SqliteStore, TraceSpool, open_store

NAME = "support"
HOST = "127.0.0.1:8420"
PEPPER = b"a secret of the tests"


class Prices:
    """One price for all, or none."""

    def __init__(self) -> None:
        self.all: Price | None = None

    def price(self, provider: str, model: str) -> Price | None:
        return self.all


@dataclass(frozen=True)
class Answer:
    """An HTTP reply, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def events(self) -> list[Any]:
        """Data of the server-sent events, decoded; ``[DONE]`` as text."""
        found = [line[6:] for line in self.body.decode().split("\n\n") if line.startswith("data: ")]
        return [data if data == "[DONE]" else msgspec.json.decode(data) for data in found]

    @property
    def text(self) -> str:
        """What the first choice says, in either form."""
        if self.headers["content-type"] == "text/event-stream":
            chunks = [event for event in self.events if isinstance(event, dict) and event.get("choices")]
            return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
        return str(self.json["choices"][0]["message"]["content"])


def question(text: str = "How long?", **fields: Any) -> dict[str, Any]:
    """A chat completion body."""
    return {"model": NAME, "messages": [{"role": "user", "content": text}], **fields}


class Watched(Serving):
    """Serving that says when a Trace has been recorded."""

    recorded: asyncio.Event

    async def record(self, trace: Trace) -> None:
        await super().record(trace)
        self.recorded.set()


class Gate:
    """One Mission, deployed, behind an Application that tests call as a server would, or through a real one."""

    question = staticmethod(question)
    pepper = PEPPER

    def __init__(self, store: SqliteStore, home: Path, reader: Reader) -> None:
        self.store, self.reader = store, reader
        self.model: Provider = ScriptedModel("Thirty days.")
        self.parts: dict[str, Any] = {}
        self.prices = Prices()
        self.mission: dict[str, Any] = {
            "requests": RequestPolicy(allow=("temperature", "n", "max_tokens", "stop", "logprobs", "seed"))
        }
        self.limits = {"max_body": 1 << 20, "max_in_flight": 64}
        self.open_locally = True
        self.extra_routes: Sequence[Route] = ()
        self.embedders: NamedEmbedders | None = None
        self.recorded = asyncio.Event()
        self.serving = Watched(store, self.components, SystemClock(), TraceSpool(home / "spool"))
        self.serving.recorded = self.recorded

    def allow(self, *, limits: dict[str, Any] | None = None, budgets: dict[str, Any] | None = None) -> Allowances:
        """Hold limits and budgets, given as they stand in ``settings.toml``."""
        held = msgspec.convert(limits or {}, LimitSettings), msgspec.convert(budgets or {}, BudgetSettings)
        self.spending = Spending(self.store, SystemClock())
        self.serving.allowances = Allowances(*held, self.spending, SystemClock())
        return self.serving.allowances

    async def spent(self) -> dict[str, tuple[int, int]]:
        """(spent, leased) of every account of today, in billionths of a dollar."""
        now = SystemClock().now()
        return {str(row.account): (row.spent, row.leased) for row in await self.store.balances(day_of(now), now)}

    async def components(self, version: Version) -> Components:
        return Components(reader=self.reader, providers={"main": self.model}, prices=self.prices, **self.parts)

    @property
    def application(self) -> Application:
        """Made anew, with what the test has set."""
        return Application(
            (*gateway_routes(self.serving, max_messages=50, embedders=self.embedders), *self.extra_routes),
            Door(self.store, pepper=PEPPER, open_locally=self.open_locally),
            on_start=self.serving.start,
            on_stop=self.serving.stop,
            **self.limits,
        )

    async def version(self, system: str = "", name: str = NAME, **mission: Any) -> Version:
        """Build and store a Version."""
        mission = {**self.mission, **mission}
        mission.setdefault("models", {"main": ModelSpec(provider="scripted", model="m")})
        whole = Mission(name=name, prompt=PromptSpec(system=system), **mission)
        parts = part_digests(whole, None, {})
        draft = Version(
            mission=whole,
            number=0,
            parts=parts,
            behaviour_digest=behaviour_digest(name, parts),
            gate_digest=gate_digest(parts),
            index_digest=None,
            pins={},
            created_at=1000.0,
            edited_at=1000.0,
        )
        return await self.store.add_version(draft, None)

    async def deploy(self, version: Version | None = None, environment: str = "production") -> Version:
        """Move the pointer, as any process could."""
        version = version or await self.version()
        place = await self.store.environment(version.mission.name, environment)
        await self.store.move(
            Deployment(
                id=new_id(1000.0),
                mission=version.mission.name,
                environment=environment,
                version=version.number,
                previous=place.version if place else None,
                kind="deploy",
                author="ana",
                created_at=1000.0,
                revision=place.revision + 1 if place else 1,
            ),
            place.revision if place else 0,
        )
        return version

    async def key(self, role: str = "viewer", tenant: str = "acme", **more: Any) -> tuple[str, str]:
        """(secret, id) of a new key."""
        made = new_key(PEPPER, created_at=1000.0, role=role, tenant=tenant, **more)  # type: ignore[arg-type]
        await self.store.add_key(made.key)
        return made.secret, made.id

    def door(self, keys: Any = None, *, open_locally: bool = False, **more: Any) -> Door:
        """One by itself, to the same keys."""
        return Door(keys or self.store, pepper=PEPPER, open_locally=open_locally, **more)

    async def chat(self, body: Any = None, **more: Any) -> Answer:
        """``POST /v1/chat/completions`` without a socket."""
        return await self.call("POST", "/v1/chat/completions", question() if body is None else body, **more)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        headers: Mapping[str, str] | None = None,
        key: str = "",
        app: Application | None = None,
        leave: asyncio.Event | None = None,
    ) -> Answer:
        """One request through a connection without a socket. ``leave``: when the client closes the connection."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        fields = {"host": HOST, "content-length": str(len(content)), **(headers or {})}
        if key:
            fields["authorization"] = f"Bearer {key}"
        sent = in_memory.request(method, path, content, fields)
        return Answer(*in_memory.read(await in_memory.asked(app or self.application, sent, leave)))

    @asynccontextmanager
    async def listening(self, **options: Any) -> AsyncIterator[Line]:
        """A real server on a free port; ended as Ctrl-C would."""
        listener, ready = bind(ServerOptions(port=0)), asyncio.Event()
        line = Line(*listener.getsockname()[:2])
        task = asyncio.create_task(
            serve(self.application, listener, ServerOptions(port=0, **options), lambda address: ready.set())
        )
        line.server = task
        await asyncio.wait({task, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield line
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def traces(self) -> list[Trace]:
        return await self.store.traces(limit=1000)

    async def trace(self) -> Trace:
        """The only one, once it is there."""
        await asyncio.wait_for(self.recorded.wait(), 5)
        [found] = await self.traces()
        return found


class Line:
    """A raw HTTP client to one address: bytes as they are, no library between."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.url = f"http://{host}:{port}"
        self.server: asyncio.Task[None] | None = None

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port)

    def request(self, method: str, path: str, body: Any = b"", **headers: str) -> bytes:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        fields = {"host": f"{self.host}:{self.port}", "content-length": str(len(content)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content

    async def call(self, method: str, path: str, body: Any = b"", **headers: str) -> Answer:
        reader, writer = await self.open()
        try:
            writer.write(self.request(method, path, body, **headers))
            return await self.read(reader, method)
        finally:
            writer.close()
            await writer.wait_closed()

    async def chat(self, body: Any = None, **headers: str) -> Answer:
        return await self.call("POST", "/v1/chat/completions", question() if body is None else body, **headers)

    async def read(self, reader: asyncio.StreamReader, method: str = "POST") -> Answer:
        status, headers = await self.read_head(reader)
        if method == "HEAD":
            return Answer(status, headers, b"")
        if "content-length" in headers:
            return Answer(status, headers, await reader.readexactly(int(headers["content-length"])))
        body = bytearray()
        while size := int(await reader.readline() or b"0", 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return Answer(status, headers, bytes(body))

    async def read_head(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(": ") for line in head[1:] if line)
        return int(head[0].split()[1]), {name.lower(): value for name, _, value in fields}


class Upstream:
    """A real server on this machine that speaks server-sent events when told to, and counts who hung up."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.asked: list[Any] = []
        self.arrived, self.hung_up = asyncio.Event(), asyncio.Event()
        self.pieces: list[dict[str, Any]] = []
        self.then = "wait"
        self.status = 200

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Provider]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        options = ProviderOptions(name="upstream", reader=self.reader, base_url=f"http://{host}:{port}/v1")
        provider = PROVIDERS["openai"](options)
        try:
            yield provider
        finally:
            await provider.close()
            server.close()
            await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        self.asked.append(msgspec.json.decode(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for piece in self.pieces:
            writer.write(b"data: " + msgspec.json.encode(piece) + b"\n\n")
        if self.then == "done":
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        self.arrived.set()
        if self.then == "wait" and not await reader.read():
            self.hung_up.set()
        writer.close()


def chunk(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """An upstream's chunk."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "up-1", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice], **more}


Gate.Line = Line  # type: ignore[attr-defined]
Gate.Upstream, Gate.chunk = Upstream, staticmethod(chunk)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
async def gate(tmp_path: Path, reader: Reader) -> AsyncIterator[Gate]:
    """A gateway; nothing is deployed yet."""
    store = await open_store(tmp_path / "store")
    yield Gate(store, tmp_path, reader)
    await store.close()
