"""Fit: weights of the linear form from labelled rows.

Here: rows to matrices through the feature set that will serve, L2-regularised logistic regression, cross-fitted
probabilities, Platt calibration on them, rounding. Needs scikit-learn (the extra ``training``).
Not here: measuring (``measures``), the card (``train``), serving (``classifiers.linear``).

Cross-fitting: every row is judged by a model that saw no row of its group, so calibration, threshold and measures rest
on rows that took no part in the weights they test (Chernozhukov et al. 2018, section 3, for the name).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gonogo.contracts import BUCKETS, Example, FeatureSet, TextReader
from gonogo.domain import TrainingRow
from gonogo.errors import ExtraMissing
from gonogo.training.rows import example_of, fold_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Progress = Callable[[str, int, int], None]
"""Called with (what, done, total)."""
CLIPPED = 8.0
MOST_WINDOWS = 8
"""Windows of one row that are learned from."""
DIGITS = 6
"""Significant digits of a weight: enough for every judgement, few enough that the last bits of a sum do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How to learn.

    ``strength`` is the inverse of L2 regularisation of the named features; ``ngram_gain`` and ``embedding_gain``
    multiply their blocks, so that smaller is more strongly regularised. ``balanced`` weighs both labels alike.
    ``folds`` of the cross-fit; ``target`` is the false-positive rate that the threshold is set for.
    """

    seed: int = 0
    strength: float = 1.0
    ngram_gain: float = 1.0
    embedding_gain: float = 1.0
    balanced: bool = True
    folds: int = 5
    target: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """``tensors`` of the form ``linear``; ``probabilities`` of the rows in their order, cross-fitted and calibrated."""

    tensors: dict[str, NDArray[Any]]
    probabilities: Floats


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The windows of all rows as one sparse matrix; ``owner`` is the row of each window, ``weight`` its share."""

    matrix: Any
    owner: NDArray[np.int64]
    weight: Floats
    mean: Floats
    scale: Floats
    gains: Floats = field(repr=False)
    directions: tuple[int, ...] = ()


def fit_linear(
    rows: Sequence[TrainingRow],
    features: FeatureSet,
    reader: TextReader,
    options: FitOptions | None = None,
    progress: Progress | None = None,
) -> Fitted:
    """Learn weights.

    Args:
        rows: both labels; give them in one order (``rows.in_order``) for the same digest every time.
        features: what turns a row into numbers, and will do so when the weights serve.
        progress: called after every thousand rows read and after every fold.

    Raises:
        ExtraMissing: scikit-learn is not installed.
    """
    np = _learners()
    options = options or FitOptions()
    labels = np.array([row.label for row in rows], dtype=bool)
    blocks = _read(rows, features, reader, options, progress)
    folds = np.array([fold_of(row, options.folds, options.seed) for row in rows])
    logits = np.zeros(len(rows))
    weights = np.array([row.weight for row in rows]) * _class_weights(labels, options.balanced)
    with _one_thread():
        for fold in range(options.folds):
            held = folds == fold
            if not held.any():
                continue
            model = _solve(blocks, labels, weights, ~held, options)
            logits[held] = _logits(blocks, model, held)
            if progress:
                progress("folds", fold + 1, options.folds)
        final = _solve(blocks, labels, weights, np.ones(len(rows), dtype=bool), options)
    slope, offset = platt(logits, labels)
    tensors = _tensors(final, blocks, len(features.names), slope, offset)
    return Fitted(tensors=tensors, probabilities=1.0 / (1.0 + np.exp(-(slope * logits + offset))))


def _learners() -> Any:
    try:
        import sklearn.linear_model  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ExtraMissing("training", "training a classifier") from error
    import numpy

    return numpy


def _one_thread() -> AbstractContextManager[object]:
    """Sums in another order differ in their last bits, and on small matrices more threads only wait for one another.
    threadpoolctl comes with scikit-learn."""
    limits: AbstractContextManager[object] = import_module("threadpoolctl").threadpool_limits(limits=1)
    return limits


