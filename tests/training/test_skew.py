"""Serving and training read the same, and where they do not it is said what differs."""

from __future__ import annotations

import pytest
from tests.training.toy import ToyFeatures
from tests.training.traffic import judged, trace

from gonogo.contracts import Example
from gonogo.domain import JudgedText, Trace
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.skew import skew


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


def served(number: int, answer: str, reader: Reader, **changed: float) -> Trace:
    """As a request with this answer would have left it."""
    features = ToyFeatures()
    values = dict(zip(features.names, features.dense(Example(text=reader.read(answer))), strict=True))
    record: JudgedText = judged(**{**values, **changed})
    return trace(number, answer, [record])


def test_what_served_is_what_training_reads(reader: Reader) -> None:
    traces = [served(n, f"answer {n} is bad" if n % 3 else f"answer {n}", reader) for n in range(40)]
    found = skew("toxicity", traces, ToyFeatures(), Reader(StaticEmbedder()))
    assert (found.compared, found.skewed) == (40, ())
    assert found.rows_differ.value == 0.0
    assert found.rows_differ.high is not None


def test_a_feature_that_differs_is_named_with_share_size_and_traces(reader: Reader) -> None:
    traces = [served(n, "a plain answer", reader, **({"words": 9.0} if n < 4 else {})) for n in range(40)]
    (found,) = skew("toxicity", traces, ToyFeatures(), reader).skewed
    assert (found.feature, found.differs.value, found.largest) == ("words", 0.1, 6.0)
    assert len(found.traces) == 3


def test_text_that_redaction_changed_shows(reader: Reader) -> None:
    seen = served(1, "write to bob at once", reader)
    stored = trace(1, "write to [NAME] [NAME] at once", seen.judged)
    assert skew("toxicity", [stored], ToyFeatures(), reader).rows_differ.value == 1.0


def test_records_of_other_features_are_counted_and_not_compared(reader: Reader) -> None:
    found = skew("toxicity", [trace(1, "x", [judged(features="toy/2", words=1.0)])], ToyFeatures(), reader)
    assert (found.compared, found.other_versions) == (0, 1)
    assert found.rows_differ.value is None


def test_a_missing_feature_differs_by_infinity(reader: Reader) -> None:
    found = skew("toxicity", [trace(1, "x", [judged(words=1.0)])], ToyFeatures(), reader)
    assert [one.feature for one in found.skewed] == ["bad"]
    assert found.skewed[0].largest == float("inf")
