"""Evaluate: from a candidate and what is live to a stored Verdict.

Here: which runs are needed, reusing those whose behaviour and tasks are unchanged, and recomputing a Verdict.
Not here: the decision (``gate``), deploying (``deployments``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from gonogo.clock import Clock, new_id
from gonogo.contracts import Assertions, Components, EvaluationStore, Felt, Place, VersionStore
from gonogo.domain import EvaluationRun, TaskResult, Verdict, Version
from gonogo.errors import GonogoError, NotFound
from gonogo.evaluation.confirm import confirmed
from gonogo.evaluation.crew import Attempt
from gonogo.evaluation.errors_spent import ErrorBudget
from gonogo.evaluation.judging import Judging, owing, told_apart
from gonogo.evaluation.reuse import earlier_results, result_digests
from gonogo.evaluation.runner import RunOptions, first_of, missing, run_tasks
from gonogo.evaluation.standings import read_anew, standings_of
from gonogo.evaluation.step import Step
from gonogo.gate import JudgeStanding, Watch, decide, may_stop_early, same_behaviour

PlaceOf = Callable[[Felt], Place]
"""Makes the place of one run, by who is told how its calls of models go."""


async def no_judging(version: Version) -> Judging | None:
    """No judge is asked."""
    return None


async def in_this_process(answering: Version, judged_by: Version) -> PlaceOf | None:
    """Golden tasks are answered where the command runs."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTools:
    """What the workflow needs from assembly: Components by Version, the assertions, the store and a clock; ``judging``
    gives the judges of a Version's Mission, ``None`` where it has none; ``places`` where one Version answers the golden
    tasks of another, ``None`` for this process."""

    components: Callable[[Version], Awaitable[Components]]
    assertions: Assertions
    store: EvaluationStore
    clock: Clock
    judging: Callable[[Version], Awaitable[Judging | None]] = no_judging
    places: Callable[[Version, Version], Awaitable[PlaceOf | None]] = in_this_process

    async def parts_of(self, answering: Version, judged_by: Version) -> Components:
        """What answers, with what scores both sheets: the candidate's metrics, for two rulers cannot be compared.

        Only what the gate requires is scored: the rest would cost a third of a task and decide nothing.
        """
        required = judged_by.mission.gate.require
        rulers = (await self.components(judged_by)).metrics
        metrics = tuple(metric for metric in rulers if metric.name in required)
        return replace(await self.components(answering), metrics=metrics)


async def evaluate(candidate: Version, live: Version | None, tools: EvaluationTools, options: RunOptions) -> Verdict:
    """Prove a candidate against what is live and store the Verdict.

    The live Version is run on the candidate's golden tasks and rules, so that both sheets answer the same questions.
    A finished run of exactly this behaviour on exactly these tasks is reused unless ``options.fresh``, and so is every
    single result of this behaviour on a task that did not change, whatever run it is of; the rest is run. Both are run
    side by side in the same random order, and no further task is started once the gate's stopping rule has enough.
    Critical tasks that the candidate failed are then asked again, of both.

    Args:
        live: what serves now; ``None`` for a first deployment.

    Raises:
        BudgetSpent, NotPriced: ``options.funds`` has no money for the first call of a model.
    """
    if live is not None and live.behaviour_digest == candidate.behaviour_digest:
        return await _keep(same_behaviour(candidate, live), tools)
    ours: EvaluationRun
    theirs: EvaluationRun | None = None
    options = replace(options, errors=ErrorBudget(candidate.mission.gate.error_budget))
    if live is None:
        ours = await _run(candidate, candidate, tools, replace(options, label=candidate.name))
    else:
        ours, theirs = await _run_both(candidate, live, tools, options)
    standings = await standings_of(candidate.mission, tools.store)
    ours, theirs = await confirmed(candidate, live, (ours, theirs), tools, options, standings)
    verdict = _decided(candidate, live, ours, theirs, standings)
    return await _keep(verdict if options.funds is None else options.funds.told(verdict), tools)


