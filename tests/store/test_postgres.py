"""What only PostgreSQL can do wrong: servers that go away, other people's schemas, several machines at once."""

from __future__ import annotations

import asyncio

import pytest

from gonogo.errors import BadInput, DeploymentConflict, ExtraMissing, StoreBusy, StoreDown, StoreTooNew
from gonogo.store import TraceSpool, open_postgres
from gonogo.store.migrations import MIGRATIONS

psycopg = pytest.importorskip("psycopg", reason="needs pip install 'gonogo[postgres]'")

from gonogo.store import postgres as engine  # noqa: E402
from gonogo.store import postgres_tables  # noqa: E402
from gonogo.store.postgres import translated  # noqa: E402


@pytest.fixture
async def url(postgres):
    return postgres.empty()


@pytest.fixture
async def store(url):
    opened = await open_postgres(url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url, store):
    """Another machine on the same database."""
    opened = await open_postgres(url)
    yield opened
    await opened.close()


async def healthy_again(store):
    """Wait for a connection: after a failed one nobody tries for a moment."""
    for _ in range(200):
        if await store.healthy():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the store did not come back")


def test_marks_for_values_are_translated_and_quoted_text_is_not():
    assert translated("a = ? AND b = :name AND c <> '?:x' AND d::json") == (
        "a = %s AND b = %(name)s AND c <> '?:x' AND d::json"
    )
    assert translated("a LIKE 'x%' AND b % 2 = ?") == "a LIKE 'x%%' AND b %% 2 = %s"


async def test_what_one_machine_writes_the_other_reads(store, other, samples):
    await store.add_version(samples.draft(), None)
    assert await other.missions() == ["support"]


async def test_versions_made_on_two_machines_at_once_get_different_numbers(store, other, samples):
    drafts = [samples.draft(f"prompt {number}") for number in range(20)]
    made = await asyncio.gather(*((store, other)[n % 2].add_version(draft, None) for n, draft in enumerate(drafts)))
    assert sorted(version.number for version in made) == list(range(1, 21))


async def test_of_two_machines_that_deploy_at_once_one_wins_and_the_other_is_told(store, other, samples):
    await store.add_version(samples.draft(), None)
    moves = [here.move(samples.deployment(1, 1, id=name), 0) for here, name in ((store, "a"), (other, "b"))]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    assert sorted(isinstance(outcome, DeploymentConflict) for outcome in outcomes) == [False, True]
    assert len(await store.deployments("support")) == 1


async def test_the_same_traces_added_by_two_machines_at_once_are_there_once(store, other, samples):
    traces = [samples.trace(f"t{number:03}") for number in range(200)]
    await asyncio.gather(
        *(store.add_traces(traces[n : n + 10]) for n in range(0, 200, 10)),
        *(other.add_traces(traces[n : n + 10]) for n in reversed(range(0, 200, 10))),
    )
    assert len(await store.traces(limit=1000)) == 200


async def test_a_trace_that_cannot_be_stored_takes_no_other_with_it(store, samples):
    bad = samples.trace("bad", version=2**70)
    adding = [store.add_traces([samples.trace(f"t{number}")]) for number in range(5)]
    outcomes = await asyncio.gather(store.add_traces([bad]), *adding, return_exceptions=True)
    assert isinstance(outcomes[0], Exception)
    assert outcomes[1:] == [None] * 5
    assert len(await store.traces()) == 5


async def test_a_text_with_nul_comes_back_as_it_was_and_is_found(store, samples):
    trace = samples.trace("t1", question="a\0b", session="s\0")
    await store.add_traces([trace])
    assert await store.traces(session="s\0") == [trace]


async def test_costs_counted_while_others_add_miss_no_trace(store, other, samples):
    async def add(number):
        await (store, other)[number % 2].add_traces([samples.trace(f"t{number}")])

    async def count():
        for _ in range(5):
            await other.costs()

    await asyncio.gather(count(), *(add(number) for number in range(100)))
    assert sum(cell.took.requests for cell in await store.costs()) == 100


async def test_stores_opened_at_once_make_their_tables_once(url):
    stores = await asyncio.gather(*(open_postgres(url) for _ in range(4)))
    assert all(await asyncio.gather(*(one.healthy() for one in stores)))
    for one in stores:
        await one.close()


async def test_an_older_format_keeps_its_rows_and_gets_what_is_new(postgres, url):
    with psycopg.connect(url, autocommit=True) as connection:
        postgres_tables.migrate(connection, url, MIGRATIONS[:2])
        connection.execute("INSERT INTO gonogo.keys VALUES ('k1', 'hash', 'acme', 'admin', 5.0, NULL, 1)")
    store = await open_postgres(url)
    try:
        assert (await store.key("k1")).hashed == "hash"
        assert await store.costs() == []
    finally:
        await store.close()
    assert postgres.psql("SELECT number FROM gonogo.store_format", url).strip() == str(len(MIGRATIONS))


