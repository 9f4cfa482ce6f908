"""toxicity: insults, threats and contempt in a question, a document or an answer.

Here: the guardrail over a classifier, or over the metric of that name where there is none. Not here: either of them. It
is an alarm for insults, no judgement of harm.
"""

from __future__ import annotations

from gonogo.contracts import Answer, Classifier, Example, GuardrailContext, Metric, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.measured import MetricGuardrail
from gonogo.guardrails.spans import shortened

OPENLY = 0.9
"""From here on the metric has found a slur, a threat or a call to hate: no second opinion takes that back."""


class Toxicity(MetricGuardrail):
    """Finds text whose toxicity is at or above the threshold: the rule's, else the classifier's own, which was set for
    a stated false-positive rate.

    Args:
        metric: the value, and the worst kind of what was found.
        classifier: what the metric judges with; its card holds the threshold.
        careful: asked as well (``careful: true``); of its two tiers, the one that decides knows its own threshold.
    """

    high_is_bad = True
    kind = "toxicity"
    default_threshold = 0.5

    def __init__(
        self,
        rule: GuardrailRule,
        stage: GuardrailStage,
        metric: Metric,
        classifier: Classifier | None = None,
        careful: Classifier | None = None,
    ) -> None:
        super().__init__(rule, stage, metric)
        self._careful = careful
        self._set_by_rule = "threshold" in rule.options
        if classifier is not None and not self._set_by_rule:
            self.threshold = classifier.card.threshold.value

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding over the whole text, or none."""
        if self._careful is None or not text.words:
            return super().inspect(text, context)
        judged = self._careful.judge(Example(text=text))
        found = self._metric.score(Answer(question=context.question, text=text.text))
        openly = (found.value or 0.0) >= OPENLY
        if not openly and not (self._is_bad(judged.probability) if self._set_by_rule else judged.positive):
            return ()
        value = max(judged.probability, found.value or 0.0) if openly else judged.probability
        return (
            Finding(
                check=self.check,
                stage=self._stage,
                action=self.action,
                score=round(value, 4),
                where=context.where,
                kind=self.kind,
                excerpt=shortened(text.text),
                signals=(f"toxicity {value:.2f} ({judged.tier})", *([found.detail] if found.detail else [])),
            ),
        )
