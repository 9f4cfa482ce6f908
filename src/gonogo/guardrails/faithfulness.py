"""faithfulness: an answer that its retrieved chunks do not support.

Here: the guardrail. Not here: the metric. Without chunks the metric does not apply and nothing is found.
"""

from __future__ import annotations

from gonogo.guardrails.measured import MetricGuardrail


class Faithfulness(MetricGuardrail):
    """Finds an answer whose faithfulness is below the threshold."""

    kind = "unsupported"
    owasp = "LLM09:2025"
    default_threshold = 0.5
