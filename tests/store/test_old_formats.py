"""Stores that an older gonogo wrote are read as what they were: kept here as it wrote them, rows and all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gonogo.assembly import Workspace
from gonogo.assembly.keeping import restore_backup
from gonogo.assembly.settings import load_settings

FORMATS = Path(__file__).parent / "formats"


@pytest.fixture(params=[1, 2])
def old(request, tmp_path) -> Path:
    """The file of a store of an older format: one Mission, proven and live, two Traces, an annotation, a key."""
    path = tmp_path / "old" / "gonogo.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((FORMATS / f"format{request.param}.sql").read_text())
        assert connection.execute("PRAGMA user_version").fetchone() == (request.param,)
    return path


async def is_all_there(settings) -> None:
    async with await Workspace.open(settings) as workspace:
        store = workspace.store
        [live] = await store.environments()
        version = await store.version("support", live.version)
        assert (live.name, live.version, version.name) == ("production", 1, "support@1")
        assert len((await store.snapshot(version.index_digest)).chunks) > 0
        [deployment] = await store.deployments("support")
        verdict = await store.verdict(deployment.verdict_id)
        assert verdict.outcome == "GO"
        [run] = await store.runs("support")
        assert len((await store.run(run.id)).results) == 6
        assert {trace.user for trace in await store.traces()} == {"ana"}
        assert [one.author for one in await store.annotations("0000000000000001")] == ["ben"]
        assert (await store.key("k1")).hashed == "hash"
        assert await store.folder("support") == "/missions/support"
        assert sum(cell.took.requests for cell in await store.costs()) == 2
        assert await store.promotions() == []
        assert await store.healthy()


async def test_an_older_store_opened_by_this_gonogo_has_everything(old):
    await is_all_there(load_settings(old.parent, {}))


async def test_an_older_backup_restored_into_sqlite_has_everything_and_stays_as_it_is(old, tmp_path):
    before = old.read_bytes()
    settings = load_settings(tmp_path / "home", {})
    await restore_backup(settings, old)
    await is_all_there(settings)
    assert old.read_bytes() == before


async def test_an_older_backup_restored_into_postgresql_has_everything(old, tmp_path, postgres):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(f'[store]\nurl = "{postgres.empty()}"')
    settings = load_settings(tmp_path / "home", {})
    await restore_backup(settings, old)
    await is_all_there(settings)
