"""Retry before the first byte only, fall back in order, book every call."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import NO_USAGE, Delta, EndpointUse, ModelSpec, RoutingDecision, Usage
from gonogo.errors import BadInput, CircuitOpen, ProviderFailed
from gonogo.pipeline.generate import ATTEMPTS, FIRST_DELAY, LONGEST_DELAY, PATIENT_DELAY, delay_before_retry
from gonogo.providers import Scripted, ScriptedModel

MODELS = {name: ModelSpec(provider="scripted", model=name) for name in ("paid", "second", "third")}


class Chain:
    """A router that always decides the same."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def route(self, question: Any, earlier_turns: int, chunks: int, metadata: Any = None) -> RoutingDecision:
        return RoutingDecision(model=self.names[0], fallback=self.names[1:])


def chained(house: Any, *models: Any) -> tuple[Any, Any]:
    names = list(MODELS)[: len(models)]
    version = house.version(models={name: MODELS[name] for name in names})
    return version, house.parts(dict(zip(names, models, strict=True)), router=Chain(*names))


async def test_a_failure_before_the_first_byte_is_tried_again(house: Any) -> None:
    model = ScriptedModel([house.refused(), house.refused(), "Thirty days."])

    ran = await house.run("q", house.version(), house.parts(model))

    assert ran.text == "Thirty days."
    assert len(model.requests) == 3
    assert [call.error for call in ran.trace.calls] == ["too many", "too many", None]
    assert next(span for span in ran.trace.spans if span.name == "generate").attributes == {
        "model": "main",
        "attempts": 3,
    }


async def test_after_all_attempts_the_last_failure_is_raised(house: Any) -> None:
    model = ScriptedModel([house.refused()])

    ran = await house.run("q", house.version(), house.parts(model))

    assert isinstance(ran.error, ProviderFailed)
    assert len(model.requests) == ATTEMPTS == len(ran.trace.calls)


async def test_after_the_first_byte_nothing_is_tried_again(house: Any) -> None:
    cut = Scripted(text="one two three", failure=house.refused("cut", status=None), fail_after=2)
    first, second = ScriptedModel([cut]), ScriptedModel("other")
    version, parts = chained(house, first, second)

    ran = await house.run("q", version, parts)

    assert str(ran.error) == "cut"
    assert ran.text == "one two"
    assert len(first.requests) == 1
    assert second.requests == []
    assert ran.trace.answer == "one two"


async def test_a_delta_that_says_nothing_is_no_first_byte(house: Any) -> None:
    opened = [Delta(model="m-2026"), Delta(model="m-2026")]
    broken = house.Pieces(*opened, failure=house.refused("cut", status=None))
    version, parts = chained(house, broken, ScriptedModel("other"))

    ran = await house.run("q", version, parts)

    assert ran.text == "other"
    assert broken.closed == ATTEMPTS


async def test_a_refusal_that_no_retry_can_mend_falls_back_at_once(house: Any) -> None:
    first = ScriptedModel([house.refused("wrong key", status=401, retryable=False)])
    version, parts = chained(house, first, ScriptedModel("other"))

    ran = await house.run("q", version, parts)

    assert ran.text == "other"
    assert len(first.requests) == 1
    assert [(call.name, call.error) for call in ran.trace.calls] == [("paid", "wrong key"), ("second", None)]


async def test_a_long_retry_after_falls_back_instead_of_waiting(house: Any) -> None:
    first = ScriptedModel([house.refused(retry_after=LONGEST_DELAY + 1)])
    version, parts = chained(house, first, ScriptedModel("other"))

    ran = await house.run("q", version, parts)

    assert (ran.text, len(first.requests)) == ("other", 1)


async def test_the_chain_is_followed_in_order_to_its_end(house: Any) -> None:
    failing = [ScriptedModel([house.refused(f"{name} is down", retryable=False)]) for name in MODELS]
    version, parts = chained(house, *failing)

    ran = await house.run("q", version, parts)

    assert str(ran.error) == "third is down"
    assert [call.name for call in ran.trace.calls] == ["paid", "second", "third"]


async def test_a_model_that_stands_twice_in_the_chain_is_asked_in_one_place_only(house: Any) -> None:
    first = ScriptedModel([house.refused(retryable=False)])
    version, parts = chained(house, first, ScriptedModel("other"))
    object.__setattr__(parts, "router", Chain("paid", "paid", "second"))

    ran = await house.run("q", version, parts)

    assert (ran.text, len(first.requests)) == ("other", 1)


