"""Calibration from a few dozen labels: it helps where probabilities are shifted and does no harm where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.errors import BadInput
from gonogo.training.calibrate import calibrate


def traffic(rows: int, shift: float, seed: int) -> tuple[list[bool], list[float]]:
    """True logits, of which the classifier reports ``shift`` more than is right."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0.0, 2.0, rows)
    labels = chance.random(rows) < 1.0 / (1.0 + np.exp(-logits))
    return list(labels), list(1.0 / (1.0 + np.exp(-(logits + shift))))


def test_a_shift_is_found_from_sixty_labels() -> None:
    labels, probabilities = traffic(60, 2.5, seed=1)
    found = calibrate(labels, probabilities)
    assert found.helps
    assert found.offset < -1.0


def test_right_probabilities_are_hardly_moved_on_average() -> None:
    moved = []
    for seed in range(30):
        found = calibrate(*traffic(48, 0.0, seed))
        moved.append(found.apply(0.5) - 0.5)
    assert abs(np.mean(moved)) < 0.05
    assert np.std(moved) < 0.15


def test_help_is_claimed_falsely_in_few_of_many_cases() -> None:
    """The interval is at 95 %, so right probabilities look mended in about one case of forty."""
    claims = [calibrate(*traffic(40, 0.0, seed)).helps for seed in range(100, 180)]
    assert sum(claims) <= 8


def test_order_is_never_changed() -> None:
    found = calibrate(*traffic(60, 1.0, seed=4))
    mended = [found.apply(p) for p in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert mended == sorted(mended)
    assert all(0.0 < p < 1.0 for p in mended)


def test_labels_that_contradict_the_classifier_flatten_it_and_do_not_turn_it() -> None:
    labels, probabilities = traffic(60, 0.0, seed=5)
    found = calibrate([not label for label in labels], probabilities)
    assert 0.0 < found.slope < 0.7


@pytest.mark.parametrize("labels", [[True] * 40, [True, False] * 6, [True] * 30 + [False] * 4])
def test_too_few_labels_are_refused_with_what_is_missing(labels: list[bool]) -> None:
    with pytest.raises(BadInput, match="at least 24 are needed, 5 of each kind"):
        calibrate(labels, [0.5] * len(labels))
