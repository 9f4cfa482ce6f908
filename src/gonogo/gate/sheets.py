"""Sheets: the results of a run, reduced to one outcome for each golden task.

Here: repeats reduced before any test (they are correlated), errors kept apart from failures; drafts and reruns of
critical tasks left out.
Not here: comparing two sheets (``compare``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gonogo.domain import EvaluationRun, GoldenTask, Score, TaskResult
from gonogo.gate.order import cluster_label

NEVER_RUN = "it was never run"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """One task over all its repeats. ``passed`` by majority, a tie fails; ``None`` when no repeat gave a result.

    ``metrics`` are means over the repeats that gave a value; ``metric_errors`` maps a metric to why it could not be
    scored in some repeat. ``attempts`` counts repeats, 0 when the task was never run, ``failed_attempts`` those
    without a result; ``error`` is the first reason. ``latency`` in seconds, ``cost`` in dollars or ``None`` unknown.
    """

    task_id: str
    passed: bool | None
    metrics: dict[str, float]
    metric_errors: dict[str, str]
    latency: float
    cost: float | None
    tokens: float
    attempts: int
    failed_attempts: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The gating tasks of one run, by task id, in the order of the golden files."""

    outcomes: dict[str, TaskOutcome]
    tasks: tuple[GoldenTask, ...]

    @classmethod
    def of(cls, run: EvaluationRun, tasks: Sequence[GoldenTask]) -> Sheet:
        """Reduce a run. A gating task without any result counts as one that did not run."""
        by_task: dict[str, dict[int, TaskResult]] = defaultdict(dict)
        for result in run.results:
            if not result.rerun:
                by_task[result.task_id][result.repeat] = result
        return cls.of_results(by_task, tasks)

    @classmethod
    def of_results(cls, by_task: Mapping[str, Mapping[int, TaskResult]], tasks: Sequence[GoldenTask]) -> Sheet:
        """Reduce results given by task and repeat."""
        gating = tuple(task for task in tasks if task.gates)
        outcomes = {task.id: _reduce(task.id, list(by_task.get(task.id, {}).values())) for task in gating}
        return cls(outcomes=outcomes, tasks=gating)

    def of_tasks(self, tasks: Iterable[GoldenTask]) -> Sheet:
        """The same outcomes on some of the tasks."""
        kept = tuple(tasks)
        return Sheet(outcomes={task.id: self.outcomes[task.id] for task in kept}, tasks=kept)

    def clusters(self, task_ids: Iterable[str]) -> tuple[str, ...] | None:
        """A label for each of these tasks; ``None`` where no two share one."""
        chosen = set(task_ids)
        return cluster_labels([task for task in self.tasks if task.id in chosen])

    @property
    def ran(self) -> list[TaskOutcome]:
        """Tasks that gave a result."""
        return [outcome for outcome in self.outcomes.values() if outcome.passed is not None]

    @property
    def errors(self) -> list[TaskOutcome]:
        """Tasks without a result: neither passed nor failed."""
        return [outcome for outcome in self.outcomes.values() if outcome.passed is None]

    @property
    def passed(self) -> int:
        """Count of tasks that passed."""
        return sum(outcome.passed is True for outcome in self.outcomes.values())

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of tasks that failed."""
        return tuple(outcome.task_id for outcome in self.outcomes.values() if outcome.passed is False)

    @property
    def cost_per_task(self) -> float | None:
        """Mean dollars a task; ``None`` where no task ran or the cost of one is unknown."""
        costs = [outcome.cost for outcome in self.ran]
        known = [cost for cost in costs if cost is not None]
        return math.fsum(known) / len(known) if known and len(known) == len(costs) else None

    def selected(self, selectors: Sequence[str]) -> list[GoldenTask]:
        """Tasks that any selector (``tag:safety``, ``id:x``) names."""
        return [task for task in self.tasks if any(task.matches(selector) for selector in selectors)]


def cluster_labels(tasks: Sequence[GoldenTask]) -> tuple[str, ...] | None:
    """A label for each task, its own where it names no cluster; ``None`` where no two share one."""
    labels = tuple(map(cluster_label, tasks))
    return labels if len(set(labels)) < len(labels) else None


def clustered(tasks: Iterable[GoldenTask]) -> bool:
    """Whether gating tasks share clusters."""
    return cluster_labels([task for task in tasks if task.gates]) is not None


def _reduce(task_id: str, found: list[TaskResult]) -> TaskOutcome:
    results = sorted(found, key=lambda result: result.repeat)
    ran = [result for result in results if result.passed is not None]
    values: dict[str, list[float]] = defaultdict(list)
    errors: dict[str, str] = {}
    for result in ran:
        for score in _by_metric(result).values():
            if score.state == "error":
                errors.setdefault(score.metric, score.detail or "no reason was recorded")
            elif score.value is not None:
                values[score.metric].append(score.value)
    costs = [result.cost for result in ran if result.cost is not None]
    count = max(len(ran), 1)
    return TaskOutcome(
        task_id=task_id,
        passed=2 * sum(result.passed is True for result in ran) > len(ran) if ran else None,
        metrics={metric: math.fsum(given) / len(given) for metric, given in values.items()},
        metric_errors=errors,
        latency=math.fsum(result.latency for result in ran) / count,
        cost=math.fsum(costs) / len(costs) if costs and len(costs) == len(ran) else None,
        tokens=sum(result.usage.input + result.usage.output for result in ran) / count,
        attempts=len(results),
        failed_attempts=len(results) - len(ran),
        error=next((r.error or "no reason was recorded" for r in results if r.passed is None), None)
        if results
        else NEVER_RUN,
    )


def _by_metric(result: TaskResult) -> dict[str, Score]:
    # Assertions stand before metrics: where both have a name (toxicity), the metric's own reading is kept.
    return {score.metric: score for score in result.scores}


def out_of_scale(sheet: Sheet, metric: str) -> tuple[str, float] | None:
    """The first (task, value) outside 0..1, where every test and margin of the gate lives."""
    for outcome in sheet.outcomes.values():
        value = outcome.metrics.get(metric)
        if value is not None and not 0.0 <= value <= 1.0:
            return outcome.task_id, value
    return None
