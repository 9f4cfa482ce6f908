"""Refusal: a guardrail stopped the request; the pipeline answers with its words instead of a model's.

Here: the signal and its wording. Not here: deciding to refuse (the guardrail steps).
"""

from __future__ import annotations

from gonogo.domain import Finding

_WORDING = {
    "input": "I cannot help with that: the request was stopped by the {check} guardrail.",
    "context": "I cannot help with that: the documents found for it were stopped by the {check} guardrail.",
    "output": "I cannot give that answer: it was stopped by the {check} guardrail.",
}


class Refusal(Exception):  # not a GonogoError: a refusal is an answer, not a fault
    """Raised by a guardrail step that blocks; ``finding`` says why. ``text`` is what the user reads."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.text = _WORDING[finding.stage].format(check=finding.check.replace("_", " "))
        super().__init__(self.text)
