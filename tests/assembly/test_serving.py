"""What is live is answered from memory, follows the store, and outlives its naps."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gonogo.assembly import serving as serving_module
from gonogo.assembly.serving import FOLLOW_EVERY, Serving, Unservable
from gonogo.clock import SystemClock, new_id
from gonogo.contracts import Components
from gonogo.domain import (
    Deployment,
    Mission,
    ModelSpec,
    PromptSpec,
    Request,
    Trace,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.errors import BadInput, NotAllowed, NotFound, StoreBusy
from gonogo.features import Reader, StaticEmbedder
from gonogo.pipeline import answer, respond
from gonogo.providers import PriceTable, ScriptedModel
from gonogo.store import SqliteStore, TraceSpool, open_store

READER = Reader(StaticEmbedder())


class Faulty:
    """The real store, until it is told to fail."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.down = store, False

    def __getattr__(self, name: str) -> Any:
        async def refuse(*given: Any, **named: Any) -> Any:
            if name == "healthy":
                return False
            raise StoreBusy("the disk is full")

        return refuse if self.down else getattr(self.store, name)


class Watched(Serving):
    """Serving that says when it has looked at the store and brought Traces home."""

    looked: asyncio.Event

    async def refresh(self) -> None:
        await super().refresh()
        self.looked.set()

    async def _bring_home(self) -> None:
        await super()._bring_home()
        self.looked.set()


class Place:
    """A store, another process's hands on it, and what serves from it."""

    def __init__(self, store: SqliteStore, home: Path) -> None:
        self.store, self.faulty = store, Faulty(store)
        self.broken: set[int] = set()
        self.slow: dict[int, asyncio.Event] = {}
        self.spool = TraceSpool(home / "spool")
        self.serving = Watched(self.faulty, self.components, SystemClock(), self.spool)
        self.serving.looked = asyncio.Event()

    async def components(self, version: Version) -> Components:
        if version.number in self.slow:
            await self.slow[version.number].wait()
        if version.number in self.broken:
            raise BadInput(f"provider 'gpu' of {version.name} is not in settings.toml")
        said = version.mission.prompt.system
        return Components(reader=READER, providers={"main": ScriptedModel(said)}, prices=PriceTable({}))

    async def deploy(self, says: str, mission: str = "support", environment: str = "production") -> Version:
        """Build and deploy, as another process would: only the store knows."""
        whole = Mission(
            name=mission,
            models={"main": ModelSpec(provider="scripted", model="m")},
            prompt=PromptSpec(system=says),
        )
        parts = part_digests(whole, None, {})
        version = await self.store.add_version(
            Version(
                mission=whole,
                number=0,
                parts=parts,
                behaviour_digest=behaviour_digest(mission, parts),
                gate_digest=gate_digest(parts),
                index_digest=None,
                pins={},
                created_at=1000.0,
                edited_at=1000.0,
            ),
            None,
        )
        place = await self.store.environment(mission, environment)
        revision = place.revision if place else 0
        change = Deployment(
            id=new_id(1000.0),
            mission=mission,
            environment=environment,
            version=version.number,
            previous=place.version if place else None,
            kind="deploy",
            author="ana",
            created_at=1000.0,
            revision=revision + 1,
        )
        await self.store.move(change, revision)
        return version

    async def says(self, model: str = "support", role: Any = "viewer") -> str:
        served = await self.serving.resolve(model, role)
        return (await answer(request(), served.version, served.components)).text

    async def looks(self, times: int = 3) -> None:
        """Wait while it follows: one look may have begun before what a test has done."""
        for _ in range(times):
            self.serving.looked.clear()
            await asyncio.wait_for(self.serving.looked.wait(), 5)

    async def trace(self) -> Trace:
        served = await self.serving.resolve("support", "viewer")
        return (await answer(request(), served.version, served.components)).trace


def request() -> Request:
    messages = ({"role": "user", "content": "How long?"},)
    return Request(id=new_id(1000.0), question="How long?", messages=messages, received_at=1000.0)


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(serving_module, "FOLLOW_EVERY", 0.01)
    store = await open_store(tmp_path / "store")
    yield Place(store, tmp_path)
    await store.close()


async def test_a_mission_by_name_is_its_production(place: Place) -> None:
    await place.deploy("production says")
    await place.deploy("staging says", environment="staging")
    await place.serving.refresh()

    assert await place.says("support") == "production says"
    assert await place.says("support:staging") == "staging says"
    served = await place.serving.resolve("support:staging", "viewer")
    assert (served.environment, served.counts) == ("staging", True)


async def test_one_version_by_number_is_for_developers_and_counts_for_nothing(place: Place) -> None:
    await place.deploy("one")
    await place.deploy("two")

    assert await place.says("support@1", "developer") == "one"
    served = await place.serving.resolve("support@1", "developer")
    assert (served.environment, served.counts, served.recorded) == ("", False, True)
    with pytest.raises(NotAllowed, match="needs the role developer"):
        await place.serving.resolve("support@1", "annotator")
    with pytest.raises(NotFound, match="gonogo log support"):
        await place.serving.resolve("support@9", "developer")


async def test_a_deployment_by_another_process_holds_here_without_being_asked_for(place: Place) -> None:
    await place.deploy("old")
    await place.serving.start()
    assert await place.says() == "old"
    await place.deploy("new")

    await place.looks()

    assert await place.says() == "new"
    await place.serving.stop()


