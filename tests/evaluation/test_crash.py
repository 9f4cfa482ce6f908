from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("killed_while_running.py")


@pytest.mark.parametrize("after", [1, 23, 59])
async def test_a_run_whose_process_was_killed_is_continued_with_all_that_was_stored(team, tmp_path, after):
    command = (sys.executable, str(CHILD), str(tmp_path / "store"), str(after))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    stored = 0
    while stored < after:
        line = await child.stdout.readline()
        assert line, "the child died by itself"
        stored = int(line)
    child.kill()
    await child.wait()
    version = await team.build()
    (left,) = await team.store.runs("support")
    assert left.finished_at is None
    run = await team.run(version, seed=3)
    assert run.id == left.id
    assert len({result.task_id for result in run.results}) == len(run.results) == 60
    assert len(team.speaker(version).asked) == 60 - after
