"""Slices: the pass rate on the tasks of each tag, beside that on all.

Here: one Comparison a tag. Not here: which of them block (``regressions``), p-values over many (``statistics``).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from gonogo.domain import Comparison, TagSlice
from gonogo.gate.compare import PRIMARY, compare
from gonogo.gate.sheets import Sheet
from gonogo.statistics import benjamini_hochberg

FEWEST = 30
"""Under so many paired tasks, or clusters of them, a slice is shown and never blocks; a tag that must never fail is a
critical one."""


def slices_of(ours: Sheet, theirs: Sheet, margin: float | None, alpha: float) -> tuple[TagSlice, ...]:
    """By tag, in their order; a tag that every task has, or whose tasks have no result on both sides, is none."""
    found = []
    for tag in sorted({tag for task in ours.tasks for tag in task.tags}):
        tasks = [task for task in ours.tasks if tag in task.tags]
        if len(tasks) == len(ours.tasks):
            continue
        comparison = compare(PRIMARY, ours.of_tasks(tasks), theirs.of_tasks(tasks), margin, alpha)
        if comparison.tasks:
            found.append(TagSlice(tag=tag, comparison=comparison, small=_units(comparison) < FEWEST))
    read = benjamini_hochberg([_p(one.comparison) for one in found])
    return tuple(structs.replace(one, p_bh=p) for one, p in zip(found, read, strict=True))


def _units(comparison: Comparison) -> int:
    """Tasks, or the clusters they stand in."""
    return comparison.tasks if comparison.clusters is None else comparison.clusters


def with_holm(slices: Sequence[TagSlice], adjusted: dict[str, float]) -> tuple[TagSlice, ...]:
    """With what the family of all claims made of their p-values; ``adjusted`` by tag."""
    return tuple(structs.replace(one, p_holm=adjusted.get(one.tag)) for one in slices)


def _p(comparison: Comparison) -> float:
    return 1.0 if comparison.p_worse is None else comparison.p_worse
