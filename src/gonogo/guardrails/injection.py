"""injection: attempts to override, extract or forge the instructions of the assistant.

Here: the guardrail, and what it remembers. Not here: the judgement (``injection_learned``, ``classifiers``), undoing
evasion (``features``). This is one layer: it finds attacks that look like attacks. An instruction inside a document
that reads like any other sentence is not told apart by any text classifier.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from gonogo.contracts import Classifier, GuardrailContext, TextFeatures
from gonogo.domain import Finding, GuardrailRule, GuardrailStage
from gonogo.errors import BadInput
from gonogo.guardrails.injection_learned import Evidence, judge_document, judge_question
from gonogo.guardrails.spans import replaced, shortened

CONTEXT_THRESHOLD = 0.45
"""For documents. False alarms: 0 of 194 clean e-mails, tables and code (at most 1.9 %). Instructions inserted there
that read like ordinary sentences ("describe the life of a butterfly") are not found: what is not addressed to an
assistant does not look like an attack. Mark and isolate retrieved text as well."""
REMEMBERED, REMEMBERED_CHARACTERS = 2_048, 8_000
"""Judgements kept by each guardrail, and the longest text of one: 16 MB of text at most."""


class Injection:
    """The rule bound to its threshold (``options.threshold``, 0..1).

    Args:
        classifier: judges questions by probability, against its card's threshold unless the rule sets one, or by named
            signals that are enough alone; documents by orders to an assistant as well.

    Raises:
        BadInput: there is no classifier.
    """

    needs_whole_answer = True
    lookback = 0

    def __init__(self, rule: GuardrailRule, stage: GuardrailStage, classifier: Classifier | None = None) -> None:
        if classifier is None:
            raise BadInput(f"guardrails.{stage}: injection judges with the classifier injection, which is not here")
        self.check = rule.check
        self.action = rule.action
        self._stage = stage
        self._classifier = classifier
        self._own_threshold = "threshold" in rule.options
        limit = classifier.card.threshold.value
        self.threshold = float(rule.options.get("threshold", CONTEXT_THRESHOLD if stage == "context" else limit))
        self._limit = self.threshold if self._own_threshold else limit
        # The same chunks come back for question after question; what is judged of one depends on its text alone.
        self._remembered: OrderedDict[str, Evidence] = OrderedDict()
        self._lock = threading.Lock()

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """One Finding at most: probability, named signals, and the place of the worst window."""
        evidence = self.judge(text)
        if not evidence.found:
            return ()
        placed = evidence.start >= 0 and text.normalised == text.text
        return (
            Finding(
                check=self.check,
                stage=self._stage,
                action=self.action,
                score=round(evidence.score, 4),
                where=context.where,
                kind="injection",
                start=evidence.start if placed else -1,
                end=evidence.end if placed else -1,
                excerpt=shortened(evidence.excerpt),
                owasp="LLM01:2025",
                signals=evidence.signals,
            ),
        )

    def judge(self, text: TextFeatures) -> Evidence:
        """The worst of a text and of every hidden reading of it, remembered for texts of ordinary length."""
        if len(text.text) > REMEMBERED_CHARACTERS:
            return self._judged(text)
        with self._lock:
            known = self._remembered.get(text.text)
            if known is not None:
                self._remembered.move_to_end(text.text)
                return known
        evidence = self._judged(text)
        with self._lock:
            self._remembered[text.text] = evidence
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return evidence

    def _judged(self, text: TextFeatures) -> Evidence:
        if self._stage == "context":
            return judge_document(text, self._classifier, self.threshold, self._limit)
        return judge_question(text, self._classifier, self.threshold, by_signals=not self._own_threshold)

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """``[INJECTION]`` in place of what was found."""
        return replaced(text, findings)
