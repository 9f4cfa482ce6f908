"""A Trace survives its process before it is in the store, and whoever reads finds it."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from gonogo.errors import StoreBusy
from gonogo.store import FILE_NAME, TraceSpool, open_store
from gonogo.store import journal as journaling
from gonogo.store import write_behind as behind
from gonogo.store.write_behind import WriteBehind, seen_by_readers, settled


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path / "store", busy_timeout=0.0)
    yield opened
    await opened.close()


@pytest.fixture
async def spool(tmp_path, store):
    made = WriteBehind(tmp_path / "spool", store)
    yield made
    await made.close()


@pytest.fixture
async def elsewhere(tmp_path):
    """The same store, opened by another process."""
    opened = await open_store(tmp_path / "store", busy_timeout=0.0)
    yield opened
    await opened.close()


@pytest.fixture
def lock(tmp_path):
    """Another process's lock on the store, held until the test lets go of it."""
    with closing(sqlite3.connect(tmp_path / "store" / FILE_NAME, isolation_level=None)) as other:
        yield other


async def ids(store):
    return sorted([trace.id for trace in await store.traces(limit=1000)])


async def until(store, many):
    """Return once the store has so many Traces."""
    for _ in range(1000):
        if len(await ids(store)) == many:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"the store has {len(await ids(store))} Traces, not {many}")


async def test_a_kept_trace_is_on_disk_at_once_and_in_the_store_for_whoever_reads_it(store, spool, elsewhere, samples):
    assert spool.keep_now([samples.trace("t1")])
    assert await ids(elsewhere) == []
    assert spool.size() > 0
    assert (await store.trace("t1")).id == "t1"
    assert await ids(elsewhere) == ["t1"]
    assert spool.size() == 0


async def test_a_change_sees_what_was_kept_before_it(store, spool, samples):
    spool.keep_now([samples.trace("t1", user="ben")])
    assert await store.forget_user("ben") == (1, 0)


async def test_traces_reach_the_store_by_themselves(spool, elsewhere, samples, monkeypatch):
    monkeypatch.setattr(behind, "EVERY", 0.01)
    spool.keep_now([samples.trace("t1")])
    await until(elsewhere, 1)


async def test_many_traces_do_not_wait_for_the_time(spool, elsewhere, samples, monkeypatch):
    monkeypatch.setattr(behind, "EVERY", 1000.0)
    spool.keep_now([samples.trace(f"t{number}") for number in range(behind.AT_ONCE)])
    await until(elsewhere, behind.AT_ONCE)


async def test_the_last_of_two_traces_of_one_id_holds(store, spool, samples):
    spool.keep_now([samples.trace("t1")])
    spool.keep_now([samples.trace("t1", answer="Better.")])
    assert (await store.trace("t1")).answer == "Better."


async def test_traces_kept_while_others_are_stored_are_there_too(store, spool, samples):
    for number in range(20):
        spool.keep_now([samples.trace(f"t{number:02}")])
        if number % 5 == 0:
            flushing = asyncio.ensure_future(spool.flush())
            await asyncio.sleep(0)
    await flushing
    assert len(await ids(store)) == 20


async def test_while_the_store_is_down_traces_are_spooled_and_come_home_later(store, spool, samples, lock):
    spool.keep_now([samples.trace("t1")])
    lock.execute("BEGIN IMMEDIATE")
    await spool.flush()
    spool.keep_now([samples.trace("t2")])
    assert spool.size() > 0
    await spool.bring_home(store)
    lock.execute("ROLLBACK")
    await spool.bring_home(store)
    assert await ids(store) == ["t1", "t2"]
    assert spool.size() == 0
    spool.keep_now([samples.trace("t3")])
    assert await ids(store) == ["t1", "t2", "t3"]


async def test_a_store_that_is_down_can_be_read_all_the_same(store, spool, samples, lock):
    spool.keep_now([samples.trace("t1")])
    lock.execute("BEGIN IMMEDIATE")
    assert await ids(store) == []


