"""One request leaves one Trace, whatever happens to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gonogo.domain import Delta, Trace
from gonogo.errors import ProviderFailed, StoreBusy
from gonogo.pipeline import respond
from gonogo.providers import Scripted, ScriptedModel


async def test_an_answered_request_leaves_one_trace_with_every_step_that_ran(house: Any) -> None:
    ran = await house.run("How long?", house.version(), house.parts("Thirty days."))

    assert ran.text == "Thirty days."
    assert ran.trace.outcome == "answered"
    assert ran.trace.answer == "Thirty days."
    assert ran.trace.finish_reason == "stop"
    assert [span.name for span in ran.trace.spans] == ["route", "generate"]


async def test_the_trace_names_the_version_and_who_asked(house: Any) -> None:
    version = house.version(number=7)
    request = house.request("How long?", tenant="acme", key_id="k1", user="u1", session="s1", environment="staging")

    trace = (await house.run(request, version, house.parts())).trace

    assert (trace.id, trace.mission, trace.version) == (request.id, "support", 7)
    assert trace.behaviour_digest == version.behaviour_digest
    assert (trace.tenant, trace.key_id, trace.user, trace.session) == ("acme", "k1", "u1", "s1")
    assert trace.environment == "staging"


async def test_the_trace_is_recorded_before_the_answer_ends(house: Any) -> None:
    recorded: list[Trace] = []

    async def record(trace: Trace) -> None:
        await asyncio.sleep(0)
        recorded.append(trace)

    seen = [len(recorded) async for _ in respond(house.request(), house.version(), house.parts("One two."), record)]

    assert seen == [0] * len(seen)
    assert len(recorded) == 1


async def test_a_cached_answer_leaves_a_trace_that_names_its_origin(house: Any) -> None:
    version, parts = house.version(), house.parts(cache=house.cache())
    first = await house.run("How long?", version, parts)

    second = await house.run("How long?", version, parts)

    assert second.text == first.text
    assert (second.trace.outcome, second.trace.cache, second.trace.cached_from) == ("cached", "exact", first.trace.id)
    assert second.trace.calls == ()
    assert second.trace.usage.calls == 0
    assert second.trace.cost == 0.0


async def test_a_refused_request_is_answered_in_words_and_leaves_a_trace(house: Any) -> None:
    parts = house.parts(input=[("injection", "block")])

    ran = await house.run(house.injection, house.version(), parts)

    assert ran.text == "I cannot help with that: the request was stopped by the injection guardrail."
    assert ran.deltas[-1].finish_reason == "content_filter"
    assert (ran.trace.outcome, ran.trace.answer) == ("refused", ran.text)
    assert ran.trace.calls == ()


async def test_a_failed_request_raises_after_its_trace_was_recorded(house: Any) -> None:
    failure = ProviderFailed("no such model", provider="scripted", upstream_status=404)

    ran = await house.run("How long?", house.version(), house.parts(ScriptedModel([failure])))

    assert ran.error is failure
    assert (ran.trace.outcome, ran.trace.error) == ("failed", "no such model")


async def test_a_bug_of_ours_leaves_a_trace_too(house: Any) -> None:
    ran = house.Ran()
    parts = house.parts(house.Pieces(failure=ZeroDivisionError("division by zero")))

    with pytest.raises(ZeroDivisionError):
        async for _ in respond(house.request(), house.version(), parts, ran.record):
            pass

    assert (ran.trace.outcome, ran.trace.error) == ("failed", "ZeroDivisionError: division by zero")
    assert ran.trace.calls[0].error == "division by zero"


async def test_a_client_that_leaves_after_any_delta_leaves_an_aborted_trace(house: Any) -> None:
    version = house.version()
    parts = house.parts("One two three four.", output=[("pii", "redact")])
    whole = await house.run("How long?", version, parts)

    for seen in range(1, len(whole.deltas) + 1):
        ran = house.Ran()
        answering = respond(house.request(), version, parts, ran.record)
        for _ in range(seen):
            await anext(answering)
        await answering.aclose()
        assert ran.trace.outcome == "aborted"
        assert ran.trace.error is not None
        assert len(ran.trace.calls) == 1


async def test_a_client_that_leaves_while_a_refusal_is_said_leaves_an_aborted_trace(house: Any) -> None:
    ran = house.Ran()
    parts = house.parts(input=[("injection", "block")])
    answering = respond(house.request(house.injection), house.version(), parts, ran.record)

    await anext(answering)
    await answering.aclose()

    assert ran.trace.outcome == "aborted"
    assert ran.trace.findings[0].check == "injection"


async def test_a_client_that_leaves_a_cached_answer_leaves_an_aborted_trace(house: Any) -> None:
    version, parts, ran = house.version(), house.parts(cache=house.cache()), house.Ran()
    await house.run("How long?", version, parts)
    answering = respond(house.request("How long?"), version, parts, ran.record)

    await anext(answering)
    await answering.aclose()

    assert (ran.trace.outcome, ran.trace.cache) == ("aborted", "exact")


async def test_cancelling_before_the_first_token_stops_the_model_and_leaves_an_aborted_trace(house: Any) -> None:
    asked, ran = asyncio.Event(), house.Ran()

    async def forever(seconds: float) -> None:
        asked.set()
        await asyncio.Event().wait()

    model = ScriptedModel([Scripted(text="late", delay=1.0)], sleep=forever)
    task = asyncio.create_task(_collect(respond(house.request(), house.version(), house.parts(model), ran.record)))
    await asked.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ran.trace.outcome == "aborted"
    assert model.cancelled == 1
    assert ran.trace.calls[0].error == "stopped before its end"
    assert ran.trace.usage.estimated


async def test_cancelling_between_tokens_keeps_what_was_said_and_estimates_its_usage(house: Any) -> None:
    waits, third = iter(range(3)), asyncio.Event()

    async def wait(seconds: float) -> None:
        if next(waits) == 2:
            third.set()
            await asyncio.Event().wait()

    ran = house.Ran()
    model = ScriptedModel([Scripted(text="one two three", gap=1.0)], sleep=wait)
    task = asyncio.create_task(_collect(respond(house.request(), house.version(), house.parts(model), ran.record)))
    await third.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert (ran.trace.outcome, ran.trace.answer) == ("aborted", "one two")
    assert ran.trace.usage.output == 2
    assert ran.trace.usage.estimated


async def test_cancelling_while_the_trace_is_recorded_waits_for_it_however_often(house: Any) -> None:
    recording, may_end, recorded = asyncio.Event(), asyncio.Event(), []

    async def record(trace: Trace) -> None:
        recording.set()
        await may_end.wait()
        recorded.append(trace)

    task = asyncio.create_task(_collect(respond(house.request(), house.version(), house.parts(), record)))
    await recording.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert [trace.outcome for trace in recorded] == ["answered"]


async def test_a_trace_that_cannot_be_kept_is_an_error_to_the_caller(house: Any) -> None:
    async def record(trace: Trace) -> None:
        raise StoreBusy("the disk is full")

    with pytest.raises(StoreBusy, match="disk is full"):
        await _collect(respond(house.request(), house.version(), house.parts(), record))


async def test_closing_an_answer_closes_the_providers_stream(house: Any) -> None:
    model = house.Pieces(*house.pieces("one two three", 3, 7))
    answering = respond(house.request(), house.version(), house.parts(model), house.Ran().record)

    await anext(answering)
    await answering.aclose()

    assert model.closed == 1


async def test_many_requests_at_once_leave_their_own_traces(house: Any) -> None:
    version, parts = house.version(), house.parts(ScriptedModel({f"q{n}": f"a{n}" for n in range(20)}))

    runs = await asyncio.gather(*(house.run(f"q{n}", version, parts) for n in range(20)))

    assert [ran.trace.answer for ran in runs] == [f"a{n}" for n in range(20)]


async def _collect(deltas: Any) -> list[Delta]:
    return [delta async for delta in deltas]
