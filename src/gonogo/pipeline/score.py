"""Step ``score``: metrics of a sampled share of Traces, on the text as it was said; of some, what classifiers read.

Here: sampling and calling. Not here: the metrics (``metrics``), what a classifier is shown (``judged``), rates over
many Traces (``monitoring``).
"""

from __future__ import annotations

import logging

from gonogo.contracts import Answer, Components, Metric
from gonogo.domain import Score, Version
from gonogo.pipeline.judged import judged_texts
from gonogo.pipeline.trace_builder import TraceBuilder

JUDGED = 0.1
"""Share of scored Traces that keep what classifiers read: enough for drift and skew, little to store."""
log = logging.getLogger("gonogo.pipeline")


def sampled(trace_id: str, share: float) -> bool:
    """Whether a Trace is scored: decided by its random last digits alone, so that any process decides the same."""
    return int(trace_id[-8:], 16) < share * 2**32


def score(version: Version, parts: Components, trace: TraceBuilder) -> None:
    """Put Scores on the Trace; nothing where there is no answer to judge."""
    if not parts.metrics or not sampled(trace.request.id, version.mission.monitors.sample):
        return
    if trace.outcome not in ("answered", "cached") or not trace.answer:
        return
    with trace.step("score"):
        answer = Answer(
            question=trace.recorded_question,
            text=trace.answer,
            chunks=trace.chunks,
            citations=tuple(trace.citations),
            tool_calls=tuple(trace.tool_calls),
        )
        trace.scores = tuple(_score(metric, answer) for metric in parts.metrics)
        if sampled(trace.request.id, version.mission.monitors.sample * JUDGED):
            trace.judged = judged_texts(parts.classifiers, answer, parts.reader)


def _score(metric: Metric, answer: Answer) -> Score:
    try:
        return metric.score(answer)
    except Exception as error:  # a plug-in's bug is a failed score, never a lost Trace or a lost answer
        log.exception("the metric %s failed", metric.name)
        return Score(metric=metric.name, state="error", detail=f"{type(error).__name__}: {error}")
