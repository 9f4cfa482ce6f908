"""Regressions: what got worse, and what is not shown to be as good as live.

Here: proven losses, non-inferiority and how many tasks would settle it.
Not here: the statistics (``compare``), critical tasks (``critical``), absolute bounds (``bounds``), the final outcome
(``decide``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from gonogo.domain import Comparison, GatePolicy, Reason, TagSlice
from gonogo.gate.compare import PRIMARY
from gonogo.gate.wording import correction, counted, dollars, in_clusters, interval, named, percent, points
from gonogo.statistics import PairedCounts, TasksNeeded, holm, smallest_passing_set, tasks_needed_for


def claims(
    comparisons: Mapping[str, Comparison], slices: Sequence[TagSlice], policy: GatePolicy
) -> tuple[dict[str, float], dict[str, float]]:
    """Adjusted p-values of "worse", by metric and by tag: one family, since any of them would be a NO-GO.

    Holm (1979, Scand J Stat 6:65): an identical candidate meets a claim at level a with probability at most a. Small
    slices make none.
    """
    metrics = [(name, p) for name, found in comparisons.items() if (p := _p_loss(found, policy)) is not None]
    tags = [(one.tag, p) for one in slices if not one.small and (p := _p_loss(one.comparison, policy)) is not None]
    adjusted = holm([p for _, p in (*metrics, *tags)])
    of_metrics = {name: p for (name, _), p in zip(metrics, adjusted, strict=False)}
    return of_metrics, {tag: p for (tag, _), p in zip(tags, adjusted[len(metrics) :], strict=True)}


def _p_loss(comparison: Comparison, policy: GatePolicy) -> float | None:
    if policy.no_go == "beyond_margin" and comparison.margin is not None:
        return None if comparison.p_noninferior is None else 1.0 - comparison.p_noninferior
    return comparison.p_worse


def got_worse(
    comparisons: Mapping[str, Comparison], slices: Sequence[TagSlice], policy: GatePolicy, level: float
) -> Iterator[Reason]:
    """NO-GO: a metric, or the pass rate of a slice, is shown to be worse than live at this level."""
    of_metrics, of_tags = claims(comparisons, slices, policy)
    family = _family(len(of_metrics), len(of_tags))
    for name, corrected in of_metrics.items():
        if _is_loss(comparisons[name], policy) and corrected <= level:
            yield _worse(name, name, comparisons[name], corrected, family, policy)
    for one in slices:
        tag_p = of_tags.get(one.tag)
        if tag_p is not None and _is_loss(one.comparison, policy) and tag_p <= level:
            yield _worse(f"slice:{one.tag}", f"slice {one.tag}", one.comparison, tag_p, family, policy)


def worse_early(comparisons: Mapping[str, Comparison], worse: Sequence[str], needed: float | None) -> Iterator[Reason]:
    """NO-GO before the end of the set: the e-value of a loss reached what is ``needed``."""
    for name in worse:
        found = comparisons.get(name)
        if found is None:
            continue
        message = f"{name} {points(found.difference)}"
        if found.broke:
            message += f": {_flips(found)}"
        shown = f"e={found.e_worse:.3g}, at least {needed:g} needed" if found.e_worse and needed else ""
        yield Reason(rule=name, outcome="NO-GO", message=f"{message} ({shown})", tasks=found.broke)


def _worse(rule: str, name: str, found: Comparison, corrected: float, family: str, policy: GatePolicy) -> Reason:
    message = f"{name} {points(found.difference)}"
    if found.broke:
        message += f": {_flips(found)}"
    p = _p_loss(found, policy)
    exact = ", exact" if found.metric == PRIMARY and found.clusters is None and policy.no_go == "any_loss" else ""
    adjusted = f", {corrected:.3g} by Holm over {family}" if family else ""
    beyond = " beyond the margin" if policy.no_go == "beyond_margin" and found.margin is not None else ""
    said = f"{message}{beyond} (p={p:.3g}{exact}{adjusted})"
    return Reason(rule=rule, outcome="NO-GO", message=said, tasks=found.broke)


def _is_loss(found: Comparison, policy: GatePolicy) -> bool:
    bound = (found.margin or 0.0) if policy.no_go == "beyond_margin" else 0.0
    return found.loss is not None and found.loss > bound


def _family(metrics: int, tags: int) -> str:
    if metrics + tags < 2:
        return ""
    parts = [*([counted(metrics, "metric")] if metrics else []), *([counted(tags, "slice")] if tags else [])]
    return " and ".join(parts)


def not_shown_as_good(comparison: Comparison, policy: GatePolicy, price: float | None) -> Iterator[Reason]:
    """INCONCLUSIVE: not shown to be within the margin of live. ``price``: dollars to run one more task on both."""
    if comparison.margin is None or comparison.p_noninferior is None or comparison.p_noninferior <= policy.alpha:
        return
    message = (
        f"{comparison.metric} {points(comparison.difference)} ({interval(comparison)}, "
        f"{counted(comparison.tasks, 'task')}{in_clusters(comparison)}{correction(comparison)}) is not shown to stay "
        "within the margin of "
        f"{points(comparison.bound)}"
    )
    if comparison.broke:
        message += f"; {_flips(comparison)}"
    message += f"; {_what_would_settle(comparison, policy, price)}"
    yield Reason(rule=comparison.metric, outcome="INCONCLUSIVE", message=message, tasks=comparison.broke)


def tasks_to_settle(comparison: Comparison, policy: GatePolicy) -> int | None:
    """How many more tasks would settle a pass rate at 80 % power; ``None`` where no number of tasks would."""
    needed = _needed(comparison, policy)
    return None if needed is None else max(needed.more, 1)


def _needed(comparison: Comparison, policy: GatePolicy) -> TasksNeeded | None:
    if comparison.metric != PRIMARY or not comparison.tasks or comparison.margin is None:
        return None
    kept = comparison.tasks - len(comparison.broke) - len(comparison.mended)
    counts = PairedCounts(
        both=kept, candidate_only=len(comparison.mended), baseline_only=len(comparison.broke), neither=0
    )
    needed = tasks_needed_for(counts, comparison.margin, policy.alpha)
    if needed is None or not comparison.worth:
        return needed
    # As many more as these are too few: each is worth what one of these is.
    return TasksNeeded(total=math.ceil(needed.total * comparison.tasks / comparison.worth), done=needed.done)


def _what_would_settle(comparison: Comparison, policy: GatePolicy, price: float | None) -> str:
    if comparison.margin is None or (comparison.loss or 0.0) >= comparison.margin:
        return "the difference is at or beyond the margin, and no number of tasks would turn that into GO"
    if comparison.metric != PRIMARY:
        return "more golden tasks or a wider margin would settle it"
    least = smallest_passing_set(comparison.margin, policy.alpha)
    if comparison.tasks < least:
        return (
            f"a set of {comparison.tasks} can never show it: that takes at least {least} tasks, with none that changes"
        )
    if comparison.worth_least is not None and comparison.worth_least < least:
        return (
            f"{counted(comparison.clusters or 0, 'cluster')} worth {comparison.worth_least:.0f} equal ones can never "
            f"show it: that takes at least {least}, with none that changes"
        )
    more = tasks_to_settle(comparison, policy)
    if more is None:
        return "the difference is at or beyond the margin, and no number of tasks would turn that into GO"
    cost = f", for about {dollars(more * price)}" if price else ""
    return f"about {counted(more, 'more task')} would settle it at {percent(0.8)} power{cost}"


def _flips(comparison: Comparison) -> str:
    return f"{len(comparison.broke)} broke ({named(comparison.broke)}), {len(comparison.mended)} mended"
