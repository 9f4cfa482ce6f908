"""Evaluations: ``gonogo evaluate`` of two Versions on the same golden tasks, killed and continued.

Here: the Mission, the rounds, the comparison with an evaluation that nobody killed. Not here: killing (``command``).
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
from pathlib import Path
from typing import Any

from gonogo.domain import EvaluationRun
from gonogo.store import open_store
from killing.command import Home, Moment, Pace, copied, count, pace_of, rounds_until, strike
from killing.report import Report, examine_file

LAMPS = 150
MISSION = "lamps"
CANDIDATE = f"{MISSION}@2"
CHANGES_WITH_EACH_RUN = ("id", "created_at", "run_id", "baseline_run_id")
MOMENTS: tuple[Moment, ...] = ("anywhere", "after the first write", "after the first write", "at the first write")
"""Most after the first write: that is the beginning of a run."""
Runs = dict[str, EvaluationRun]


def kill_evaluations(rounds: int, chance: random.Random, report: Report) -> None:
    """Kill so many evaluations, each in a copy of one home, and let the same command go on from there."""
    with tempfile.TemporaryDirectory() as scratch:
        prepared = prepare(Path(scratch))
        with copied(prepared, Path(scratch) / "unharmed") as home:
            pace = pace_of(home, "evaluate", CANDIDATE)
            expected = home.ask("verdict", CANDIDATE)["verdict"]
        for number in rounds_until(report, rounds):
            with copied(prepared, Path(scratch) / "home") as home:
                _round(home, pace, expected, MOMENTS[number % len(MOMENTS)], chance, report)


def prepare(scratch: Path) -> Home:
    """A home where Version 1 is live and Version 2 has other knowledge and more tasks, so that both have to run."""
    folder, home = scratch / MISSION, Home(scratch / "prepared")
    home.run("new", folder)
    _write(folder, tasks=20, heavier=0)
    home.run("evaluate", folder)
    home.run("deploy", folder)
    _write(folder, tasks=LAMPS, heavier=3)
    home.run("build", folder)
    return home


def _write(folder: Path, *, tasks: int, heavier: int) -> None:
    weights = [300 + number + (5 if number < heavier else 0) for number in range(LAMPS)]
    pages = [f"## Lamp {number}\n\nThe lamp {number} weighs {weight} grams." for number, weight in enumerate(weights)]
    (folder / "knowledge" / "lamps.md").write_text("# Lamps\n\n" + "\n\n".join(pages) + "\n", encoding="utf-8")
    golden = [
        f"- id: weight-{number}\n  question: How much does the lamp {number} weigh?\n"
        f"  expect:\n    - contains: {300 + number} grams\n"
        for number in range(tasks)
    ]
    (folder / "golden" / "weights.yaml").write_text("".join(golden), encoding="utf-8")


def _round(
    home: Home, pace: Pace, expected: dict[str, Any], moment: Moment, chance: random.Random, report: Report
) -> None:
    struck = strike(home, ("evaluate", CANDIDATE), pace, moment, chance)
    count(report, struck)
    left = asyncio.run(examine(home, report))
    _note(left, struck.killed, report)
    verdict = home.ask("evaluate", CANDIDATE)
    for name, value in expected.items():
        if name not in CHANGES_WITH_EACH_RUN and _untimed(verdict[name]) != _untimed(value):
            report.wrong(f"the Verdict's {name} is {verdict[name]!r}, unharmed it is {value!r}")
    _compare(left, asyncio.run(examine(home, report)), verdict, report)


def _untimed(value: object) -> object:
    """A Verdict's line names a latency, which is another one each time, and none where there is no difference."""
    return re.sub(r"; p95 [^;]*", "", value) if isinstance(value, str) else value


async def examine(home: Home, report: Report) -> Runs:
    """Open the store again and read every run on the candidate's tasks."""
    store = await open_store(home.path)
    try:
        await examine_file(store, report)
        version = await store.version(MISSION, 2)
        if version is None:
            report.lose(CANDIDATE)
            return {}
        found = [await store.run(run.id) for run in await store.runs(MISSION)]
        return {run.id: run for run in found if run is not None and run.gate_digest == version.gate_digest}
    finally:
        await store.close()


def _note(left: Runs, killed: bool, report: Report) -> None:
    for run in left.values():
        tasks = {result.task_id for result in run.results}
        if len(tasks) != len(run.results):
            report.half(f"run {run.id} has two results of one task")
        report.acknowledged += len(run.results)
    if killed:
        finished = sum(run.finished_at is not None for run in left.values())
        report.found[f"{len(left)} runs begun, {finished} of them finished"] += 1


def _compare(left: Runs, after: Runs, verdict: dict[str, Any], report: Report) -> None:
    if {verdict["run_id"], verdict["baseline_run_id"]} != set(after):
        report.wrong(f"{len(after)} runs instead of the two that the Verdict rests on: an interrupted one was left")
    for run_id, run in after.items():
        if run.finished_at is None:
            report.half(f"run {run_id} was never finished")
        stored = {result.task_id: result for result in run.results}
        for earlier in left[run_id].results if run_id in left else ():
            now = stored.get(earlier.task_id)
            if now is None:
                report.lose(f"result {run_id} {earlier.task_id}")
            elif now != earlier:
                report.wrong(f"{earlier.task_id} had a result and was run again")