async def test_a_migration_that_fails_halfway_leaves_the_store_as_it_was(postgres, url, store):
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.Error):
        newer = (*MIGRATIONS, ("CREATE TABLE extra (a TEXT)", "CREATE TABLE folders (a TEXT)"))
        postgres_tables.migrate(connection, url, newer)
    assert postgres.psql("SELECT number FROM gonogo.store_format", url).strip() == str(len(MIGRATIONS))
    assert postgres.psql("SELECT count(*) FROM pg_tables WHERE tablename = 'extra'", url).strip() == "0"


async def test_a_store_of_a_newer_gonogo_is_refused(postgres, url, store):
    postgres.psql("UPDATE gonogo.store_format SET number = 999", url)
    with pytest.raises(StoreTooNew, match=r"format 999.*install the newer gonogo"):
        await open_postgres(url)


async def test_a_schema_of_another_program_is_left_alone(postgres, url):
    postgres.psql("CREATE SCHEMA gonogo; CREATE TABLE gonogo.theirs (a int)", url)
    with pytest.raises(BadInput, match="belongs to another program"):
        await open_postgres(url)


async def test_a_database_that_cannot_hold_every_text_is_refused(postgres):
    with pytest.raises(BadInput, match="encoding UTF8"):
        await open_postgres(postgres.database(encoding="SQL_ASCII"))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://here/db", "begins with 'mysql:'"),
        ("postgresql://me:secret@here/db", "holds a password"),
        ("postgresql://here/db?password=secret", "holds a password"),
        ("postgresql://[::1/db", "is no address"),
    ],
)
async def test_an_address_that_cannot_be_used_says_how_one_is_written(address, says):
    with pytest.raises(BadInput, match=says) as refused:
        await open_postgres(address)
    assert "secret" not in str(refused.value)


async def test_without_the_extra_the_error_names_the_line_to_install_it(monkeypatch):
    monkeypatch.setattr("gonogo.store.postgres_open.find_spec", lambda _: None)
    with pytest.raises(ExtraMissing, match=r"gonogo\[postgres\]"):
        await open_postgres("postgresql://127.0.0.1/none")


async def test_a_server_that_is_not_there_is_down_and_its_password_stays_hidden():
    with pytest.raises(StoreDown, match="does not answer") as refused:
        await open_postgres("postgresql://me@127.0.0.1:1/none", "hunter2")
    assert "hunter2" not in str(refused.value)


async def test_a_lock_held_by_another_process_is_busy_and_not_forever(url, store, monkeypatch):
    monkeypatch.setattr(engine, "CHANGE", engine.CHANGE.replace("lock_timeout = 5000", "lock_timeout = 50"))
    with psycopg.connect(url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (engine.LOCK,))
        with pytest.raises(StoreBusy, match="locked by another process: nothing was written, try again"):
            await store.remember_folder("support", "/a")
        assert not await store.healthy()
        assert await store.folder("support") is None
    await store.remember_folder("support", "/b")


async def test_a_server_that_only_reads_says_so(url, store):
    reading = await open_postgres(f"{url}?options=-c%20default_transaction_read_only%3Don")
    try:
        with pytest.raises(BadInput, match="may only be read"):
            await reading.remember_folder("support", "/a")
        assert await reading.missions() == []
    finally:
        await reading.close()


async def test_connections_that_the_server_ended_are_made_again_unnoticed(postgres, url, store, samples):
    await store.add_traces([samples.trace("t1")])
    await store.remember_folder("support", "/a")
    postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gonogo'", url)
    await store.add_traces([samples.trace("t2")])
    await store.remember_folder("support", "/b")
    assert {trace.id for trace in await store.traces()} == {"t1", "t2"}


async def test_while_the_server_is_down_traces_wait_on_disk_and_come_home(postgres, url, store, samples, tmp_path):
    spool = TraceSpool(tmp_path / "spool")
    assert await spool.keep(store, [samples.trace("before")])
    postgres.stop()
    try:
        assert not await spool.keep(store, [samples.trace("during")])
        assert not await store.healthy()
        with pytest.raises(StoreDown):
            await store.traces()
    finally:
        postgres.start()
    await healthy_again(store)
    assert await spool.keep(store, [samples.trace("after")])
    assert {trace.id for trace in await store.traces()} == {"before", "during", "after"}
    assert spool.size() == 0


async def test_every_text_is_compared_byte_by_byte_whatever_the_database_prefers(postgres, url, store):
    query = """SELECT count(*) FROM information_schema.columns
               WHERE table_schema = 'gonogo' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"""
    assert postgres.psql(query, url).strip() == "0"


async def test_every_row_carries_tenant_and_format(postgres, url, store):
    query = """SELECT table_name FROM information_schema.columns WHERE table_schema = 'gonogo' GROUP BY table_name
               HAVING count(*) FILTER (WHERE column_name IN ('tenant', 'format')) < 2 ORDER BY table_name"""
    assert postgres.psql(query, url).split() == ["costs_counted", "health", "store_format"]
