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
    from gonogo.assembly.classifier_verbs import ClassifierVerbs

T = TypeVar("T")
Rows = str | PathLike[str] | Sequence[TrainingRow]
"""A file - lines of JSON, or a CSV file for a classifier of columns - or the rows."""


class HomeClassifiers:
    """Trained classifiers of an open home. Named ``toxicity`` (what builds pin now), ``toxicity@1f3c`` (the beginning
    of a digest) or ``toxicity@shipped``. Every method blocks and raises what its verb raises."""

    def __init__(self, verbs: Callable[[], ClassifierVerbs], wait: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._verbs, self._wait = verbs, wait

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
