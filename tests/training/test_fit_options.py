"""Fit options: a retrained classifier is learned as the shipped one was."""

from __future__ import annotations

from gonogo.classifiers import BUILT_IN, SHIPPED, feature_set, read_card
from gonogo.training.fit import FitOptions
from gonogo.training.fit_options import TUNED, tuned


def test_options_are_kept_for_feature_sets_that_exist() -> None:
    assert set(TUNED) <= {feature_set(name).name for name in BUILT_IN}


def test_a_set_that_none_were_chosen_for_is_learned_with_the_general_ones() -> None:
    assert tuned("smell of my own") == FitOptions()


def test_a_retrained_classifier_aims_at_the_false_positive_rate_of_the_shipped_one() -> None:
    for name in ("difficulty", "toxicity", "injection"):
        assert tuned(name).target == read_card(SHIPPED / name).threshold.target