async def examine(answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> EvaluationRun:
    """A Version's answers to the golden tasks of another, judged by the other's rules; what is known is not run again
    unless ``options.fresh``. Nothing is decided."""
    return await _run(answering, judged_by, tools, options)


async def still_to_run(
    answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions
) -> list[Attempt]:
    """What an evaluation would ask a Version, with what is stored now; an early stop may leave some of it out."""
    side = await _known(answering, judged_by, tools, options)
    return [] if side.whole else missing(side.carried, judged_by.mission.golden, options)


async def recompute(verdict: Verdict, versions: VersionStore, store: EvaluationStore) -> Verdict:
    """The Verdict again from stored task results, so that nobody's word is taken for it.

    Raises:
        NotFound: a Version or run it rests on is gone.
    """
    candidate = await _version(versions, verdict.mission, verdict.candidate)
    if verdict.same_behaviour:
        same = await _version(versions, verdict.mission, verdict.baseline or 0)
        return _named(same_behaviour(candidate, same), verdict)
    ours = await _stored(store, verdict.run_id)
    theirs = None if verdict.baseline_run_id is None else await _stored(store, verdict.baseline_run_id)
    # What was live may be gone; then only the note on changed golden tasks is missing.
    live = None if verdict.baseline is None else await versions.version(verdict.mission, verdict.baseline)
    standings = await standings_of(candidate.mission, store, verdict.calibrations)
    again = _decided(candidate, live, ours, theirs, standings)
    # A reused run may carry the number of an earlier Version with the same behaviour.
    again = structs.replace(again, candidate=candidate.number, baseline=verdict.baseline)
    return _named(again, verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What one Version has answered already: a finished run, whole or not, and single results of other runs."""

    answering: Version
    known: EvaluationRun | None
    whole: bool
    carried: tuple[TaskResult, ...]

    def finished(self) -> EvaluationRun:
        if self.known is None:
            raise GonogoError(f"{self.answering.name} has no finished run here: report this")
        return structs.replace(self.known, version=self.answering.number)


async def _run_both(
    candidate: Version, live: Version, tools: EvaluationTools, options: RunOptions
) -> tuple[EvaluationRun, EvaluationRun]:
    ours = await _known(candidate, candidate, tools, options)
    theirs = await _known(live, candidate, tools, options)
    mission = candidate.mission
    critical = (task.id for task in mission.golden if any(task.matches(one) for one in mission.gate.critical))
    options = replace(options, first=frozenset(critical))
    watch = None
    if options.only is None and may_stop_early(mission.gate, mission.golden, mission.judges):
        watch = Watch(mission.gate, mission.golden, options.seed, options.repeats)
        for side, tell in ((ours, watch.ours), (theirs, watch.theirs)):
            for result in side.known.results if side.known else ():
                if result.passed is not None:  # what failed to run is run again
                    tell(result)
        if watch.enough:
            return ours.finished(), theirs.finished()
    tell_ours, tell_theirs = (None, None) if watch is None else (watch.ours, watch.theirs)
    step = Step()

    async def run(side: _Side, place: int, label: str, tell: Callable[[TaskResult], bool] | None) -> EvaluationRun:
        if side.whole:
            step.over(place)
            return side.finished()
        own = replace(options, label=label, concurrency=_share(options.concurrency, place, ours, theirs))
        if tell is not None:
            own = replace(own, enough=step.heard(place, tell), turn=step.turn(place))
        try:
            return await _run_side(side, candidate, tools, own)
        finally:
            step.over(place)

    try:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(run(ours, 0, candidate.name, tell_ours))
            second = group.create_task(run(theirs, 1, f"{live.name} (live)", tell_theirs))
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
    return first.result(), second.result()


def _share(concurrency: int | None, place: int, ours: _Side, theirs: _Side) -> int | None:
    """Of what may be in flight, where both are run: half each, the candidate's the larger."""
    if concurrency is None or ours.whole or theirs.whole:
        return concurrency
    return max(1, (concurrency + 1 - place) // 2)


async def _run(answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> EvaluationRun:
    side = await _known(answering, judged_by, tools, options)
    return side.finished() if side.whole else await _run_side(side, judged_by, tools, options)


async def _known(answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> _Side:
    tasks, judging = judged_by.mission.golden, await tools.judging(judged_by)
    if options.fresh or options.replayed:
        return _Side(answering=answering, known=None, whole=False, carried=())
    known = await tools.store.finished_run(answering.behaviour_digest, judged_by.gate_digest)
    carried: tuple[TaskResult, ...] = ()
    if known is not None:
        if not missing(known.results, tasks, options) and not owing(judging, tasks, known.results):
            return _Side(answering=answering, known=known, whole=True, carried=())
        carried = tuple(result for result in known.results if result.passed is not None or result.unjudged)
    digests = result_digests(answering, judged_by)
    carried += tuple(await earlier_results(tools.store, missing(carried, tasks, options), digests))
    return _Side(answering=answering, known=known, whole=False, carried=carried)


async def _run_side(side: _Side, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> EvaluationRun:
    answering, tasks, judging = side.answering, judged_by.mission.golden, await tools.judging(judged_by)
    parts = await tools.parts_of(answering, judged_by)
    carried, answered = told_apart(judging, tasks, side.carried)
    return await run_tasks(
        answering, tasks, judged_by.gate_digest, parts, tools.assertions, tools.store, options,
        carried=carried, digests=result_digests(answering, judged_by), judging=judging, answered=answered,
        place=await tools.places(answering, judged_by),
    )  # fmt: skip


def _decided(
    candidate: Version,
    live: Version | None,
    ours: EvaluationRun,
    theirs: EvaluationRun | None,
    standings: Sequence[JudgeStanding],
) -> Verdict:
    ours = read_anew(ours, candidate, standings)
    theirs = None if theirs is None else read_anew(theirs, candidate, standings)
    examinations = None if live is None else (candidate.mission, live.mission)
    mission = candidate.mission
    return decide(ours, theirs, mission.gate, mission.golden, examinations=examinations, judges=standings)


async def _keep(verdict: Verdict, tools: EvaluationTools) -> Verdict:
    now = tools.clock.now()
    kept = structs.replace(verdict, id=new_id(now), created_at=now)
    await tools.store.add_verdict(kept)
    return kept


def _named(verdict: Verdict, like: Verdict) -> Verdict:
    return structs.replace(verdict, id=like.id, created_at=like.created_at)


async def _version(versions: VersionStore, mission: str, number: int) -> Version:
    version = await versions.version(mission, number)
    if version is None:
        raise NotFound(f"{mission}@{number} is not in the store; `gonogo log {mission}` lists what is")
    return version


async def _stored(store: EvaluationStore, run_id: str | None) -> EvaluationRun:
    run = None if run_id is None else await store.run(run_id)
    if run is None:
        raise NotFound(f"evaluation run {run_id} is not in the store: evaluate again")
    return run