def test_looks_come_often_enough_for_a_change_to_hold_within_a_second() -> None:
    assert FOLLOW_EVERY <= 0.5


async def test_a_running_request_keeps_its_version(place: Place) -> None:
    await place.deploy("old words here")
    served = await place.serving.resolve("support", "viewer")
    kept: list[Trace] = []

    async def record(trace: Trace) -> None:
        kept.append(trace)

    answering = respond(request(), served.version, served.components, record)
    said = (await anext(answering)).content
    await place.deploy("new")
    await place.serving.refresh()
    said += "".join([delta.content async for delta in answering])

    assert said == "old words here"
    assert kept[0].version == 1
    assert await place.says() == "new"


async def test_a_slow_look_never_undoes_a_newer_one(place: Place) -> None:
    old = await place.deploy("old")
    place.slow[old.number] = asyncio.Event()
    slow = asyncio.create_task(place.serving.refresh())
    await asyncio.sleep(0)
    await place.deploy("new")
    await place.serving.refresh()
    place.slow[old.number].set()
    await slow

    assert await place.says() == "new"


async def test_what_cannot_be_served_holds_up_nothing_else(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    broken = await place.deploy("a", mission="alpha")
    place.broken.add(broken.number)
    await place.deploy("b", mission="beta")
    await place.deploy("b2", mission="beta")

    await place.serving.start()
    await place.serving.stop()

    assert await place.says("beta") == "b2"
    with pytest.raises(Unservable, match=r"provider 'gpu' of alpha@1 is not in settings\.toml"):
        await place.serving.resolve("alpha", "viewer")
    assert (await place.serving.health())["broken"] == {
        "alpha:production": "provider 'gpu' of alpha@1 is not in settings.toml"
    }
    assert caplog.text.count("cannot be served here") == 1


async def test_a_new_version_that_cannot_be_served_leaves_the_old_one_serving(place: Place) -> None:
    await place.deploy("old")
    await place.serving.refresh()
    place.broken.add((await place.deploy("new")).number)
    await place.serving.refresh()

    assert await place.says() == "old"

    place.broken.clear()
    await place.serving.refresh()
    assert await place.says() == "new"
    assert (await place.serving.health())["broken"] == {}


async def test_a_store_that_is_down_stops_no_answer_and_loses_no_trace(place: Place) -> None:
    await place.deploy("still here")
    await place.serving.refresh()
    place.faulty.down = True

    trace = await place.trace()
    await place.serving.record(trace)
    health = await place.serving.health()

    assert trace.answer == "still here"
    assert (health["status"], health["store"]) == ("store down", "cannot write")
    assert health["spooled_bytes"] > 0  # type: ignore[operator]
    assert await place.serving.listed() == [("support", "support@1", 1000.0)]

    place.faulty.down = False
    await place.serving.stop()
    assert [kept.id for kept in await place.store.traces()] == [trace.id]
    assert place.spool.size() == 0


async def test_spooled_traces_come_home_while_following(place: Place) -> None:
    await place.deploy("x")
    await place.serving.start()
    place.faulty.down = True
    trace = await place.trace()
    await place.serving.record(trace)
    place.faulty.down = False

    await place.looks()
    await place.serving.stop()

    assert [kept.id for kept in await place.store.traces()] == [trace.id]


async def test_following_survives_whatever_goes_wrong(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    await place.deploy("old")
    await place.serving.start()
    for fault in (StoreBusy("locked"), ZeroDivisionError("a bug")):
        failed = asyncio.Event()
        place.faulty.environments = _failing_once(place, fault, failed)  # type: ignore[attr-defined]
        await asyncio.wait_for(failed.wait(), 5)
    await place.deploy("new")

    await place.looks()
    said = await place.says()
    await place.serving.stop()

    assert said == "new"
    assert "locked" in caplog.text
    assert "a bug" in caplog.text


async def test_an_unknown_mission_names_the_nearest_or_all(place: Place) -> None:
    with pytest.raises(NotFound, match="live are: none"):
        await place.serving.resolve("support", "viewer")
    await place.deploy("x")

    with pytest.raises(NotFound, match="did you mean 'support'"):
        await place.serving.resolve("suport", "viewer")
    with pytest.raises(NotFound, match="live are: support"):
        await place.serving.resolve("zzz", "viewer")
    with pytest.raises(NotFound, match="not deployed to 'staging'; it is live in: production"):
        await place.serving.resolve("support:staging", "viewer")


async def test_a_first_deployment_is_found_without_waiting(place: Place) -> None:
    await place.serving.start()
    await place.deploy("x")

    assert await place.says() == "x"
    await place.serving.stop()


async def test_stopping_without_having_started_is_fine(place: Place) -> None:
    await place.serving.stop()


async def test_a_spool_that_cannot_be_written_is_an_error_to_the_caller(place: Place, tmp_path: Path) -> None:
    await place.deploy("x")
    trace = await place.trace()
    place.faulty.down = True
    shutil.rmtree(tmp_path / "spool", ignore_errors=True)
    (tmp_path / "spool").write_text("in the way")

    with pytest.raises(StoreBusy):
        await place.serving.record(trace)


def _failing_once(place: Place, fault: Exception, failed: asyncio.Event) -> Any:
    async def environments() -> Any:
        if not failed.is_set():
            failed.set()
            raise fault
        return await place.store.environments()

    return environments
