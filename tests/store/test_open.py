"""Opening makes what is missing, and refuses what it must not touch with the file and the next step."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from gonogo.errors import BadInput, StoreBusy, StoreTooNew
from gonogo.store import FILE_NAME, open_store
from gonogo.store.migrations import FIRST, MIGRATIONS, migrate


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


async def test_folder_and_file_are_for_their_owner_only(tmp_path):
    store = await open_store(tmp_path / "deep" / "store")
    assert mode_of(tmp_path / "deep" / "store") == 0o700
    assert {mode_of(path) for path in (tmp_path / "deep" / "store").iterdir()} == {0o600}
    await store.close()


async def test_what_was_written_is_there_after_closing_and_opening(tmp_path, samples):
    store = await open_store(tmp_path)
    await store.add_traces([samples.trace("t1")])
    await store.close()
    again = await open_store(tmp_path)
    assert (await again.traces())[0].id == "t1"
    await again.close()


async def test_closing_twice_is_fine(tmp_path):
    store = await open_store(tmp_path)
    await store.close()
    await store.close()


@pytest.mark.parametrize(("durability", "level"), [("process", 1), ("power", 2)])
async def test_durability_is_the_level_sqlite_is_told(tmp_path, durability, level):
    store = await open_store(tmp_path, durability=durability)
    ask = store.database.write(lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0])
    assert await ask == level
    await store.close()


async def test_a_store_of_a_newer_gonogo_is_refused_naming_both_formats(tmp_path):
    await (await open_store(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match=rf"format 99.*up to {len(MIGRATIONS)}.*install the newer gonogo"):
        await open_store(tmp_path)


async def test_a_store_of_format_one_opens_keeps_its_rows_and_takes_classifiers(tmp_path, samples):
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        migrate(connection, (FIRST,))
        connection.execute("INSERT INTO folders VALUES ('default', 'support', '/a', 1)")
    store = await open_store(tmp_path)
    assert await store.folder("support") == "/a"
    assert await store.classifiers() == []
    await store.add_classifier(samples.card())
    assert [card.name for card in await store.classifiers()] == ["toxicity"]
    await store.close()


async def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("CREATE TABLE cookies (a)")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(BadInput, match="belongs to another program"):
        await open_store(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_naming_it(tmp_path):
    (tmp_path / FILE_NAME).write_text("hello " * 1000)
    with pytest.raises(BadInput, match=rf"{FILE_NAME} is not a gonogo store: move the file away"):
        await open_store(tmp_path)


async def test_a_damaged_file_is_refused_with_the_next_step(tmp_path, samples):
    store = await open_store(tmp_path)
    await store.add_traces([samples.trace(f"t{number}") for number in range(200)])
    await store.close()
    path = tmp_path / FILE_NAME
    content = path.read_bytes()
    path.write_bytes(content[:200] + b"\xff" * (len(content) - 200))
    with pytest.raises(BadInput, match=r"damaged.*restore a backup"):
        await open_store(tmp_path)


async def test_a_folder_where_the_file_should_be_is_refused(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(BadInput, match="cannot be opened for writing"):
        await open_store(tmp_path)


async def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "store").write_text("")
    with pytest.raises(BadInput, match="choose another folder"):
        await open_store(tmp_path / "store")


async def test_a_store_that_somebody_holds_is_busy(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy, match="locked by another process"):
            await open_store(tmp_path, busy_timeout=0.0)


async def test_a_store_that_somebody_writes_to_opens_at_once_and_can_be_read(tmp_path, samples):
    store = await open_store(tmp_path)
    await store.add_traces([samples.trace("t1")])
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        again = await open_store(tmp_path, busy_timeout=0.0)
        assert (await again.traces())[0].id == "t1"
        await again.close()
    await store.close()


async def test_opening_a_store_of_the_newest_format_writes_nothing(tmp_path):
    await (await open_store(tmp_path)).close()
    again = await open_store(tmp_path)
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size == 0
    await again.close()


async def test_many_may_open_a_new_store_at_once(tmp_path):
    stores = await asyncio.gather(*(open_store(tmp_path) for _ in range(6)))
    assert all([await store.healthy() for store in stores])
    for store in stores:
        await store.close()


ADDER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from killing.store_writes import make_draft
from gonogo.store import open_store

async def main():
    store = await open_store(Path(sys.argv[2]))
    for number in range(30):
        version = await store.add_version(make_draft(number + 1000 * int(sys.argv[3]), None), None)
        print(version.number)
    await store.close()

asyncio.run(main())
"""


def test_two_processes_that_add_versions_at_once_share_no_number(tmp_path, benchmarks):
    commands = [[sys.executable, "-c", ADDER, benchmarks, tmp_path / "store", str(who)] for who in (1, 2)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    numbers = [int(line) for child in children for line in child.communicate()[0].split()]
    assert sorted(numbers) == list(range(1, 61))
    with closing(sqlite3.connect(tmp_path / "store" / FILE_NAME)) as connection:
        prompts = connection.execute("SELECT number FROM parts WHERE name = 'prompt' ORDER BY number").fetchall()
    assert prompts == [(number,) for number in range(1, 61)]
