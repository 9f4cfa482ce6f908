"""A server with the management API over a real store. Every reply is held against the OpenAPI document."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import tarfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import msgspec
import pytest
from tests.gateway import in_memory

from gonogo.access import ROLES, Role, new_key
from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import SettingsFile
from gonogo.building import new_mission
from gonogo.cli.serve import routes_of
from gonogo.clock import new_id
from gonogo.domain import Trace
from gonogo.gateway import Application, Door
from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.table import ENDPOINTS

DOCUMENT = document(ENDPOINTS)
HOST = "127.0.0.1:8420"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str = ""

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def events(self) -> list[tuple[str, Any]]:
        found = [block for block in self.body.decode().split("\n\n") if block and not block.startswith(":")]
        lines = (block.split("\n") for block in found)
        return [(name.removeprefix("event: "), msgspec.json.decode(data[len("data: ") :])) for name, data in lines]


class Api:
    """Calls the server's Application as a server would, with a key of each role."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.keys = workspace, {}
        self.serving = workspace.serving()
        self.routes = routes_of(workspace, self.serving)
        door = Door(workspace.store, pepper=workspace.pepper, open_locally=False)
        self.application = Application(self.routes, door, max_body=1 << 20, max_in_flight=64)

    async def key(self, role: Role = "admin", tenant: str = "default", **more: Any) -> str:
        made = new_key(self.workspace.pepper, created_at=1000.0, role=role, tenant=tenant, **more)
        await self.workspace.store.add_key(made.key)
        return made.secret

    async def __call__(
        self, method: str, path: str, body: Any = b"", *, role: Role = "admin", key: str = "", **headers: str
    ) -> Answer:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"host": HOST, "content-length": str(len(content)), "authorization": f"Bearer {key or self.keys[role]}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if content and "content-type" not in sent:
            sent["content-type"] = "application/json"
        answer = await send(self.application, method, path, content, sent)
        check(method, path.partition("?")[0], answer)
        return replace(answer, path=path.partition("?")[0])

    async def upload(self, folder: Path, path: str = "/api/builds", **more: Any) -> Answer:
        return await self("POST", path, tar_of(folder), content_type="application/x-tar", **more)

    async def ended(self, started: Answer, **more: Any) -> Any:
        """The operation, once it has ended; its result is as the document says of whoever started it."""
        assert started.status == 202, started.body
        operation = self.workspace.operations.get(started.json["id"])
        await asyncio.wait_for(asyncio.shield(operation.task), 60)
        found = (await self("GET", f"/api/operations/{operation.id}", **more)).json
        described = operation_of("POST", started.path)["responses"]["202"]["content"]["application/json"]["schema"]
        assert described["allOf"][1]["properties"]["result"]["anyOf"][0]
        jsonschema.Draft202012Validator({**described, "components": DOCUMENT["components"]}).validate(found)
        return found

    async def trace(self, **fields: Any) -> Trace:
        given = {
            "id": new_id(1000.0), "created_at": 1000.0, "mission": "support", "version": 1, "behaviour_digest": "d",
            "environment": "production", "question": "How long?", "answer": "Thirty days.", "outcome": "answered",
        } | fields  # fmt: skip
        made = Trace(**given)
        await self.workspace.store.add_traces([made])
        return made


async def send(application: Any, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
    sent = in_memory.request(method, path, content, headers)
    return Answer(*in_memory.read(await in_memory.asked(application, sent)))


def check(method: str, path: str, answer: Answer) -> None:
    """Fail where a reply is not as the document says."""
    described = operation_of(method, path) if method.isupper() else None
    if described is None:
        return
    assert str(answer.status) in described["responses"], f"{method} {path} gave {answer.status}: {answer.body[:300]!r}"
    content = described["responses"][str(answer.status)].get("content", {})
    said = answer.headers["content-type"]
    if said == "application/json" and said in content and answer.body:
        schema = {**content[said]["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json)
    elif answer.body:
        assert said in content, f"{method} {path}: {answer.status} as {said}"


def operation_of(method: str, path: str) -> Any:
    for pattern, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path) and method.lower() in operations:
            if "{" in pattern and path in DOCUMENT["paths"]:
                continue
            return operations[method.lower()]
    return None


def tar_of(folder: Path) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(folder).as_posix())
    return held.getvalue()


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


Api.edit, Api.quote, Api.tar_of = staticmethod(edit), staticmethod(quote), staticmethod(tar_of)  # type: ignore[attr-defined]


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Api]:
    settings = Settings(home=home, file=SettingsFile(), author="ana", secrets={}, colour=False)
    async with await Workspace.open(settings) as workspace:
        made = Api(workspace)
        made.keys = {role: await made.key(role) for role in ROLES}
        yield made


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Nothing is built yet."""
    async with opened(tmp_path / "home") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_mission(tmp_path / "support", "support")
    return tmp_path / "support"


@pytest.fixture(scope="session")
def home_of_live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder where ``support@1`` was built, proven and deployed, all over HTTP."""
    place = tmp_path_factory.mktemp("live")
    new_mission(place / "support", "support")

    async def made() -> None:
        async with opened(place / "home") as api:
            built = await api.ended(await api.upload(place / "support"))
            assert built["state"] == "done", built
            proven = await api.ended(await api("POST", "/api/evaluations", {"version": "support@1"}))
            assert proven["state"] == "done", proven
            path = "/api/environments/support/production/deployments"
            deployed = await api("POST", path, {"version": "support@1"})
            assert deployed.status == 201, deployed.body

    asyncio.run(made())
    return place / "home"


@pytest.fixture
async def live(tmp_path: Path, home_of_live: Path) -> AsyncIterator[Api]:
    """``support@1`` is live, in a home folder of this test's own."""
    shutil.copytree(home_of_live, tmp_path / "home")
    async with opened(tmp_path / "home") as made:
        yield made
