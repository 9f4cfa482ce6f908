"""The inverted file: exact cosines, recall as promised, filters that hold."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.retrieval.lists import GOAL, ListedVectors, _nearest_ten, make_lists
from gonogo.retrieval.vectors import Matrix


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Clustered unit vectors, as texts are."""
    random = np.random.default_rng(1)
    centres = random.standard_normal((40, 32))
    made = centres[random.integers(0, 40, 4_000)] + 0.6 * random.standard_normal((4_000, 32))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def lists(matrix: Matrix) -> ListedVectors:
    return ListedVectors(make_lists(matrix))


def test_recall_is_what_was_asked_for_without_reading_everything(matrix: Matrix, lists: ListedVectors) -> None:
    assert lists.recall >= GOAL
    assert lists.probes < 100
    asked = matrix[::40] + 0.05
    right = [set(np.argsort(-(matrix @ vector))[:10].tolist()) for vector in asked]
    found = [set(lists.nearest(vector, 10, {}, None).places.tolist()) for vector in asked]
    assert np.mean([len(a & b) / 10 for a, b in zip(right, found, strict=True)]) >= 0.95


def test_cosines_are_exact_and_rest_bounds_what_was_not_named(matrix: Matrix, lists: ListedVectors) -> None:
    hits = lists.nearest(matrix[7], 20, {}, None)
    assert hits.places is not None
    assert hits.cosines == pytest.approx(matrix[hits.places] @ matrix[7], abs=1e-5)
    assert hits.rest == pytest.approx(float(hits.cosines.min()))
    places = np.array([3, 1, 2])
    assert lists.cosines(matrix[7], places) == pytest.approx(matrix[places] @ matrix[7], abs=1e-5)


def test_few_allowed_chunks_are_all_compared(matrix: Matrix, lists: ListedVectors) -> None:
    allowed = np.zeros(len(matrix), bool)
    allowed[[5, 90, 3_000]] = True
    assert sorted(lists.nearest(matrix[7], 10, {}, allowed).places.tolist()) == [5, 90, 3_000]


def test_many_allowed_chunks_are_found_and_no_other(
    matrix: Matrix, lists: ListedVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.retrieval.lists.FILTERED_EXACTLY", 10)
    allowed = np.arange(len(matrix)) % 3 == 0
    found = lists.nearest(matrix[9], 10, {}, allowed).places
    exact = np.flatnonzero(allowed)[np.argsort(-(matrix[allowed] @ matrix[9]))[:10]]
    assert allowed[found].all()
    assert len(set(found.tolist()) & set(exact.tolist())) >= 9


def test_equal_vectors_give_an_equal_file(matrix: Matrix) -> None:
    one, other = make_lists(matrix[:500]), make_lists(matrix[:500])
    assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("shape", [(3, 4), (5, 10), (4, 600), (2, 5_137), (3, 20_000)])
def test_the_ten_nearest_of_each_row_are_found_without_sorting_it(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(1).integers(0, 5_000, shape).astype(np.float32)
    expected = np.sort(values, axis=1)[:, max(0, shape[1] - 10)]
    floors, rows, places = _nearest_ten(values)
    assert floors.tolist() == expected.tolist()
    assert [rows.tolist(), places.tolist()] == [one.tolist() for one in np.nonzero(values >= expected[:, None])]
