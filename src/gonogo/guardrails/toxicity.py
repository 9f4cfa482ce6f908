"""toxicity: insults and profanity in a question, a document or an answer, as the metric of that name sees them.

Here: the guardrail. Not here: the metric. It is an alarm for insults, no judgement of harm.
"""

from __future__ import annotations

from gonogo.guardrails.measured import MetricGuardrail


class Toxicity(MetricGuardrail):
    """Finds text whose toxicity is at or above the threshold."""

    high_is_bad = True
    kind = "toxicity"
    default_threshold = 0.5
