from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from gonogo.domain import Assertion, GoldenTask, Score, Trace
from gonogo.evaluation.judge import answer_of, judge
from gonogo.metrics import BuiltInAssertions


def trace(**more: Any) -> Trace:
    fields = {"answer": "It lasts 240 minutes.", "outcome": "answered", **more}
    return Trace(
        id="0" * 32,
        created_at=0.0,
        mission="support",
        version=1,
        behaviour_digest="b",
        environment="evaluation",
        question="How long?",
        **fields,
    )


def task(*expect: Assertion) -> GoldenTask:
    return GoldenTask(id="delay", question="How long?", expect=expect, tags=("alarms",))


def judged(reader, *expect, **more):
    return judge(task(*expect), trace(**more), BuiltInAssertions(reader), repeat=1, order=9)


HOLDS = Assertion(kind="contains", value="240 minutes")
FAILS = Assertion(kind="contains", value="120 minutes")
BROKEN = Assertion(kind="regex", value="(")


def test_a_task_passes_when_every_assertion_holds(reader):
    result = judged(reader, HOLDS, Assertion(kind="contains", value="120", negate=True))
    assert (result.passed, result.error) == (True, None)
    assert (result.task_id, result.repeat, result.order, result.tags) == ("delay", 1, 9, ("alarms",))


def test_a_task_fails_when_one_assertion_does_not(reader):
    assert judged(reader, HOLDS, FAILS).passed is False


def test_an_assertion_that_cannot_be_judged_makes_the_task_an_error_and_says_why(reader):
    result = judged(reader, HOLDS, BROKEN)
    assert result.passed is None
    assert result.error is not None
    assert result.error.startswith("regex: ")


def test_an_error_is_no_failure_even_beside_one(reader):
    assert judged(reader, FAILS, BROKEN).passed is None


def weighed(reader, threshold, *expect):
    judging = GoldenTask(id="delay", question="How long?", expect=expect, threshold=threshold)
    return judge(judging, trace(), BuiltInAssertions(reader), repeat=0, order=0)


def weight(assertion, by):
    return structs.replace(assertion, weight=by)


def test_a_threshold_lets_the_weighted_mean_decide(reader):
    assert weighed(reader, 0.75, weight(HOLDS, 3.0), FAILS).passed is True
    below = weighed(reader, 0.76, weight(HOLDS, 3.0), FAILS)
    assert below.passed is False
    score = below.score("score")
    assert (score.value, score.passed, score.detail) == (0.75, False, "0.750 against 0.76")


def test_a_graded_assertion_counts_its_value_in_the_score_of_the_task(reader):
    likeness = Assertion(kind="rouge-n", value="it lasts 240 days", options={"min": 0.5})
    assert weighed(reader, 0.9, likeness, HOLDS).score("score").value == pytest.approx((0.75 + 1) / 2)


def test_without_a_threshold_every_assertion_with_a_weight_must_hold(reader):
    assert weighed(reader, None, weight(HOLDS, 9.0), FAILS).passed is False
    shown = weighed(reader, None, HOLDS, weight(FAILS, 0.0))
    assert shown.passed is True
    assert shown.scores[1].passed is False
    assert shown.score("score").value == 1.0


def test_no_score_of_the_task_is_given_where_nobody_asked_for_one(reader):
    assert judged(reader, HOLDS).score("score") is None


def test_an_error_is_never_a_zero_in_the_score_of_the_task(reader):
    result = weighed(reader, 0.1, HOLDS, BROKEN)
    assert result.passed is None
    assert result.score("score").state == "error"


def test_what_does_not_apply_is_left_out_with_its_weight(reader):
    cost = Assertion(kind="cost", value=1.0, weight=9.0)
    result = weighed(reader, 0.5, HOLDS, cost)
    assert (result.passed, result.score("score").value) == (True, 1.0)


def test_a_task_whose_assertions_all_weigh_nothing_is_an_error(reader):
    result = weighed(reader, None, weight(HOLDS, 0.0))
    assert (result.passed, "nothing decides" in result.error) == (None, True)


class Choking:
    def problems(self, assertion):
        return None

    def judge(self, assertion, answer):
        raise TypeError("no such field")


def test_an_assertion_that_raises_is_a_counted_error():
    result = judge(task(HOLDS), trace(), Choking(), repeat=0, order=0)
    assert (result.passed, result.error) == (None, "contains: TypeError: no such field")
    assert result.scores[0].state == "error"


class Silent(Choking):
    def judge(self, assertion, answer):
        return Score(metric=assertion.name, state="not-applicable", detail="the answer is a refusal")


def test_a_task_none_of_whose_assertions_applies_neither_passes_nor_fails():
    result = judge(task(HOLDS), trace(), Silent(), repeat=0, order=0)
    assert result.passed is None
    assert result.error == (
        "none of its assertions applies to the answer (contains: the answer is a refusal): add one that always does, "
        "such as contains"
    )


def test_a_task_that_expects_nothing_never_passes(reader):
    result = judged(reader)
    assert (result.passed, result.error) == (None, "it expects nothing: add an assertion")


def test_scores_of_the_trace_stand_after_the_assertions(reader):
    result = judged(reader, HOLDS, scores=(Score(metric="faithfulness", value=0.9),))
    assert [score.metric for score in result.scores] == ["contains", "faithfulness"]


@pytest.mark.parametrize("outcome", ["answered", "refused"])
def test_a_refusal_is_known_by_the_outcome_of_the_trace(outcome):
    assert answer_of(trace(outcome=outcome)).refused is (outcome == "refused")
