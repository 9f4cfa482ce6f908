"""relevance: an answer that does not speak to its question.

Here: the guardrail. Not here: the metric.
"""

from __future__ import annotations

from gonogo.guardrails.measured import MetricGuardrail


class Relevance(MetricGuardrail):
    """Finds an answer whose relevance is below the threshold."""

    kind = "off-topic"
    default_threshold = 0.2
