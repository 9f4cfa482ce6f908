"""The RAG metrics with scripted replies: the numbers of the published algorithms must come out."""

from __future__ import annotations

import pytest

CHUNKS = ("Refunds take 30 days.", "Parcels are blue.", "Refunds go to the card.")


def statements(*claims: str) -> dict:
    return {"statements": list(claims)}


async def test_faithfulness_is_the_share_of_supported_statements(teller, judged_by, case):
    replies = iter([statements("a", "b", "c"), {"supported": [True, False, True]}])
    judged = await judged_by(teller(lambda *_: next(replies)), "context-faithfulness").judge(case(contexts=CHUNKS))
    assert judged.score.value == pytest.approx(2 / 3)
    assert judged.score.detail == "not supported: b"
    assert judged.usage.calls == 2


async def test_an_answer_that_claims_nothing_is_not_applicable_and_neither_0_nor_1(teller, judged_by, case):
    judge = judged_by(teller(lambda *_: statements()), "context-faithfulness")
    score = (await judge.judge(case(contexts=CHUNKS))).score
    assert (score.state, score.detail) == ("not-applicable", "the answer claims nothing")


@pytest.mark.parametrize("kind", ["context-faithfulness", "context-precision", "context-recall", "noise-sensitivity"])
@pytest.mark.parametrize("contexts", [(), ("", "  ")])
async def test_without_contexts_no_call_is_spent(teller, judged_by, case, kind, contexts):
    model = teller(lambda *_: pytest.fail("asked for nothing"))
    judged = await judged_by(model, kind).judge(case(contexts=contexts, reference="30 days."))
    assert (judged.score.state, judged.usage.calls, judged.cost) == ("not-applicable", 0, 0.0)


@pytest.mark.parametrize("kind", ["context-recall", "factual-correctness", "noise-sensitivity", "pairwise"])
async def test_without_a_reference_no_call_is_spent(teller, judged_by, case, kind):
    model = teller(lambda *_: pytest.fail("asked for nothing"))
    score = (await judged_by(model, kind).judge(case(contexts=CHUNKS))).score
    assert (score.state, score.detail) == ("not-applicable", "the task has no reference")


async def test_a_refusal_has_no_faithfulness(teller, judged_by, case):
    model = teller(lambda *_: pytest.fail("asked for nothing"))
    judge = judged_by(model, "context-faithfulness")
    assert (await judge.judge(case(contexts=CHUNKS, refused=True))).score.state == "not-applicable"


async def test_context_precision_asks_about_every_chunk_in_rank_order(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "useful": "Parcels" not in user})
    score = (await judged_by(model, "context-precision").judge(case(contexts=CHUNKS))).score
    assert score.value == pytest.approx(0.8333, abs=1e-4)
    assert score.detail == "context 2 was of no use"


async def test_context_precision_of_a_useful_last_chunk(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "useful": "card" in user})
    score = (await judged_by(model, "context-precision").judge(case(contexts=CHUNKS))).score
    assert score.value == pytest.approx(0.3333, abs=1e-4)


async def test_context_precision_goes_by_the_reference_where_there_is_one(teller, judged_by, case):
    model = teller(lambda system, user: {"reason": "", "useful": "the reference" in user})
    judge = judged_by(model, "context-precision")
    assert (await judge.judge(case(contexts=CHUNKS, reference="the reference"))).score.value == 1.0


async def test_context_recall_is_the_share_of_attributed_statements(teller, judged_by, case):
    reply = {**statements("a", "b", "c", "d"), "attributed": [True, True, True, False]}
    judge = judged_by(teller(lambda *_: reply), "context-recall")
    score = (await judge.judge(case(contexts=CHUNKS, reference="r"))).score
    assert (score.value, score.detail) == (0.75, "not in the contexts: d")


@pytest.mark.parametrize(("mode", "value"), [("", 4 / 7), ("precision", 2 / 3), ("recall", 1 / 2)])
async def test_factual_correctness_holds_claims_against_each_other(teller, judged_by, case, mode, value):
    def reply(system: str, user: str) -> dict:
        if "break a text" in system:
            return statements("a", "b", "c") if "Within 30 days." in user else statements("x", "y", "z")
        return {"supported": [True, True, False] if "1. a" in user else [True, False, False]}

    judge = judged_by(teller(reply), "factual-correctness", mode=mode)
    assert (await judge.judge(case(reference="r"))).score.value == pytest.approx(value)


@pytest.mark.parametrize(("mode", "value"), [("relevant", 1 / 4), ("irrelevant", 1 / 4)])
async def test_noise_sensitivity_lays_wrong_statements_to_the_chunks_that_say_them(
    teller, judged_by, case, mode, value
):
    def reply(system: str, user: str) -> dict:
        if "break a text" in system:
            return statements("a", "b", "c", "d") if "Within 30 days." in user else statements("x", "y")
        if "\nthe reference\n" in user:
            return {"supported": [True, False, False, False]}
        if "1. a" in user:
            return {"supported": [True, True, False, False] if "Refunds" in user else [False, False, True, False]}
        return {"supported": [True, False] if "Refunds" in user else [False, False]}

    judge = judged_by(teller(reply), "noise-sensitivity", mode=mode, threshold=0.1)
    score = (await judge.judge(case(contexts=CHUNKS[:2], reference="the reference"))).score
    assert (score.value, score.passed) == (pytest.approx(value), False)  # less is better


async def test_answer_relevancy_is_the_mean_cosine_with_the_questions_it_would_answer(teller, judged_by, case):
    def reply(system: str, user: str) -> dict:
        same = "\n1\n" in user
        return {"question": "When are refunds paid?" if same else "zzz", "evasive": not same}

    model = teller(reply)
    score = (await judged_by(model, "answer-relevancy", questions=2).judge(case())).score
    assert score.value == pytest.approx(0.5)
    assert len(model.asked) == 2


async def test_an_answer_that_is_evasive_every_time_is_not_relevant(teller, judged_by, case):
    model = teller(lambda *_: {"question": "When are refunds paid?", "evasive": True})
    score = (await judged_by(model, "answer-relevancy").judge(case())).score
    assert (score.value, score.detail) == (0.0, "the answer is evasive")
