"""Every verb joined to what it needs, over a real store and the built-in components."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from operator import attrgetter
from pathlib import Path

import pytest

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import SettingsFile
from gonogo.building import new_mission
from gonogo.contracts import Answer
from gonogo.errors import BadInput, GateClosed, MissionInvalid, NotFound

QUESTION = "How many days do I have to return a light?"


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    settings = Settings(home=tmp_path / "home", file=SettingsFile(), author="ana", secrets={})
    async with await Workspace.open(settings) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_mission(tmp_path / "support", "support")
    return tmp_path / "support"


@pytest.fixture
async def live(workspace: Workspace, folder: Path) -> Workspace:
    """``support@1`` serves in production."""
    version = (await workspace.build(folder)).version
    await workspace.evaluate(version)
    await workspace.deployments.deploy(version)
    return workspace


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def test_problems_have_the_path_of_their_file(workspace, folder):
    edit(folder, "mission.yaml", "retrieval:", "retreival:")
    [problem] = (await workspace.validate(folder)).problems
    assert problem.file == folder / "mission.yaml"
    for refusal in (workspace.build(folder), workspace.folders.draft(folder)):
        with pytest.raises(MissionInvalid) as refused:
            await refusal
        assert str(folder / "mission.yaml") in str(refused.value)


async def test_warnings_have_it_too(workspace, folder):
    edit(folder, "mission.yaml", "  mode: advisory\n", "")
    [warning] = (await workspace.build(folder)).warnings
    assert warning.file == folder / "mission.yaml"


async def test_a_build_reports_progress_in_documents_and_then_in_chunks_that_are_checked(workspace, folder):
    readings = []
    built = await workspace.build(folder, progress=lambda done, total: readings.append((done, total)))
    chunks = len(built.snapshot.chunks)
    assert readings[:3] == [(1, 3), (2, 3), (3, 3)]
    assert readings[3:] == [(done, chunks) for done in range(1, chunks + 1)]
    readings.clear()
    await workspace.build(folder, progress=lambda done, total: readings.append((done, total)))
    assert readings[-1] == (3, 3), "what was checked once is not checked again"


async def test_a_build_reports_how_many_chunks_stand_in_the_index(workspace, folder):
    edit(folder, "mission.yaml", "retrieval: {", "retrieval: {dense_weight: 0.4, ")
    readings = []
    built = await workspace.build(folder, index_progress=lambda done, total: readings.append((done, total)))
    chunks = len(built.snapshot.chunks)
    assert readings[-1] == (chunks, chunks)


async def test_a_name_means_the_newest_version_a_number_one_and_an_environment_what_is_live(live, folder):
    edit(folder, "prompts/system.md", "most two", "most three")
    await live.build(folder)
    assert (await live.version("support")).number == 2
    assert (await live.version("support@1")).number == 1
    assert (await live.version("support:production")).number == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("suport", "did you mean 'support'?"),
        ("zebra", "known are: support."),
        ("support@9", "`gonogo log support` lists"),
        ("support:moon", "nothing of support is live in moon"),
    ],
)
async def test_what_is_not_there_names_the_nearest_or_the_listing(name, said, live):
    with pytest.raises(NotFound, match=said.replace("?", r"\?")):
        await live.version(name)


async def test_an_empty_store_says_that_none_is_known(workspace):
    with pytest.raises(NotFound, match="none yet"):
        await workspace.version("support")


@pytest.mark.parametrize("listing", ["versions.listed", "deployments.status", "deployments.history", "traces"])
async def test_listings_of_a_mission_refuse_a_name_nobody_knows(listing, live):
    with pytest.raises(NotFound, match="did you mean 'support'"):
        await attrgetter(listing)(live)("suport")
    assert await attrgetter(listing)(live)("support") is not None


async def test_the_components_of_a_behaviour_are_built_once(live, folder):
    version = await live.version("support@1")
    edit(folder, "golden/tasks.yaml", "How many years", "How many whole years")
    same = (await live.build(folder)).version
    assert same.number == 2
    assert await live.components(version) is await live.components(same)


async def test_an_edited_folder_is_seen_and_an_unchanged_one_too(live, folder):
    version = await live.version("support@1")
    unchanged = await live.versions.edited_since(version)
    assert unchanged is not None
    assert unchanged.empty
    edit(folder, "knowledge/returns.md", "30 days", "14 days")
    edited = await live.versions.edited_since(version)
    assert edited is not None
    assert [part.name for part in edited.parts] == ["index"]


async def test_a_folder_that_is_gone_or_broken_cannot_be_compared(live, folder):
    version = await live.version("support@1")
    edit(folder, "mission.yaml", "retrieval:", "retreival:")
    assert await live.versions.edited_since(version) is None
    os.rename(folder, folder.with_name("moved"))
    assert await live.versions.edited_since(version) is None


async def test_a_version_serves_when_its_folder_is_gone(live, folder):
    os.rename(folder, folder.with_name("moved"))
    reply = await live.ask(await live.version("support:production"), QUESTION)
    assert "30 days" in reply.trace.answer


async def test_an_edited_folder_answers_without_being_stored(live, folder):
    edit(folder, "knowledge/returns.md", "30 days", "14 days")
    reply = await live.folders.ask(folder, QUESTION)
    assert "14 days" in reply.trace.answer
    assert len(await live.versions.listed()) == 1
    assert await live.traces() == []


async def test_only_what_is_kept_becomes_a_trace(live):
    version = await live.version("support")
    await live.ask(version, QUESTION)
    kept = (await live.ask(version, QUESTION, keep=True, environment="production")).trace
    assert [trace.id for trace in await live.traces("support")] == [kept.id]


async def test_a_verdict_is_found_by_version_and_by_id(live):
    verdict = await live.verdict("support@1")
    assert await live.verdict(verdict.id) == verdict
    run = await live.run(verdict.run_id)
    assert run is not None
    assert len(run.results) == 6


async def test_the_gate_stands_where_the_pointer_moves(live, folder):
    edit(folder, "prompts/system.md", "most two", "most three")
    version = (await live.build(folder)).version
    with pytest.raises(GateClosed):
        await live.deployments.deploy(version)
    assert (await live.version("support:production")).number == 1


async def test_a_rollback_of_a_mission_nobody_knows_names_the_nearest(live):
    with pytest.raises(NotFound, match="did you mean 'support'"):
        await live.deployments.roll_back("suport")


async def test_a_trace_needs_enough_digits(live):
    with pytest.raises(NotFound, match="6 digits"):
        await live.trace("01a2")
    with pytest.raises(NotFound, match="gonogo traces"):
        await live.trace("ffffffffff")


async def test_a_diagnosis_rests_on_the_version_that_answered(live):
    trace = (await live.ask(await live.version("support"), "Do you sell bicycle helmets?", keep=True)).trace
    assert (await live.watch.diagnose(trace)).trace_id == trace.id


async def test_drafts_come_from_the_documents(workspace, folder):
    drafts = await workspace.folders.draft_golden(folder, 2)
    assert len(drafts) == 2
    assert all(task.draft for task in drafts)


async def test_a_snapshot_that_is_not_in_the_store_says_what_to_do(live):
    from msgspec import structs

    version = structs.replace(await live.version("support"), index_digest="0" * 64)
    with pytest.raises(NotFound, match="build the folder again"):
        await live.snapshot(version)


async def test_a_version_that_retrieves_nothing_has_no_snapshot(workspace, folder):
    edit(folder, "mission.yaml", 'retrieval: {sources: ["knowledge/**/*"], top_k: 5}\n', "")
    version = (await workspace.build(folder)).version
    assert await workspace.snapshot(version) is None


async def test_a_build_that_is_refused_writes_nothing(workspace, folder):
    edit(folder, "mission.yaml", "retrieval:", "retreival:")
    with pytest.raises(BadInput):
        await workspace.build(folder)
    assert await workspace.versions.listed() == []


async def test_others_are_answered_while_a_long_text_is_scored(workspace, monkeypatch):
    others = threading.Event()

    class Patient:
        def score(self, answer: Answer) -> bool:
            return others.wait(10)

    monkeypatch.setattr(workspace.installed, "metrics", {"patient": Patient()})
    asyncio.get_running_loop().call_soon(others.set)
    assert await workspace.score(Answer(question="How long?", text="Thirty days.", chunks=())) == (True,)
