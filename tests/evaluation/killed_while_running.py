"""A process of its own: starts a run, answers ``AFTER`` tasks, says when they are stored, and waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import Team
from gonogo.evaluation import runner
from gonogo.features import Reader, StaticEmbedder
from gonogo.store import open_store


class Stop:
    """Lets ``after`` requests through and holds the others for ever."""

    def __init__(self, after: int) -> None:
        self.left = after

    async def wait(self) -> None:
        self.left -= 1
        if self.left < 0:
            await asyncio.Event().wait()


async def main(folder: Path, after: int) -> None:
    runner.STORE_EVERY = 0.01
    store = await open_store(folder)
    team = Team(store, Reader(StaticEmbedder()))
    version = await team.build()
    team.speaker(version).gate = Stop(after)
    write = store.add_results
    stored = 0

    async def announced(run_id, results) -> None:
        nonlocal stored
        await write(run_id, results)
        stored += len(results)
        sys.stdout.write(f"{stored}\n")
        sys.stdout.flush()

    store.add_results = announced
    await team.run(version, concurrency=4, seed=3)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
