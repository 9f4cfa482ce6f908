"""Classifier tables: a CSV file becomes a registered classifier; a later one is held against it.

Here: the workflow joined to the code that serves. Not here: learning and drift (``training.tabular``), phrasing
(``cli``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.assembly.apart import apart
from gonogo.classifiers import BUILT_IN
from gonogo.classifiers.tabular import TabularClassifier, features_digest, sum_of
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, ClassifierComparison
from gonogo.errors import BadInput
from gonogo.training.register import check_name
from gonogo.training.tabular.compare import with_baseline
from gonogo.training.tabular.drift import TableDrift, table_drift
from gonogo.training.tabular.prepare import TableOptions
from gonogo.training.tabular.reference import read_reference
from gonogo.training.tabular.table import read_table
from gonogo.training.tabular.train import TableReport, TrainedTable, train_table

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace

Progress = Callable[[str, int, int], None]


class LearnedTable(Struct, frozen=True, kw_only=True):
    """A newly trained classifier; ``comparison`` is with what builds pin now, ``None`` where there is nothing such."""

    card: ClassifierCard
    report: TableReport
    comparison: ClassifierComparison | None = None


def name_for(path: Path, name: str | None) -> str:
    """The classifier's name: as given, else the file's.

    Raises:
        BadInput: it can name no classifier, or names a built-in one.
    """
    chosen = name or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    if chosen in BUILT_IN:
        raise BadInput(f"{chosen} is a classifier of texts that comes with gonogo: give another name with --name")
    return check_name(chosen)


async def train_file(
    workspace: Workspace, path: Path, name: str, options: TableOptions, progress: Progress | None = None
) -> LearnedTable:
    """Learn a classifier from a CSV file, register it, and compare it with what it may replace. Nothing is promoted.

    Raises:
        BadInput: nothing can be learned from this file; names line and column.
        ExtraMissing: scikit-learn is not installed.
    """

    current = await workspace.classifiers.current(name)
    baseline = await _tabular(workspace, name, current)
    clock, author = workspace.clock, workspace.settings.author

    def work() -> tuple[TrainedTable, ClassifierComparison | None]:
        table = read_table(path)
        trained = train_table(
            name, table, options, clock, sum_of, features_digest(), parent=current, progress=progress
        )  # fmt: skip
        if baseline is None or baseline.digest == trained.card.digest:
            return trained, None
        return trained, with_baseline(
            trained, baseline.card, baseline.columns, baseline.probabilities, options.slices, author=author, clock=clock
        )

    trained, comparison = await apart(work)
    card = await workspace.classifiers.register(trained.card, trained.tensors)
    if comparison is not None:
        await workspace.store.add_comparison(comparison)
    return LearnedTable(card=card, report=trained.report, comparison=comparison)


async def _tabular(workspace: Workspace, name: str, digest: Digest | None) -> TabularClassifier | None:
    """What builds pin now, where it can be compared with."""
    if digest is None:
        return None
    try:
        found = await workspace.classifiers.load(f"{name}@{digest}")
    except BadInput:  # gone or broken: the new one stands alone
        return None
    return found if isinstance(found, TabularClassifier) else None


async def drift_of_file(workspace: Workspace, name: str, path: Path) -> TableDrift:
    """Hold a later CSV file against what a classifier was learned from.

    Args:
        name: ``NAME``, or ``NAME@DIGEST``.

    Raises:
        NotFound: no such classifier.
        BadInput: it is none of columns, or the file is no table.
    """
    classifier = await workspace.classifiers.load(name)
    if not isinstance(classifier, TabularClassifier):
        raise BadInput(f"{name} judges texts: a CSV file can be held against classifiers that were trained from one")
    reference = read_reference(classifier.reference)
    if reference is None:
        raise BadInput(f"{name} keeps no counts of its training rows: train it again to compare later ones")

    def work() -> TableDrift:
        table, card = read_table(path), classifier.card
        return table_drift(
            card.name, card.digest, table, classifier.columns, reference, classifier.probabilities, card.threshold.value
        )

    return await apart(work)
