"""Verdict: whether the answer of one question may stand for another, by word rules and, where given, a classifier.

Here: what the rules and the classifier decide together. Not here: the rules (``meaning``), the classifier
(``classifiers``), whether such hits are right often enough (``evidence``).

Without a classifier only pairs are alike in which no rule sees a difference. With one, such a pair is left out where
the classifier finds it far more likely different; and a pair in which the rules see only soft differences (another
way of asking, other words) is alike where the classifier is sure, which is: at its threshold, set in training so that
one in a hundred pairs of different questions reaches it. Numbers, negation, signs, names, opposites, small words that
weigh and two words in each other's place are never overruled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gonogo.caching.meaning import Meaning, differences
from gonogo.contracts import Classifier, Example, TextFeatures

VETO = 0.25
"""Probability under which a pair is not alike though no rule sees why. Under a half, for most such pairs are alike."""
Kind = Literal["plain", "judged"]
"""``plain``: no rule sees a difference. ``judged``: only the classifier says that a difference does not matter."""


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """Two questions are alike. ``probability`` is the classifier's, 1 without one; the larger is the better match."""

    plain: bool
    probability: float

    @property
    def kind(self) -> Kind:
        """Which evidence it counts for."""
        return "plain" if self.plain else "judged"


def ruled(its: Meaning, others: Meaning) -> bool | None:
    """What the rules say of two questions: whether no difference is seen; ``None`` where a hard one is."""
    if its.numbers != others.numbers or its.negated != others.negated:
        return None  # by far the most frequent, and hard
    plain = True
    for difference in differences(its, others):
        if difference.hard:
            return None
        plain = False
    return plain


def verdict(
    one: TextFeatures, other: TextFeatures, plain: bool | None, classifier: Classifier | None
) -> Verdict | None:
    """Whether two questions deserve the same answer; ``None`` where they do not, or it is not sure enough.

    Args:
        plain: what the rules say of them (``ruled``).
    """
    if plain is None or (classifier is None and not plain):
        return None
    if classifier is None:
        return Verdict(True, 1.0)
    probability = classifier.judge(Example(text=one, against=(other,))).probability
    least = VETO if plain else classifier.card.threshold.value
    return Verdict(plain, probability) if probability >= least else None
