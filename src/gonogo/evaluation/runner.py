"""Runner: golden tasks through the pipeline, bounded in flight, in a recorded random order, resumable.

Here: a run, storing results as they come, progress. Not here: which task starts when (``crew``), how many are in flight
(``pace``), what may be spent (``cap``), judging (``judge``), deciding (``gate``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from msgspec import structs

from gonogo.clock import Clock, new_id
from gonogo.contracts import Assertions, Components, EvaluationStore, Felt, Place, Took
from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, GoldenTask, RunKind, TaskResult, Version
from gonogo.errors import BadInput, GonogoError, StoreBusy
from gonogo.evaluation.cap import Cap
from gonogo.evaluation.crew import Attempt, Crew
from gonogo.evaluation.errors_spent import ErrorBudget, ErrorCount
from gonogo.evaluation.funds import Funds
from gonogo.evaluation.here import here
from gonogo.evaluation.judging import Judging
from gonogo.evaluation.pace import PATIENCE, Pace
from gonogo.gate import random_order

STORE_EVERY = 0.2
"""Seconds between writes of results; a crash loses at most the tasks of one interval, which are run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. ``remaining`` in seconds, ``None`` before anything finished. ``concurrency``: tasks that may be
    in flight now; ``pause``: seconds until one may start again, as the upstream limits."""

    label: str
    done: int
    total: int
    passed: int
    failed: int
    errors: int
    remaining: float | None
    concurrency: int = 0
    pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """``concurrency`` tasks are in flight at once; ``None`` learns how many from how the upstream takes them.
    ``repeats`` of each task are later reduced to one number.

    ``seed`` gives the random order; ``only`` limits to task ids. ``fresh`` ignores stored runs. ``cap`` bounds what is
    spent; ``patience``: seconds without any answer while the upstream limits, after which the rest is given up.
    ``replayed``: answers come from recorded calls, so that neither are earlier results used nor these by later runs.

    ``first``: ids of tasks that are started before all others, each at its place of the random order all the same.
    ``enough`` is told every result, those that a run is continued with first; once it says ``True`` no further task is
    started, what is in flight is finished, and the run is stored as stopped early. ``turn`` is awaited before a task is
    started, with its place in the order: two runs that go hand in hand wait for each other there. ``funds``: whether
    there is money, where somebody's budgets pay; once it is spent no task is started, and the run stays open.

    ``errors`` bounds how many attempts may give no result before the rest is left for another time; ``None`` asks them
    all. ``kind``: what the tasks are.
    """

    concurrency: int | None = None
    repeats: int = 1
    seed: int = 0
    only: frozenset[str] | None = None
    fresh: bool = False
    label: str = ""
    progress: Callable[[Progress], None] | None = None
    cap: Cap | None = None
    patience: float = PATIENCE
    replayed: bool = False
    first: frozenset[str] = frozenset()
    enough: Callable[[TaskResult], bool] | None = None
    turn: Callable[[int], Awaitable[None]] | None = None
    funds: Funds | None = None
    errors: ErrorBudget | None = None
    kind: RunKind = "evaluation"


@dataclass(slots=True)
class _Tally:
    """Counts results as they come, and brings them to the store."""

    label: str
    clock: Clock
    pace: Pace
    run_id: str
    store: EvaluationStore
    started: float = 0.0
    carried: int = 0
    total: int = 0
    done: int = 0
    passed: int = 0
    failed: int = 0
    errors: int = 0
    enough: Callable[[TaskResult], bool] | None = None
    lost: ErrorCount | None = None
    stopped: bool = False
    unsaved: list[TaskResult] = field(default_factory=list)

    def start(self, known: Sequence[TaskResult], to_run: int) -> None:
        for result in known:
            if result.passed is not None:
                self._count(result)
                self._look(result)
        self.carried, self.total = self.done, self.done + to_run
        self.started = self.clock.monotonic()

    def add(self, result: TaskResult) -> None:
        self._count(result)
        self.unsaved.append(result)
        self._look(result)

    def _look(self, result: TaskResult) -> None:
        # Told of every result, also of those that came after it was enough: its picture is that of the store.
        if self.enough is not None and self.enough(result):
            self.stopped = True

    async def save(self) -> None:
        batch, self.unsaved = self.unsaved, []
        if not batch:
            return
        try:
            await self.store.add_results(self.run_id, batch)
        except BaseException:
            # Cancelled or refused: nobody knows whether it was written, and writing twice changes nothing.
            self.unsaved = batch + self.unsaved
            raise

    def reading(self) -> Progress:
        run_here = self.done - self.carried
        pace = (self.clock.monotonic() - self.started) / run_here if run_here else None
        return Progress(
            label=self.label,
            done=self.done,
            total=self.total,
            passed=self.passed,
            failed=self.failed,
            errors=self.errors,
            remaining=None if pace is None else pace * (self.total - self.done),
            concurrency=self.pace.limit,
            pause=self.pace.pause(),
        )

    def _count(self, result: TaskResult) -> None:
        if self.lost is not None:
            self.lost.tell(result)
        self.done += 1
        self.passed += result.passed is True
        self.failed += result.passed is False
        self.errors += result.passed is None


async def run_tasks(
    version: Version,
    tasks: Sequence[GoldenTask],
    gate_digest: Digest,
    parts: Components,
    assertions: Assertions,
    store: EvaluationStore,
    options: RunOptions,
    *,
    carried: Sequence[TaskResult] = (),
    digests: Mapping[str, Digest] = MappingProxyType({}),
    judging: Judging | None = None,
    answered: Sequence[TaskResult] = (),
    place: Callable[[Felt], Place] | None = None,
) -> EvaluationRun:
    """Run every task against the Version and store the run.

    A run of the same behaviour, tasks and seed that was interrupted is continued: what has a result is not run again,
    what failed to run is. Cancelling keeps what is finished. Tasks are started in the recorded random order, so that a
    run that ``options.enough`` stopped holds a prefix of it.

    Args:
        carried: results of earlier runs of exactly this behaviour on exactly these tasks, which are not run again.
        digests: by task id, what results are known by to later runs (``reuse``); none where a task is not named.
        judging: the judges that are asked about every answer, right after it was given.
        answered: results whose answer stands, and about which a judge has to be asked: nothing is generated for them.
        place: where the tasks are answered and judged, by who is told how its calls go; ``None`` is this process.

    Returns:
        The run with all its results, finished; one limited by ``options.only``, or stopped by ``options.cap`` or
        ``options.errors``, stays open for the rest.

    Raises:
        BadInput: the cap cannot be kept.
    """
    clock = parts.clock
    if options.cap is not None:
        options.cap.check(version, parts)
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
            results=tuple(carried),
            replayed=options.replayed,
            kind=options.kind,
        )
        await store.start_run(run)
    else:
        run = await _with_more(run, carried, store)
    started, cpu = clock.monotonic(), clock.cpu()
    pace = Pace(clock, fixed=options.concurrency, patience=options.patience)
    lost = None if options.errors is None else options.errors.side(tasks, options.repeats)
    tally = _Tally(options.label, clock, pace, run.id, store, enough=options.enough, lost=lost)
    standing = (*(result for result in run.results if result.unjudged), *answered)
    work = _Work(
        here(version, parts, assertions, judging, pace) if place is None else place(pace),
        {} if options.replayed else digests,
        {(result.task_id, result.repeat): result for result in standing},
    )
    try:
        whole = await _drive(work, missing(run.results, tasks, options), options, tally, run.results)
        if whole and options.only is None:
            wall, cpu = clock.monotonic() - started, clock.cpu() - cpu
            await store.finish_run(run.id, clock.now(), wall, cpu, stopped_early=tally.stopped)
    except BadInput:
        # Another process continued the same run and was first; its results are as good as ours.
        known = await store.run(run.id)
        if known is None or known.finished_at is None:
            raise
    return await _stored(store, run.id)


async def run_again(
    version: Version,
    run: EvaluationRun,
    attempts: Sequence[Attempt],
    parts: Components,
    assertions: Assertions,
    store: EvaluationStore,
    options: RunOptions,
    *,
    carried: Sequence[TaskResult] = (),
    digests: Mapping[str, Digest] = MappingProxyType({}),
    judging: Judging | None = None,
    answered: Sequence[TaskResult] = (),
    place: Callable[[Felt], Place] | None = None,
) -> EvaluationRun:
    """A finished run and more attempts, as a run of its own; the rest as in ``run_tasks``.

    Returns:
        The new run, finished; the old one where ``options.cap`` left some of the attempts for another time.
    """
    clock = parts.clock
    known = {(result.task_id, result.repeat) for result in carried}
    kept = [result for result in run.results if (result.task_id, result.repeat) not in known]
    more = structs.replace(
        run, id=new_id(clock.now()), version=version.number, started_at=clock.now(), finished_at=None,
        results=(*kept, *carried), wall=0.0, cpu=0.0, replayed=options.replayed,
    )  # fmt: skip
    await store.start_run(more)
    started, cpu = clock.monotonic(), clock.cpu()
    pace = Pace(clock, fixed=options.concurrency, patience=options.patience)
    tally = _Tally(options.label, clock, pace, more.id, store)
    work = _Work(
        here(version, parts, assertions, judging, pace) if place is None else place(pace),
        {} if options.replayed else digests,
        {(result.task_id, result.repeat): result for result in answered},
    )
    left = [one for one in attempts if (one[0].id, one[1]) not in known]
    if not await _drive(work, left, replace(options, turn=None), tally, carried):
        return run
    wall, cpu = run.wall + clock.monotonic() - started, run.cpu + clock.cpu() - cpu
    await store.finish_run(more.id, clock.now(), wall, cpu, stopped_early=run.stopped_early)
    return await _stored(store, more.id)


async def _stored(store: EvaluationStore, run_id: str) -> EvaluationRun:
    found = await store.run(run_id)
    if found is None:
        raise GonogoError(f"the store lost evaluation run {run_id}")
    return found


def missing(results: Sequence[TaskResult], tasks: Sequence[GoldenTask], options: RunOptions) -> list[Attempt]:
    """What is still to run, in the order of the seed: an early stop is only honest on tasks not sorted by anything.

    The repeats of a task stand together, so that a prefix holds whole tasks. ``options.first`` comes first.
    """
    have = {(result.task_id, result.repeat) for result in results if result.passed is not None}
    order = [(task, repeat) for task in random_order(tasks, options.seed) for repeat in range(options.repeats)]
    attempts = [
        (task, repeat, position)
        for position, (task, repeat) in enumerate(order)
        if (task.id, repeat) not in have and (options.only is None or task.id in options.only)
    ]
    return sorted(attempts, key=lambda attempt: attempt[0].id not in options.first)


@dataclass(frozen=True, slots=True)
class _Work:
    place: Place
    digests: Mapping[str, Digest]
    answered: Mapping[tuple[str, int], TaskResult]

    async def attempt(self, attempt: Attempt, took: list[Took]) -> TaskResult:
        task, repeat, order = attempt
        known = self.answered.get((task.id, repeat))
        result = await self.place.attempt(task, repeat, order, known, took)
        # A result without an answer stands for nothing; one that was answered before has its digest.
        fresh = known is None and result.trace_id
        return structs.replace(result, digest=self.digests.get(task.id)) if fresh else result


async def _drive(
    work: _Work, attempts: Sequence[Attempt], options: RunOptions, tally: _Tally, done: Sequence[TaskResult]
) -> bool:
    """Whether every attempt was made."""
    tally.start(done, len(attempts))

    async def ask(attempt: Attempt, took: list[Took]) -> TaskResult:
        # Under a cap nobody waits here: the one would hold what the other needs to go on.
        if options.turn is not None and options.cap is None:
            await options.turn(attempt[2])
        return await work.attempt(attempt, took)

    errors = options.errors
    crew = Crew(
        attempts, ask, tally.add, tally.pace, options.cap, funds=options.funds,
        enough=lambda: tally.stopped, hopeless=lambda: errors is not None and errors.spent,
    )  # fmt: skip

    async def keep() -> None:
        while True:
            await asyncio.sleep(STORE_EVERY)
            with suppress(StoreBusy):  # the next turn tries again; the last save of the run does not forgive
                await tally.save()
            if options.progress is not None:
                options.progress(tally.reading())

    try:
        async with asyncio.TaskGroup() as group:
            keeper = group.create_task(keep())
            whole = await crew.work()
            keeper.cancel()
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
    finally:
        last = asyncio.ensure_future(tally.save())
        # The run beside this one may have been stopped by the same fault: then nobody waits for this error any more.
        last.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.shield(last)
    if options.progress is not None:
        options.progress(tally.reading())
    return whole


def first_of(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """What was raised first: a caller awaits one thing and gets one error."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


async def _with_more(run: EvaluationRun, carried: Sequence[TaskResult], store: EvaluationStore) -> EvaluationRun:
    """An interrupted run with what other runs found meanwhile."""
    have = {(result.task_id, result.repeat) for result in run.results if result.passed is not None}
    more = [result for result in carried if (result.task_id, result.repeat) not in have]
    if not more:
        return run
    await store.add_results(run.id, more)
    known = {(result.task_id, result.repeat) for result in more}
    kept = [result for result in run.results if (result.task_id, result.repeat) not in known]
    return structs.replace(run, results=(*kept, *more))


async def _resumable(
    store: EvaluationStore, version: Version, gate_digest: Digest, options: RunOptions
) -> EvaluationRun | None:
    if options.fresh:
        return None
    for run in await store.runs(version.mission.name):
        same = run.behaviour_digest == version.behaviour_digest and run.gate_digest == gate_digest
        if same and run.finished_at is None and run.seed == options.seed and run.replayed == options.replayed:
            return await store.run(run.id)
    return None
