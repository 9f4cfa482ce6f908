"""The two threads: shared commits, isolated failures, and faults that leave nothing half-written."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest

from gonogo.errors import BadInput, StoreBusy
from gonogo.store import FILE_NAME, lanes, open_store


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path, busy_timeout=0.0)
    yield opened
    await opened.close()


async def hold_writer(store):
    """Keep the writer thread at work until the returned event is set, so that later writes wait together."""
    gate = threading.Event()
    waiting = asyncio.ensure_future(store.database.write(lambda _: gate.wait()))
    await asyncio.sleep(0)
    return gate, waiting


async def test_writes_that_wait_together_share_one_commit(store, samples):
    commits: list[str] = []
    await store.database.write(lambda connection: connection.set_trace_callback(commits.append))
    gate, waiting = await hold_writer(store)
    adding = [asyncio.ensure_future(store.add_traces([samples.trace(f"t{number}")])) for number in range(50)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(waiting, *adding)
    # One for the call that set the callback, one for the call that held the writer, one for the fifty.
    assert commits.count("COMMIT") <= 3
    assert len(await store.traces(limit=100)) == 50


async def test_traces_that_wait_together_are_put_in_with_one_statement(store, samples):
    statements: list[str] = []
    await store.database.write(lambda connection: connection.set_trace_callback(statements.append))
    gate, waiting = await hold_writer(store)
    adding = [asyncio.ensure_future(store.add_traces([samples.trace(f"t{number}")])) for number in range(50)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(waiting, *adding)
    assert statements.count("SAVEPOINT rows") == 1
    assert sum(statement.startswith("SAVEPOINT") for statement in statements) <= 3
    assert len(await store.traces(limit=100)) == 50


async def test_a_trace_that_cannot_be_written_fails_alone_among_those_that_wait_together(store, samples):
    gate, waiting = await hold_writer(store)
    bad = samples.trace("bad", signals={"x": object()})
    adding = asyncio.gather(
        *(store.add_traces([trace]) for trace in (samples.trace("a1"), bad, samples.trace("c3"))),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    gate.set()
    await waiting
    assert [type(outcome) for outcome in await adding] == [type(None), TypeError, type(None)]
    assert sorted(trace.id for trace in await store.traces()) == ["a1", "c3"]


async def test_a_write_that_fails_undoes_itself_and_not_its_neighbours(store, samples):
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO folders VALUES ('default', 'half', '/x', 1)")
        raise ZeroDivisionError

    gate, waiting = await hold_writer(store)
    outcomes = asyncio.gather(
        store.remember_folder("before", "/a"),
        store.database.write(half),
        store.remember_folder("after", "/b"),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    gate.set()
    await waiting
    assert [type(outcome) for outcome in await outcomes] == [type(None), ZeroDivisionError, type(None)]
    assert [await store.folder(name) for name in ("before", "half", "after")] == ["/a", None, "/b"]


async def test_a_write_whose_caller_gave_up_still_happens(store):
    gate, waiting = await hold_writer(store)
    writing = asyncio.ensure_future(store.remember_folder("support", "/a"))
    await asyncio.sleep(0)
    writing.cancel()
    gate.set()
    await waiting
    await store.healthy()
    assert await store.folder("support") == "/a"


async def test_closing_finishes_what_was_asked_for(tmp_path):
    store = await open_store(tmp_path)
    writing = [asyncio.ensure_future(store.remember_folder(f"m{number}", "/a")) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*writing) == [None] * 20


async def test_a_full_disk_is_busy_with_nothing_half_written_and_mends_by_itself(store, samples):
    await store.add_traces([samples.trace("first")])
    pages = await store.database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    await store.database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    large = [samples.trace(f"t{number}", answer="x" * 50_000) for number in range(4)]
    with pytest.raises(StoreBusy, match=rf"{FILE_NAME} cannot grow, its disk is full: nothing was written; free"):
        await store.add_traces(large)
    assert [trace.id for trace in await store.traces()] == ["first"]
    await store.database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())
    await store.add_traces(large)
    assert len(await store.traces()) == 5


async def test_a_store_locked_by_another_process_is_busy_and_not_healthy(store, tmp_path, samples):
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked by another process: nothing was written, try again"):
            await store.add_traces([samples.trace("t1")])
        assert not await store.healthy()
        assert await store.traces() == []
    assert await store.healthy()


async def test_a_store_that_may_not_be_written_says_whose_permission_is_missing(store):
    await store.database.write(lambda connection: connection.execute("PRAGMA query_only = ON"))
    with pytest.raises(BadInput, match="may not be written: give this user write permission"):
        await store.remember_folder("support", "/a")
    assert not await store.healthy()


async def test_readers_cannot_write(store):
    with pytest.raises(BadInput, match="may not be written"):
        await store.database.read(lambda connection: connection.execute("DELETE FROM folders"))


async def test_a_mistake_in_our_sql_is_not_dressed_up(store):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await store.database.read(lambda connection: connection.execute("SELECT * FROM nowhere"))
    assert await store.missions() == []


async def test_more_waiting_calls_than_the_limit_are_refused_at_once(store, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_WAITING", 0)
    with pytest.raises(StoreBusy, match="nothing was written, try again"):
        await store.remember_folder("support", "/a")


async def test_every_row_carries_tenant_and_format(store):
    def columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for (name,) in tables}

    found = await store.database.read(columns)
    assert [name for name, has in found.items() if not {"tenant", "format"} <= has] == ["health", "costs_counted"]


async def test_a_card_of_a_newer_gonogo_is_named_with_the_next_step(store, samples):
    await store.add_classifier(samples.card())
    newer = "UPDATE classifiers SET body = json_set(CAST(body AS TEXT), '$.smell', 1)"
    await store.database.write(lambda connection: connection.execute(newer).rowcount)
    with pytest.raises(BadInput, match=r"toxicity@a was written by a newer gonogo.*smell.*upgrade gonogo"):
        await store.classifiers()
