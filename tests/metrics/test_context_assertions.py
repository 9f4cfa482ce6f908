"""Retrieval held against named sources and a right answer, by the published formulas, without a model."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.contracts.judging import Answer
from gonogo.domain import Assertion, Chunk, RetrievedChunk, Score
from gonogo.features import Reader
from gonogo.metrics import BuiltInAssertions
from gonogo.metrics.context_assertions import average_precision

TEXTS = {
    "docs/returns.md#Returns": "Returns are accepted within 30 days of delivery.",
    "docs/fees.md#Fees": "Sending a parcel back costs 4 dollars.",
    "docs/offices.md#Lisbon": "The Lisbon office opens at 9:00 on weekdays.",
}
RIGHT = "Returns are accepted within 30 days of delivery. Sending a parcel back costs 4 dollars."


def retrieved(*places: str) -> tuple[RetrievedChunk, ...]:
    hits = []
    for rank, place in enumerate(places, 1):
        source, _, heading = place.partition("#")
        chunk = Chunk(id=place, text=TEXTS.get(place, "Nothing of interest."), source=source, heading=heading)
        hits.append(RetrievedChunk(chunk=chunk, score=1.0 / rank, rank=rank))
    return tuple(hits)


def judged(
    reader: Reader, kind: str, value: Any, *places: str, text: str = "x", negate: bool = False, **options: Any
) -> Score:
    assertion = Assertion(kind=kind, value=value, options=options, negate=negate)
    answer = Answer(question="How do returns work?", text=text, chunks=retrieved(*places))
    return BuiltInAssertions(reader).judge(assertion, answer)


@pytest.mark.parametrize(
    ("relevant", "value"),
    [([1, 0, 1], 5 / 6), ([0, 0, 1], 1 / 3), ([1, 1], 1.0), ([0, 0], 0.0), ([], 0.0)],
)
def test_average_precision_of_the_published_examples(relevant: list[int], value: float) -> None:
    assert average_precision([bool(hit) for hit in relevant]) == pytest.approx(value)


def test_source_recall_is_the_share_of_sources_found(reader: Reader) -> None:
    places = ("docs/returns.md#Returns", "docs/offices.md#Lisbon")
    assert judged(reader, "source-recall", "returns.md", *places).passed is True
    assert judged(reader, "source-recall", "docs/returns.md#returns", *places).passed is True
    half = judged(reader, "source-recall", ["returns.md", "fees.md"], *places)
    assert (half.passed, half.value, half.credit) == (False, 0.5, 0.5)
    assert half.detail == "0.50 against 1; not retrieved: fees.md"
    assert judged(reader, "source-recall", ["returns.md", "fees.md"], *places, threshold=0.5).passed is True
    assert judged(reader, "source-recall", "fees.md", *places, negate=True).passed is True


def test_nothing_retrieved_is_a_recall_of_0_and_no_precision(reader: Reader) -> None:
    assert judged(reader, "source-recall", "fees.md").value == 0.0
    assert judged(reader, "source-precision", "fees.md").state == "not-applicable"
    assert judged(reader, "reference-noise", RIGHT, text=RIGHT).state == "not-applicable"


def test_source_precision_is_average_precision_over_ranks(reader: Reader) -> None:
    places = ("docs/returns.md#Returns", "docs/offices.md#Lisbon", "docs/fees.md#Fees")
    good = judged(reader, "source-precision", ["returns.md", "fees.md"], *places)
    assert (good.passed, good.value) == (True, pytest.approx(5 / 6))
    late = judged(reader, "source-precision", ["fees.md"], *places)
    assert (late.passed, late.value) == (False, pytest.approx(1 / 3))
    assert late.detail == "0.33 against 0.5; of 3 chunks relevant: 3"


def test_reference_recall_counts_the_right_answers_sentences_that_the_chunks_support(reader: Reader) -> None:
    both = judged(reader, "reference-recall", RIGHT, "docs/returns.md#Returns", "docs/fees.md#Fees")
    assert (both.passed, both.value) == (True, 1.0)
    one = judged(reader, "reference-recall", RIGHT, "docs/returns.md#Returns")
    assert (one.passed, one.value) == (False, 0.5)
    assert "Sending a parcel back" in one.detail
    assert judged(reader, "reference-recall", "Why?", "docs/fees.md#Fees").state == "not-applicable"


def test_reference_noise_counts_what_the_answer_took_from_chunks_and_is_not_right(reader: Reader) -> None:
    places = ("docs/returns.md#Returns", "docs/offices.md#Lisbon")
    right = "Returns are accepted within 30 days of delivery."
    clean = judged(reader, "reference-noise", right, *places, text=right)
    assert (clean.passed, clean.value) == (True, 0.0)
    noisy = judged(
        reader, "reference-noise", right, *places, text=f"{right} The Lisbon office opens at 9:00 on weekdays."
    )
    assert (noisy.passed, noisy.value) == (False, 0.5)
    assert "Lisbon office" in noisy.detail
    invented = judged(reader, "reference-noise", right, *places, text=f"{right} The moon costs 77 dollars.")
    assert invented.value == 0.0


@pytest.mark.parametrize(
    ("kind", "value", "options", "said"),
    [
        ("source-recall", None, {}, "needs a source path"),
        ("source-recall", [], {}, "sources: needs a list"),
        ("source-precision", "x", {"min": 2}, "min must be between 0 and 1, got 2"),
        ("source-precision", "x", {"source": "y"}, "unknown option 'source'; did you mean sources?"),
        ("reference-recall", None, {"to": True}, "to: needs a text, got the boolean"),
        ("reference-noise", "x", {"min": 0.1}, "unknown option 'min'"),
        ("reference-noise", "x", {"threshold": "low"}, "max must be a number"),
    ],
)
def test_what_is_not_well_written_is_explained(
    reader: Reader, kind: str, value: Any, options: dict[str, Any], said: str
) -> None:
    problem = BuiltInAssertions(reader).problems(Assertion(kind=kind, value=value, options=options))
    assert said in str(problem)
