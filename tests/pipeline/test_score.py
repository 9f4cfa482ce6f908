"""Metrics of a sampled share of Traces."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import MonitorPolicy, Score
from gonogo.metrics import Relevance, Toxicity
from gonogo.pipeline.score import sampled


class Broken:
    name = "broken"

    def score(self, answer: Any) -> Score:
        raise ZeroDivisionError("bob@example.com is not a number")


async def test_an_answer_is_scored_by_every_metric(house: Any) -> None:
    parts = house.parts("The refund period is thirty days.", metrics=[Relevance(house.reader), Toxicity(house.reader)])

    trace = (await house.run("How long is the refund period?", house.version(), parts)).trace

    assert [score.metric for score in trace.scores] == ["relevance", "toxicity"]
    assert trace.spans[-1].name == "score"


async def test_a_metric_that_fails_is_an_error_score_and_costs_neither_answer_nor_trace(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    parts = house.parts("ok", metrics=[Broken(), Toxicity(house.reader)], input=[("pii", "flag")])

    ran = await house.run("How long?", house.version(), parts)

    assert ran.text == "ok"
    assert [score.state for score in ran.trace.scores] == ["error", "value"]
    assert ran.trace.scores[0].detail == "ZeroDivisionError: [EMAIL] is not a number"
    assert "broken" in caplog.text


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_about_the_asked_share_of_traces_is_sampled_and_always_the_same_ones(share: float) -> None:
    ids = [f"{number * 2654435761 % 2**32:032x}" for number in range(2000)]
    taken = [trace_id for trace_id in ids if sampled(trace_id, share)]

    assert abs(len(taken) / len(ids) - share) < 0.03
    assert taken == [trace_id for trace_id in ids if sampled(trace_id, share)]


async def test_nothing_is_scored_where_nothing_is_sampled(house: Any) -> None:
    version = house.version(monitors=MonitorPolicy(sample=0.0))

    trace = (await house.run("How long?", version, house.parts("ok", metrics=[Broken()]))).trace

    assert trace.scores == ()
    assert "score" not in [span.name for span in trace.spans]


async def test_a_refusal_is_not_scored(house: Any) -> None:
    parts = house.parts(metrics=[Broken()], input=[("injection", "block")])

    assert (await house.run(house.injection, house.version(), parts)).trace.scores == ()
