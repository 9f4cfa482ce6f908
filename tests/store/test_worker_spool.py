"""Spools that one process fills and another empties."""

from __future__ import annotations

import asyncio
import os

import pytest

from gonogo.errors import StoreBusy
from gonogo.store import open_store
from gonogo.store.worker_spool import WorkerSpool, bring_all_home, waiting, worker_folder


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def spool(tmp_path):
    made = WorkerSpool(worker_folder(tmp_path, 1))
    yield made
    await made.close()


async def test_a_trace_is_on_disk_when_its_caller_is_answered_and_not_yet_in_the_store(tmp_path, store, spool, samples):
    assert not await spool.keep(store, [samples.trace("t1")])
    assert b'"t1"' in (worker_folder(tmp_path, 1) / "traces.spool").read_bytes()
    assert await store.traces() == []


async def test_traces_of_every_worker_come_home_together(tmp_path, store, spool, samples):
    other = WorkerSpool(worker_folder(tmp_path, 2))
    await asyncio.gather(
        *(spool.keep(store, [samples.trace(f"a{number}")]) for number in range(20)),
        *(other.keep(store, [samples.trace(f"b{number}")]) for number in range(20)),
    )
    await other.close()
    assert waiting(tmp_path) > 0
    assert (await bring_all_home(tmp_path, store)).traces == 40
    assert len(await store.traces(limit=100)) == 40
    assert waiting(tmp_path) == 0


async def test_a_worker_brings_nothing_home_itself(store, spool, samples):
    await spool.keep(store, [samples.trace("t1")])
    await spool.bring_home(store)
    assert await store.traces() == []


async def test_traces_written_while_others_are_brought_home_are_there_once(tmp_path, store, spool, samples):
    async def write():
        for number in range(100):
            await spool.keep(store, [samples.trace(f"t{number}")])

    writing = asyncio.ensure_future(write())
    while not writing.done():
        await bring_all_home(tmp_path, store)
        await asyncio.sleep(0)
    await bring_all_home(tmp_path, store)
    assert len(await store.traces(limit=1000)) == 100


async def test_two_processes_that_bring_home_at_once_do_no_harm(tmp_path, store, spool, samples):
    await asyncio.gather(*(spool.keep(store, [samples.trace(f"t{number}")]) for number in range(50)))
    await asyncio.gather(*(bring_all_home(tmp_path, store) for _ in range(3)))
    assert len(await store.traces(limit=1000)) == 50


async def test_a_full_spool_refuses_every_trace_of_the_batch(tmp_path, store, samples):
    spool = WorkerSpool(worker_folder(tmp_path, 1))
    spool.limit = 10
    outcomes = await asyncio.gather(*(spool.keep(store, [samples.trace()]) for _ in range(3)), return_exceptions=True)
    await spool.close()
    assert [type(outcome) for outcome in outcomes] == [StoreBusy] * 3


async def test_against_the_loss_of_power_the_file_and_its_name_are_synced(tmp_path, store, samples, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    spool = WorkerSpool(worker_folder(tmp_path, 1), durability="power")
    await spool.keep(store, [samples.trace("t1")])
    await spool.keep(store, [samples.trace("t2")])
    await spool.close()
    folder = str(worker_folder(tmp_path, 1))
    assert synced == [f"{folder}/traces.spool", folder, f"{folder}/traces.spool"]


async def test_a_trace_is_on_disk_without_waiting_where_no_loss_of_power_is_to_be_survived(tmp_path, store, samples):
    spool = WorkerSpool(worker_folder(tmp_path, 1))
    assert spool.keep_now([samples.trace("t1")])
    await bring_all_home(tmp_path, store)
    assert spool.keep_now([samples.trace("t2")]), "its file was moved away meanwhile"
    await bring_all_home(tmp_path, store)
    await spool.close()
    assert sorted(trace.id for trace in await store.traces()) == ["t1", "t2"]

    careful = WorkerSpool(worker_folder(tmp_path, 2), durability="power")
    assert not careful.keep_now([samples.trace("t3")])
    await careful.close()
