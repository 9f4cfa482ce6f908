"""Learn: boosted trees and one-hot weights from numbers, exported into arrays that need no scikit-learn to serve.

Here: fitting both forms, the export, the proof that what serves adds up to what scikit-learn says.
Not here: serving (``classifiers.trees``, ``classifiers.one_hot``), choosing between the two (``choose``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from gonogo.domain import ClassifierForm
from gonogo.domain.columns import Column
from gonogo.errors import ExtraMissing, GonogoError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Tensors = dict[str, NDArray[Any]]

CLIPPED = 8.0
MOST_TREES, LEAVES, RATE, LEAST_IN_A_LEAF = 300, 15, 0.06, 20
PATIENCE = 20
STOP_EARLY_FROM = 500
"""Rows from which a sixth of them can tell when more trees stop helping; with fewer, `FEW_TREES` are taken."""
FEW_TREES = 60
ALIKE = 1e-9
_PROVEN_ON = 1_000
_SET_BYTES = 32


class Sums(Protocol):
    """What serves: logits of rows."""

    def logits(self, rows: Floats) -> Floats: ...


ServingSums = Callable[[ClassifierForm, Mapping[str, "NDArray[Any]"], Sequence[Column]], Sums]
"""Makes, from a form's tensors and the columns, the code that will serve them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """``tensors`` of one form, without calibration; ``sums`` computes with them as serving will."""

    form: ClassifierForm
    tensors: Tensors
    sums: Sums


def learn_trees(numbers: Floats, labels: Flags, columns: Sequence[Column], seed: int, serving: ServingSums) -> Learned:
    """Boosted trees (Friedman 2001, Ann Stat 29:1189) on histograms; missing values and categories as such.

    Raises:
        ExtraMissing: scikit-learn is not installed.
        GonogoError: this scikit-learn keeps its trees in another way than the export reads.
    """
    ensemble = _sklearn("ensemble")
    import numpy as np

    early = len(labels) >= STOP_EARLY_FROM
    model = ensemble.HistGradientBoostingClassifier(
        learning_rate=RATE,
        max_iter=MOST_TREES if early else FEW_TREES,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_IN_A_LEAF,
        l2_regularization=1.0,
        categorical_features=[column.kind == "category" for column in columns],
        early_stopping=early,
        validation_fraction=1.0 / 6.0,
        n_iter_no_change=PATIENCE,
        random_state=seed,
    )
    with _one_thread():
        model.fit(numbers, labels)
        expected = model.decision_function(numbers[:_PROVEN_ON])
    return _proven("trees", export_trees(model, columns), numbers, columns, serving, np.asarray(expected))


def learn_one_hot(
    numbers: Floats, labels: Flags, columns: Sequence[Column], seed: int, serving: ServingSums
) -> Learned:
    """L2-regularised logistic regression over numbers in standard deviations, categories and missing as columns.

    Raises:
        ExtraMissing: scikit-learn is not installed.
    """
    linear_model = _sklearn("linear_model")
    import numpy as np

    mean, scale = _spread(numbers, columns)
    design = one_hot(numbers, columns, mean, scale)
    model = linear_model.LogisticRegression(C=1.0, max_iter=2_000, tol=1e-6, random_state=seed)
    with _one_thread():
        model.fit(design, labels)
        expected = model.decision_function(design[:_PROVEN_ON])
    weights, count = model.coef_[0], len(columns)
    tensors = {
        "weight": weights[:count],
        "missing": weights[count : 2 * count],
        "category_weight": weights[2 * count :],
        "mean": mean,
        "scale": scale,
        "baseline": np.asarray(model.intercept_, dtype=np.float64),
    }
    kept = {name: np.ascontiguousarray(tensor, dtype=np.float64) for name, tensor in tensors.items()}
    return _proven("linear", kept, numbers, columns, serving, np.asarray(expected))


def one_hot(numbers: Floats, columns: Sequence[Column], mean: Floats, scale: Floats) -> Floats:
    """Numbers (0 where missing or a category), then missing as 0 or 1, then one column for each code of a category."""
    import numpy as np

    gone = np.isnan(numbers)
    category = np.array([column.kind == "category" for column in columns])
    plain = np.clip((np.where(gone, mean, numbers) - mean) / scale, -CLIPPED, CLIPPED) * ~category
    codes = [
        numbers[:, place : place + 1] == np.arange(column.codes)
        for place, column in enumerate(columns)
        if column.kind == "category"
    ]
    return np.hstack([plain, gone, *codes]).astype(np.float64)


