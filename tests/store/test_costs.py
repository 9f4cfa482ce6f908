"""Costs in SQLite stand when Traces are deleted, and no number that SQLite gives again hides a Trace."""

from __future__ import annotations

import pytest

from gonogo.store import open_store


@pytest.fixture
async def sqlite(tmp_path):
    store = await open_store(tmp_path / "store")
    yield store
    await store.close()


async def delete(store, *ids):
    await store.database.write(
        lambda connection: [connection.execute("DELETE FROM traces WHERE id = ?", (i,)) for i in ids]
    )


async def requests(store):
    return sum(cell.took.requests for cell in await store.costs())


async def test_a_deleted_trace_that_was_counted_still_counts(sqlite, samples):
    await sqlite.add_traces([samples.trace("t1"), samples.trace("t2")])
    assert await requests(sqlite) == 2
    await delete(sqlite, "t1", "t2")
    assert await requests(sqlite) == 2


async def test_a_trace_that_takes_the_number_of_a_deleted_one_is_counted(sqlite, samples):
    await sqlite.add_traces([samples.trace("t1"), samples.trace("t2"), samples.trace("t3")])
    assert await requests(sqlite) == 3
    await delete(sqlite, "t2", "t3")
    await sqlite.add_traces([samples.trace("t4")])
    assert await requests(sqlite) == 4


async def test_traces_of_before_there_were_costs_are_counted_when_first_asked(sqlite, samples):
    await sqlite.add_traces([samples.trace(f"t{number}") for number in range(7)])
    assert await requests(sqlite) == 7


async def test_what_another_program_said_of_itself_costs_nothing_here(sqlite, samples):
    await sqlite.add_traces([samples.trace("t1", foreign=True), samples.trace("t2")])
    assert await requests(sqlite) == 1
