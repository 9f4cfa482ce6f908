"""One provider at several addresses: shares, failures that lead elsewhere, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gonogo.domain import Delta, EndpointUse, ModelRequest
from gonogo.errors import CircuitOpen, ProviderFailed
from gonogo.providers import Endpoint, EndpointPool, endpoint_names
from gonogo.providers.circuit import FAILURES, FIRST_REST
from gonogo.providers.endpoints import MOST_MODELS, SMALLEST_SHARE

ASKED = ModelRequest(model="m", messages=())


class Hands:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def cpu(self) -> float:
        return 0.0


class Address:
    """A model at one address: takes ``seconds`` to its first piece, or fails."""

    name = "acme"

    def __init__(self, clock: Hands, seconds: float = 0.0) -> None:
        self.clock, self.seconds = clock, seconds
        self.failure: ProviderFailed | None = None
        self.breaks: ProviderFailed | None = None
        self.asked = self.closed = 0

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.asked += 1
        self.clock.at += self.seconds
        if self.failure is not None:
            raise self.failure
        yield Delta(content="hello")
        if self.breaks is not None:
            raise self.breaks
        yield Delta(finish_reason="stop")

    async def close(self) -> None:
        self.closed += 1


def even() -> Callable[[], float]:
    """Numbers that lie evenly between 0 and 1 and never repeat: shares come out as they are meant."""
    at = 0.0

    def share() -> float:
        nonlocal at
        at = (at + 0.6180339887498949) % 1.0
        return at

    return share


class Place:
    """A pool over named addresses."""

    def __init__(self, *weights: float) -> None:
        self.clock = Hands()
        self.addresses = [Address(self.clock) for _ in weights]
        names = "abcdef"
        self.endpoints = [Endpoint(names[at], address, weight=weights[at]) for at, address in enumerate(self.addresses)]
        self.pool = EndpointPool("acme", self.endpoints, self.clock, share=even())

    async def ask(self) -> EndpointUse:
        """Which address answered."""
        deltas = [delta async for delta in self.pool.generate(ASKED)]
        assert [delta.content for delta in deltas] == ["", "hello", ""]
        assert deltas[0].endpoint is not None
        return deltas[0].endpoint

    async def shares(self, times: int = 1000) -> Counter[str]:
        return Counter([(await self.ask()).name for _ in range(times)])


def failed(status: int | None = 500, **fields: Any) -> ProviderFailed:
    return ProviderFailed(f"refused with {status}", provider="acme", upstream_status=status, **fields)


async def test_addresses_answer_by_their_weights() -> None:
    found = await Place(3, 1).shares()
    assert found["a"] == pytest.approx(750, abs=10)


async def test_a_slower_address_gets_less_of_its_weight() -> None:
    place = Place(1, 1)
    place.addresses[0].seconds, place.addresses[1].seconds = 0.1, 0.3
    await place.shares(50)
    found = await place.shares()
    assert found["a"] / found["b"] == pytest.approx(3.0, rel=0.1)


async def test_the_slowest_address_is_still_measured_and_comes_back_when_it_is_fast_again() -> None:
    place = Place(1, 1)
    place.addresses[0].seconds, place.addresses[1].seconds = 0.01, 50.0
    await place.shares(20)
    assert (await place.shares())["b"] == pytest.approx(1000 * SMALLEST_SHARE / (1 + SMALLEST_SHARE), abs=10)
    place.addresses[1].seconds = 0.01
    await place.shares()
    assert (await place.shares())["b"] == pytest.approx(500, abs=20)


async def test_an_address_that_fails_is_left_out_and_the_next_try_goes_elsewhere_at_once() -> None:
    place = Place(1000, 1)
    place.addresses[0].failure = failed(429, retry_after=9.0)
    with pytest.raises(ProviderFailed) as raised:
        await place.ask()
    assert (raised.value.retryable, raised.value.retry_after) == (True, None)
    assert await place.ask() == EndpointUse(name="b", resting=("a",))
    place.clock.at += 8.9
    assert (await place.ask()).name == "b"


async def test_an_address_that_was_left_out_comes_back_through_a_probe() -> None:
    place = Place(1000, 1)
    place.addresses[0].failure = failed()
    with pytest.raises(ProviderFailed):
        await place.ask()
    place.addresses[0].failure = None
    place.clock.at += FIRST_REST
    assert await place.ask() == EndpointUse(name="a", probe=True)
    assert await place.ask() == EndpointUse(name="a")


async def test_while_a_probe_is_on_its_way_the_others_answer() -> None:
    place = Place(1000, 1)
    place.addresses[0].failure = failed()
    with pytest.raises(ProviderFailed):
        await place.ask()
    place.addresses[0].failure = None
    place.clock.at += FIRST_REST
    probing = place.pool.generate(ASKED)
    first = await anext(probing)
    assert first.endpoint == EndpointUse(name="a", probe=True)
    assert (await place.ask()).name == "b"
    await probing.aclose()
    assert (await place.ask()).probe


async def test_one_address_rests_after_failures_in_a_row_and_says_why_and_how_long() -> None:
    place = Place(1)
    place.addresses[0].failure = failed(503, retryable=True)
    for _ in range(FAILURES):
        with pytest.raises(ProviderFailed, match="refused with 503"):
            await place.ask()
    with pytest.raises(CircuitOpen, match=r"left alone for .* failed with: refused with 503") as raised:
        await place.ask()
    assert raised.value.status == 503
    assert 0 < (raised.value.retry_after or 0) <= FIRST_REST
    assert place.addresses[0].asked == FAILURES


async def test_when_every_address_rests_the_first_that_is_due_is_named() -> None:
    place = Place(1, 1)
    for address in place.addresses:
        address.failure = failed()
    for _ in range(FAILURES + 1):
        with pytest.raises(ProviderFailed):
            await place.ask()
    with pytest.raises(CircuitOpen):
        await place.ask()


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_a_refusal_of_the_request_itself_says_nothing_against_the_address(status: int) -> None:
    place = Place(1)
    place.addresses[0].failure = failed(status)
    for _ in range(3 * FAILURES):
        with pytest.raises(ProviderFailed, match=f"refused with {status}"):
            await place.ask()


@pytest.mark.parametrize("status", [401, 403, 429, 302, 500, 529, None])
async def test_a_failure_of_the_address_leads_to_another(status: int | None) -> None:
    place = Place(1000, 1)
    place.addresses[0].failure = failed(status)
    with pytest.raises(ProviderFailed) as raised:
        await place.ask()
    assert raised.value.retryable
    assert (await place.ask()).name == "b"


async def test_an_answer_that_breaks_off_counts_although_it_had_begun() -> None:
    place = Place(1000, 1)
    place.addresses[0].breaks = failed(None)
    with pytest.raises(ProviderFailed):
        await place.ask()
    assert (await place.ask()).resting == ("a",)


async def test_a_caller_that_leaves_closes_the_call_and_blames_nobody() -> None:
    place = Place(1)
    for _ in range(2 * FAILURES):
        leaving = place.pool.generate(ASKED)
        await anext(leaving)
        await anext(leaving)
        await leaving.aclose()
    assert (await place.ask()).name == "a"


async def test_what_is_remembered_of_latencies_is_bounded() -> None:
    endpoint = Place(1).endpoints[0]
    for number in range(3 * MOST_MODELS):
        endpoint.answered(f"m{number}", 1.0)
    assert endpoint.latency("m0") is None
    assert endpoint.latency(f"m{3 * MOST_MODELS - 1}") == 1.0
    assert sum(endpoint.latency(f"m{number}") is not None for number in range(3 * MOST_MODELS)) == MOST_MODELS


async def test_closing_closes_every_address() -> None:
    place = Place(1, 1)
    await place.pool.close()
    assert [address.closed for address in place.addresses] == [1, 1]


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        (["https://a.example/v1", "https://b.example/v1"], ["a.example", "b.example"]),
        (["https://a.example/eu/v1/", "https://a.example/us/v1"], ["a.example/eu/v1", "a.example/us/v1"]),
        (["http://h:1/v1", "http://h:1/v1", "http://h:2/v1"], ["h:1/v1 #1", "h:1/v1 #2", "h:2"]),
    ],
)
def test_addresses_have_short_names_that_differ(urls: list[str], names: list[str]) -> None:
    assert endpoint_names(urls) == names
