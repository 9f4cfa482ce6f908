"""Blocking classifiers: the verbs over trained classifiers without ``await``: ``home.classifiers.train(...)``.

Here: files or rows to what the verbs take. Not here: the verbs (``classifier_verbs``), the event loop (``blocking``).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion, TrainingRow
from gonogo.training.fit import FitOptions, Progress
from gonogo.training.lineage import Lineage

if TYPE_CHECKING:
    from gonogo.assembly.classifier_learning import Evaluation, Learned
    from gonogo.assembly.classifier_list import ClassifierRow
    from gonogo.assembly.classifier_rows import NamedRows
    from gonogo.assembly.classifier_tables import LearnedTable
    from gonogo.assembly.classifier_verbs import ClassifierVerbs
    from gonogo.assembly.workspace import Workspace
    from gonogo.training.calibrate import Calibration
    from gonogo.training.tabular.drift import TableDrift
    from gonogo.training.tabular.prepare import TableOptions

T = TypeVar("T")
Rows = str | PathLike[str] | Sequence[TrainingRow]
"""A file - lines of JSON, or a CSV file for a classifier of columns - or the rows."""


class HomeClassifiers:
    """Trained classifiers of an open home. Named ``toxicity`` (what builds pin now), ``toxicity@1f3c`` (the beginning
    of a digest) or ``toxicity@shipped``. Every method blocks and raises what its verb raises."""

    def __init__(self, workspace: Workspace, wait: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._workspace, self._wait = workspace, wait

    def _verbs(self) -> ClassifierVerbs:
        return self._workspace.classifiers

    def listed(self) -> list[ClassifierRow]:
        """What builds pin of each classifier, how good it is, and which live Versions use it."""
        return self._run(self._verbs().listed())

    def card(self, classifier: str) -> ClassifierCard:
        """Data, measures with intervals, slices, bias, cost.

        Raises:
            NotFound: none; names the nearest.
        """
        return self._run(self._verbs().card(classifier))

    def train(
        self,
        name: str,
        rows: Rows,
        *,
        valid: Rows | None = None,
        features: str | None = None,
        parent: str | None = None,
        options: FitOptions | None = None,
        progress: Progress | None = None,
    ) -> Learned:
        """Learn weights, register them, and compare them with what they may replace. Nothing is promoted.

        Args:
            valid: rows held out for measuring and comparing; without them rows are cross-fitted by group.
            features: feature set, where ``name`` has none of its own.
            parent: what it is made from; what builds pin now where none is given.

        Raises:
            BadInput: nothing can be learned from these rows.
            ExtraMissing: scikit-learn is not installed.
        """
        held_out = None if valid is None else _named(valid)
        return self._run(
            self._verbs().train(
                name, _named(rows), valid=held_out, features=features, parent=parent, options=options, progress=progress
            )
        )

    def train_table(self, path: str | PathLike[str], options: TableOptions, *, name: str | None = None) -> LearnedTable:
        """Learn a classifier of the columns of a CSV file, register it, and compare it with what it may replace.

        Args:
            options: the target at least; see `gonogo.training.tabular.prepare.TableOptions`.
            name: the file's where none is given.

        Raises:
            BadInput: nothing can be learned from this file; names line and column.
            ExtraMissing: scikit-learn is not installed.
        """
        from gonogo.assembly.classifier_tables import name_for, train_file  # late: numpy

        file = Path(path)
        return self._run(train_file(self._workspace, file, name_for(file, name), options))

    def drift_table(self, classifier: str, path: str | PathLike[str]) -> TableDrift:
        """A later CSV file against the one a classifier of columns was learned from."""
        from gonogo.assembly.classifier_tables import drift_of_file  # late: numpy

        return self._run(drift_of_file(self._workspace, classifier, Path(path)))

    def calibrate(self, name: str, mission: str, *, promote: bool = False) -> tuple[Calibration, ClassifierCard]:
        """Make probabilities true for one Mission from its annotated Traces, and register the result.

        Raises:
            BadInput: too few Annotations; or promoting it although it is not proven to help.
        """
        return self._run(self._verbs().calibrate(name, mission, promote=promote))

    def evaluate(self, classifier: str, rows: Rows) -> Evaluation:
        """Measures with intervals on labelled rows, overall and by slice."""
        return self._run(self._verbs().evaluate(classifier, _named(rows)))

    def compare(self, candidate: str, baseline: str, rows: Rows) -> ClassifierComparison:
        """Both on the same rows, paired; kept as the proof of a promotion."""
        return self._run(self._verbs().compare(candidate, baseline, _named(rows)))

    def register(self, folder: str | PathLike[str]) -> ClassifierCard:
        """Keep a classifier that was trained elsewhere, from its folder."""
        return self._run(self._verbs().register_folder(Path(folder)))

    def promote(
        self, classifier: str, *, reason: str, mission: str = "", override: str | None = None, rows: Rows | None = None
    ) -> ClassifierPromotion:
        """Let new builds pin it.

        Raises:
            PromotionRefused: it did not hold its own, or was never compared.
        """
        given = None if rows is None else _named(rows)
        return self._run(
            self._verbs().promote(classifier, reason=reason, mission=mission, override=override, rows=given)
        )

    def rollback(self, name: str, *, reason: str = "", mission: str = "") -> ClassifierPromotion:
        """Let new builds pin again what they pinned before."""
        return self._run(self._verbs().roll_back(name, reason=reason, mission=mission))

    def why(self, name: str) -> Lineage:
        """From data to weights to the Versions that use them, where those are live, and what went wrong since."""
        return self._run(self._verbs().why(name))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        done: T = self._wait(work)
        return done


def _named(rows: Rows) -> NamedRows:
    from gonogo.assembly.classifier_rows import NamedRows, read_named  # late: numpy

    if isinstance(rows, str | PathLike):
        return read_named([Path(rows)])
    return NamedRows(rows=rows, called=f"{len(rows)} rows given")
