"""Train: a table to a classifier with its card - understood, split, learned, calibrated, thresholded and measured.

Here: the order of these steps and the card. Not here: each step, keeping the result (``register``), serving.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct, structs

from gonogo.clock import Clock
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, Threshold, TrainingCost
from gonogo.domain.classifier import weights_digest
from gonogo.domain.columns import Column
from gonogo.safetensors import safetensors_bytes
from gonogo.training.bias import SliceGap, slice_gaps
from gonogo.training.label_noise import label_noise
from gonogo.training.measures import measures_of
from gonogo.training.tabular.choose import Chosen, choose
from gonogo.training.tabular.explain import giving_away, importance, sliced_rows, slices
from gonogo.training.tabular.kinds import Understood, understand, with_categories
from gonogo.training.tabular.learn import ServingSums, learn_one_hot, learn_trees
from gonogo.training.tabular.numbers import matrix
from gonogo.training.tabular.prepare import Prepared, TableOptions, fingerprint, prepare, skipped, split_of
from gonogo.training.tabular.reference import reference_of, stored
from gonogo.training.tabular.split import Split
from gonogo.training.tabular.table import Table
from gonogo.training.thresholds import threshold_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

FEATURES = "columns/1"
STEPS = 5
_UNIT = 1024
"""Linux counts ``ru_maxrss`` in kibibytes."""
Progress = Callable[[str, int, int], None]
"""Called with (what, done, total)."""
NEGATIVES = "negative rows that calibrated, not those that taught or test"


class TableReport(Struct, frozen=True, kw_only=True):
    """What was understood and done, beside the card: for people to check. ``columns`` name kind and categories;
    ``gaps`` are error rates of slices against all other test rows."""

    file: str
    delimiter: str
    encoding: str
    rows: int
    positives: int
    positive: str
    negative: str
    columns: tuple[Column, ...]
    left_out: dict[str, str]
    warnings: tuple[str, ...]
    split: str
    taught: int
    calibrated: int
    tested: int
    form: str
    gaps: tuple[SliceGap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Rows that had no say in a classifier: the table of them, labels, its probabilities; a group for each row, or
    none."""

    table: Table
    labels: list[bool]
    probabilities: list[float]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedTable:
    """A tabular classifier before it is registered. ``test`` are the rows it was measured on, with what they are."""

    card: ClassifierCard
    tensors: dict[str, NDArray[Any]]
    report: TableReport
    test: HeldOut