def _class_weights(labels: NDArray[np.bool_], balanced: bool) -> Floats:
    import numpy as np

    share = float(labels.mean())
    if not balanced or share in (0.0, 1.0):
        return np.ones(len(labels))
    return np.where(labels, 0.5 / share, 0.5 / (1.0 - share))


def _read(
    rows: Sequence[TrainingRow],
    features: FeatureSet,
    reader: TextReader,
    options: FitOptions,
    progress: Progress | None,
) -> _Blocks:
    """Every window of every row through the feature set."""
    import numpy as np
    from scipy import sparse

    dense: list[list[float]] = []
    vectors: list[NDArray[Any]] = []
    grams: list[NDArray[Any]] = []
    owner: list[int] = []
    weight: list[float] = []
    for number, row in enumerate(rows):
        parts = learned_windows(features.windows(example_of(row, reader)), row.label)
        for part in parts:
            dense.append(features.dense(part))
            vector, buckets = features.vector(part), features.buckets(part)
            if vector is not None:
                vectors.append(vector)
            if buckets is not None:
                grams.append(buckets)
            owner.append(number)
            weight.append(1.0 / len(parts))
        if progress and number % 1000 == 999:
            progress("rows", number + 1, len(rows))
    plain = np.array(dense, dtype=np.float64).reshape(len(owner), len(features.names))
    mean, scale = plain.mean(axis=0), plain.std(axis=0)
    scale[scale < 1e-9] = 1.0
    parts_of_matrix = [sparse.csr_matrix(np.clip((plain - mean) / scale, -CLIPPED, CLIPPED))]
    gains = [np.ones(plain.shape[1])]
    if grams:
        parts_of_matrix.append(_counted(grams) * options.ngram_gain)
        gains.append(np.full(BUCKETS, options.ngram_gain))
    if vectors:
        matrix = np.array(vectors, dtype=np.float64)
        parts_of_matrix.append(sparse.csr_matrix(matrix * options.embedding_gain))
        gains.append(np.full(matrix.shape[1], options.embedding_gain))
    return _Blocks(
        sparse.hstack(parts_of_matrix, format="csr"), np.array(owner), np.array(weight), mean, scale,
        np.concatenate(gains), tuple(getattr(features, "directions", ())),
    )  # fmt: skip


def learned_windows(windows: Sequence[Example], label: bool) -> Sequence[Example]:
    """Of a negative row every window is negative; of a positive one only the first is known to hold anything."""
    return windows[:1] if label else windows[:MOST_WINDOWS]


