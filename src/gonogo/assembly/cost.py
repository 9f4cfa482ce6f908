"""Cost: what requests took, grouped as somebody asks, beside what training took.

Here: grouping and the report. Not here: adding Traces up (``store.costs``), showing it (``cli``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from msgspec import Struct

from gonogo.domain import EVALUATIONS, NANOS, NOTHING, ClassifierCard, Consumption, CostCell, Usage, day_of
from gonogo.errors import BadInput

Grouping = Literal["mission", "version", "model", "key", "tenant", "day"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


class CostRow(Struct, frozen=True, kw_only=True):
    """One group. ``cost`` in dollars, ``None`` where no call's price is known; ``unpriced`` calls are not in it.
    ``cpu_seconds`` of our own process."""

    group: dict[str, str]
    requests: int
    cached_answers: int
    calls: int
    usage: Usage
    cost: float | None
    unpriced: int
    estimated: int
    cpu_seconds: float


class TrainingSpent(Struct, frozen=True, kw_only=True):
    """What training took, of the classifiers registered since: of those whose card says so (``unknown`` do not)."""

    classifiers: int
    cpu_seconds: float
    gpu_hours: float
    unknown: int


class CostReport(Struct, frozen=True, kw_only=True):
    """``since`` is the first UTC day, empty for all; rows with the highest cost first, days in order. ``evaluation``:
    what of the total evaluations took that somebody started on the server, each call of a model a request."""

    since: str
    by: tuple[str, ...]
    rows: tuple[CostRow, ...]
    total: CostRow
    training: TrainingSpent
    evaluation: CostRow


def report(cells: Sequence[CostCell], cards: Sequence[ClassifierCard], *, by: Sequence[str], since: str) -> CostReport:
    """Group cells; pure.

    Raises:
        BadInput: a grouping that does not exist, or one named twice.
    """
    wrong = [name for name in by if name not in GROUPINGS]
    if wrong or len(set(by)) != len(by) or not by:
        said = f"'{wrong[0]}' is no way to group costs" if wrong else "group costs by each of them once"
        raise BadInput(f"{said}: by {', '.join(GROUPINGS)}")
    groups: dict[tuple[str, ...], Consumption] = {}
    for cell in cells:
        key = tuple(_name(cell, one) for one in by)
        groups[key] = groups.get(key, NOTHING) + cell.took
    rows = [_row(dict(zip(by, key, strict=True)), took) for key, took in groups.items()]
    rows.sort(key=lambda row: (row.group.get("day", ""), -(row.cost or 0.0), -row.requests, *row.group.values()))
    return CostReport(
        since=since,
        by=tuple(by),
        rows=tuple(rows),
        total=_sum(cells),
        training=_training(cards, since),
        evaluation=_sum(cell for cell in cells if cell.mission.startswith(EVALUATIONS)),
    )


def paid_for(cell: CostCell) -> str:
    """The Mission whose requests, or evaluations, a cell counts."""
    return cell.mission.removeprefix(EVALUATIONS)


def _sum(cells: Iterable[CostCell]) -> CostRow:
    return _row({}, sum((cell.took for cell in cells), start=NOTHING))


def _name(cell: CostCell, grouping: str) -> str:
    if grouping == "version":
        return f"{cell.mission}@{cell.version}"
    return str(getattr(cell, grouping))


def _row(group: dict[str, str], took: Consumption) -> CostRow:
    known = took.usage.calls > took.unpriced or not took.usage.calls
    return CostRow(
        group=group,
        requests=took.requests,
        cached_answers=took.cached,
        calls=took.usage.calls,
        usage=took.usage,
        cost=took.spent / NANOS if known else None,
        unpriced=took.unpriced,
        estimated=took.estimated,
        cpu_seconds=took.cpu,
    )


def _training(cards: Sequence[ClassifierCard], since: str) -> TrainingSpent:
    counted = [card for card in cards if day_of(card.created_at) >= since]
    costs = [card.cost for card in counted if card.cost is not None]
    return TrainingSpent(
        classifiers=len(counted),
        cpu_seconds=sum(cost.cpu_seconds for cost in costs),
        gpu_hours=sum(cost.gpu_hours for cost in costs),
        unknown=len(counted) - len(costs),
    )
