"""tabular: a classifier over the columns of a CSV file - trees or one-hot weights, calibrated.

Here: columns stored in the weights, the row made of an Example's context, calibration, the judgement.
Not here: the two sums (``trees``, ``one_hot``), learning (``training.tabular``).

    probability = 1 / (1 + exp(-(a logit + b)))        a, b are Platt's, as for texts (``linear``)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gonogo.classifiers.carded import Carded
from gonogo.classifiers.code_digest import code_digest
from gonogo.classifiers.linear import STEEPEST, sigmoid
from gonogo.classifiers.one_hot import OneHot
from gonogo.classifiers.trees import CATEGORIES, Forest
from gonogo.classifiers.weights import REMEDY, Weights
from gonogo.contracts import Example, Judgement
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard
from gonogo.domain import columns as columns_module
from gonogo.domain.columns import Column
from gonogo.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEATURES = "columns/1"
"""What the card of every tabular classifier names as its features."""


def features_digest() -> Digest:
    """Of the code that turns written values into numbers."""
    return code_digest(Path(columns_module.__file__))


class TabularClassifier(Carded):
    """The contracts ``Classifier`` and ``RowJudge``. Whether a column is missing in the context or NaN is the same.

    ``reference`` are the stored counts of the teaching rows, which training wrote and reads (drift), or ``None``.

    Raises:
        BadInput: the weights are for other features, or no tabular classifier's.
    """

    def __init__(self, weights: Weights) -> None:
        self.card: ClassifierCard = weights.card
        if self.card.features != FEATURES:
            raise BadInput(f"classifier {self.card.name} has the features {self.card.features}, not {FEATURES}")
        try:
            self.columns = stored_columns(weights.tensors)
            self._sum = sum_of(self.card.form, weights.tensors, self.columns)
            self._slope, self._offset = _line(weights.tensors)
        except (ValueError, TypeError, IndexError, msgspec.DecodeError) as error:
            raise BadInput(f"classifier {self.card.name}: {error}; {REMEDY}") from error
        self.reference = weights.tensors.get("reference")
        self._names = tuple(column.name for column in self.columns)
        self._bounds = tuple(column.codes if column.kind == "category" else None for column in self.columns)

    def judge(self, example: Example) -> Judgement:
        """Probability of the row in ``example.context``; the texts are not looked at."""
        row = self.row(example.context)
        probability = sigmoid(self._slope * self._sum.logit(row) + self._offset)
        signals = {name: number for name, number in zip(self._names, row, strict=True) if math.isfinite(number)}
        return Judgement(probability=probability, positive=probability >= self.card.threshold.value, signals=signals)

    def row(self, context: Mapping[str, float]) -> list[float]:
        """The numbers in the order of the columns; what is missing, infinite or no known category is NaN."""
        return [
            _usable(context.get(name, math.nan), bound) for name, bound in zip(self._names, self._bounds, strict=True)
        ]

    def probabilities(self, rows: Floats) -> Floats:
        """Of many rows made by `row`."""
        return calibrated(self._sum.logits(rows), self._slope, self._offset)


def _usable(number: float, codes: int | None) -> float:
    if not math.isfinite(number):
        return math.nan
    if codes is None:
        return float(number)
    return float(number) if 0.0 <= number < codes and number == int(number) else math.nan


def calibrated(logits: Floats, slope: float, offset: float) -> Floats:
    """Probabilities of many logits."""
    import numpy as np

    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(slope * logits + offset, -STEEPEST, STEEPEST)))
    return found


def sum_of(form: str, tensors: Mapping[str, NDArray[Any]], columns: Sequence[Column]) -> Forest | OneHot:
    """What adds up a row's logit.

    Raises:
        ValueError: the tensors are not of that form over those columns.
    """
    if form == "trees":
        return Forest(tensors, len(columns))
    return OneHot(tensors, [column.codes if column.kind == "category" else 0 for column in columns])


def stored_columns(tensors: Mapping[str, NDArray[Any]]) -> tuple[Column, ...]:
    """The columns that weights were learned for.

    Raises:
        ValueError: they are not there, or impossible.
        msgspec.DecodeError: they are no columns.
    """
    stored = tensors.get("columns")
    if stored is None or not stored.size:
        raise ValueError("tensor 'columns' is missing")
    columns = msgspec.json.decode(stored.tobytes(), type=tuple[Column, ...])
    if len({column.name for column in columns}) < len(columns) or not columns:
        raise ValueError("tensor 'columns' names a column twice, or none")
    if any(column.codes > CATEGORIES for column in columns):
        raise ValueError(f"tensor 'columns' has a column with more than {CATEGORIES} categories")
    return columns


def _line(tensors: Mapping[str, NDArray[Any]]) -> tuple[float, float]:
    line = tensors.get("line")
    if line is None or line.shape != (2,) or not all(map(math.isfinite, line.tolist())):
        raise ValueError("tensor 'line' must hold two finite numbers")
    slope, offset = line.tolist()
    return float(slope), float(offset)
