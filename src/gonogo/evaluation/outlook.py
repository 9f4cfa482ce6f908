"""Outlook: what tasks that are still to run will take, by what the same models took in earlier runs.

Here: tokens, dollars and seconds from results, pure. Not here: which tasks are still to run (``evaluate``), what can be
said without any earlier run (``assembly.plans``), what the set can show (``gate.plan``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from msgspec import Struct

from gonogo.domain import EvaluationRun, TaskResult
from gonogo.evaluation.crew import Attempt


class Outlook(Struct, frozen=True, kw_only=True):
    """What attempts will take, about. ``seconds``: at as many in flight as earlier runs had; ``busy``: all answers one
    after another; ``longest``: of one. ``None`` is unknown. ``results``: of how many earlier ones it is the mean."""

    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float | None
    busy: float | None
    longest: float
    results: int


def outlook(attempts: Sequence[Attempt], runs: Iterable[EvaluationRun], *, judged: bool) -> Outlook | None:
    """A task takes what it took before, and one without a result what the others took in the mean.

    Args:
        runs: of Versions with the same models.
        judged: judges will be asked, so that results without their calls say too little of tokens and dollars.

    Returns:
        ``None`` where nothing was ever answered.
    """
    runs = list(runs)
    results = [result for run in runs for result in run.results if _says_something(result, judged)]
    if not results:
        return None
    of_task: defaultdict[str, list[TaskResult]] = defaultdict(list)
    for result in results:
        of_task[result.task_id].append(result)
    chosen = [of_task.get(task.id) or results for task, _, _ in attempts]
    costs = [_mean_cost(known) for known in chosen]
    measured = [run for run in runs if not run.replayed]
    timed = [result for run in measured for result in run.results if _says_something(result, judged)]
    latencies = _latencies(attempts, timed)
    flights = [found for run in measured if (found := _in_flight(run)) is not None]
    busy = sum(latencies) if latencies else None
    longest = max(latencies, default=0.0)
    return Outlook(
        tokens_in=round(sum(fmean(one.usage.input + one.judge_usage.input for one in known) for known in chosen)),
        tokens_out=round(sum(fmean(one.usage.output + one.judge_usage.output for one in known) for known in chosen)),
        cost=None if None in costs else sum(cost or 0.0 for cost in costs),
        seconds=max(longest, busy / fmean(flights)) if busy is not None and flights else None,
        busy=busy,
        longest=longest,
        results=len(results),
    )


def _says_something(result: TaskResult, judged: bool) -> bool:
    return result.passed is not None and result.usage.calls > 0 and (not judged or result.judge_usage.calls > 0)


def _mean_cost(results: Sequence[TaskResult]) -> float | None:
    costs = [None if one.cost is None or one.judge_cost is None else one.cost + one.judge_cost for one in results]
    return None if None in costs else fmean(cost or 0.0 for cost in costs)


def _latencies(attempts: Sequence[Attempt], results: Sequence[TaskResult]) -> list[float]:
    if not results:
        return []
    of_task: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        of_task[result.task_id].append(result.latency)
    usual = fmean(result.latency for result in results)
    return [fmean(of_task[task.id]) if task.id in of_task else usual for task, _, _ in attempts]


def _in_flight(run: EvaluationRun) -> float | None:
    """How many tasks were in flight in the mean: seconds of the answers it made itself, by seconds of the run; ``None``
    of one that is not finished or made none."""
    made = [result for result in run.results if _made_at(result) >= int(1000 * run.started_at)]
    if run.finished_at is None or run.wall <= 0 or not made:
        return None
    return max(1.0, min(len(made), sum(result.latency for result in made) / run.wall))


def _made_at(result: TaskResult) -> int:
    """Milliseconds since 1970, which the id of its Trace begins with; 0 of a task that did not run."""
    return int(result.trace_id[:12], 16) if result.trace_id else 0
