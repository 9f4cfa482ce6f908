"""Evaluate: from a candidate and what is live to a stored Verdict.

Here: which runs are needed, reusing those whose behaviour and tasks are unchanged, and recomputing a Verdict.
Not here: the decision (``gate``), deploying (``deployments``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from gonogo.clock import Clock, new_id
from gonogo.contracts import Assertions, Components, EvaluationStore, Metric, VersionStore
from gonogo.domain import EvaluationRun, TaskResult, Verdict, Version
from gonogo.errors import NotFound
from gonogo.evaluation.judging import Judging, owing, told_apart
from gonogo.evaluation.reuse import earlier_results, result_digests
from gonogo.evaluation.runner import RunOptions, missing, run_tasks
from gonogo.evaluation.standings import read_anew, standings_of
from gonogo.gate import JudgeStanding, decide, same_behaviour


async def no_judging(version: Version) -> Judging | None:
    """No judge is asked."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationTools:
    """What the workflow needs from assembly: Components by Version, the assertions, the store and a clock; ``judging``
    gives the judges of a Version's Mission, ``None`` where it has none."""

    components: Callable[[Version], Awaitable[Components]]
    assertions: Assertions
    store: EvaluationStore
    clock: Clock
    judging: Callable[[Version], Awaitable[Judging | None]] = no_judging


async def evaluate(candidate: Version, live: Version | None, tools: EvaluationTools, options: RunOptions) -> Verdict:
    """Prove a candidate against what is live and store the Verdict.

    The live Version is run on the candidate's golden tasks and rules, so that both sheets answer the same questions.
    A finished run of exactly this behaviour on exactly these tasks is reused unless ``options.fresh``, and so is every
    single result of this behaviour on a task that did not change, whatever run it is of; the rest is run.

    Args:
        live: what serves now; ``None`` for a first deployment.
    """
    if live is not None and live.behaviour_digest == candidate.behaviour_digest:
        return await _keep(same_behaviour(candidate, live), tools)
    ours = await _run(candidate, candidate, tools, replace(options, label=f"{candidate.name}"))
    theirs = None if live is None else await _run(live, candidate, tools, replace(options, label=f"{live.name} (live)"))
    standings = await standings_of(candidate.mission, tools.store)
    return await _keep(_decided(candidate, live, ours, theirs, standings), tools)


async def examine(answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> EvaluationRun:
    """A Version's answers to the golden tasks of another, judged by the other's rules; what is known is not run again
    unless ``options.fresh``. Nothing is decided."""
    return await _run(answering, judged_by, tools, options)


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


async def _run(answering: Version, judged_by: Version, tools: EvaluationTools, options: RunOptions) -> EvaluationRun:
    tasks, digests = judged_by.mission.golden, result_digests(answering, judged_by)
    judging = await tools.judging(judged_by)
    carried: tuple[TaskResult, ...] = ()
    if not options.fresh and not options.replayed:
        known = await tools.store.finished_run(answering.behaviour_digest, judged_by.gate_digest)
        if known is not None:
            if not missing(known.results, tasks, options) and not owing(judging, tasks, known.results):
                return structs.replace(known, version=answering.number)
            carried = tuple(result for result in known.results if result.passed is not None or result.unjudged)
        carried += tuple(await earlier_results(tools.store, missing(carried, tasks, options), digests))
    parts = replace(await tools.components(answering), metrics=await _judges(judged_by, tools))
    carried, answered = told_apart(judging, tasks, carried)
    return await run_tasks(
        answering, tasks, judged_by.gate_digest, parts, tools.assertions, tools.store, options,
        carried=carried, digests=digests, judging=judging, answered=answered,
    )  # fmt: skip


async def _judges(version: Version, tools: EvaluationTools) -> tuple[Metric, ...]:
    """What scores both sheets: the candidate's metrics, for two rulers cannot be compared.

    Only what the gate requires is scored: the rest would cost a third of a task and decide nothing.
    """
    parts = await tools.components(version)
    return tuple(metric for metric in parts.metrics if metric.name in version.mission.gate.require)


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
