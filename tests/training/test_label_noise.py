"""Label noise: flipped labels are found again, at about the rate they were flipped at."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.training.label_noise import label_noise


def flipped(share: float, seed: int = 0, rows: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels with so many flipped, calibrated probabilities of the true ones, which were flipped."""
    draw = np.random.default_rng(seed)
    truth = draw.uniform(size=rows) < 0.5
    logits = draw.normal(size=rows) + np.where(truth, 2.5, -2.5)
    wrong = draw.uniform(size=rows) < share
    return truth ^ wrong, 1.0 / (1.0 + np.exp(-5.0 * logits)), wrong


@pytest.mark.parametrize("share", [0.02, 0.1, 0.2])
def test_the_estimate_is_near_what_was_flipped(share: float) -> None:
    labels, probabilities, _ = flipped(share)
    assert label_noise(labels, probabilities).share.value == pytest.approx(share, abs=0.015)


def test_most_suspects_were_flipped_and_the_most_doubtful_come_first() -> None:
    labels, probabilities, wrong = flipped(0.1)
    suspects = np.array(label_noise(labels, probabilities).suspects)
    assert wrong[suspects].mean() > 0.9
    doubt = np.abs(labels[suspects] - probabilities[suspects])
    assert (np.diff(doubt) <= 0.0).all()


def test_clean_labels_have_little_noise_and_an_interval() -> None:
    labels, probabilities, _ = flipped(0.0)
    found = label_noise(labels, probabilities).share
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high < 0.03


def test_too_few_rows_of_one_label_say_so() -> None:
    found = label_noise([True] * 29 + [False] * 500, [0.5] * 529)
    assert (found.share.value, found.suspects) == (None, ())
    assert "29 rows of the rarer label" in found.share.note


def test_a_classifier_that_knows_nothing_finds_no_confident_row() -> None:
    found = label_noise([True, False] * 100, [0.5] * 200)
    assert found.share.value is not None


def test_a_probability_is_needed_for_every_label() -> None:
    with pytest.raises(ValueError, match="same length"):
        label_noise([True], [0.5, 0.5])
