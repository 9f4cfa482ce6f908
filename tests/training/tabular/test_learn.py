"""Learning both forms: what serves must add up to what was learned, or nothing is handed over."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gonogo.classifiers.tabular import sum_of
from gonogo.domain.columns import Column
from gonogo.errors import ExtraMissing, GonogoError
from gonogo.training.tabular.choose import choose
from gonogo.training.tabular.learn import learn_one_hot, learn_trees, one_hot

COLUMNS = (Column(name="age", kind="number"), Column(name="plan", kind="category", categories=("a", "b"), others=True))
DRAW = np.random.default_rng(2)
NUMBERS = np.column_stack([DRAW.normal(40, 10, 800), DRAW.integers(0, 3, 800).astype(float)])
NUMBERS[DRAW.random((800, 2)) < 0.1] = np.nan
LABELS = np.nan_to_num(NUMBERS[:, 0], nan=40.0) + 15 * (NUMBERS[:, 1] == 1) + DRAW.normal(0, 8, 800) > 45


class Wrong:
    def logits(self, rows):
        return np.zeros(len(rows))


@pytest.mark.parametrize("learn", [learn_trees, learn_one_hot])
def test_without_scikit_learn_the_extra_is_named(learn, monkeypatch):
    for name in ("sklearn", "sklearn.ensemble", "sklearn.linear_model"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExtraMissing, match=r"pip install 'gonogo\[training\]'"):
        learn(NUMBERS, LABELS, COLUMNS, 0, sum_of)


@pytest.mark.needs_training
@pytest.mark.parametrize("learn", [learn_trees, learn_one_hot])
def test_weights_that_would_serve_something_else_are_never_handed_over(learn):
    with pytest.raises(GonogoError, match="add up to something else than scikit-learn"):
        learn(NUMBERS, LABELS, COLUMNS, 0, lambda form, tensors, columns: Wrong())


@pytest.mark.needs_training
def test_the_same_rows_give_the_same_bytes():
    first, again = (learn_trees(NUMBERS, LABELS, COLUMNS, 3, sum_of) for _ in range(2))
    assert all(np.array_equal(first.tensors[name], again.tensors[name]) for name in first.tensors)


def test_columns_become_numbers_missing_and_one_for_each_code():
    numbers = np.array([[50.0, 2.0], [np.nan, np.nan]])
    design = one_hot(numbers, COLUMNS, np.array([40.0, 0.0]), np.array([10.0, 1.0]))
    assert design.tolist() == [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]]


@pytest.mark.needs_training
def test_the_simpler_form_serves_where_trees_are_not_proven_better_and_is_calibrated():
    teach, held = slice(0, 500), slice(500, 800)
    forms = [learn(NUMBERS[teach], LABELS[teach], COLUMNS, 0, sum_of) for learn in (learn_trees, learn_one_hot)]
    chosen = choose(*forms, NUMBERS[held], LABELS[held], None, 0)
    assert chosen.learned.form == "linear"
    assert "not proven better" in chosen.why
    probabilities = chosen.probabilities(NUMBERS[held])
    assert abs(probabilities.mean() - LABELS[held].mean()) < 0.02
    grouped = choose(*forms, NUMBERS[held], LABELS[held], [str(place // 10) for place in range(300)], 0)
    assert grouped.learned.form in ("linear", "trees")
