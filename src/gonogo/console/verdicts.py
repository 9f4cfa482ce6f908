"""Verdict page: what the gate decided, from which numbers, and the tasks behind it.

Here: collecting. Not here: deciding (``gate``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from gonogo.console.drawing import DrawnInterval, interval_of
from gonogo.contracts import HttpRequest
from gonogo.domain import Comparison, EvaluationRun, GoldenTask, MetricRule, TaskResult, Usage, Verdict, total_usage
from gonogo.errors import NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

TASKS_SHOWN: Final = 50


class ComparisonRow(Struct, frozen=True, kw_only=True):
    """A Comparison with the rule it is held against and its picture; ``drawn`` is ``None`` without an interval."""

    comparison: Comparison
    rule: MetricRule | None
    drawn: DrawnInterval | None


class TaskCase(Struct, frozen=True, kw_only=True):
    """One task as both sides answered it. ``task`` is ``None`` where the Version does not know it any more.

    ``result`` is the worst repeat; ``why`` what failed of it; ``before`` the baseline's answer, where it was run.
    """

    task_id: str
    task: GoldenTask | None
    result: TaskResult | None
    why: tuple[str, ...]
    before: TaskResult | None
    broke: bool


class RunFigures(Struct, frozen=True, kw_only=True):
    """What an EvaluationRun took: counts, seconds, tokens, dollars (``None`` unknown). ``reruns`` of critical tasks
    stand in no other count, but in tokens and dollars."""

    results: int
    passed: int
    failed: int
    errors: int
    wall: float
    cpu: float
    usage: Usage
    cost: float | None
    finished: bool
    reruns: int = 0


class VerdictPage(Struct, frozen=True, kw_only=True):
    """The page. ``named`` are tasks that broke or that a reason names; ``others`` failed or did not run as well.

    ``figures`` is ``None`` where nothing was run, or the run is no longer stored.
    """

    verdict: Verdict
    comparisons: tuple[ComparisonRow, ...]
    named: tuple[TaskCase, ...]
    others: tuple[TaskCase, ...]
    figures: RunFigures | None
    tasks_shown: int = TASKS_SHOWN


async def gather_verdict(workspace: Workspace, http: HttpRequest) -> VerdictPage:
    """Collect the page of one Verdict.

    Raises:
        NotFound: there is none of this id, or its Mission is not one that the key is for.
    """
    store, wanted = workspace.store, http.path_values["id"]
    found = await store.verdict(wanted)
    if found is None or not http.caller.may_call(found.mission):
        raise NotFound(f"there is no Verdict {wanted}; `gonogo log` shows which Versions have one")
    version = await store.version(found.mission, found.candidate)
    run = await store.run(found.run_id) if found.run_id else None
    baseline = await store.run(found.baseline_run_id) if found.baseline_run_id else None
    require = {} if version is None else version.mission.gate.require
    tasks = {} if version is None else {task.id: task for task in version.mission.golden}
    if found.backtest is not None:
        tasks = await workspace.backtests.tasks(found)
    cases = task_cases(found, run, baseline, tasks)
    return VerdictPage(
        verdict=found,
        comparisons=tuple(_row(comparison, require.get(comparison.metric)) for comparison in found.comparisons),
        named=tuple(case for case in cases if case.task_id in _named(found)),
        others=tuple(case for case in cases if case.task_id not in _named(found)),
        figures=None if run is None else figures(run),
    )


def task_cases(
    verdict: Verdict, run: EvaluationRun | None, baseline: EvaluationRun | None, tasks: dict[str, GoldenTask]
) -> list[TaskCase]:
    """Tasks a Verdict names, and those that failed or did not run: broken first, then by id."""
    ours, theirs = _worst(run), _worst(baseline)
    broke = {task_id for comparison in verdict.comparisons for task_id in comparison.broke}
    wanted = _named(verdict) | {task_id for task_id, result in ours.items() if result.passed is not True}
    return [
        TaskCase(
            task_id=task_id,
            task=tasks.get(task_id),
            result=ours.get(task_id),
            why=_why(ours.get(task_id)),
            before=theirs.get(task_id),
            broke=task_id in broke,
        )
        for task_id in sorted(wanted, key=lambda task_id: (task_id not in broke, task_id))
    ]


def figures(run: EvaluationRun) -> RunFigures:
    """What a run took. Its cost is unknown when any attempt's is."""
    costs = [result.cost for result in run.results]
    known = [cost for cost in costs if cost is not None]
    attempts = [result for result in run.results if not result.rerun]
    return RunFigures(
        results=len(attempts),
        passed=sum(result.passed is True for result in attempts),
        failed=sum(result.passed is False for result in attempts),
        errors=sum(result.passed is None for result in attempts),
        reruns=len(run.results) - len(attempts),
        wall=run.wall,
        cpu=run.cpu,
        usage=total_usage(result.usage for result in run.results),
        cost=sum(known) if len(known) == len(costs) else None,
        finished=run.finished_at is not None,
    )


def _row(comparison: Comparison, rule: MetricRule | None) -> ComparisonRow:
    return ComparisonRow(comparison=comparison, rule=rule, drawn=interval_of(comparison, rule))


def _named(verdict: Verdict) -> set[str]:
    broke = {task_id for comparison in verdict.comparisons for task_id in comparison.broke}
    return broke | {task_id for reason in verdict.reasons for task_id in reason.tasks}


def _worst(run: EvaluationRun | None) -> dict[str, TaskResult]:
    order = {False: 0, None: 1, True: 2}
    worst: dict[str, TaskResult] = {}
    for result in () if run is None else run.results:
        if result.rerun:
            continue
        known = worst.get(result.task_id)
        if known is None or order[result.passed] < order[known.passed]:
            worst[result.task_id] = result
    return worst


def _why(result: TaskResult | None) -> tuple[str, ...]:
    if result is None:
        return ()
    if result.error is not None:
        return (f"did not run: {result.error}",)
    return tuple(
        f"{score.metric}: {score.detail or score.state}"
        for score in result.scores
        if score.passed is False or score.state == "error"
    )
