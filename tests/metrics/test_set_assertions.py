"""assert-set: several assertions that count as one."""

from __future__ import annotations

import pytest

from gonogo.domain import Assertion
from gonogo.metrics import BuiltInAssertions


@pytest.fixture
def known(reader):
    return BuiltInAssertions(reader)


def grouped(*inside, negate=False, **options):
    return Assertion(kind="assert-set", options={"of": list(inside), **options}, negate=negate)


A, B, C = {"contains": "alpha"}, {"contains": "beta"}, {"regex": "gam+a"}


@pytest.mark.parametrize(
    ("inside", "options", "text", "passed", "value"),
    [
        ((A, B), {}, "alpha beta", True, 1.0),
        ((A, B), {}, "alpha", False, 0.5),
        ((A, B), {"min": 0.5}, "alpha", True, 0.5),
        ((A, B, C), {"threshold": 0.66}, "alpha gamma", True, 2 / 3),
        ((A, B, C), {"min": 0.7}, "alpha gamma", False, 2 / 3),
        (({"contains": {"value": "alpha", "weight": 3}}, B), {"min": 0.7}, "alpha", True, 0.75),
        (({"not-contains": "alpha"},), {}, "beta", True, 1.0),
        (("is-json",), {}, "{}", True, 1.0),
        (({"rouge-n": {"to": "alpha beta", "min": 0.9}},), {"min": 0.4}, "alpha gamma", True, 0.5),
        (({"contains": {"value": "alpha", "weight": 0}}, B), {}, "beta", True, 1.0),
    ],
)
def test_it_holds_where_enough_of_it_holds(known, answer, inside, options, text, passed, value):
    score = known.judge(grouped(*inside, **options), answer(text))
    assert (score.passed, score.value) == (passed, pytest.approx(value))
    assert score.credit == pytest.approx(value)


def test_a_list_alone_is_a_set_whose_assertions_must_all_hold(known, answer):
    assert known.judge(Assertion(kind="assert-set", value=[A, B]), answer("alpha beta")).passed
    assert not known.judge(Assertion(kind="assert-set", value=[A, B]), answer("beta")).passed


def test_what_failed_inside_is_named(known, answer):
    assert known.judge(grouped(A, B, min=0.9), answer("alpha")).detail == "0.50 against 0.9, without contains"
    assert known.judge(grouped(A, C), answer("alpha")).detail == "not regex"


def test_it_can_be_turned_round(known, answer):
    score = known.judge(grouped(A, B, negate=True), answer("alpha"))
    assert (score.metric, score.passed, score.credit) == ("not-assert-set", True, 0.5)


def test_what_does_not_apply_is_left_out_and_an_error_makes_an_error(known, answer):
    assert known.judge(grouped({"cost": 0.01}, A), answer("alpha")).value == 1.0
    assert known.judge(grouped({"cost": 0.01}), answer("alpha")).state == "not-applicable"
    assert known.judge(grouped({"levenshtein": {"to": "a"}}, A), answer("alpha" * 10_000)).state == "error"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (grouped(), "needs a list of 1 to 50 assertions"),
        (Assertion(kind="assert-set", value="x"), "needs a list of 1 to 50 assertions"),
        (grouped(*[A] * 51), "needs a list of 1 to 50 assertions"),
        (grouped({"contains": "a", "regex": "b"}), "item 1: must be one assertion"),
        (grouped(A, 7), "item 2: must be one assertion"),
        (grouped({"contians": "a"}), "did you mean contains"),
        (grouped({"contains": {"value": "a", "weight": -1}}), "weight must be a number of 0 or more"),
        (grouped({"llm-rubric": "Good."}), "llm-rubric cannot stand in a set"),
        (grouped({"judge": "mine"}), "judge cannot stand in a set"),
        (grouped({"python": "x.py"}), "python cannot stand in a set"),
        (grouped({"assert-set": [A]}), "assert-set cannot stand in a set"),
        (grouped({"contains": {"value": "a", "weight": 0}}), "so nothing decides"),
        (grouped(A, min=2), "min must be between 0 and 1"),
        (grouped(A, least=1), "unknown option 'least'"),
    ],
)
def test_one_that_is_not_well_written_says_what_is_wrong(known, written, said):
    assert said in known.problems(written)
