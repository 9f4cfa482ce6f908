from __future__ import annotations

import math

import pytest

from gonogo.domain import FIRST_TWICE, SECOND_TWICE
from gonogo.errors import ProviderFailed


async def test_a_rubric_is_passed_or_failed(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "It names the time.", "pass": "30 days" in user})
    judge = judged_by(model, rubric="Names the time.")
    good, bad = await judge.judge(case()), await judge.judge(case(answer="Soon."))
    assert (good.score.value, good.score.passed, good.score.metric) == (1.0, True, "helpful")
    assert (bad.score.value, bad.score.passed, bad.score.detail) == (0.0, False, "It names the time.")


async def test_a_score_names_the_judge_that_gave_it(teller, judged_by, case):
    judge = judged_by(teller(lambda system, user: {"reason": "", "pass": True}), rubric="x")
    assert (await judge.judge(case())).score.judge == judge.spec.digest


async def test_what_judging_took_is_counted(teller, judged_by, case):
    judge = judged_by(teller(lambda system, user: {"reason": "", "pass": True}), rubric="x")
    judged = await judge.judge(case())
    assert (judged.usage.input, judged.usage.calls, judged.cost) == (100, 1, pytest.approx(110e-6))


async def test_a_rubric_with_a_scale_gives_a_grade(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "Nearly.", "score": 4})
    score = (await judged_by(model, rubric="x", scale=(1, 5), threshold=0.8).judge(case())).score
    assert (score.value, score.passed) == (0.75, False)
    assert "from 1 to 5" in model.asked[0].system


async def test_the_task_s_own_rubric_stands_in_place_of_the_judge_s(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "pass": True})
    await judged_by(model, rubric="of the judge").judge(case(rubric="of the task"))
    assert "of the task" in model.asked[0].system
    assert "of the judge" not in model.asked[0].system


def logprobs(written: str, likely: dict[str, float]) -> dict:
    """As OpenAI sends them: a token each, the grade with what could have stood there."""
    head, tail = written.split("GRADE")
    top = [{"token": token, "logprob": math.log(share)} for token, share in likely.items()]
    tokens = [{"token": head, "top_logprobs": []}, {"token": "4", "top_logprobs": top}, {"token": tail}]
    return {"choice": {"logprobs": {"content": tokens}}}


async def test_g_eval_takes_the_expected_grade_where_the_provider_tells_probabilities(teller, judged_by, case):
    extra = logprobs('{"reason": "a score", "score": GRADE}', {"4": 0.5, "5": 0.5})
    model = teller(lambda system, user: {"reason": "a score", "score": 4}, extra=extra)
    score = (await judged_by(model, "g-eval", rubric="x", scale=(1, 5)).judge(case())).score
    assert score.value == pytest.approx((4.5 - 1) / 4)
    assert model.asked[0].parameters["top_logprobs"] == 20


async def test_g_eval_takes_the_written_grade_where_it_tells_none(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "score": 2})
    score = (await judged_by(model, "g-eval", rubric="x", scale=(1, 5)).judge(case())).score
    assert score.value == 0.25


async def test_a_provider_that_refuses_log_probabilities_is_asked_without(teller, judged_by, case):
    refused = ProviderFailed("no logprobs here", provider="teller", upstream_status=400)
    model = teller(lambda system, user: {"reason": "", "score": 3})
    plain = model.reply
    model.reply = lambda system, user: refused if "logprobs" in model.asked[-1].parameters else plain(system, user)
    judge = judged_by(model, "g-eval", rubric="x", scale=(1, 5))
    assert (await judge.judge(case())).score.value == 0.5
    await judge.judge(case())
    assert len(model.asked) == 3  # it is not tried again for every answer


async def test_g_eval_is_told_criteria_and_steps_in_order(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "score": 3})
    await judged_by(model, "g-eval", rubric="Coherence.", steps=("Read.", "Grade."), scale=(1, 5)).judge(case())
    assert "Criteria:\nCoherence.\n\nSteps:\n1. Read.\n2. Grade." in model.asked[0].system


def preferring(word: str):
    """Prefers the answer that holds a word, wherever it stands."""

    def reply(system: str, user: str) -> dict:
        first = user.index("<<first answer")
        second = user.index("<<second answer")
        at = user.index(word)
        return {"reason": "", "better": "first" if first < at < second else "second"}

    return reply


@pytest.mark.parametrize(("word", "value"), [("Within", 1.0), ("weeks", 0.0)])
async def test_a_pair_is_judged_in_both_orders(teller, judged_by, case, word, value):
    model = teller(preferring(word))
    score = (await judged_by(model, "pairwise").judge(case(reference="After four weeks."))).score
    assert score.value == value
    assert len(model.asked) == 2


@pytest.mark.parametrize(("place", "detail"), [("first", FIRST_TWICE), ("second", SECOND_TWICE)])
async def test_a_judge_that_prefers_a_place_gives_a_tie(teller, judged_by, case, place, detail):
    model = teller(lambda system, user: {"reason": "", "better": place})
    score = (await judged_by(model, "pairwise").judge(case(reference="After four weeks."))).score
    assert (score.value, score.detail) == (0.5, detail)


async def test_a_win_in_one_order_and_a_tie_in_the_other_is_a_tie(teller, judged_by, case):
    replies = iter(("first", "tie"))
    model = teller(lambda system, user: {"reason": "", "better": next(replies)})
    assert (await judged_by(model, "pairwise").judge(case(reference="After four weeks."))).score.value == 0.5