def train_table(
    name: str,
    table: Table,
    options: TableOptions,
    clock: Clock,
    serving: ServingSums,
    code: Digest,
    *,
    parent: Digest | None = None,
    progress: Progress | None = None,
) -> TrainedTable:
    """Learn a classifier from a table. Same rows, options and seed: same digest, whatever the order of the rows.

    Args:
        name: the classifier's.
        serving: makes the code that will serve the weights; everything is measured with it.
        code: digest of the code that turns values into numbers.
        parent: the classifier that this one follows.

    Raises:
        BadInput: nothing can be learned from this table; the message names file, line and column.
        ExtraMissing: scikit-learn is not installed.
    """
    began, say = _spent(), progress or _silent
    data = prepare(table, options)
    table, labels = data.table, data.labels
    found = understand(table, labels.tolist(), skipped(options), options.categories)
    split = split_of(data, options)
    columns = with_categories(found.columns, table, split.teach)
    say("columns read", 1, STEPS)
    numbers, _ = matrix(table, columns)
    chosen, threshold = _learned(numbers, labels, columns, split, data, options, serving, say)
    tested = chosen.probabilities(numbers[split.test])
    held_out = np.concatenate([chosen.probabilities(numbers[split.calibrate]), tested])
    reference = reference_of(options.target, data.positive, columns, numbers[split.teach], held_out)
    line = np.array([chosen.slope, chosen.offset])
    tensors = {
        **chosen.learned.tensors, "line": line, "columns": stored(columns), "reference": stored(reference),
    }  # fmt: skip
    truth = labels[split.test]
    weighed = importance(
        columns, numbers[split.test], truth, chosen.probabilities, options.seed,
        lambda done, total: say("columns shuffled", done, total),
    )  # fmt: skip
    card = ClassifierCard(
        name=name,
        digest=weights_digest(name, chosen.learned.form, FEATURES, threshold.value, safetensors_bytes(tensors)),
        form=chosen.learned.form,
        features=FEATURES,
        code=code,
        seed=options.seed,
        created_at=clock.now(),
        data=fingerprint(table, labels),
        threshold=threshold,
        parent=parent,
        measures=measures_of(truth, tested, threshold.value),
        tested_on=f"{len(split.test)} of {len(labels)} rows, split {split.how}, that had no say in anything",
        slices=slices(table, options.slices, split.test, truth, tested, threshold.value),
        label_noise=label_noise(truth, tested).share,
        importance=weighed,
        cost=_cost(began),
        note=f"predicts {options.target} = {data.positive}; {chosen.why}",
    )
    warnings = [*data.warnings, *found.warnings, *giving_away(columns, numbers[split.teach], labels[split.teach])]
    test = _test_rows(data, split, options, tested)
    gaps = slice_gaps(sliced_rows(test.table, options.slices, test.labels), tested, threshold.value)
    report = structs.replace(_report(data, found, columns, split, chosen, warnings), gaps=gaps)
    return TrainedTable(card=card, tensors=tensors, report=report, test=test)


def _test_rows(data: Prepared, split: Split, options: TableOptions, tested: Floats) -> HeldOut:
    part = data.table.part(split.test)
    groups = () if options.group is None else tuple(part.column(options.group))
    return HeldOut(
        table=part, labels=data.labels[split.test].tolist(), probabilities=tested.tolist(), groups=groups
    )  # fmt: skip


def _report(
    data: Prepared, found: Understood, columns: tuple[Column, ...], split: Split, chosen: Chosen, warnings: list[str]
) -> TableReport:
    table = data.table
    return TableReport(
        file=Path(table.file).name,
        delimiter=table.delimiter,
        encoding=table.encoding,
        rows=len(data.labels),
        positives=int(data.labels.sum()),
        positive=data.positive,
        negative=data.negative,
        columns=columns,
        left_out=found.left_out,
        warnings=(*table.notes, *warnings),
        split=split.how,
        taught=len(split.teach),
        calibrated=len(split.calibrate),
        tested=len(split.test),
        form=chosen.why,
    )


def _learned(
    numbers: Floats, labels: Flags, columns: Sequence[Column], split: Split, data: Prepared, options: TableOptions,
    serving: ServingSums, say: Progress,
) -> tuple[Chosen, Threshold]:  # fmt: skip
    teach, held = split.teach, split.calibrate
    weights = learn_one_hot(numbers[teach], labels[teach], columns, options.seed, serving)
    say("one-hot weights learned", 2, STEPS)
    trees = learn_trees(numbers[teach], labels[teach], columns, options.seed, serving)
    say("trees learned", 3, STEPS)
    groups = None if options.group is None else [data.table.column(options.group)[row] for row in held]
    chosen = choose(trees, weights, numbers[held], labels[held], groups, options.seed)
    say("form chosen and calibrated", 4, STEPS)
    negatives = chosen.probabilities(numbers[held])[~labels[held]]
    threshold = threshold_at(negatives.tolist(), options.false_positives, NEGATIVES)
    say("threshold set", 5, STEPS)
    return chosen, threshold


def _silent(what: str, done: int, total: int) -> None:
    """No one is told."""


def _spent() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, time.monotonic()


def _cost(began: tuple[float, float]) -> TrainingCost:
    cpu, wall = _spent()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return TrainingCost(cpu_seconds=cpu - began[0], wall_seconds=wall - began[1], peak_memory=peak * _UNIT)
