"""A backup is a whole store of one moment, taken while the store is in use."""

from __future__ import annotations

import asyncio
import stat

import pytest

from gonogo.errors import BadInput
from gonogo.store import FILE_NAME, open_store


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path / "store")
    yield opened
    await opened.close()


async def test_a_backup_opens_as_a_store_with_everything_in_it(store, tmp_path, samples):
    await store.add_traces([samples.trace("t1")])
    (tmp_path / "copy").mkdir()
    await store.backup(tmp_path / "copy" / FILE_NAME)
    await store.add_traces([samples.trace("later")])
    copy = await open_store(tmp_path / "copy")
    assert [trace.id for trace in await copy.traces()] == ["t1"]
    await copy.close()


async def test_the_store_is_written_to_while_it_is_backed_up(store, tmp_path, samples):
    adding = [store.add_traces([samples.trace(f"t{number}")]) for number in range(50)]
    await asyncio.gather(store.backup(tmp_path / "copy.db"), *adding)
    assert len(await store.traces(limit=100)) == 50


async def test_a_backup_is_for_its_owner_only(store, tmp_path):
    await store.backup(tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


async def test_a_backup_overwrites_nothing(store, tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(BadInput, match="never overwrites"):
        await store.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_a_backup_to_nowhere_says_so_and_leaves_nothing(store, tmp_path):
    with pytest.raises(BadInput, match="choose another place"):
        await store.backup(tmp_path / "nowhere" / "copy.db")
    assert not (tmp_path / "nowhere").exists()
