"""A call is booked however it ends."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import Delta, Usage
from gonogo.errors import ProviderFailed
from gonogo.pipeline import respond
from gonogo.providers import Scripted, ScriptedModel

QUESTION = "x" * 40


async def test_reported_usage_is_booked_as_reported(house: Any) -> None:
    told = Usage(input=11, output=7, cached=3, reasoning=2)

    trace = (
        await house.run(QUESTION, house.version(), house.parts(ScriptedModel([Scripted(text="a", usage=told)])))
    ).trace

    assert trace.calls[0].usage == told
    assert not trace.usage.estimated


async def test_usage_that_was_not_reported_is_estimated_and_says_so(house: Any) -> None:
    model = ScriptedModel([Scripted(text="y" * 21, usage=None)])

    trace = (await house.run(QUESTION, house.version(), house.parts(model))).trace

    assert trace.calls[0].usage == Usage(input=10, output=6, estimated=True)


async def test_an_estimate_counts_words_and_calls_but_no_pictures(house: Any) -> None:
    call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "z" * 39}}
    model = ScriptedModel([Scripted(tool_calls=(call,), finish_reason="tool_calls", usage=None)])
    content = [
        {"type": "text", "text": QUESTION},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}},
    ]
    request = house.request(QUESTION, messages=({"role": "user", "content": content},))

    usage = (await house.run(request, house.version(), house.parts(model))).trace.usage

    assert usage.output == 10
    assert usage.input < 3000


async def test_an_aborted_call_is_booked_with_an_estimate(house: Any) -> None:
    ran = house.Ran()
    model = ScriptedModel([Scripted(text="12345678 12345678")])
    answering = respond(house.request(QUESTION), house.version(), house.parts(model), ran.record)
    await anext(answering)
    await answering.aclose()

    [call] = ran.trace.calls
    assert call.usage == Usage(input=10, output=2, estimated=True)
    assert call.error == "stopped before its end"


async def test_a_call_cut_in_the_middle_is_booked_with_an_estimate(house: Any) -> None:
    cut = Scripted(text="1234567 1234567 x", failure=house.refused("cut", status=None), fail_after=2)

    [call] = (await house.run(QUESTION, house.version(), house.parts(ScriptedModel([cut])))).trace.calls

    assert call.usage == Usage(input=10, output=4, estimated=True)
    assert call.error == "cut"


@pytest.mark.parametrize(("status", "estimated"), [(429, False), (401, False), (None, True)])
async def test_a_refused_call_costs_nothing_and_an_unreachable_one_is_a_guess(
    house: Any, status: int | None, estimated: bool
) -> None:
    model = ScriptedModel([house.refused(status=status, retryable=False)])

    [call] = (await house.run(QUESTION, house.version(), house.parts(model))).trace.calls

    assert call.usage == Usage(estimated=estimated)


async def test_what_the_provider_says_it_ran_is_kept(house: Any) -> None:
    model = house.Pieces(Delta(content="a", model="m-2026-01"), Delta(finish_reason="stop", fingerprint="fp_1"))

    [call] = (await house.run(QUESTION, house.version(), house.parts(model))).trace.calls

    assert (call.name, call.provider, call.model) == ("main", "scripted", "m")
    assert (call.returned_model, call.fingerprint) == ("m-2026-01", "fp_1")


@pytest.mark.parametrize("deltas", [(), (Delta(content="half an ans"),)])
async def test_an_answer_without_a_finish_reason_is_a_failure(house: Any, deltas: tuple[Delta, ...]) -> None:
    ran = await house.run(QUESTION, house.version(), house.parts(house.Pieces(*deltas)))

    assert isinstance(ran.error, ProviderFailed)
    assert "without a finish reason" in str(ran.error)
    assert ran.trace.outcome == "failed"


async def test_the_stream_is_closed_after_a_whole_answer_too(house: Any) -> None:
    model = house.Pieces(*house.pieces("whole"))

    await house.run(QUESTION, house.version(), house.parts(model))

    assert model.closed == 1


@pytest.mark.parametrize("stream", [True, False])
async def test_the_wait_for_a_model_is_booked_and_its_first_word_only_of_a_stream(house: Any, stream: bool) -> None:
    request = house.request(QUESTION, stream=stream)

    trace = (await house.run(request, house.version(), house.parts(ScriptedModel(["an answer"])))).trace

    [call] = trace.calls
    assert call.start >= 0
    assert 0 < call.wall <= trace.wall
    assert (call.first_token is not None, trace.first_token is not None) == (stream, stream)
