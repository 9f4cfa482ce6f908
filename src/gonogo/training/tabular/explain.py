"""Explain: what a tabular classifier rests on, and for whom it errs more.

Here: permutation importance of columns, error rates by slice, columns that alone give the target away.
Not here: measures of all rows (``measures``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gonogo.domain import Measure, Slice, TrainingRow
from gonogo.domain.columns import MISSING_WORDS, Column
from gonogo.statistics import t_interval
from gonogo.training.measures import ENOUGH, auc, measures_of, too_small
from gonogo.training.ranking import area_under_curve
from gonogo.training.tabular.choose import log_losses
from gonogo.training.tabular.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Probabilities = Callable[[Floats], Floats]

SHUFFLES = 5
MOST_SHUFFLED = 5_000
"""Test rows that are shuffled; of more, every second or third."""
MOST_SLICES = 20
QUARTERS_FROM = 10
"""Different numbers from which a slice column is cut into quarters."""
SUSPICIOUS = 0.99
"""Area under the curve of one column alone that hardly ever comes of anything but the target itself."""
SLICE_MEASURES = ("false_positive_rate", "false_negative_rate", "precision", "recall")


def importance(
    columns: Sequence[Column],
    numbers: Floats,
    labels: Flags,
    probabilities: Probabilities,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Measure]:
    """By column, most important first: the log loss a row gains when that column is shuffled among the test rows.

    Breiman 2001, "Random Forests", Machine Learning 45:5, section 10. Mean of five shuffles for each row; Student's t
    interval over rows. Columns that say the same share their importance: each alone then looks small.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    step = 1 + (len(labels) - 1) // MOST_SHUFFLED
    numbers, labels = numbers[::step], labels[::step]
    before = log_losses(labels, probabilities(numbers))
    found: dict[str, Measure] = {}
    for place, column in enumerate(columns):
        gained = np.zeros(len(labels))
        for _ in range(SHUFFLES):
            shuffled = numbers.copy()
            shuffled[:, place] = draw.permutation(shuffled[:, place])
            gained += (log_losses(labels, probabilities(shuffled)) - before) / SHUFFLES
        found[column.name] = _mean(gained)
        if progress:
            progress(place + 1, len(columns))
    return dict(sorted(found.items(), key=lambda item: -(item[1].value or 0.0)))


def _mean(values: Floats) -> Measure:
    if values.size < ENOUGH:
        return too_small(int(values.size), "rows")
    value = float(values.mean())
    if float(values.max() - values.min()) == 0.0:
        return Measure(value=value, low=value, high=value, n=int(values.size), note="the same for every row")
    interval = t_interval(values.tolist())
    return Measure(value=value, low=interval.low, high=interval.high, n=int(values.size))


def giving_away(columns: Sequence[Column], numbers: Floats, labels: Flags) -> list[str]:
    """Warnings of columns that alone nearly tell the target; they are still learned from."""
    import numpy as np

    warnings = []
    for place, column in enumerate(columns):
        values = numbers[:, place]
        if column.kind == "category":
            values = _target_means(values, labels)
        present = ~np.isnan(values)
        high, low = values[present & labels], values[present & ~labels]
        if high.size < ENOUGH or low.size < ENOUGH:
            continue
        area = area_under_curve(high, low)
        apart = max(area, 1.0 - area)
        if apart >= SUSPICIOUS:
            warnings.append(
                f"column {column.name!r} alone tells the target almost without error (AUC {apart:.3f}): "
                "is it known before the target is? If not, leave it out with --ignore"
            )
    return warnings


def _target_means(codes: Floats, labels: Flags) -> Floats:
    import numpy as np

    means = np.full(codes.shape, np.nan)
    for code in np.unique(codes[~np.isnan(codes)]):
        means[codes == code] = labels[codes == code].mean()
    return means


def slices(
    table: Table, names: Sequence[str], rows: Sequence[int], labels: Flags, probabilities: Floats, threshold: float
) -> tuple[Slice, ...]:
    """Error rates for each value of each slice column, on the test rows; with Wilson's intervals, or that n is too
    small.

    Args:
        rows: places of the test rows in the table, in the order of labels and probabilities.
    """
    import numpy as np

    found = []
    for name in names:
        place = table.place(name)
        values = _parts([table.rows[row][place].strip() for row in rows])
        for value, _ in Counter(values).most_common(MOST_SLICES):
            part = np.array([other == value for other in values])
            measures = measures_of(labels[part], probabilities[part], threshold)
            kept = {measure: measures[measure] for measure in SLICE_MEASURES}
            kept["auc"] = auc(labels[part], probabilities[part])
            positives = int(labels[part].sum())
            found.append(Slice(dimension=name, name=value, rows=int(part.sum()), positives=positives, measures=kept))
    return tuple(found)


def sliced_rows(table: Table, names: Sequence[str], labels: Sequence[bool]) -> list[TrainingRow]:
    """The table's rows with the slices they belong to and their labels, as comparisons and bias reports take them."""
    parts = {name: _parts([value.strip() for value in table.column(name)]) for name in names}
    return [
        TrainingRow(text="", label=label, slices={name: values[place] for name, values in parts.items()})
        for place, label in enumerate(labels)
    ]


def _parts(values: Sequence[str]) -> list[str]:
    """The values, ``missing`` for those that are not there, numbers of many kinds as quarters."""
    import numpy as np

    numbers = [_number(value) for value in values]
    present = [number for number in numbers if number is not None]
    words = [value for value in values if value.casefold() not in MISSING_WORDS]
    if len(present) < len(words) or len(set(present)) <= QUARTERS_FROM:
        return [value if value.casefold() not in MISSING_WORDS else "missing" for value in values]
    edges = np.quantile(present, (0.25, 0.5, 0.75)).tolist()
    named = [f"up to {edges[0]:g}", f"to {edges[1]:g}", f"to {edges[2]:g}", f"above {edges[2]:g}"]
    return ["missing" if number is None else named[sum(number > edge for edge in edges)] for number in numbers]


def _number(value: str) -> float | None:
    try:
        number = Column(name="", kind="number").number(value)
    except ValueError:
        return None
    return number if number == number else None  # NaN
