"""Two classifiers on the same rows: who is better, and when nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.training.compare import Difference, compare, difference


def scored(rows: int, strength: float, seed: int, labels: np.ndarray) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return labels * strength + chance.normal(size=rows)


def labels_of(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(rows) < 0.4


def width(found: Difference) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_a_clearly_better_candidate_is_better() -> None:
    labels = labels_of(600)
    found = difference("auc", labels, scored(600, 2.0, 1, labels), scored(600, 0.5, 2, labels))
    assert found.outcome() == "better"
    assert difference("auc", labels, scored(600, 0.5, 2, labels), scored(600, 2.0, 1, labels)).outcome() == "worse"


def test_the_same_scores_differ_by_exactly_nothing() -> None:
    labels = labels_of(200)
    scores = scored(200, 1.0, 1, labels)
    found = difference("auc", labels, scores, scores)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)
    assert found.outcome(margin=0.02) == "not worse"


def test_the_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    """Equal classifiers on independent noise: 0 lies outside of a 90 % interval in about one case of ten."""
    outside = 0
    for seed in range(200):
        labels = labels_of(300, seed)
        scores = [scored(300, 1.0, 1000 * seed + n, labels) for n in (1, 2)]
        found = difference("auc", labels, *scores, draws=300, seed=seed)
        assert found.low is not None
        assert found.high is not None
        outside += not found.low <= 0.0 <= found.high
    assert 0.03 < outside / 200 < 0.17


def test_whole_groups_are_resampled() -> None:
    """Forty copies of each row say no more than one."""
    labels = labels_of(80)
    one, other = scored(80, 1.2, 1, labels), scored(80, 0.8, 2, labels)
    groups = [str(n) for n in range(80) for _ in range(40)]
    alone = difference("auc", labels, one, other)
    copied = difference("auc", labels.repeat(40), one.repeat(40), other.repeat(40), groups=groups)
    assert width(copied) == pytest.approx(width(alone), rel=0.25)


def test_too_few_rows_of_a_label_give_no_number() -> None:
    found = difference("auc", [True] * 5 + [False] * 100, [0.5] * 105, [0.5] * 105)
    assert found.value is None
    assert "5 positives" in found.note
    assert found.outcome() == "cannot tell"


def test_accuracy_uses_each_ones_own_threshold() -> None:
    labels = [True, False] * 50
    one = [0.9, 0.1] * 50
    shifted = [0.3, 0.1] * 50
    found = difference("accuracy", labels, one, shifted, thresholds=(0.5, 0.2))
    assert found.value == 0.0


def test_a_candidate_that_wins_overall_but_loses_a_slice_may_not_follow() -> None:
    rows = 1200
    labels = labels_of(rows)
    german = np.arange(rows) % 3 == 0
    baseline = scored(rows, 1.0, 1, labels)
    candidate = np.where(german, scored(rows, 0.0, 2, labels), scored(rows, 4.0, 3, labels))
    slices = [{"language": "de" if one else "en"} for one in german]
    found = compare(list(labels), list(candidate), list(baseline), slices=slices)
    assert found.overall.outcome() == "better"
    assert found.worse_slices == ("language: de",)
    assert not found.may_follow


def test_unknown_qualities_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown quality"):
        difference("f2", [True], [0.5], [0.5])
    with pytest.raises(ValueError, match="one length"):
        difference("auc", [True], [0.5, 0.5], [0.5])


def test_an_interval_around_zero_wider_than_the_margin_cannot_tell() -> None:
    found = Difference(quality="auc", rows=100, candidate=0.8, baseline=0.8, low=-0.1, high=0.1)
    assert found.outcome(margin=0.02) == "cannot tell"
