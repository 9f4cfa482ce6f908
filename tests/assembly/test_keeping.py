"""Backups that hold everything, restores that overwrite nothing, and users that are forgotten."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat

import pytest

from gonogo.assembly import Workspace
from gonogo.assembly.keeping import make_backup, restore_backup
from gonogo.assembly.settings import load_settings
from gonogo.assembly.stores import SPOOL
from gonogo.domain import Annotation, Trace
from gonogo.errors import BadInput, StoreTooNew
from gonogo.store import TraceSpool
from gonogo.store.migrations import MIGRATIONS, migrate
from gonogo.store.worker_spool import WorkerSpool, worker_folder


def trace(trace_id, **more):
    fields = {
        "mission": "support", "version": 1, "behaviour_digest": "b", "environment": "production", "question": "Why?",
        "answer": "Because.", "outcome": "answered", "created_at": 1000.0, "user": "ana", **more,
    }  # fmt: skip
    return Trace(id=trace_id, **fields)


def settings_of(home, url=""):
    home.mkdir()
    (home / "settings.toml").write_text(f'[store]\nurl = "{url}"' if url else "")
    return load_settings(home, {"GONOGO_AUTHOR": "eva"})


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request, tmp_path):
    url = request.getfixturevalue("postgres").empty() if request.param == "postgres" else ""
    return settings_of(tmp_path / "home", url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request, tmp_path):
    """Another store, empty."""
    url = request.getfixturevalue("postgres").database() if request.param == "postgres" else ""
    return settings_of(tmp_path / "empty", url)


async def test_a_backup_restored_elsewhere_holds_everything_and_goes_on_counting(settings, empty, tmp_path):
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1", session="s\0x"), trace("t2")])
        await workspace.store.add_annotation(
            Annotation(trace_id="t1", metric="relevance", value=1.0, author="ben", created_at=1.0)
        )
        await workspace.store.remember_folder("support", "/a")
        made = await workspace.keys.create(role="admin")
        costs = await workspace.store.costs()
    copied = await make_backup(settings, tmp_path / "copy.db")
    assert copied.bytes == (tmp_path / "copy.db").stat().st_size
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    await restore_backup(empty, tmp_path / "copy.db")
    async with await Workspace.open(empty) as workspace:
        store = workspace.store
        assert {one.id: one.session for one in await store.traces()} == {"t1": "s\0x", "t2": ""}
        assert len(await store.annotations("t1")) == 1
        assert await store.key(made.key.id) == made.key
        assert await store.costs() == costs
        await store.add_traces([trace("t3")])
        await store.add_annotation(
            Annotation(trace_id="t3", metric="relevance", value=1.0, author="ben", created_at=1.0)
        )
        assert len(await store.traces()) == 3
        assert sum(cell.took.requests for cell in await store.costs()) == 3


async def ids_in(copy, tmp_path):
    restored = settings_of(tmp_path / "restored")
    await restore_backup(restored, copy)
    async with await Workspace.open(restored) as workspace:
        return {one.id for one in await workspace.store.traces()}


async def test_traces_of_the_last_moment_are_in_a_backup_of_a_running_server(settings, tmp_path):
    async with await Workspace.open(settings) as workspace:
        serving = workspace.serving()
        for number in range(20):
            if not serving.record_now(trace(f"t{number}")):
                await serving.record(trace(f"t{number}"))
        await make_backup(settings, tmp_path / "copy.db")
        assert await ids_in(tmp_path / "copy.db", tmp_path) == {f"t{number}" for number in range(20)}


async def test_what_workers_and_an_outage_left_beside_the_store_is_in_a_backup(settings, tmp_path):
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1")])
        worker = WorkerSpool(worker_folder(settings.home, 2))
        assert worker.keep_now([trace("t2")])
        TraceSpool(settings.home / SPOOL).append([trace("t3")])
        await make_backup(settings, tmp_path / "copy.db")
        await worker.close()
    assert await ids_in(tmp_path / "copy.db", tmp_path) == {"t1", "t2", "t3"}


async def test_a_backup_before_an_upgrade_leaves_the_store_in_its_format(tmp_path):
    settings = settings_of(tmp_path / "home")
    with contextlib.closing(sqlite3.connect(settings.home / "gonogo.db", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:-1])
    TraceSpool(settings.home / SPOOL).append([trace("t1")])
    await make_backup(settings, tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(settings.home / "gonogo.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) - 1,)


async def test_a_restore_into_a_store_that_holds_something_is_refused_and_changes_nothing(settings, tmp_path):
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1")])
    await make_backup(settings, tmp_path / "copy.db")
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t2")])
    with pytest.raises(BadInput, match=r"holds a store already|exists already"):
        await restore_backup(settings, tmp_path / "copy.db")
    async with await Workspace.open(settings) as workspace:
        assert len(await workspace.store.traces()) == 2


async def test_a_backup_overwrites_nothing(settings, tmp_path):
    await (await Workspace.open(settings)).close()
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(BadInput, match="never overwrites"):
        await make_backup(settings, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_a_backup_to_nowhere_says_so(settings, tmp_path):
    await (await Workspace.open(settings)).close()
    with pytest.raises(BadInput, match="choose another place"):
        await make_backup(settings, tmp_path / "nowhere" / "copy.db")


async def test_a_home_without_a_store_has_nothing_to_back_up_and_gets_none(tmp_path):
    settings = settings_of(tmp_path / "home")
    with pytest.raises(BadInput, match="there is no store in"):
        await make_backup(settings, tmp_path / "copy.db")
    assert not (tmp_path / "home" / "gonogo.db").exists()


@pytest.mark.parametrize(("content", "says"), [(b"", "is empty"), (b"hello" * 1000, "is not a gonogo store")])
async def test_a_file_that_is_no_backup_is_refused_and_makes_no_store(tmp_path, content, says):
    settings = settings_of(tmp_path / "home")
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(BadInput, match=says):
        await restore_backup(settings, tmp_path / "copy.db")
    with pytest.raises(BadInput, match="there is no file"):
        await restore_backup(settings, tmp_path / "none.db")
    assert not (tmp_path / "home" / "gonogo.db").exists()


async def test_a_backup_of_a_newer_gonogo_is_refused(tmp_path):
    import sqlite3

    settings = settings_of(tmp_path / "home")
    await (await Workspace.open(settings)).close()
    await make_backup(settings, tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreTooNew, match="install the newer gonogo"):
        await restore_backup(settings_of(tmp_path / "other"), tmp_path / "copy.db")


async def test_a_forgotten_user_is_gone_from_store_and_spools_and_the_line_that_says_so_hides_the_name(settings):
    TraceSpool(settings.home / "spool").append([trace("s1")])
    TraceSpool(worker_folder(settings.home, 2)).append([trace("w1"), trace("w2", user="ben")])
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1"), trace("t2", user="ben")])
        done = await workspace.forget("ana")
        assert (done.traces, done.annotations, done.author) == (3, 0, "eva")
        assert {one.id for one in await workspace.store.traces()} == {"t2", "w2"}
        assert sum(cell.took.requests for cell in await workspace.store.costs()) == 5
    [line] = (settings.home / "audit.jsonl").read_text().splitlines()
    assert json.loads(line) | {"action": "forget", "traces": 3, "author": "eva"} == json.loads(line)
    assert "ana" not in line
    assert stat.S_IMODE((settings.home / "audit.jsonl").stat().st_mode) == 0o600


async def test_what_was_forgotten_cannot_be_read_in_the_file_any_more(tmp_path):
    settings = settings_of(tmp_path / "home")
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1", question="my very own secret")])
    assert b"my very own secret" in (settings.home / "gonogo.db").read_bytes()
    async with await Workspace.open(settings) as workspace:
        await workspace.forget("ana")
    for path in settings.home.glob("gonogo.db*"):
        assert b"my very own secret" not in path.read_bytes()


async def test_lines_that_nobody_can_read_are_named(tmp_path):
    settings = settings_of(tmp_path / "home")
    (settings.home / "spool").mkdir()
    (settings.home / "spool" / "traces.damaged").write_text("half a lin")
    async with await Workspace.open(settings) as workspace:
        done = await workspace.forget("ana")
    assert done.unread == (str(settings.home / "spool" / "traces.damaged"),)


async def test_nobody_is_not_a_user(settings):
    async with await Workspace.open(settings) as workspace:
        await workspace.store.add_traces([trace("t1", user="")])
        with pytest.raises(BadInput, match="no user is named"):
            await workspace.forget("")
        assert len(await workspace.store.traces()) == 1