async def test_beyond_the_journals_room_traces_are_spooled(store, spool, samples, monkeypatch):
    monkeypatch.setattr(journaling, "ROOM", 100)
    spool.keep_now([samples.trace("t1"), samples.trace("t2")])
    assert TraceSpool(spool.folder).size() > 0
    assert await ids(store) == ["t1", "t2"]


async def test_where_no_journal_can_be_made_traces_are_spooled(store, spool, samples, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(behind, "Journal", full)
    spool.keep_now([samples.trace("t1")])
    assert TraceSpool(spool.folder).size() > 0
    assert await ids(store) == ["t1"]


async def test_a_full_disk_refuses_a_trace_and_says_so(store, spool, samples, lock):
    lock.execute("BEGIN IMMEDIATE")
    spool.keep_now([samples.trace("t1")])
    await spool.flush()
    spool.limit = 10
    spool._room = 0
    with pytest.raises(StoreBusy):
        spool.keep_now([samples.trace("t2")])


async def test_a_reader_in_another_process_finds_what_a_living_server_has_just_kept(
    tmp_path, spool, elsewhere, samples
):
    spool.keep_now([samples.trace("t1")])
    await seen_by_readers(TraceSpool(tmp_path / "spool"), elsewhere)
    assert await ids(elsewhere) == ["t1"]


async def test_a_reader_does_not_bring_back_an_earlier_form_of_a_trace(tmp_path, spool, elsewhere, samples):
    spool.keep_now([samples.trace("t1"), samples.trace("t2")])
    await elsewhere.add_traces([samples.trace("t1", answer="Scored meanwhile.")])
    await seen_by_readers(TraceSpool(tmp_path / "spool"), elsewhere)
    assert (await elsewhere.trace("t1")).answer == "Scored meanwhile."
    assert await ids(elsewhere) == ["t1", "t2"]


async def test_a_reader_sees_the_last_form_of_a_trace_that_waits_in_two(tmp_path, spool, elsewhere, samples):
    spool.keep_now([samples.trace("t1"), samples.trace("t1", answer="Better.")])
    await seen_by_readers(TraceSpool(tmp_path / "spool"), elsewhere)
    assert (await elsewhere.trace("t1")).answer == "Better."


async def test_what_a_living_server_holds_is_waited_for_before_anything_is_deleted(tmp_path, spool, elsewhere, samples):
    spool.keep_now([samples.trace("t1", user="ben")])
    await settled(tmp_path / "spool")
    assert await elsewhere.forget_user("ben") == (1, 0)
    await spool.flush()
    assert await ids(elsewhere) == []


async def test_nothing_is_waited_for_where_nothing_is_held(tmp_path):
    await settled(tmp_path / "none")


async def test_a_server_that_ends_in_order_leaves_nothing_behind(tmp_path, store, samples):
    spool = WriteBehind(tmp_path / "spool", store)
    spool.keep_now([samples.trace("t1")])
    await spool.close()
    assert list((tmp_path / "spool").iterdir()) == []
    assert await ids(store) == ["t1"]


DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from gonogo.domain import Trace
from gonogo.store import open_store
from gonogo.store.write_behind import WriteBehind

def trace(number):
    return Trace(id=f"t{number:03}", created_at=1000.0, mission="support", version=1, behaviour_digest="b",
                 environment="production", question="Why?", answer="Because.", outcome="answered")

async def main():
    spool = WriteBehind(Path(sys.argv[1]) / "spool", await open_store(Path(sys.argv[1]) / "store"))
    for number in range(300):
        spool.keep_now([trace(number)])
        print(number, flush=True)
        if number % 50 == 0:
            await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("by", ["the next server", "a reader"])
async def test_no_trace_that_a_killed_server_had_kept_is_lost(tmp_path, store, by):
    command = [sys.executable, "-c", DIES, str(tmp_path)]
    ended = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    kept = [f"t{int(number):03}" for number in ended.stdout.split()]
    assert len(kept) == 300
    if by == "a reader":
        await seen_by_readers(TraceSpool(tmp_path / "spool"), store)
    else:
        spool = WriteBehind(tmp_path / "spool", store)
        await spool.bring_home(store)
        await spool.close()
    assert await ids(store) == kept
    assert list((tmp_path / "spool").iterdir()) == []
