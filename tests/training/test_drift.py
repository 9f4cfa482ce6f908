"""Drift of one classifier's inputs and scores: quiet without a change, sure with one, and which it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from tests.training.traffic import stream

from gonogo.training.drift import classifier_drift, ks_distance


def test_traffic_like_the_reference_raises_no_alarm_in_a_hundred_streams() -> None:
    alarms = sum(
        classifier_drift("toxicity", stream(200, seed), stream(150, 1000 + seed), seed=seed).state == "alarm"
        for seed in range(100)
    )
    assert alarms <= 3  # the bound promises one expected


def test_inputs_that_moved_are_named_with_size_and_direction() -> None:
    found = classifier_drift("toxicity", stream(300, 1), stream(300, 2, length=14.0))
    assert found.state == "alarm"
    assert found.quantities[0].name == "words"
    assert found.quantities[0].shift > 0.5
    assert found.quantities[0].distance > 0.3
    assert found.reading == "what it reads moved (words) while its scores did not"


def test_scores_that_moved_alone_ask_for_labels() -> None:
    found = classifier_drift("toxicity", stream(300, 1), stream(300, 2, lift=0.15))
    assert [one.name for one in found.quantities if one.alarm] == ["probability"]
    assert "label some Traces" in found.reading


def test_a_feature_that_never_varies_is_no_alarm() -> None:
    found = classifier_drift("toxicity", stream(300, 1), stream(300, 2))
    (constant,) = [one for one in found.quantities if one.name == "caps"]
    assert (constant.alarm, constant.distance, constant.shift) == (False, 0.0, 0.0)


def test_too_little_data_says_how_much_is_missing() -> None:
    found = classifier_drift("toxicity", stream(20, 1), stream(300, 2))
    assert (found.state, found.needed) == ("too-little-data", 80)
    assert found.reading == "80 more judged Traces are needed"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # its p value of tiny samples, which is not used
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_the_distance_is_that_of_kolmogorov_and_smirnov(one: list[float], other: list[float]) -> None:
    assert abs(ks_distance(sorted(one), sorted(other)) - ks_2samp(one, other, method="exact").statistic) < 1e-12
