"""Runner: golden tasks through the pipeline, bounded in flight, in a recorded random order, resumable.

Here: scheduling, storing results as they come, progress. Not here: judging (``judge``), deciding (``gate``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gonogo.clock import Clock, new_id
from gonogo.contracts import Assertions, Components, EvaluationStore
from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, GoldenTask, Request, TaskResult, Version
from gonogo.errors import GonogoError
from gonogo.evaluation.judge import judge, not_run
from gonogo.pipeline import answer

STORE_EVERY = 0.2
"""Seconds between writes of results; a crash loses at most the tasks of one interval, which are run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. ``remaining`` in seconds, ``None`` before anything finished."""

    label: str
    done: int
    total: int
    passed: int
    failed: int
    errors: int
    remaining: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """``concurrency`` tasks are in flight at once; ``repeats`` of each task are later reduced to one number.

    ``seed`` gives the random order; ``only`` limits to task ids. ``fresh`` ignores stored runs.
    """

    concurrency: int = 8
    repeats: int = 1
    seed: int = 0
    only: frozenset[str] | None = None
    fresh: bool = False
    label: str = ""
    progress: Callable[[Progress], None] | None = None


@dataclass(slots=True)
class _Tally:
    label: str
    total: int
    clock: Clock
    started: float
    carried: int = 0
    done: int = 0
    passed: int = 0
    failed: int = 0
    errors: int = 0
    unsaved: list[TaskResult] = field(default_factory=list)

    def add(self, result: TaskResult) -> None:
        self.done += 1
        self.passed += result.passed is True
        self.failed += result.passed is False
        self.errors += result.passed is None
        self.unsaved.append(result)

    def reading(self) -> Progress:
        run_here = self.done - self.carried
        pace = (self.clock.monotonic() - self.started) / run_here if run_here else None
        remaining = None if pace is None else pace * (self.total - self.done)
        return Progress(
            label=self.label,
            done=self.done,
            total=self.total,
            passed=self.passed,
            failed=self.failed,
            errors=self.errors,
            remaining=remaining,
        )


async def run_tasks(
    version: Version,
    tasks: Sequence[GoldenTask],
    gate_digest: Digest,
    parts: Components,
    assertions: Assertions,
    store: EvaluationStore,
    options: RunOptions,
) -> EvaluationRun:
    """Run every task against the Version and store the run.

    A run of the same behaviour, tasks and seed that was interrupted is continued: tasks with a result are not run
    again. Cancelling keeps what is finished.

    Returns:
        The finished run with all results.
    """
    clock = parts.clock
    run = await _resumable(store, version, gate_digest, options)
    if run is None:
        run = EvaluationRun(
            id=new_id(clock.now()),
            mission=version.mission.name,
            version=version.number,
            behaviour_digest=version.behaviour_digest,
            gate_digest=gate_digest,
            seed=options.seed,
            started_at=clock.now(),
        )
        await store.start_run(run)
    started, cpu = clock.monotonic(), clock.cpu()
    kept = {(result.task_id, result.repeat) for result in run.results}
    attempts = [attempt for attempt in _order(tasks, options) if (attempt[0].id, attempt[1]) not in kept]
    tally = _Tally(options.label, len(attempts) + len(kept), clock, started)
    for result in run.results:
        tally.add(result)
    tally.carried = tally.done
    tally.unsaved.clear()
    await _drive(run.id, version, attempts, parts, assertions, store, options, tally)
    await store.finish_run(run.id, clock.now(), clock.monotonic() - started, clock.cpu() - cpu)
    finished = await store.run(run.id)
    if finished is None:
        raise GonogoError(f"the store lost evaluation run {run.id}")
    return finished


Attempt = tuple[GoldenTask, int, int]
"""(task, repeat, position in the random order)."""


def _order(tasks: Sequence[GoldenTask], options: RunOptions) -> Iterator[Attempt]:
    """Random, from the seed: an early stop is only honest on tasks that are not sorted by anything."""
    chosen = [task for task in tasks if options.only is None or task.id in options.only]
    attempts = [
        (task, repeat) for task in sorted(chosen, key=lambda task: task.id) for repeat in range(options.repeats)
    ]
    random.Random(options.seed).shuffle(attempts)
    return ((task, repeat, position) for position, (task, repeat) in enumerate(attempts))


async def _drive(
    run_id: str,
    version: Version,
    attempts: Sequence[Attempt],
    parts: Components,
    assertions: Assertions,
    store: EvaluationStore,
    options: RunOptions,
    tally: _Tally,
) -> None:
    waiting = iter(attempts)

    async def work() -> None:
        for task, repeat, position in waiting:
            tally.add(await _attempt(task, repeat, position, version, parts, assertions))
            # Built-in models never wait; without this, neither progress nor Ctrl-C would get a turn.
            await asyncio.sleep(0)

    async def keep() -> None:
        while True:
            await asyncio.sleep(STORE_EVERY)
            await _save(run_id, store, tally)
            if options.progress is not None:
                options.progress(tally.reading())

    keeper = asyncio.create_task(keep())
    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(max(1, min(options.concurrency, len(attempts)))):
                workers.create_task(work())
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await asyncio.shield(_save(run_id, store, tally))
    if options.progress is not None:
        options.progress(tally.reading())


async def _save(run_id: str, store: EvaluationStore, tally: _Tally) -> None:
    batch, tally.unsaved = tally.unsaved, []
    if batch:
        await store.add_results(run_id, batch)


async def _attempt(
    task: GoldenTask, repeat: int, position: int, version: Version, parts: Components, assertions: Assertions
) -> TaskResult:
    try:
        reply = await answer(request_of(task, parts.clock), version, parts)
    except GonogoError as error:
        return not_run(task, str(error), repeat=repeat, order=position)
    return judge(task, reply.trace, assertions, repeat=repeat, order=position)


def request_of(task: GoldenTask, clock: Clock) -> Request:
    """The task as a Request; never answered from the cache."""
    now = clock.now()
    return Request(
        id=new_id(now),
        question=task.question,
        messages=(*task.turns, {"role": "user", "content": task.question}),
        received_at=now,
        environment="evaluation",
        use_cache=False,
    )


async def _resumable(
    store: EvaluationStore, version: Version, gate_digest: Digest, options: RunOptions
) -> EvaluationRun | None:
    if options.fresh:
        return None
    for run in await store.runs(version.mission.name):
        same = run.behaviour_digest == version.behaviour_digest and run.gate_digest == gate_digest
        if same and run.finished_at is None and run.seed == options.seed:
            return await store.run(run.id)
    return None
