"""Adjustment: what a question alone says about its answer, so that other questions do not pass for other behaviour.

Here: signals with the part that the question predicts taken away, and the rate that reference answers to the most
similar questions show.
Not here: topics (``topics``), evidence (``drift``).

Topics are coarse: when traffic moves inside one, answers move with it. A linear map from the question's vector to each
signal takes most of that away, and the nearest reference questions check what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from msgspec import structs

from gonogo.domain import RateReading
from gonogo.monitoring.readings import rate_reading
from gonogo.monitoring.signals import Signals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix, Vector

    Numbers = NDArray[np.float64]

ADJUSTED: Final = ("length", "density", "stop_words", "markup", "variety", "closeness")
"""Signals that are adjusted and ranked."""

NEIGHBOURS: Final = 7

_FOLDS = 5
_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
_WIDEST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One answer as drift sees it: its signals, and the topic and unit vector of its question. ``at`` in seconds since
    1970."""

    trace_id: str
    at: float
    topic: str
    signals: Signals
    question: Vector


class Adjustment:
    """Ridge regression of each signal on the question's vector (Hoerl and Kennard 1970), learnt from reference
    Behaviours; the penalty is the one that predicts left-out fifths best.

    ``reference`` are those Behaviours, each adjusted by a map that has not seen it, so that they stay comparable with
    new ones.
    """

    def __init__(self, reference: Sequence[Behaviour]) -> None:
        import numpy as np

        questions = self._questions(reference)
        signals = _signals(reference)
        folds = np.arange(len(reference)) % _FOLDS
        scale = signals.var(axis=0).clip(1e-12)
        tried = _left_out(questions, signals, folds)
        losses = [float((((signals - predicted) ** 2).mean(axis=0) / scale).mean()) for predicted in tried]
        best = int(np.argmin(losses))
        self._penalty = _PENALTIES[best]
        self._map = _Ridge(questions, signals)
        self.reference = _less(reference, tried[best])

    def adjust(self, behaviours: Sequence[Behaviour]) -> tuple[Behaviour, ...]:
        """New Behaviours, with what the question predicts taken away from their signals."""
        if not behaviours:
            return ()
        return _less(behaviours, self._map.predict(self._questions(behaviours), self._penalty))

    def expected(self, name: str, rows: Sequence[Behaviour], hits: Sequence[bool]) -> RateReading:
        """Rate that the reference answers to the nearest questions show, with its 95 % interval.

        Few reference answers stand in for many rows where traffic moved to what was rare, so each counts as often as it
        is near, and ``total`` is the effective number (Kish 1965, section 11.7).

        Args:
            name: of the reading.
            rows: new Behaviours, at least one.
            hits: for each reference Behaviour, whether it counts.
        """
        import numpy as np

        near = min(NEIGHBOURS, len(self.reference))
        known = np.stack([behaviour.question for behaviour in self.reference])
        asked = np.stack([behaviour.question for behaviour in rows])
        nearest = np.argpartition(-(asked @ known.T), near - 1, axis=1)[:, :near]
        uses = np.bincount(nearest.ravel(), minlength=len(known)).astype(np.float64)
        share = float(uses @ np.asarray(hits, dtype=np.float64) / uses.sum())
        effective = max(1, round(float(uses.sum() ** 2 / (uses @ uses))))
        return rate_reading(name, round(share * effective), effective)

    def _questions(self, behaviours: Sequence[Behaviour]) -> Numbers:
        import numpy as np

        vectors: Matrix = np.stack([behaviour.question for behaviour in behaviours])
        wide = vectors.shape[1]
        if wide <= _WIDEST:
            return vectors.astype(np.float64)
        # Long vectors are projected at random: distances stay nearly as they are, the work does not grow.
        projection = np.random.default_rng(0).standard_normal((wide, _WIDEST)) / np.sqrt(_WIDEST)
        return np.asarray(vectors.astype(np.float64) @ projection, dtype=np.float64)


class _Ridge:
    """Signals from questions: ``questions`` float64 ``[rows, dimensions]``, ``signals`` float64 ``[rows, 6]``.

    Decomposed once, so that every penalty costs two products.
    """

    def __init__(self, questions: Numbers, signals: Numbers) -> None:
        import numpy as np

        self._centre, self._level = questions.mean(axis=0), signals.mean(axis=0)
        centred = questions - self._centre
        self._strengths, self._directions = np.linalg.eigh(centred.T @ centred)
        self._along = self._directions.T @ (centred.T @ (signals - self._level))

    def predict(self, questions: Numbers, penalty: float) -> Numbers:
        slopes = self._directions @ (self._along / (self._strengths.clip(0.0) + penalty)[:, None])
        predicted: Numbers = (questions - self._centre) @ slopes + self._level
        return predicted


def _left_out(questions: Numbers, signals: Numbers, folds: NDArray[np.intp]) -> list[Numbers]:
    """For each penalty, the prediction of every row by a map made without its fold."""
    import numpy as np

    predicted = [np.empty_like(signals) for _ in _PENALTIES]
    for fold in range(_FOLDS):
        out = folds == fold
        ridge = _Ridge(questions[~out], signals[~out])
        for place, penalty in enumerate(_PENALTIES):
            predicted[place][out] = ridge.predict(questions[out], penalty)
    return predicted


def _signals(behaviours: Sequence[Behaviour]) -> Numbers:
    import numpy as np

    return np.array([[getattr(behaviour.signals, name) for name in ADJUSTED] for behaviour in behaviours])


def _less(behaviours: Sequence[Behaviour], predicted: Numbers) -> tuple[Behaviour, ...]:
    rest = _signals(behaviours) - predicted
    return tuple(
        replace(behaviour, signals=structs.replace(behaviour.signals, **dict(zip(ADJUSTED, row, strict=True))))
        for behaviour, row in zip(behaviours, rest.tolist(), strict=True)
    )
