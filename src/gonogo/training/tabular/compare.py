"""Compare: a new tabular classifier and the one it may replace, on rows that the new one never saw.

Here: both on the same test rows, each through its own columns. Not here: the statistics (``training.compare``), what a
comparison permits (``training.promote``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from gonogo.clock import Clock
from gonogo.domain import ClassifierCard, ClassifierComparison
from gonogo.domain.columns import Column
from gonogo.training.comparisons import compared
from gonogo.training.tabular.explain import sliced_rows
from gonogo.training.tabular.numbers import matrix
from gonogo.training.tabular.train import TrainedTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def with_baseline(
    trained: TrainedTable,
    baseline: ClassifierCard,
    columns: Sequence[Column],
    probabilities: Callable[[Floats], Floats],
    slices: Sequence[str],
    *,
    author: str,
    clock: Clock,
) -> ClassifierComparison:
    """Both on the test rows of the new one. The old one may have learned from some of them: that can only help it.

    Args:
        columns: the old one's, with its own categories.
        probabilities: the old one's, of rows of numbers.
        slices: columns whose values are compared apart.
    """
    test = trained.test
    numbers, _ = matrix(test.table, columns)
    rows = [
        structs.replace(
            row,
            context=_numbers(columns, numbers[place].tolist()),
            group=test.groups[place] if test.groups else "",
        )
        for place, row in enumerate(sliced_rows(test.table, slices, test.labels))
    ]
    found = compared(
        trained.card, baseline, rows, (test.probabilities, probabilities(numbers).tolist()),
        tested_on=trained.card.tested_on, author=author, clock=clock, cross_fitted=True,
    )  # fmt: skip
    # What is told from a text says nothing of rows that have none.
    kept = tuple(part for part in found.slices if part.name.partition(":")[0] in slices)
    return structs.replace(found, slices=kept)


def _numbers(columns: Sequence[Column], row: Sequence[float]) -> dict[str, float]:
    return {column.name: number for column, number in zip(columns, row, strict=True) if number == number}  # not NaN
