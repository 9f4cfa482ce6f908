"""Evaluation: published figures by hand, and a report on a real index."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain import IndexSnapshot, RetrievalPolicy
from gonogo.features import Reader
from gonogo.retrieval import EmbeddedBackend, JudgedQuestion, RetrievalReport, by_id, evaluate
from gonogo.retrieval.evaluation import (
    first_mentions,
    hit_at,
    mean_with_interval,
    ndcg_at,
    recall_at,
    reciprocal_rank_at,
)

RIGHT = {"a": 1.0, "b": 1.0}


def question(text: str, *sources: str) -> JudgedQuestion:
    return JudgedQuestion(id=text, text=text, relevant=dict.fromkeys(sources, 1.0))


def test_figures_of_a_worked_example() -> None:
    ranking = ["x", "a", "y", "b"]
    assert hit_at(ranking, RIGHT, 2)
    assert not hit_at(ranking, RIGHT, 1)
    assert recall_at(ranking, RIGHT, 3) == 0.5
    assert reciprocal_rank_at(ranking, RIGHT, 10) == 0.5
    ideal = 1 + 1 / math.log2(3)
    assert ndcg_at(ranking, RIGHT, 10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_higher_grades_gain_exponentially() -> None:
    assert ndcg_at(["low", "high"], {"low": 1.0, "high": 2.0}, 2) == pytest.approx(
        (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    )


def test_more_right_ones_than_places_can_still_be_full_recall() -> None:
    assert recall_at(["a"], {"a": 1.0, "b": 1.0, "c": 1.0}, 1) == 1.0


def test_a_source_found_twice_is_right_once_and_takes_two_places() -> None:
    assert first_mentions(["x", "x", "a"]) == ["x", None, "a"]


@given(st.permutations(["a", "b", "x", "y", "z"]), st.integers(1, 6))
def test_every_figure_lies_between_nothing_and_all(ranking: list[str], k: int) -> None:
    for figure in (recall_at, ndcg_at, reciprocal_rank_at):
        assert 0.0 <= figure(ranking, RIGHT, k) <= 1.0 + 1e-12
        assert figure(["a", "b"], RIGHT, 2) == 1.0


def test_a_report_separates_what_cannot_be_answered(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    index = EmbeddedBackend(reader).build(snapshot, policy)
    asked = [
        question("shipping abroad", "knowledge/shipping.md"),
        question("refund of annual plans", "knowledge/refunds.md"),
        question("temperature of the sensor", "knowledge/refunds.md"),
        question("capital of Mongolia"),
    ]
    report = evaluate(index, asked, reader, k=5)
    assert (report.hit.hits, report.hit.total) == (2, 3)
    assert [score.top for score in report.unanswerable] == [0.0]
    assert report.ndcg is not None
    assert report.ndcg.value == pytest.approx(2 / 3)
    assert report.ndcg.interval.low < 2 / 3 < report.ndcg.interval.high


def test_chunks_may_be_judged_one_by_one(reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
    index = EmbeddedBackend(reader).build(snapshot, policy)
    best = index.search(reader.read("shipping abroad"), 1)[0].chunk.id
    report = evaluate(index, [question("shipping abroad", best)] * 2, reader, name_of=by_id)
    assert report.mrr is not None
    assert report.mrr.value == 1.0


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_equal_figures_still_have_a_width(value: float) -> None:
    estimate = mean_with_interval([value] * 12)
    assert estimate is not None
    assert estimate.interval.width > 0.05
    assert 0.0 <= estimate.interval.low <= value <= estimate.interval.high <= 1.0


def test_without_answerable_questions_there_is_no_figure() -> None:
    report = RetrievalReport(k=10, answerable=())
    assert (report.hit.value, report.recall, report.ndcg, report.mrr) == (None, None, None, None)
