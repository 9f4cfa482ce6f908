"""Directions: a feature that may only speak for a label never gets a weight against it, whatever the rows say."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gonogo.contracts import Example
from gonogo.digest import Digest
from gonogo.domain import TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.fit import FitOptions, fit_linear

pytestmark = pytest.mark.needs_training


class Two:
    """Two plain numbers."""

    name, version, digest, names = "two", 1, Digest("0"), ("helps", "misleads")

    def __init__(self, *directions: int) -> None:
        self.directions = directions

    def dense(self, example: Example) -> list[float]:
        return [example.context["helps"], example.context["misleads"]]

    def buckets(self, example: Example) -> None:
        return None

    def vector(self, example: Example) -> None:
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        return (example,)


def rows() -> list[TrainingRow]:
    """Both numbers are high where the label is true."""
    draw = random.Random(0)
    labels = [place % 2 == 0 for place in range(200)]
    numbers = [{"helps": label + draw.gauss(0, 1), "misleads": label + draw.gauss(0, 1)} for label in labels]
    return [
        TrainingRow(text=str(place), label=label, context=context)
        for place, (label, context) in enumerate(zip(labels, numbers, strict=True))
    ]


def weights(*directions: int) -> list[float]:
    fitted = fit_linear(rows(), Two(*directions), Reader(StaticEmbedder()), FitOptions(folds=2))
    return [float(weight) for weight in fitted.tensors["dense"]]


def test_a_weight_against_its_direction_becomes_zero() -> None:
    helps, misleads = weights(1, -1)
    assert helps > 0.0 == misleads


def test_directions_that_the_rows_agree_with_change_next_to_nothing() -> None:
    assert weights(1, 1) == pytest.approx(weights(), abs=1e-2)


def test_a_direction_of_nought_leaves_a_feature_free() -> None:
    assert weights(0, 0) == pytest.approx(weights(1, 1), abs=1e-4)
