"""Carded: a classifier whose name and digest are those of its card.

Here: that. Not here: judging (one module for each form of weights).
"""

from __future__ import annotations

from gonogo.digest import Digest
from gonogo.domain import ClassifierCard


class Carded:
    """Base of classifiers over one set of weights."""

    card: ClassifierCard

    @property
    def name(self) -> str:
        """The card's name."""
        return self.card.name

    @property
    def digest(self) -> Digest:
        """The card's digest, which the weights were checked against."""
        return self.card.digest