def export_trees(model: Any, columns: Sequence[Column]) -> Tensors:
    """The trees of a fitted ``HistGradientBoostingClassifier`` of two classes as the arrays that serve them.

    scikit-learn puts categories first and counts them anew; both are undone. A code that was in no teaching row goes
    where missing goes, as there.
    """
    import numpy as np

    order = [place for place, column in enumerate(columns) if column.kind == "category"]
    order += [place for place, column in enumerate(columns) if column.kind != "category"]
    known = _known_codes(model, columns)
    fields: dict[str, list[Any]] = {name: [] for name in _NODE_TYPES}
    roots: list[int] = []
    bitsets: list[NDArray[np.uint8]] = []
    start = 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        roots.append(start)
        inner = ~nodes["is_leaf"].astype(bool)
        features = np.where(inner, np.array(order)[nodes["feature_idx"] * inner], -1)
        sets = np.full(len(nodes), -1)
        for place in np.flatnonzero(inner & nodes["is_categorical"].astype(bool)):
            column = int(features[place])
            raw = predictor.raw_left_cat_bitsets[nodes["bitset_idx"][place]]
            left = _left_codes(raw, known[column], columns[column].codes, bool(nodes["missing_go_to_left"][place]))
            sets[place] = len(bitsets)
            bitsets.append(left)
        found = {
            "feature": features,
            "threshold": np.where(inner & (sets < 0), nodes["num_threshold"], 0.0),
            "left": np.where(inner, nodes["left"].astype(np.int64) + start, 0),
            "right": np.where(inner, nodes["right"].astype(np.int64) + start, 0),
            "missing_left": nodes["missing_go_to_left"] * inner,
            "value": np.where(inner, 0.0, nodes["value"]),
            "bitset": sets,
        }
        for name, values in found.items():
            fields[name].append(values)
        start += len(nodes)
    tensors = {name: np.concatenate(parts).astype(_NODE_TYPES[name]) for name, parts in fields.items()}
    tensors["roots"] = np.array(roots, dtype=np.int32)
    tensors["bitsets"] = np.array(bitsets, dtype=np.uint8).reshape(len(bitsets), _SET_BYTES)
    tensors["baseline"] = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(1)
    return tensors


_NODE_TYPES = {
    "feature": "int32", "threshold": "float64", "left": "int32", "right": "int32", "missing_left": "uint8",
    "value": "float64", "bitset": "int32",
}  # fmt: skip


def _known_codes(model: Any, columns: Sequence[Column]) -> dict[int, list[int]]:
    """By category column, our codes in scikit-learn's order."""
    places = [place for place, column in enumerate(columns) if column.kind == "category"]
    if not places:
        return {}
    encoder = model._preprocessor.named_transformers_["encoder"]
    return {
        place: [int(code) for code in found if code == code]  # NaN is no code
        for place, found in zip(places, encoder.categories_, strict=True)
    }


def _left_codes(raw: NDArray[Any], known: Sequence[int], codes: int, missing_left: bool) -> NDArray[np.uint8]:
    import numpy as np

    bits = np.zeros(_SET_BYTES * 8, dtype=np.uint8)
    bits[:codes] = missing_left
    for place, code in enumerate(known):
        bits[code] = (int(raw[place // 32]) >> (place % 32)) & 1
    return np.packbits(bits, bitorder="little")


def _proven(
    form: ClassifierForm, tensors: Tensors, numbers: Floats, columns: Sequence[Column], serving: ServingSums,
    expected: Floats,
) -> Learned:  # fmt: skip
    import numpy as np

    sums = serving(form, tensors, columns)
    found = sums.logits(numbers[:_PROVEN_ON])
    if not np.allclose(found, expected, rtol=ALIKE, atol=ALIKE):
        from sklearn import __version__

        raise GonogoError(
            f"the weights that would serve add up to something else than scikit-learn {__version__} says: this gonogo "
            "does not know how that release keeps them; install the release that gonogo[training] names"
        )
    return Learned(form=form, tensors=tensors, sums=sums)


def _spread(numbers: Floats, columns: Sequence[Column]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what is not missing; 0 and 1 of a category."""
    import numpy as np

    mean, scale = np.zeros(len(columns)), np.ones(len(columns))
    for place, column in enumerate(columns):
        present = numbers[~np.isnan(numbers[:, place]), place]
        if column.kind != "category" and present.size:
            mean[place] = present.mean()
            scale[place] = float(present.std()) or 1.0
    return mean, scale


def _sklearn(module: str) -> Any:
    try:
        return import_module(f"sklearn.{module}")
    except ImportError as error:
        raise ExtraMissing("training", "training a classifier") from error


def _one_thread() -> Any:
    """With more threads sums are added in another order, and the same rows would give another digest."""
    return import_module("threadpoolctl").threadpool_limits(limits=1)  # it comes with scikit-learn
