"""Router: which of the Mission's models answers a question, and which are tried after it.

Here: the router by difficulty, the one without a choice. Not here: the score (``difficulty``), health (``providers``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gonogo.contracts import Classifier, ClassifierLibrary, Example, TextFeatures
from gonogo.contracts.models import NO_METADATA
from gonogo.domain import ClassifierCard, RoutingDecision, RoutingPolicy
from gonogo.errors import BadInput
from gonogo.routing.difficulty import Difficulty, difficulty
from gonogo.routing.rules import RuleBook

DEFAULT_THRESHOLD = 0.30
"""Chosen so that little quality is lost where nothing is known of the models: on public exam questions (3,000 of MMLU,
a 47B mixture against GPT-4) 78 % go to the complex model and accuracy falls by 1.6 points (1.0 to 2.2) against sending
all; on grade-school sums (660 of GSM8K) 99 % and 0.2 points (-0.5 to 0.8).
Of 1,500 short banking requests 187 reach it.

What the score is worth there (APGR, 0.5 is chance): 0.58 (95 %: 0.54 to 0.62) and 0.61 (0.53 to 0.67). The length of
the prompt alone gives 0.60 (0.56 to 0.64) and 0.60 (0.54 to 0.65): the score is readable, not better than length. Tune
the threshold on golden tasks, and let the gate judge the saving: with the two built-in models, which differ more than
those, the default loses 18.5 points (13.7 to 23.3) on the example Mission's tasks, 0.02 loses 2.8 (0.4 to 5.3)."""

OVER_READABLE = "auc_over_readable"
"""Measure of a card: area under the curve minus that of the readable score, on the same rows of sources left out."""


class DifficultyRouter:
    """The first of ``policy.rules`` that holds; else ``policy.simple`` below the threshold, ``policy.complex`` from it
    on; then ``policy.fallback`` in its order.

    Args:
        policy: names of models and the threshold; ``None`` there means `DEFAULT_THRESHOLD`.
        models: the names that the Mission gives to its models.
        classifiers: those that rules may call, at the digests of the Version.
        learned: a classifier ``difficulty``. It takes the place of the readable score only if its card proves that it
            tells hard questions better (`OVER_READABLE`); the readable signals stay the reasons. Its probability is
            then held against ``policy.threshold``, or against its own threshold where that is ``None``.

    Raises:
        BadInput: the policy names a model that the Mission does not have, or there are rules and no classifiers.
        NotFound: a rule names a classifier that is not here.
    """

    def __init__(
        self,
        policy: RoutingPolicy,
        models: Collection[str],
        classifiers: ClassifierLibrary | None = None,
        *,
        learned: Classifier | None = None,
    ) -> None:
        if wrong := problems(policy, models):
            raise BadInput(f"routing: {wrong}")
        self._rules = RuleBook(policy.rules, classifiers)
        self._policy = policy
        self._learned = learned if learned is not None and beats_readable(learned.card) else None
        usual = DEFAULT_THRESHOLD if self._learned is None else self._learned.card.threshold.value
        self.threshold = usual if policy.threshold is None else policy.threshold

    def route(
        self, question: TextFeatures, earlier_turns: int, chunks: int, metadata: Mapping[str, object] = NO_METADATA
    ) -> RoutingDecision:
        """The model by rule, or for a question of this difficulty. The number of chunks says nothing about it and is
        not used."""
        ruled = self._rules.read(question, earlier_turns, metadata)
        if ruled.model is not None:
            return RoutingDecision(model=ruled.model, fallback=self._after(ruled.model), reasons=ruled.reasons)
        found = self._difficulty(question, earlier_turns)
        hard = found.value >= self.threshold
        model = self._policy.complex if hard else self._policy.simple
        return RoutingDecision(
            model=model,
            fallback=self._after(model),
            difficulty=round(found.value, 4),
            threshold=self.threshold,
            reasons=(*ruled.reasons, *(found.reasons or ("short and plain",))),
        )

    def _difficulty(self, question: TextFeatures, earlier_turns: int) -> Difficulty:
        found = difficulty(question, earlier_turns)
        if self._learned is None:
            return found
        example = Example(text=question, context={"earlier_turns": float(earlier_turns)})
        value = self._learned.judge(example).probability
        return Difficulty(value, (f"the larger model is needed with probability {value:.2f}", *found.reasons))

    def _after(self, model: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in self._policy.fallback if name != model))


def beats_readable(card: ClassifierCard) -> bool:
    """Whether a card's test proves that its classifier tells hard questions better than the readable score."""
    gain = card.measures.get(OVER_READABLE)
    return gain is not None and gain.low is not None and gain.low > 0.0


class SingleRouter:
    """Always the same model, for a Mission without routing. The others are tried only where the Mission says so."""

    def __init__(self, model: str, fallback: tuple[str, ...] = ()) -> None:
        self._decision = RoutingDecision(
            model=model,
            fallback=tuple(dict.fromkeys(name for name in fallback if name != model)),
            reasons=("the Mission has no routing",),
        )

    def route(
        self, question: TextFeatures, earlier_turns: int, chunks: int, metadata: Mapping[str, object] = NO_METADATA
    ) -> RoutingDecision:
        """The one model; nothing is measured."""
        return self._decision


def problems(policy: RoutingPolicy, models: Collection[str]) -> str | None:
    """What is wrong with a policy as written, or ``None``."""
    ruled = (rule.to for rule in policy.rules)
    unknown = [name for name in (policy.simple, policy.complex, *policy.fallback, *ruled) if name not in models]
    if unknown:
        return f"there is no model {unknown[0]!r}: the models of this Mission are {', '.join(sorted(models))}"
    if policy.threshold is not None and not 0.0 <= policy.threshold <= 1.0:
        return f"threshold must lie in [0, 1], not {policy.threshold!r}"
    outside = [
        rule.when.above for rule in policy.rules if rule.when.above is not None and not 0 <= rule.when.above <= 1
    ]
    return f"above must lie in [0, 1], not {outside[0]!r}" if outside else None
