"""Sheets: the results of a run, reduced to one outcome for each golden task.

Here: repeats reduced before any test (they are correlated), errors kept apart from failures, drafts left out.
Not here: comparing two sheets (``compare``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.domain import EvaluationRun, GoldenTask, TaskResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """One task over all its repeats. ``passed`` by majority, a tie fails; ``None`` when no repeat ran.

    ``metrics`` are means over the repeats that gave a value. ``latency`` in seconds, ``cost`` in dollars or ``None``.
    """

    task_id: str
    passed: bool | None
    metrics: dict[str, float]
    metric_errors: frozenset[str]
    latency: float
    cost: float | None
    tokens: float
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The gating tasks of one run, by task id, in the order of the golden files."""

    outcomes: dict[str, TaskOutcome]
    tasks: tuple[GoldenTask, ...]

    @classmethod
    def of(cls, run: EvaluationRun, tasks: Sequence[GoldenTask]) -> Sheet:
        """Reduce a run. A gating task without any result counts as one that did not run."""
        by_task: dict[str, list[TaskResult]] = defaultdict(list)
        for result in run.results:
            by_task[result.task_id].append(result)
        gating = tuple(task for task in tasks if not task.draft)
        return cls(outcomes={task.id: _reduce(task.id, by_task[task.id]) for task in gating}, tasks=gating)

    @property
    def ran(self) -> list[TaskOutcome]:
        """Tasks that gave an answer."""
        return [outcome for outcome in self.outcomes.values() if outcome.passed is not None]

    @property
    def errors(self) -> list[TaskOutcome]:
        """Tasks that did not run: neither passed nor failed."""
        return [outcome for outcome in self.outcomes.values() if outcome.passed is None]

    @property
    def passed(self) -> int:
        """Count of tasks that passed."""
        return sum(outcome.passed is True for outcome in self.outcomes.values())

    def selected(self, selectors: Sequence[str]) -> list[GoldenTask]:
        """Tasks that any selector (``tag:safety``, ``id:x``) names."""
        return [task for task in self.tasks if any(task.matches(selector) for selector in selectors)]


def _reduce(task_id: str, results: list[TaskResult]) -> TaskOutcome:
    ran = [result for result in results if result.passed is not None]
    values: dict[str, list[float]] = defaultdict(list)
    failed_metrics: set[str] = set()
    for result in ran:
        for score in result.scores:
            if score.value is not None:
                values[score.metric].append(score.value)
            elif score.state == "error":
                failed_metrics.add(score.metric)
    costs = [result.cost for result in ran if result.cost is not None]
    count = max(len(ran), 1)
    return TaskOutcome(
        task_id=task_id,
        passed=2 * sum(result.passed is True for result in ran) > len(ran) if ran else None,
        metrics={metric: sum(found) / len(found) for metric, found in values.items()},
        metric_errors=frozenset(failed_metrics - values.keys()),
        latency=sum(result.latency for result in ran) / count,
        cost=sum(costs) / len(costs) if costs and len(costs) == len(ran) else None,
        tokens=sum(result.usage.input + result.usage.output for result in ran) / count,
        error=None if ran else next((r.error for r in results if r.error), "it was never run"),
    )
