"""Measured: what the guardrails that wrap a metric have in common.

Here: scoring a text, comparing with a threshold, the Finding. Not here: the metrics (``metrics``), the three guardrails
(``toxicity``, ``faithfulness``, ``relevance``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.contracts import Answer, GuardrailContext, Metric, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.guardrails.spans import replaced, shortened


class MetricGuardrail:
    """Finds when the metric's value is on the wrong side of ``options.threshold`` (0..1).

    A metric that fails or does not apply finds nothing: a guardrail that cannot judge never condemns. The Score itself
    is in the Trace, where the error is counted.
    """

    lookback = 0
    needs_whole_answer = True
    owasp = ""
    kind = ""
    high_is_bad = False
    default_threshold = 0.5

    def __init__(self, rule: GuardrailRule, stage: GuardrailStage, metric: Metric) -> None:
        self.check = rule.check
        self.action = rule.action
        self.threshold = float(rule.options.get("threshold", self.default_threshold))
        self._stage = stage
        self._metric = metric

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding over the whole text, or none."""
        score = self._metric.score(Answer(question=context.question, text=text.text, chunks=context.chunks))
        if score.value is None or not self._is_bad(score.value):
            return ()
        return (
            Finding(
                check=self.check,
                stage=self._stage,
                action=self.action,
                score=score.value if self.high_is_bad else 1.0 - score.value,
                where=context.where,
                kind=self.kind,
                excerpt=shortened(text.text),
                owasp=self.owasp,
                signals=self._signals(score.value, score.detail),
            ),
        )

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """The whole text is what was found."""
        return replaced(text, findings)

    def _is_bad(self, value: float) -> bool:
        return value >= self.threshold if self.high_is_bad else value < self.threshold

    def _signals(self, value: float, detail: str) -> tuple[str, ...]:
        side = "at least" if self.high_is_bad else "below"
        said = f"{self._metric.name} {value:.2f}, {side} {self.threshold:.2f}"
        return (said, detail) if detail else (said,)
