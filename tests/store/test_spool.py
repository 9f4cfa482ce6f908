"""Traces wait on disk while the store is down, and reach it once, later."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from gonogo.errors import StoreBusy
from gonogo.store import FILE_NAME, Drained, TraceSpool, open_store
from gonogo.store import spool as spooling


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path / "store", busy_timeout=0.0)
    yield opened
    await opened.close()


@pytest.fixture
def spool(tmp_path):
    return TraceSpool(tmp_path / "spool")


@pytest.fixture
def lock(tmp_path):
    """Another process's lock on the store, held until the test lets go of it."""
    with closing(sqlite3.connect(tmp_path / "store" / FILE_NAME, isolation_level=None)) as other:
        yield other


async def ids(store):
    return sorted([trace.id for trace in await store.traces(limit=1000)])


async def test_while_the_store_is_up_nothing_is_spooled(store, spool, samples):
    assert await spool.keep(store, [samples.trace("t1")])
    assert spool.size() == 0


async def test_what_comes_while_the_store_is_down_reaches_it_when_it_is_back(store, spool, samples, lock):
    lock.execute("BEGIN IMMEDIATE")
    assert not await spool.keep(store, [samples.trace("t1"), samples.trace("t2")])
    lock.execute("ROLLBACK")
    assert await spool.keep(store, [samples.trace("t3")])
    assert await ids(store) == ["t1", "t2", "t3"]
    assert spool.size() == 0


async def test_a_spool_of_a_process_that_died_is_drained_by_the_next(store, spool, samples):
    spool.append([samples.trace("t1")])
    assert await TraceSpool(spool.folder).drain(store) == Drained(traces=1)
    assert await ids(store) == ["t1"]


async def test_the_disk_is_not_looked_at_for_every_trace_once_it_is_known_to_hold_none(
    store, spool, samples, monkeypatch
):
    await spool.keep(store, [samples.trace()])
    looked = []
    monkeypatch.setattr(type(spool), "size", lambda self: looked.append(self) or 0)
    await spool.keep(store, [samples.trace()])
    assert looked == []


async def test_draining_an_empty_or_missing_spool_does_nothing(store, spool):
    assert await spool.drain(store) == Drained()


async def test_a_drain_that_fails_keeps_everything_for_the_next(store, spool, samples, lock):
    spool.append([samples.trace("t1")])
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        await spool.drain(store)
    spool.append([samples.trace("t2")])
    lock.execute("ROLLBACK")
    assert await spool.drain(store) == Drained(traces=2)
    assert await ids(store) == ["t1", "t2"]


async def test_draining_the_same_traces_twice_keeps_them_once(store, spool, samples):
    for _ in range(2):
        spool.append([samples.trace("t1")])
    await spool.drain(store)
    assert await ids(store) == ["t1"]


async def test_half_a_line_left_by_a_dying_process_spoils_only_itself(store, spool, samples):
    spool.append([samples.trace("t1")])
    with (spool.folder / "traces.spool").open("ab") as file:
        file.write(b'{"id": "torn')
    spool.append([samples.trace("t2")])
    assert await spool.drain(store) == Drained(traces=2, damaged=1)
    assert await ids(store) == ["t1", "t2"]
    assert (spool.folder / "traces.damaged").read_bytes() == b'{"id": "torn\n'


def test_a_full_spool_says_that_traces_are_lost_and_keeps_what_it_has(tmp_path, samples):
    spool = TraceSpool(tmp_path, limit=1000)
    spool.append([samples.trace("t1")])
    before = spool.size()
    with pytest.raises(StoreBusy, match=r"limit of 1000 bytes.*are lost: bring the store back"):
        spool.append([samples.trace("t2", answer="x" * 1000)])
    assert spool.size() == before


async def test_traces_of_a_drain_under_way_count_against_the_limit(store, samples, lock, tmp_path):
    spool = TraceSpool(tmp_path / "spool", limit=1000)
    spool.append([samples.trace("t1")])
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        await spool.drain(store)
    assert spool.size() > 300


def test_the_spool_is_for_its_owner_only(spool, samples):
    spool.append([samples.trace("t1")])
    assert stat.S_IMODE((spool.folder / "traces.spool").stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_a_spool_that_cannot_be_written_says_so(tmp_path, samples):
    (tmp_path / "spool").write_text("")
    with pytest.raises(StoreBusy, match="cannot be written"):
        TraceSpool(tmp_path / "spool").append([samples.trace("t1")])


async def test_an_append_overtaken_by_a_drain_is_made_again(store, spool, samples, monkeypatch):
    real, overtaken = spooling._append, []

    def slow(path, block, sync):
        if not overtaken:
            overtaken.append(path)
            real(path, block, sync)
            path.rename(path.with_name("traces.spool.0"))
            (spool.folder / "traces.spool.0").unlink()
            return False
        return real(path, block, sync)

    monkeypatch.setattr(spooling, "_append", slow)
    spool.append([samples.trace("t1")])
    await spool.drain(store)
    assert await ids(store) == ["t1"]


def test_an_append_notices_that_its_file_was_rotated_away(tmp_path, monkeypatch):
    path = tmp_path / "traces.spool"
    opened = spooling._open_private

    def rotated(name):
        file = opened(name)
        name.rename(tmp_path / "traces.spool.0")
        return file

    monkeypatch.setattr(spooling, "_open_private", rotated)
    assert not spooling._append(path, b"x\n")
