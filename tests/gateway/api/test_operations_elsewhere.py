"""Long work that one worker runs, asked of another: both over one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.gateway.api.conftest import Api

from gonogo.assembly import Workspace, operations
from gonogo.assembly.operations import SILENT, Reading, Report
from gonogo.clock import SystemClock
from gonogo.contracts import HttpRequest
from gonogo.gateway.api.endpoint import Call, NoQuery
from gonogo.gateway.api.operations import begin

KEY = "k1"


class Later(SystemClock):
    """A clock that can be put forward."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BEAT_EVERY", 0.03)
    monkeypatch.setattr(operations, "LOOK_EVERY", 0.02)


@pytest.fixture
async def other(api: Api) -> AsyncIterator[Api]:
    """Another worker on the same store."""
    async with await Workspace.open(api.workspace.settings, clock=Later()) as workspace:
        made = Api(workspace)
        made.keys = api.keys
        yield made


class Running:
    """A piece of work of the first worker that goes as the test says."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.report: Report = lambda reading: None
        self.started, self.end = asyncio.Event(), asyncio.Event()
        self.result: Any = {"said": "done"}

    async def work(self, report: Report) -> Any:
        self.report = report
        self.started.set()
        await self.end.wait()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def begin(self) -> str:
        caller = await self.api.application._door._caller({"authorization": f"Bearer {self.api.keys['developer']}"})
        asked = HttpRequest(method="POST", path="/", caller=caller)
        call = Call(workspace=self.api.workspace, serving=self.api.serving, http=asked, query=NoQuery(), body=None)
        page = await begin(call, "evaluation", self.work)
        await self.started.wait()
        return str(page.id)  # type: ignore[union-attr]


async def until(ask: Any, said: Any) -> Any:
    for _ in range(400):
        found = (await ask()).json
        if said(found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


async def test_another_worker_shows_it_from_the_moment_it_began_to_its_result(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    shown = (await other("GET", path, role="developer")).json
    assert (shown["state"], shown["kind"]) == ("running", "evaluation")
    running.report(Reading(label="tasks", done=3, total=9))
    seen = await until(lambda: other("GET", path, role="developer"), lambda page: page["progress"])
    assert seen["progress"]["done"] == 3
    running.end.set()
    ended = await until(lambda: other("GET", path, role="developer"), lambda page: page["state"] != "running")
    assert (ended["state"], ended["result"]) == ("done", {"said": "done"})
    own = (await api("GET", path, role="developer")).json
    assert own == ended


async def test_a_failure_is_told_with_its_code_and_an_unexpected_one_without_its_words(api, other):
    running = Running(api)
    running.result = RuntimeError("a secret")
    path = f"/api/operations/{await running.begin()}"
    running.end.set()
    ended = await until(lambda: other("GET", path, role="developer"), lambda page: page["state"] != "running")
    assert (ended["state"], ended["error"]["exit_code"]) == ("failed", 70)
    assert "secret" not in ended["error"]["message"]


async def test_it_is_stopped_from_another_worker(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    stopped = (await other("DELETE", path, role="developer")).json
    assert stopped["state"] == "cancelled"
    assert api.workspace.operations.all()[0].state == "cancelled"
    assert (await other("DELETE", path, role="developer")).json == stopped, "what has ended stays as it is"


async def test_another_worker_streams_it_to_its_end(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    streaming = asyncio.ensure_future(other("GET", path, role="developer", accept="text/event-stream"))
    running.report(Reading(label="tasks", done=1, total=2))
    running.end.set()
    *going, (name, last) = (await streaming).events
    assert {one for one, _ in going} <= {"progress"}
    assert (name, last["result"]) == ("done", {"said": "done"})


async def test_nobody_else_sees_it_there_either_and_every_worker_lists_the_same(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    assert (await other("GET", path, role="deployer")).status == 404
    assert (await other("GET", path, role="admin")).json["state"] == "running"
    for worker in (api, other):
        [row] = (await worker("GET", "/api/operations", role="developer")).json["items"]
        assert path.endswith(row["id"])
        assert (await worker("GET", "/api/operations", role="deployer")).json["items"] == []


async def test_one_whose_process_is_not_heard_of_any_more_was_interrupted(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    for task in api.workspace.operations._keeping:
        task.cancel()  # as if that process had died
    other.workspace.clock.ahead = SILENT + 5
    shown = (await other("GET", path, role="developer")).json
    assert shown["state"] == "interrupted"
    assert [row["state"] for row in (await other("GET", "/api/operations", role="developer")).json["items"]] == [
        "interrupted"
    ]


async def test_a_server_that_ends_says_so_of_what_it_ran(api, other):
    running = Running(api)
    path = f"/api/operations/{await running.begin()}"
    await api.workspace.operations.close()
    assert (await other("GET", path, role="developer")).json["state"] == "interrupted"
