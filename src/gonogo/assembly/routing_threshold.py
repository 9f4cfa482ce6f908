"""Routing threshold: how many questions the simple model may take, measured on a Mission's own golden tasks.

Here: both models on every task, and the share that costs at most ``max_quality_loss``. Not here: difficulty
(``routing``), proving the edited Mission (``evaluation``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from msgspec import structs

from gonogo.contracts import Assertions, Components
from gonogo.domain import GoldenTask, Version
from gonogo.errors import BadInput, GonogoError
from gonogo.evaluation.conversation import converse
from gonogo.evaluation.funds import NO_MONEY
from gonogo.evaluation.here import asking
from gonogo.gate.sheets import cluster_labels
from gonogo.routing import difficulty
from gonogo.statistics import Interval, PairedCounts, score_interval, tango_interval

LEAST_TASKS = 50
STEPS = 10
"""Thresholds tried: so many equal steps of the share of questions that go to the simple model."""
ALPHA = 0.05
"""Chance that any threshold called safe loses more than the bound, all thresholds together (Bonferroni)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """One threshold: questions below it go to the simple model. ``loss`` is against always asking the complex one.

    ``interval`` holds for all rows together.
    """

    threshold: float
    to_simple: int
    passed: int
    loss: float
    interval: Interval

    def safe(self, most: float) -> bool:
        """Whether even the far end of the interval loses at most ``most``."""
        return -self.interval.low <= most


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdChoice:
    """The largest safe threshold (0: every question to the complex model), and the whole table."""

    threshold: float
    max_quality_loss: float
    tasks: int
    simple_passed: int
    complex_passed: int
    rows: tuple[ThresholdRow, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    difficulty: float
    simple: bool
    complex: bool
    task: GoldenTask


async def choose_threshold(
    version: Version, components: Callable[[Version], Awaitable[Components]], assertions: Assertions
) -> ThresholdChoice:
    """Run every gating task on both models.

    Args:
        components: builds the Components of a variant.

    Raises:
        BadInput: no routing, or too few tasks to choose anything.
    """
    policy = version.mission.routing
    # A conversation's turns are routed one by one: its result says nothing of one question's difficulty.
    tasks = [task for task in version.mission.golden if task.gates and not task.follow_ups]
    if policy is None or policy.simple == policy.complex:
        raise BadInput(f"{version.mission.name} routes between no two models: write routing: {{simple: A, complex: B}}")
    if len(tasks) < LEAST_TASKS:
        raise BadInput(
            f"{len(tasks)} golden tasks of one question cannot choose a threshold: at least {LEAST_TASKS} are needed"
        )
    passed = [await _passed(version, name, tasks, components, assertions) for name in (policy.simple, policy.complex)]
    reader = (await components(version)).reader
    pairs = [
        _Pair(difficulty(reader.read(task.question), len(task.turns)).value, simple, complex_, task)
        for task, simple, complex_ in zip(tasks, *passed, strict=True)
        if simple is not None and complex_ is not None
    ]
    if len(pairs) < LEAST_TASKS:
        raise BadInput(f"only {len(pairs)} of {len(tasks)} tasks ran on both models: see `gonogo evaluate`")
    return _choice(pairs, policy.max_quality_loss)


async def _passed(
    version: Version,
    model: str,
    tasks: Sequence[GoldenTask],
    components: Callable[[Version], Awaitable[Components]],
    assertions: Assertions,
) -> list[bool | None]:
    """Whether each task passes when one model answers everything; ``None`` where it did not run."""
    routing = version.mission.routing
    forced = None if routing is None else structs.replace(routing, simple=model, complex=model, fallback=())
    variant = structs.replace(version, mission=structs.replace(version.mission, routing=forced))
    parts = await components(variant)
    found: list[bool | None] = []
    for order, task in enumerate(tasks):
        try:
            result = await converse(task, asking(task, variant, parts), assertions, repeat=0, order=order)
        except NO_MONEY:
            raise
        except GonogoError:
            found.append(None)
            continue
        found.append(result.passed)
    return found


def _choice(pairs: Sequence[_Pair], most: float) -> ThresholdChoice:
    thresholds = _thresholds([pair.difficulty for pair in pairs])
    rows = tuple(_row(pairs, threshold, ALPHA / len(thresholds)) for threshold in thresholds)
    safe = [row.threshold for row in rows if row.safe(most)]
    return ThresholdChoice(
        threshold=max(safe, default=0.0),
        max_quality_loss=most,
        tasks=len(pairs),
        simple_passed=sum(pair.simple for pair in pairs),
        complex_passed=sum(pair.complex for pair in pairs),
        rows=rows,
    )


def _thresholds(difficulties: Sequence[float]) -> list[float]:
    """Borders between levels of difficulty at which the simple model gets about one step more, and all questions."""
    levels = sorted(set(difficulties))
    ranked = sorted(difficulties)
    chosen = {levels[1]} if len(levels) > 1 else set()
    for step in range(1, STEPS):
        reached = ranked[len(ranked) * step // STEPS]
        chosen.update(levels[levels.index(reached) + 1 :][:1])
    return [*sorted(chosen), levels[-1] + 0.01]


def _row(pairs: Sequence[_Pair], threshold: float, alpha: float) -> ThresholdRow:
    routed = [pair.simple if pair.difficulty < threshold else pair.complex for pair in pairs]
    counts = PairedCounts.of((mine, pair.complex) for mine, pair in zip(routed, pairs, strict=True))
    confidence, labels = 1.0 - 2.0 * alpha, cluster_labels([pair.task for pair in pairs])
    interval = tango_interval(counts, confidence)
    if labels is not None:
        lost = [float(mine) - float(pair.complex) for mine, pair in zip(routed, pairs, strict=True)]
        interval = score_interval(lost, confidence, labels)
    return ThresholdRow(
        threshold=round(threshold, 4),
        to_simple=sum(pair.difficulty < threshold for pair in pairs),
        passed=sum(routed),
        loss=-(counts.difference or 0.0),
        interval=interval,
    )
