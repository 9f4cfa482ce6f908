"""Later rows against those a classifier was learned from."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.domain.columns import Column
from gonogo.training.tabular.drift import stability_index, table_drift
from gonogo.training.tabular.reference import counted, edges_of, read_reference, reference_of, stored

COLUMNS = (
    Column(name="age", kind="number"),
    Column(name="plan", kind="category", categories=("basic", "pro")),
    Column(name="since", kind="date"),
)


def rows_of(n: int, older: float = 0.0, plan: str = "pro", seed: int = 0) -> str:
    draw = np.random.default_rng(seed)
    lines = ["age,plan,since,left"]
    for _ in range(n):
        age, which = draw.normal(40 + older, 10), "basic" if draw.random() < 0.5 else plan
        lines.append(f"{age:.1f},{which},2026-0{draw.integers(1, 9)}-01,{'yes' if draw.random() < 0.4 else 'no'}")
    return "\n".join(lines) + "\n"


def scores(numbers):
    return 1.0 / (1.0 + np.exp(-(np.nan_to_num(numbers[:, 0]) - 40) / 10))


@pytest.fixture
def drift_of(read):
    from gonogo.training.tabular.numbers import matrix

    numbers, _ = matrix(read(rows_of(2000, seed=1)), COLUMNS)
    reference = reference_of("left", "yes", COLUMNS, numbers, scores(numbers))
    return lambda text: table_drift("m", "d" * 64, read(text), COLUMNS, reference, scores, 0.7)


def test_rows_of_the_same_kind_are_calm(drift_of):
    found = drift_of(rows_of(800, seed=2))
    assert found.level == "calm"
    assert all(column.p > 0.01 for column in found.columns)
    assert found.flagged.n == 800
    assert found.measures["auc"].n == 800


def test_a_moved_column_is_first_with_size_p_and_what_changed(drift_of):
    found = drift_of(rows_of(800, older=8.0, seed=2))
    first = found.columns[0]
    assert (first.column, first.level) == ("age", "moved much")
    assert first.size > 0.25
    assert first.p < 1e-6
    assert first.most.startswith("above")
    assert found.probability.level == "moved much"
    assert {column.level for column in found.columns[1:]} == {"calm"}


def test_a_category_never_seen_before_is_drift(drift_of):
    first = drift_of(rows_of(400, plan="gold", seed=2)).columns[0]
    assert first.column == "plan"
    assert first.most.startswith(("other values: 0.0 % before", "pro"))
    assert first.level == "moved much"


def test_an_absent_column_is_named_and_counts_as_missing(drift_of):
    text = "\n".join(line.split(",", 1)[1] for line in rows_of(400, seed=2).splitlines())
    found = drift_of(text)
    assert found.absent == ("age",)
    first = found.columns[0]
    assert (first.column, first.missing_now) == ("age", 1.0)
    assert first.most == "missing: 0.0 % before, 100.0 % now"


def test_values_of_another_kind_are_counted_and_no_error(drift_of):
    text = rows_of(400, seed=2).replace("\n3", "\nabout 3")
    age = next(column for column in drift_of(text).columns if column.column == "age")
    assert age.unreadable > 100
    assert age.missing_now == pytest.approx(age.unreadable / 400)


def test_with_few_rows_nothing_is_claimed(drift_of):
    found = drift_of(rows_of(20, older=30.0))
    assert found.level == "cannot tell"
    assert found.columns[0].size is None
    assert "n too small to say: 20 rows, 50 needed" in found.columns[0].note


def test_false_alarms_are_rare_over_many_calm_tables(drift_of):
    alarms = sum(drift_of(rows_of(200, seed=100 + seed)).level != "calm" for seed in range(60))
    assert alarms <= 2


def test_dates_are_shown_as_dates(drift_of):
    since = next(column for column in drift_of(rows_of(400, seed=2)).columns if column.column == "since")
    assert "2026-0" in since.most


def test_the_stability_index_is_nothing_for_equal_shares_and_known_for_others():
    assert stability_index((500, 500), (100, 100)) == 0.0
    assert stability_index((50_000, 50_000), (90_000, 10_000)) == pytest.approx(0.8789, abs=0.001)


def test_a_reference_survives_its_tensor_and_broken_bytes_are_none():
    numbers = np.array([[1.0, 0.0, np.nan]] * 5)
    reference = reference_of("left", "yes", COLUMNS, numbers, np.full(5, 0.5))
    assert read_reference(stored(reference)) == reference
    assert read_reference(None) is None
    assert read_reference(np.frombuffer(b"{", dtype=np.uint8)) is None


def test_bins_of_a_column_that_is_missing_everywhere_hold_nothing_else():
    gone = np.full(7, np.nan)
    assert edges_of(gone) == ()
    assert counted(COLUMNS[0], (), gone) == (0, 7)
