"""Skew: whether a classifier reads now, for training, what it read when it served.

Here: named features of stored Traces computed again and compared one by one. Not here: drift (the traffic changed, the
reading did not: ``drift``).

The same code serves and makes training rows, so any difference has a cause worth knowing: other features than those of
the day (a new release), texts that redaction changed before they were stored, or a bug.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.contracts import Example, FeatureSet, TextReader
from gonogo.domain import Measure, Trace
from gonogo.pipeline.judged import example_texts
from gonogo.statistics import Rate
from gonogo.training.trace_rows import answer_of

TOLERANCE = 1e-6
"""Relative difference below which two readings are one: the last bits of a float32 mean nothing."""
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSkew:
    """One feature: on how many Traces it differs, by how much at most, and some of them."""

    feature: str
    differs: Measure
    largest: float
    traces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewReport:
    """``compared`` Traces of ``classifier``; ``other_versions`` were read by another version of the features and are
    not compared. ``rows_differ``: share of Traces on which any feature differs."""

    classifier: str
    features: str
    compared: int
    other_versions: int
    rows_differ: Measure
    skewed: tuple[FeatureSkew, ...]


def skew(classifier: str, traces: Iterable[Trace], features: FeatureSet, reader: TextReader) -> SkewReport:
    """Compare what Traces hold with what the features give today.

    Args:
        classifier: its name.
        traces: those without a record of this classifier are passed over.
    """
    here = f"{features.name}/{features.version}"
    compared = others = different = 0
    found: dict[str, list[tuple[float, str]]] = {}
    for trace in traces:
        served = next((judged for judged in trace.judged if judged.classifier == classifier), None)
        texts = example_texts(classifier, answer_of(trace))
        if served is None or texts is None:
            continue
        if served.features != here:
            others += 1
            continue
        example = Example(text=reader.read(texts[0]), against=tuple(map(reader.read, texts[1])))
        now = dict(zip(features.names, features.dense(example), strict=True))
        differences = _differences(served.signals, now)
        compared += 1
        different += bool(differences)
        for feature, difference in differences.items():
            found.setdefault(feature, []).append((difference, trace.id))
    return SkewReport(
        classifier=classifier,
        features=here,
        compared=compared,
        other_versions=others,
        rows_differ=_share(different, compared),
        skewed=tuple(sorted((_of(name, cases, compared) for name, cases in found.items()), key=_worst_first)),
    )


def _differences(served: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Features that differ, missing ones by infinity."""
    gaps = {}
    for name in served.keys() | now.keys():
        one, other = served.get(name, math.inf), now.get(name, math.inf)
        if not math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            gaps[name] = abs(one - other)
    return gaps


def _of(feature: str, cases: list[tuple[float, str]], compared: int) -> FeatureSkew:
    worst = sorted(cases, reverse=True)
    return FeatureSkew(
        feature=feature,
        differs=_share(len(cases), compared),
        largest=worst[0][0],
        traces=tuple(trace for _, trace in worst[:_EXAMPLES]),
    )


def _worst_first(found: FeatureSkew) -> tuple[float, str]:
    return -(found.differs.value or 0.0), found.feature


def _share(hits: int, total: int) -> Measure:
    if not total:
        return Measure(value=None, note="no Trace of this feature version to compare")
    interval = Rate(hits=hits, total=total).wilson()
    return Measure(value=hits / total, low=interval.low, high=interval.high, n=total)
