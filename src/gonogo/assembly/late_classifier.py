"""LateClassifier: a classifier whose weights are read when it first judges.

Here: the contract ``Classifier`` around a place in a library. Not here: the weights (``classifiers``), where they stand
(``classifier_library``).

An evaluation scores only what the gate requires, and a command must not read for it every weight of the installation.
What serves reads all of them before its first request: ``load``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from gonogo.contracts import Classifier, Example, Judgement
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard


class LateClassifier:
    """``made`` gives the classifier; it is called once, by whatever first needs more than its name."""

    def __init__(self, name: str, made: Callable[[], Classifier]) -> None:
        self.name = name
        self._made = made

    @cached_property
    def _loaded(self) -> Classifier:
        return self._made()

    @property
    def digest(self) -> Digest:
        """Of the weights."""
        return self._loaded.digest

    @property
    def card(self) -> ClassifierCard:
        """Of the weights."""
        return self._loaded.card

    def load(self) -> Classifier:
        """The classifier itself, read now where it was not yet.

        Raises:
            NotFound: its weights are not here.
            BadInput: they are broken, altered, or of a newer gonogo.
        """
        return self._loaded

    def judge(self, example: Example) -> Judgement:
        """As the classifier."""
        return self._loaded.judge(example)