def _counted(grams: Sequence[NDArray[Any]]) -> Any:
    """Counts of buckets over the root of their number, one row each."""
    import numpy as np
    from scipy import sparse

    lengths = np.array([len(one) for one in grams])
    values = np.repeat(1.0 / np.sqrt(np.maximum(1, lengths)), lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.concatenate(grams) if len(grams) else np.zeros(0, dtype=np.int32)
    matrix = sparse.csr_matrix((values, columns, starts), shape=(len(grams), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def _solve(
    blocks: _Blocks, labels: NDArray[np.bool_], weights: Floats, kept: NDArray[np.bool_], options: FitOptions
) -> Any:
    """(coefficients, intercept) of the rows that are kept."""
    from sklearn.linear_model import LogisticRegression

    windows = kept[blocks.owner]
    if blocks.directions:
        owner = blocks.owner[windows]
        shares = weights[owner] * blocks.weight[windows]
        return _directed(blocks.matrix[windows], labels[owner], shares, blocks.directions, options.strength)
    model = LogisticRegression(C=options.strength, solver="lbfgs", max_iter=2000, tol=1e-6)
    owner = blocks.owner[windows]
    model.fit(blocks.matrix[windows], labels[owner], sample_weight=weights[owner] * blocks.weight[windows])
    return model


@dataclass(frozen=True, slots=True)
class _Directed:
    """Named as scikit-learn names them."""

    coef_: Floats
    intercept_: Floats


def _directed(
    matrix: Any, labels: NDArray[np.bool_], weights: Floats, directions: Sequence[int], strength: float
) -> _Directed:
    """L2-regularised logistic regression in which a named feature of direction 1 never lowers the logit and one of -1
    never raises it: what a weight may not say is settled by what the feature means, not by the rows at hand.

    Bounded L-BFGS (Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained optimization").
    """
    import numpy as np
    from scipy.optimize import minimize

    signs = np.where(labels, 1.0, -1.0)
    columns = matrix.shape[1]
    dense = matrix.toarray() if columns <= len(directions) else matrix

    def loss(values: Floats) -> tuple[float, Floats]:
        margins = signs * (dense @ values[:columns] + values[columns])
        slopes = -signs * weights / (1.0 + np.exp(np.clip(margins, -35.0, 35.0)))
        penalty = 0.5 * float(values[:columns] @ values[:columns])
        total = float(weights @ np.logaddexp(0.0, -margins)) * strength + penalty
        gradient = np.append(dense.T @ slopes, slopes.sum()) * strength
        gradient[:columns] += values[:columns]
        return total, gradient

    bounds = [(0.0 if one > 0 else None, 0.0 if one < 0 else None) for one in directions]
    bounds += [(None, None)] * (columns + 1 - len(bounds))
    found = minimize(
        loss, np.zeros(columns + 1), jac=True, bounds=bounds, method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-9},
    )  # fmt: skip
    return _Directed(found.x[None, :columns], found.x[columns:])


def _logits(blocks: _Blocks, model: Any, wanted: NDArray[np.bool_]) -> Floats:
    """The largest logit of the windows of each wanted row, in order."""
    import numpy as np

    windows = wanted[blocks.owner]
    values = blocks.matrix[windows] @ model.coef_[0] + model.intercept_[0]
    most = np.full(len(wanted), -np.inf)
    np.maximum.at(most, blocks.owner[windows], values)
    found: Floats = most[wanted]
    return found


def platt(logits: Floats, labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset that make logits calibrated probabilities; the slope is never negative.

    Platt 1999 with his smoothed targets, (n+ + 1)/(n+ + 2) and 1/(n- + 2), solved by Newton's method.
    """
    import numpy as np

    positives, negatives = float(labels.sum()), float((~labels).sum())
    target = np.where(labels, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))
    slope, offset = 1.0, 0.0
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-np.clip(slope * logits + offset, -35.0, 35.0)))
        wrong, spread = p - target, np.maximum(p * (1.0 - p), 1e-12)
        gradient = np.array([float(wrong @ logits), float(wrong.sum())])
        curve = np.array([
            [float(spread @ logits**2) + 1e-9, float(spread @ logits)],
            [float(spread @ logits), float(spread.sum()) + 1e-9],
        ])  # fmt: skip
        step = np.linalg.solve(curve, gradient)
        slope, offset = slope - float(np.clip(step[0], -1.0, 1.0)), offset - float(np.clip(step[1], -5.0, 5.0))
        if np.abs(step).max() < 1e-9:
            break
    return (slope, offset) if slope > 0.0 else (0.0, float(np.log((positives + 1.0) / (negatives + 1.0))))


def _tensors(model: Any, blocks: _Blocks, named: int, slope: float, offset: float) -> dict[str, NDArray[Any]]:
    import numpy as np

    weights = model.coef_[0] * blocks.gains
    tensors: dict[str, NDArray[Any]] = {
        "dense": _rounded(weights[:named]),
        "mean": _rounded(blocks.mean),
        "scale": _rounded(blocks.scale),
        "line": _rounded(np.array([model.intercept_[0], slope, offset])),
    }
    place = named
    if len(weights) - place >= BUCKETS:
        grams = weights[place : place + BUCKETS]
        step = float(_rounded(np.array([np.abs(grams).max() / 127.0]))[0]) or 1.0
        tensors["ngrams"] = np.round(grams / step).clip(-127, 127).astype(np.int8)
        tensors["ngram_scale"] = np.array([step], dtype=np.float32)
        place += BUCKETS
    if len(weights) > place:
        tensors["embedding"] = _rounded(weights[place:])
    return tensors


def _rounded(values: Floats) -> NDArray[np.float32]:
    import numpy as np

    return np.array([float(f"{value:.{DIGITS - 1}e}") for value in values], dtype=np.float32)
