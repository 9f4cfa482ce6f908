"""A whole reply for those who do not stream."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import Trace
from gonogo.errors import ProviderFailed
from gonogo.pipeline import answer
from gonogo.providers import ScriptedModel


async def test_a_reply_holds_its_deltas_and_its_trace(house: Any) -> None:
    reply = await answer(house.request(), house.version(), house.parts("Thirty days."))

    assert reply.text == "Thirty days." == "".join(delta.content for delta in reply.deltas)
    assert reply.trace.outcome == "answered"


async def test_the_trace_goes_where_it_is_asked_to_go(house: Any) -> None:
    kept: list[Trace] = []

    async def record(trace: Trace) -> None:
        kept.append(trace)

    reply = await answer(house.request(), house.version(), house.parts(), record)

    assert kept == [reply.trace]


async def test_a_failure_is_raised_after_its_trace_was_recorded(house: Any) -> None:
    kept: list[Trace] = []

    async def record(trace: Trace) -> None:
        kept.append(trace)

    model = ScriptedModel([house.refused(retryable=False)])
    with pytest.raises(ProviderFailed):
        await answer(house.request(), house.version(), house.parts(model), record)

    assert [trace.outcome for trace in kept] == ["failed"]