async def test_another_error_than_a_providers_is_not_tried_again(house: Any) -> None:
    model = house.Pieces(failure=BadInput("no such thing"))

    ran = await house.run("q", house.version(), house.parts(model))

    assert isinstance(ran.error, BadInput)
    assert len(model.asked) == 1
    assert ran.trace.calls[0].error == "no such thing"


@pytest.mark.parametrize(
    ("attempt", "fields", "low", "high"),
    [
        (0, {"retry_after": None}, 0.0, FIRST_DELAY),
        (1, {"retry_after": None}, 0.0, 2 * FIRST_DELAY),
        (0, {"retry_after": 3.0}, 3.0, 3.0),
        (0, {"retry_after": -5.0}, 0.0, 0.0),
        (0, {"retry_after": LONGEST_DELAY}, LONGEST_DELAY, LONGEST_DELAY),
    ],
)
def test_the_delay_is_what_the_upstream_asks_for_or_jitter(
    house: Any, attempt: int, fields: dict[str, Any], low: float, high: float
) -> None:
    delay = delay_before_retry(attempt, house.refused(**fields))

    assert delay is not None
    assert low <= delay <= high


@pytest.mark.parametrize(
    ("attempt", "fields"), [(0, {"retryable": False}), (ATTEMPTS - 1, {}), (0, {"retry_after": LONGEST_DELAY + 0.1})]
)
def test_there_is_no_delay_where_there_is_no_retry(house: Any, attempt: int, fields: dict[str, Any]) -> None:
    assert delay_before_retry(attempt, house.refused(**fields)) is None


async def test_every_call_of_the_chain_enters_usage_and_cost(house: Any) -> None:
    told = Usage(input=1_000_000, output=500_000)
    version, parts = chained(house, ScriptedModel([house.refused(), Scripted(text="ok", usage=told)]))

    trace = (await house.run("q", version, parts)).trace

    assert trace.usage == Usage(input=1_000_000, output=500_000, calls=2)
    assert trace.cost == 2.0


async def test_the_cost_is_unknown_as_soon_as_one_calls_price_is(house: Any) -> None:
    version, parts = chained(house, ScriptedModel([house.refused(retryable=False)]), ScriptedModel("ok"))

    trace = (await house.run("q", version, parts)).trace

    assert [call.cost for call in trace.calls] == [0.0, None]
    assert trace.cost is None


def test_a_golden_task_waits_out_a_retry_after_that_live_traffic_would_not():
    limited = ProviderFailed("limited", provider="p", retryable=True, retry_after=20.0)
    assert delay_before_retry(0, limited) is None
    assert delay_before_retry(0, limited, PATIENT_DELAY) == 20.0


def resting(**fields: Any) -> CircuitOpen:
    return CircuitOpen("resting", provider="p", retryable=True, retry_after=0.0, **fields)


async def test_a_provider_that_rests_is_passed_over_at_once_and_costs_nothing(house: Any) -> None:
    first = ScriptedModel([resting()])
    version, parts = chained(house, first, ScriptedModel("other"))

    ran = await house.run("q", version, parts)

    assert (ran.text, len(first.requests)) == ("other", 1)
    assert ran.trace.calls[0].error == "resting"
    assert (ran.trace.calls[0].usage, ran.trace.calls[0].cost) == (NO_USAGE, 0.0)
    assert ran.trace.usage.calls == 1


async def test_the_address_stands_in_the_trace_and_nowhere_else(house: Any) -> None:
    use = EndpointUse(name="a.example", probe=True, resting=("b.example",))
    model = house.Pieces(Delta(endpoint=use), *house.pieces("hello"))

    ran = await house.run("q", house.version(), house.parts(model))

    assert ran.trace.calls[0].endpoint == use
    assert all(delta.endpoint is None for delta in ran.deltas)


async def test_an_address_that_fails_before_its_first_byte_stands_in_the_trace(house: Any) -> None:
    use = EndpointUse(name="a.example")
    model = house.Pieces(Delta(endpoint=use), failure=house.refused(retryable=False))

    ran = await house.run("q", house.version(), house.parts(model))

    assert ran.trace.calls[0].endpoint == use


def test_a_golden_task_waits_for_a_probe_and_live_traffic_does_not() -> None:
    assert delay_before_retry(0, resting()) is None
    assert delay_before_retry(0, resting(), PATIENT_DELAY) == 0.0
