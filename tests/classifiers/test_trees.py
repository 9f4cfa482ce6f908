"""Boosted trees as arrays: equal to scikit-learn, and safe against altered weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.classifiers.tabular import sum_of
from gonogo.classifiers.trees import Forest
from gonogo.domain.columns import Column

NAN = math.nan


def stump(**changes: Any) -> dict[str, Any]:
    """Column 0 at most 5 gives 1, above gives 2; a category in column 1 with code 3 gives 10 more, missing too."""
    sets = np.zeros((1, 32), dtype=np.uint8)
    sets[0, 0] = 0b1000
    tensors = {
        "roots": np.array([0, 3], dtype=np.int32),
        "baseline": np.array([0.5]),
        "bitsets": sets,
        "feature": np.array([0, -1, -1, 1, -1, -1], dtype=np.int32),
        "threshold": np.array([5.0, 0, 0, 0, 0, 0]),
        "left": np.array([1, 0, 0, 4, 0, 0], dtype=np.int32),
        "right": np.array([2, 0, 0, 5, 0, 0], dtype=np.int32),
        "missing_left": np.array([0, 0, 0, 1, 0, 0], dtype=np.uint8),
        "value": np.array([0.0, 1.0, 2.0, 0.0, 10.0, 0.0]),
        "bitset": np.array([-1, -1, -1, 0, -1, -1], dtype=np.int32),
    }
    return tensors | changes


@pytest.mark.parametrize(
    ("row", "logit"),
    [([5.0, 3.0], 11.5), ([5.1, 3.0], 12.5), ([5.0, 2.0], 1.5), ([NAN, 2.0], 2.5), ([0.0, NAN], 11.5)],
)
def test_a_row_falls_into_its_leaf_of_every_tree(row: list[float], logit: float) -> None:
    forest = Forest(stump(), 2)
    assert len(forest) == 2
    assert forest.logit(row) == logit
    assert forest.logits(np.array([row, row])).tolist() == [logit, logit]


def test_no_rows_have_no_logits() -> None:
    assert Forest(stump(), 2).logits(np.zeros((0, 2))).size == 0


def test_trees_that_never_ask_always_say_the_same() -> None:
    alone = {name: np.array([value]) for name, value in {"feature": -1, "left": 0, "right": 0, "bitset": -1}.items()}
    plain = {"threshold": np.zeros(1), "missing_left": np.zeros(1, dtype=np.uint8), "value": np.array([7.0])}
    tensors = {**alone, **plain, "roots": np.array([0]), "baseline": np.ones(1), "bitsets": np.zeros((0, 32), np.uint8)}
    forest = Forest(tensors, 1)
    assert forest.logit([1.0]) == 8.0
    assert forest.logits(np.array([[NAN], [2.0]])).tolist() == [8.0, 8.0]


@pytest.mark.parametrize(
    ("name", "altered"),
    [
        ("feature", [0, -1, -1, 9, -1, -1]),
        ("left", [0, 0, 0, 4, 0, 0]),
        ("right", [2, 0, 0, 99, 0, 0]),
        ("threshold", [NAN, 0, 0, 0, 0, 0]),
        ("value", [0, math.inf, 0, 0, 0, 0]),
        ("bitset", [-1, -1, -1, 4, -1, -1]),
        ("roots", [0, 6]),
        ("baseline", [NAN]),
        ("value", [1.0]),
    ],
)
def test_altered_arrays_are_refused_by_name(name: str, altered: list[float]) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        Forest(stump(**{name: np.array(altered)}), 2)


def test_a_missing_array_and_too_many_leaves_are_refused() -> None:
    broken = stump()
    del broken["left"]
    with pytest.raises(ValueError, match="'left' is missing"):
        Forest(broken, 2)
    with pytest.raises(ValueError, match="more than 16 leaves"):
        Forest(chain(17), 1)


def chain(leaves: int) -> dict[str, Any]:
    nodes = 2 * leaves - 1
    inner = np.arange(nodes) % 2 == 0
    inner[-1] = False
    place = np.arange(nodes)
    return {
        "roots": np.array([0]),
        "baseline": np.zeros(1),
        "bitsets": np.zeros((0, 32), dtype=np.uint8),
        "feature": np.where(inner, 0, -1),
        "threshold": place.astype(float),
        "left": np.where(inner, place + 1, 0),
        "right": np.where(inner, place + 2, 0),
        "missing_left": np.zeros(nodes, dtype=np.uint8),
        "value": np.where(inner, 0.0, place),
        "bitset": np.full(nodes, -1),
    }


def test_sixteen_leaves_are_all_reached() -> None:
    forest = Forest(chain(16), 1)
    assert {forest.logit([float(number)]) for number in range(0, 40, 2)} == {*range(1, 30, 2), 30.0}


@pytest.mark.needs_training
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), kinds=st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_logits_equal_those_of_scikit_learn_on_random_data_with_gaps_and_categories(
    seed: int, kinds: list[int]
) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    from gonogo.training.tabular.learn import export_trees

    columns, numbers, labels = random_rows(seed, kinds, rows=400)
    model = HistGradientBoostingClassifier(
        max_iter=12,
        max_leaf_nodes=2 + seed % 15,
        min_samples_leaf=3,
        categorical_features=[column.kind == "category" for column in columns],
        random_state=seed,
        early_stopping=False,
    ).fit(numbers[:200], labels[:200])
    expected = model.predict_proba(numbers)[:, 1]

    forest = Forest(export_trees(model, columns), len(columns))

    served = 1.0 / (1.0 + np.exp(-forest.logits(numbers)))
    assert np.abs(served - expected).max() < 1e-9
    one = [1.0 / (1.0 + math.exp(-forest.logit(row))) for row in numbers[:50].tolist()]
    assert np.abs(np.array(one) - expected[:50]).max() < 1e-9


@pytest.mark.needs_training
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), kinds=st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_one_hot_weights_equal_the_logistic_regression_of_scikit_learn(seed: int, kinds: list[int]) -> None:
    from gonogo.training.tabular.learn import learn_one_hot

    columns, numbers, labels = random_rows(seed, kinds, rows=200)
    learned = learn_one_hot(numbers, labels, columns, seed, sum_of)  # proves itself, or raises
    one = [learned.sums.logit(row) for row in numbers.tolist()]  # type: ignore[attr-defined]
    assert np.allclose(one, learned.sums.logits(numbers))


def random_rows(seed: int, kinds: list[int], rows: int) -> tuple[list[Column], Any, Any]:
    """``kinds``: 0 and 1 a number, else a category with so many codes. A tenth of the values is missing."""
    draw = np.random.default_rng(seed)
    columns = [
        Column(name=f"c{place}", kind="category", categories=tuple(map(str, range(codes))))
        if codes > 1
        else Column(name=f"c{place}", kind="number")
        for place, codes in enumerate(kinds)
    ]
    numbers = np.column_stack(
        [draw.integers(0, codes, rows).astype(float) if codes > 1 else draw.normal(size=rows) for codes in kinds]
    )
    numbers[draw.random(numbers.shape) < 0.1] = NAN
    signal = np.nan_to_num(numbers[:, 0]) % 2 + draw.normal(size=rows)
    labels = signal > np.median(signal)
    return columns, numbers, labels
