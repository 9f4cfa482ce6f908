"""toxicity: insults, threats and contempt in a question, a document or an answer.

Here: the guardrail over a classifier, or over the metric of that name where there is none. Not here: either of them. It
is an alarm for insults, no judgement of harm.
"""

from __future__ import annotations

from gonogo.contracts import Answer, Classifier, Example, GuardrailContext, Metric, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.measured import MetricGuardrail
from gonogo.guardrails.spans import shortened


class Toxicity(MetricGuardrail):
    """Finds text whose probability is at or above the threshold: the rule's, else the classifier's own, which was set
    for a stated false-positive rate.

    Args:
        metric: names the worst kind of what was found; judges alone where there is no classifier.
        classifier: judges; of two tiers, the one that decides says whether its own threshold is passed.
    """

    high_is_bad = True
    kind = "toxicity"
    default_threshold = 0.5

    def __init__(
        self, rule: GuardrailRule, stage: GuardrailStage, metric: Metric, classifier: Classifier | None = None
    ) -> None:
        super().__init__(rule, stage, metric)
        self._classifier = classifier
        self._set_by_rule = "threshold" in rule.options
        if classifier is not None and not self._set_by_rule:
            self.threshold = classifier.card.threshold.value

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding over the whole text, or none."""
        if self._classifier is None:
            return super().inspect(text, context)
        judged = self._classifier.judge(Example(text=text))
        if not (self._is_bad(judged.probability) if self._set_by_rule else judged.positive):
            return ()
        detail = self._metric.score(Answer(question=context.question, text=text.text)).detail
        return (
            Finding(
                check=self.check,
                stage=self._stage,
                action=self.action,
                score=round(judged.probability, 4),
                where=context.where,
                kind=self.kind,
                excerpt=shortened(text.text),
                signals=(f"toxicity {judged.probability:.2f} ({judged.tier})", *([detail] if detail else [])),
            ),
        )
