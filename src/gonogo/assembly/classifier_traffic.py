"""Classifier traffic: a classifier held against the Traces of a Mission - rows, skew, drift, accuracy, calibration.

Here: stored Traces and Annotations brought to the workflows of ``training``. Not here: those workflows, registering
what they make (``classifier_verbs``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gonogo.clock import Clock
from gonogo.contracts import Classifier, Example, FeatureSet, Store, TextReader
from gonogo.domain import Annotation, JudgedText, Trace
from gonogo.errors import BadInput
from gonogo.training.calibrate import Calibration, calibrate
from gonogo.training.drift import ClassifierDrift, classifier_drift
from gonogo.training.model_drift import ModelDrift, model_drift
from gonogo.training.rows import example_of
from gonogo.training.skew import SkewReport, skew
from gonogo.training.trace_rows import METRICS, TraceRows, trace_rows

MOST_TRACES: Final = 20_000
"""Newest Traces of a Mission that are looked at."""
MOST_ANNOTATED: Final = 5_000
REFERENCE: Final = 500
"""Records that a stream is compared with, at most; the older half where there are fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Drift of what a classifier reads and says, and of how right it is."""

    drift: ClassifierDrift
    accuracy: ModelDrift

    @property
    def alarm(self) -> bool:
        """Whether anything needs a person."""
        return self.drift.state == "alarm" or self.accuracy.worse


def metric_of(classifier: str) -> str:
    """What people annotate for a classifier.

    Raises:
        BadInput: Traces say nothing about a classifier of this name.
    """
    metric = METRICS.get(classifier)
    if metric is None:
        raise BadInput(f"Traces hold no rows for '{classifier}': they do for {', '.join(METRICS)}")
    return metric


async def rows_of(store: Store, classifier: str, mission: str, *, until: float | None = None) -> TraceRows:
    """Training rows from a Mission's annotated Traces, as things stood at ``until`` (seconds since 1970)."""
    annotated = await store.annotated(mission, metric_of(classifier), until=until, limit=MOST_ANNOTATED)
    return trace_rows(classifier, annotated)


async def skew_of(store: Store, classifier: str, mission: str, features: FeatureSet, reader: TextReader) -> SkewReport:
    """What served against what training would read now."""
    metric_of(classifier)
    traces = await store.traces(mission, limit=MOST_TRACES)
    return await asyncio.to_thread(skew, classifier, traces, features, reader)


async def watch(store: Store, classifier: Classifier, mission: str) -> Watched:
    """Drift of inputs and scores among the newest Traces, and accuracy on the newest Annotations."""
    metric = metric_of(classifier.name)
    traces = await store.traces(mission, limit=MOST_TRACES)
    records = judged_by(classifier, traces[::-1])  # oldest first
    cut = min(REFERENCE, len(records) // 2)
    drift = await asyncio.to_thread(classifier_drift, classifier.name, records[:cut], records[cut:])
    annotated = await store.annotated(mission, metric, limit=MOST_ANNOTATED)
    return Watched(drift=drift, accuracy=model_drift(classifier.card, annotated, mission))


def judged_by(classifier: Classifier, traces: list[Trace]) -> list[JudgedText]:
    """The records of exactly these weights."""
    return [
        judged
        for trace in traces
        for judged in trace.judged
        if judged.classifier == classifier.name and judged.digest == classifier.digest
    ]


async def calibration_of(
    store: Store, classifier: Classifier, mission: str, reader: TextReader
) -> tuple[Calibration, TraceRows]:
    """Slope and offset that make a classifier's probabilities true for this Mission's annotated Traces.

    Raises:
        BadInput: too few Annotations.
    """
    found = await rows_of(store, classifier.name, mission)

    def judged() -> list[float]:
        return [classifier.judge(example_of(row, reader)).probability for row in found.rows]

    probabilities = await asyncio.to_thread(judged)
    return calibrate([row.label for row in found.rows], probabilities), found


async def annotate(
    store: Store, trace: Trace, metric: str, value: float, author: str, clock: Clock, *, note: str = ""
) -> Annotation:
    """Keep a person's judgement of a Trace.

    Args:
        value: 0..1.

    Raises:
        BadInput: a value outside 0..1, or no metric.
    """
    if not 0.0 <= value <= 1.0:
        raise BadInput(f"{value} is no judgement: give a number from 0 to 1, or yes or no")
    if not metric.strip():
        raise BadInput(f"name what is judged, such as {', '.join(METRICS)}")
    annotation = Annotation(
        trace_id=trace.id, metric=metric, value=value, author=author, created_at=clock.now(), note=note
    )
    await store.add_annotation(annotation)
    return annotation


Judge = Callable[[list[str]], list[float]]


def judge_texts(classifier: Classifier, reader: TextReader) -> Judge:
    """Plain texts to probabilities, for reports over sentences."""

    def judged(texts: list[str]) -> list[float]:
        return [classifier.judge(Example(text=reader.read(text))).probability for text in texts]

    return judged
