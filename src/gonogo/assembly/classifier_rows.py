"""Classifier rows: labelled rows of files as a classifier takes them: texts as lines of JSON, or a table of columns.

Here: telling the two apart, a table's rows with the labels and numbers of one classifier. Not here: reading the files
(``training.rows``, ``training.tabular.table``), judging (``classifier_learning``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from gonogo.classifiers.tabular import TabularClassifier
from gonogo.contracts import Classifier
from gonogo.domain import DataFingerprint, TrainingRow
from gonogo.errors import BadInput
from gonogo.training.rows import fingerprint, read_rows
from gonogo.training.tabular.explain import sliced_rows
from gonogo.training.tabular.numbers import labels_of, matrix
from gonogo.training.tabular.prepare import fingerprint as table_fingerprint
from gonogo.training.tabular.reference import read_reference
from gonogo.training.tabular.table import Table, read_table

TABLES = frozenset({".csv", ".tsv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRows:
    """Rows and what they are called in a card: the file's name. ``table`` stands instead of ``rows``."""

    rows: Sequence[TrainingRow] = ()
    called: str
    table: Table | None = None

    def __len__(self) -> int:
        """Rows."""
        return len(self.rows if self.table is None else self.table.rows)

    def texts(self) -> Sequence[TrainingRow]:
        """The rows, to learn from.

        Raises:
            BadInput: a table, which is learned from in another way.
        """
        if self.table is not None:
            raise BadInput(f"{self.called} is a table: train from it with --csv {self.called} --target COLUMN")
        return self.rows

    def seen_by(self, classifier: Classifier) -> Sequence[TrainingRow]:
        """The rows as this classifier reads them; of a table those with its target, in their order.

        Raises:
            BadInput: a table for a classifier of texts, or texts for one of columns.
        """
        name = classifier.card.name
        if self.table is None:
            if isinstance(classifier, TabularClassifier) and not any(row.context for row in self.rows):
                raise BadInput(f"{name} judges columns and {self.called} holds texts: give a CSV file")
            return self.rows
        if not isinstance(classifier, TabularClassifier):
            raise BadInput(f"{name} judges texts: give rows as lines of JSON, not {self.called}")
        part, labels = _labelled(self.table, classifier)
        names = [name for name in dict.fromkeys(one.dimension for one in classifier.card.slices) if name in part.header]
        numbers, _ = matrix(part, classifier.columns)
        columns = [column.name for column in classifier.columns]
        return [
            structs.replace(row, context=_present(columns, numbers[place].tolist()))
            for place, row in enumerate(sliced_rows(part, names, labels))
        ]

    def data(self, classifier: Classifier) -> DataFingerprint:
        """What the rows come to, as the training of this classifier would count them."""
        if self.table is None or not isinstance(classifier, TabularClassifier):
            return fingerprint(self.rows)
        import numpy as np

        part, labels = _labelled(self.table, classifier)
        return table_fingerprint(part, np.array(labels, dtype=np.bool_))


def _labelled(table: Table, classifier: TabularClassifier) -> tuple[Table, list[bool]]:
    """The rows that have the classifier's target."""
    name, reference = classifier.card.name, read_reference(classifier.reference)
    if reference is None:
        raise BadInput(f"{name} does not say which column it predicts: train it again to measure it on a table")
    found, _, _ = labels_of(table, reference.target, reference.positive)
    part = table.part([place for place, label in enumerate(found) if label is not None])
    return part, [label for label in found if label is not None]


def read_named(paths: Sequence[Path]) -> NamedRows:
    """The rows of some files of lines of JSON, or of one table.

    Raises:
        BadInput: a file cannot be read, or holds a line that is no row; names file and line.
    """
    called = ", ".join(path.name for path in paths)
    tables = [path for path in paths if path.suffix.lower() in TABLES]
    if not tables:
        return NamedRows(rows=[row for path in paths for row in read_rows(path)], called=called)
    if len(paths) > 1:
        raise BadInput(f"{tables[0]} is a table: give it alone")
    return NamedRows(table=read_table(tables[0]), called=called)


def _present(columns: Sequence[str], numbers: Sequence[float]) -> dict[str, float]:
    return {name: number for name, number in zip(columns, numbers, strict=True) if number == number}  # not NaN
