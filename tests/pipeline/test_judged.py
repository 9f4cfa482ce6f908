"""What classifiers read of a finished request is kept for a share of Traces, as it was when it served."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.clock import new_id
from gonogo.contracts import Answer, Example, Judgement
from gonogo.domain import Chunk, RetrievedChunk
from gonogo.pipeline.judged import example_texts, judged_texts
from gonogo.pipeline.score import JUDGED, sampled

CHUNK = RetrievedChunk(
    chunk=Chunk(id="c1", source="refunds.md", title="", heading="", text="Refunds take 30 days.", order=0),
    score=1.0,
    rank=1,
)
ANSWER = Answer(question="How long do refunds take?", text="Thirty days.", chunks=(CHUNK,))


class Card:
    features = "toy/1"


class Counting:
    """Counts words."""

    name, digest, card = "toxicity", "ab" * 32, Card()

    def judge(self, example: Example) -> Judgement:
        return Judgement(probability=0.25, positive=False, signals={"words": float(len(example.text.words))})


class Broken(Counting):
    def judge(self, example: Example) -> Judgement:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("classifier", "shown"),
    [
        ("injection", ("How long do refunds take?", ())),
        ("toxicity", ("Thirty days.", ())),
        ("relevance", ("Thirty days.", ("How long do refunds take?",))),
        ("faithfulness", ("Thirty days.", ("Refunds take 30 days.",))),
        ("equivalence", None),
        ("churn", None),
    ],
)
def test_each_classifier_is_shown_its_part_of_the_request(classifier: str, shown: Any) -> None:
    assert example_texts(classifier, ANSWER) == shown


def test_faithfulness_without_chunks_has_nothing_to_say() -> None:
    assert example_texts("faithfulness", Answer(question="q", text="a")) is None


def test_signals_are_kept_with_digest_and_version_of_features(house: Any) -> None:
    (found,) = judged_texts({"toxicity": Counting()}, ANSWER, house.reader)
    assert (found.classifier, found.features, found.signals) == ("toxicity", "toy/1", {"words": 2.0})
    assert found.digest == "ab" * 32


def test_a_classifier_that_fails_costs_its_record_only(house: Any, caplog: pytest.LogCaptureFixture) -> None:
    found = judged_texts({"injection": Broken(), "toxicity": Counting()}, ANSWER, house.reader)
    assert [one.classifier for one in found] == ["toxicity"]
    assert "injection" in caplog.text


def test_about_one_scored_trace_in_ten_keeps_them() -> None:
    kept = sum(sampled(new_id(float(n)), JUDGED) for n in range(2000))
    assert 120 < kept < 290
