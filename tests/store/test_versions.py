"""Snapshots: shared chunks, and damage found when they are read."""

from __future__ import annotations

import pytest

from gonogo.digest import digest_of
from gonogo.errors import BadInput
from gonogo.store import open_store


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


async def keep(store, samples, snapshot):
    await store.add_version(samples.draft(index=snapshot.digest), snapshot)
    return snapshot


async def test_chunks_are_kept_once_however_many_snapshots_hold_them(store, samples):
    await keep(store, samples, samples.snapshot("alpha", "beta", "alpha"))
    await keep(store, samples, samples.snapshot("gamma", "alpha", "beta", first_line=5))
    count = await store.database.read(lambda connection: connection.execute("SELECT count(*) FROM chunks").fetchone())
    assert count == (3,)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE chunks SET body = CAST(replace(body, 'alpha', 'Alpha') AS BLOB)",
        "UPDATE snapshot_chunks SET line = 77 WHERE position = 1",
        "DELETE FROM snapshot_chunks WHERE position = 1",
        "UPDATE snapshots SET header = CAST(replace(header, 'static', 'Static') AS BLOB)",
    ],
)
async def test_a_snapshot_whose_content_changed_is_refused_naming_the_remedy(store, samples, damage):
    snapshot = await keep(store, samples, samples.snapshot("alpha", "beta"))
    await store.database.write(lambda connection: connection.execute(damage))
    with pytest.raises(BadInput, match=rf"{snapshot.digest} is damaged.*gonogo build"):
        await store.snapshot(snapshot.digest)


async def test_a_snapshot_is_checked_with_the_digest_its_maker_computes(tmp_path, samples):
    store = await open_store(tmp_path / "checked", verify=lambda snapshot: digest_of(len(snapshot.chunks)))
    snapshot = await keep(store, samples, samples.snapshot("alpha"))
    with pytest.raises(BadInput, match="gonogo build"):
        await store.snapshot(snapshot.digest)
    await store.close()
