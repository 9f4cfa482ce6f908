"""A scripted model says, fails and waits as its script says."""

from __future__ import annotations

import pytest

from gonogo.domain import Delta, ModelRequest, Usage
from gonogo.errors import ProviderFailed
from gonogo.testing import Scripted, ScriptedModel


def _asked(question: str = "q") -> ModelRequest:
    return ModelRequest(model="m", messages=(), question=question)


async def _said(model: ScriptedModel, question: str = "q") -> str:
    return "".join([delta.content async for delta in model.generate(_asked(question))])


async def test_a_list_is_said_in_order_and_its_last_answer_repeated() -> None:
    model = ScriptedModel(["one", "two words"])
    assert [await _said(model) for _ in range(3)] == ["one", "two words", "two words"]


async def test_a_mapping_is_looked_up_by_question() -> None:
    model = ScriptedModel({"a": "for a", "": "for others"})
    assert (await _said(model, "a"), await _said(model, "b")) == ("for a", "for others")


async def test_a_question_outside_the_script_is_a_failure_that_says_what_to_add() -> None:
    with pytest.raises(ProviderFailed, match="no answer to 'b'"):
        await _said(ScriptedModel({"a": "x"}), "b")


async def test_finish_reason_and_usage_come_after_the_content() -> None:
    usage = Usage(input=3, output=2)
    model = ScriptedModel([Scripted(text="a b", finish_reason="length", usage=usage)])
    deltas = [delta async for delta in model.generate(_asked())]
    assert [delta.content for delta in deltas] == ["a", " b", "", ""]
    assert deltas[2].finish_reason == "length"
    assert deltas[3] == Delta(usage=usage, model="m")


async def test_it_fails_at_once_or_after_some_pieces() -> None:
    broken = ProviderFailed("broken", provider="scripted", retryable=True)
    with pytest.raises(ProviderFailed):
        await _said(ScriptedModel([broken]))
    stream = ScriptedModel([Scripted(text="a b c", failure=broken, fail_after=2)]).generate(_asked())
    assert [(await anext(stream)).content for _ in range(2)] == ["a", " b"]
    with pytest.raises(ProviderFailed):
        await anext(stream)


async def test_delays_are_waited_through_the_given_sleep() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await _said(ScriptedModel([Scripted(text="a", delay=3.0, gap=0.5, usage=None)], sleep=sleep))
    assert waited == [3.0, 0.5, 0.5]


async def test_requests_are_remembered_and_early_closing_counted() -> None:
    model = ScriptedModel("a b c")
    stream = model.generate(_asked("hello"))
    await anext(stream)
    await stream.aclose()
    assert [request.question for request in model.requests] == ["hello"]
    assert model.cancelled == 1
    await _said(model)
    assert model.cancelled == 1


def test_a_script_without_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        ScriptedModel([])
