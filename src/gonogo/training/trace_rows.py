"""Trace rows: training rows from Traces and Annotations, as things stood when the Trace was made.

Here: point-in-time rows - texts as the Trace holds them, labels as they were known at a moment - and who disagreed.
Not here: which text a classifier is shown (``pipeline.judged``, the same code that serves), learning (``fit``).

Nothing that came after the answer enters a row but its label: chunks are those retrieved then, not those the index
holds today.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gonogo.contracts import Answer
from gonogo.domain import Annotation, Trace, TrainingRow
from gonogo.pipeline.judged import example_texts

METRICS: Final = {
    "injection": "injection", "toxicity": "toxicity", "faithfulness": "faithfulness", "relevance": "relevance",
    "difficulty": "difficulty",
}  # fmt: skip
"""Classifier to the metric that people annotate for it; 1 means positive: an injection, toxic, supported, relevant,
too hard for the small model."""
POSITIVE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRows:
    """``skipped``: annotated Traces whose texts this classifier has nothing to say about; ``split``: left out because
    people disagree about them evenly."""

    rows: tuple[TrainingRow, ...]
    skipped: int
    split: int


def trace_rows(classifier: str, annotated: Iterable[tuple[Trace, Sequence[Annotation]]]) -> TraceRows:
    """One row for each annotated Trace.

    The label is the side on which the mean of the newest Annotation of each person falls. ``group`` is the session,
    else the Trace, so that one conversation stays on one side of every split; ``source`` is the Mission.

    Args:
        classifier: its name; the Annotations are of its metric (see `METRICS`).
        annotated: as the store gives them, already cut off at the moment that counts as now.
    """
    rows, skipped, split = [], 0, 0
    for trace, said in annotated:
        texts = example_texts(classifier, answer_of(trace))
        value = agreed(said)
        if value is None:
            split += 1
        elif texts is None:
            skipped += 1
        else:
            rows.append(_row(trace, texts, value > POSITIVE))
    return TraceRows(rows=tuple(rows), skipped=skipped, split=split)


def _row(trace: Trace, texts: tuple[str, tuple[str, ...]], label: bool) -> TrainingRow:
    return TrainingRow(
        text=texts[0],
        against=texts[1],
        label=label,
        source=trace.mission,
        group=trace.session or trace.id,
        licence="own traffic",
        slices={"environment": trace.environment, "version": f"{trace.mission}@{trace.version}"},
        at=trace.created_at,
    )


def answer_of(trace: Trace) -> Answer:
    """The answer as it was given, with what it rested on then."""
    return Answer(
        question=trace.question,
        text=trace.answer,
        chunks=trace.chunks,
        citations=trace.citations,
        tool_calls=trace.tool_calls,
    )


def agreed(annotations: Sequence[Annotation]) -> float | None:
    """Mean of each person's newest word; ``None`` where people are evenly split, or nobody said anything."""
    newest = {annotation.author: annotation.value for annotation in annotations}
    if not newest:
        return None
    mean = sum(newest.values()) / len(newest)
    return None if mean == POSITIVE else mean
