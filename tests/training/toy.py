"""A feature set small enough to know what must be learned, and rows for it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gonogo.contracts import Example
from gonogo.digest import Digest
from gonogo.domain import TrainingRow

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector


class ToyFeatures:
    """Number of words, and whether "bad" is among them."""

    name, version, digest = "toy", 1, Digest("0" * 64)
    names = ("words", "bad")

    def __init__(self, *, grams: bool = False, vector: bool = False) -> None:
        self._grams, self._vector = grams, vector

    def dense(self, example: Example) -> list[float]:
        return [float(len(example.text.words)), float("bad" in example.text.words)]

    def buckets(self, example: Example) -> Buckets | None:
        return example.text.buckets if self._grams else None

    def vector(self, example: Example) -> Vector | None:
        return example.text.vector if self._vector else None

    def windows(self, example: Example) -> tuple[Example, ...]:
        return tuple(Example(text=part) for part in example.text.windows(400))


def toy_rows(count: int = 400, seed: int = 0, noise: float = 0.05, source: str = "toy") -> list[TrainingRow]:
    """Half of the rows hold "bad" and are positive, a share ``noise`` of them labelled wrongly."""
    chance = random.Random(seed)
    words = [
        "the",
        "order",
        "parcel",
        "came",
        "late",
        "blue",
        "shop",
        "again",
        "tomorrow",
        "friend",
        "garden",
        "window",
    ]
    rows = []
    for number in range(count):
        bad = number % 2 == 0
        text = chance.choices(words, k=chance.randint(4, 12)) + (["bad"] if bad else ["good"])
        chance.shuffle(text)
        rows.append(
            TrainingRow(
                text=" ".join(text), label=bad != (chance.random() < noise), source=source, group=str(number // 4)
            )
        )
    return rows
