"""Limits and budgets as a client meets them: 429 with when to come back, 402 with what is left; nothing stays held."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.gateway.conftest import Prices

from gonogo.assembly.embedding import NamedEmbedders
from gonogo.domain import Price, RateLimits, Usage
from gonogo.errors import ProviderFailed
from gonogo.features import StaticEmbedder
from gonogo.providers import Scripted, ScriptedModel

PRICE = Price(input=1000.0, output=2000.0)
"""10 tokens read and 5 written, as the scripted model reports, cost 0.02 dollars."""
NANOS = 20_000_000


@pytest.fixture
async def live(gate: Any) -> Any:
    """A Mission is live, and keys are needed."""
    gate.open_locally = False
    await gate.deploy()
    return gate


async def test_requests_over_the_limit_of_a_key_get_429_with_when_to_come_back(live: Any) -> None:
    live.allow()
    secret, key_id = await live.key(limits=RateLimits(requests_per_minute=2))
    app = live.application
    first = await live.chat(key=secret, app=app)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    await live.chat(key=secret, app=app)

    refused = await live.chat(key=secret, app=app)

    assert refused.status == 429
    assert f"key {key_id} has sent 2 requests in the last 60 seconds" in refused.error["message"]
    assert (refused.error["code"], refused.error["type"]) == ("rate_limit_exceeded", "rate_limit_error")
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert len(await live.traces()) == 2
    other, _ = await live.key()
    assert (await live.chat(key=other, app=app)).status == 200


@pytest.mark.parametrize("stream", [False, True])
async def test_tokens_are_corrected_to_what_the_provider_reported(live: Any, stream: bool) -> None:
    live.allow(limits={"missions": {"support": {"tokens_per_minute": 100}}})
    live.model = ScriptedModel([Scripted(text="Yes.", usage=Usage(input=60, output=30)), "No."])
    secret, _ = await live.key()
    app, body = live.application, live.question(stream=stream, max_tokens=20)
    assert (await live.chat(body, key=secret, app=app)).status == 200

    refused = await live.chat(body, key=secret, app=app)

    assert refused.status == 429
    assert "mission support has taken 90 of 100 tokens" in refused.error["message"]


async def test_a_request_too_large_for_the_limit_is_told_so_and_not_to_wait(live: Any) -> None:
    live.allow(limits={"each_key": {"tokens_per_minute": 100}})
    secret, _ = await live.key()

    refused = await live.chat(live.question(max_tokens=500), key=secret)

    assert refused.status == 429
    assert "smaller max_tokens" in refused.error["message"]
    assert "retry-after" not in refused.headers


async def test_requests_at_once_are_bounded_and_a_client_that_leaves_makes_room(live: Any) -> None:
    live.allow(limits={"tenants": {"acme": {"concurrency": 1}}})
    live.model = ScriptedModel([Scripted(text="slow", delay=60.0), "quick"])
    secret, _ = await live.key()
    app, leave = live.application, asyncio.Event()
    running = asyncio.create_task(live.chat(key=secret, app=app, leave=leave))
    while not live.model.requests:  # noqa: ASYNC110  it asks in a task of its own
        await asyncio.sleep(0)

    refused = await live.chat(key=secret, app=app)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert "tenant acme has 1 requests running" in refused.error["message"]
    leave.set()
    await running

    assert (await live.chat(key=secret, app=app)).text == "quick"


async def test_the_limits_of_a_key_win_over_those_of_each_key_one_by_one(live: Any) -> None:
    live.allow(limits={"each_key": {"requests_per_minute": 1, "concurrency": 5}})
    secret, _ = await live.key(limits=RateLimits(requests_per_minute=7))

    reply = await live.chat(key=secret)

    assert reply.headers["x-ratelimit-limit-requests"] == "7"


async def test_without_limits_there_are_no_headers_and_nothing_is_written(live: Any) -> None:
    live.allow()
    secret, _ = await live.key()

    reply = await live.chat(key=secret)

    assert not [name for name in reply.headers if name.startswith("x-ratelimit")]
    await live.spending.stop()
    assert await live.spent() == {}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_spent_budget_gets_402_that_says_whose_and_until_when(live: Any, stream: bool) -> None:
    live.prices.all = PRICE
    live.allow()
    secret, key_id = await live.key(daily_budget=0.05)
    app, body = live.application, live.question(stream=stream, max_tokens=5)
    for _ in range(2):
        assert (await live.chat(body, key=secret, app=app)).status == 200
    await live.spending.report()

    refused = await live.chat(body, key=secret, app=app)

    assert refused.status == 402
    assert f"budget of key {key_id} has $0.01 left ($0.04 of $0.05 for 20" in refused.error["message"]
    assert refused.error["code"] == "budget_spent"
    assert len(await live.traces()) == 2
    assert (await live.spent())[f"key {key_id}"][0] == 2 * NANOS


async def test_every_budget_that_holds_is_charged(live: Any) -> None:
    live.prices.all = PRICE
    live.allow(
        budgets={
            "total": 10,
            "each_key": 10,
            "tenants": {"acme": 10, "else": 1},
            "missions": {"support": 10, "else": 1},
        }
    )
    secret, key_id = await live.key()
    await live.chat(key=secret)
    await live.spending.stop()

    charged = ("all keys together", f"key {key_id}", "mission support", "tenant acme")
    assert await live.spent() == dict.fromkeys(charged, (NANOS, 0))


async def test_one_version_asked_by_number_is_paid_from_the_same_budget(live: Any) -> None:
    live.prices.all = PRICE
    live.allow(budgets={"total": 10})
    secret, _ = await live.key("developer")
    assert (await live.chat(live.question() | {"model": "support@1"}, key=secret)).status == 200
    await live.spending.stop()

    assert await live.spent() == {"all keys together": (NANOS, 0)}


async def test_a_failed_answer_is_paid_for_what_it_took_and_holds_nothing(live: Any) -> None:
    live.prices.all = PRICE
    live.allow(budgets={"total": 10})
    live.model = ScriptedModel(
        [Scripted(text="one two", failure=ProviderFailed("broke off", provider="scripted"), fail_after=1)]
    )
    secret, _ = await live.key()
    await live.chat(key=secret)
    await live.spending.stop()

    [trace] = await live.traces()
    assert trace.outcome == "failed"
    assert trace.cost > 0
    assert await live.spent() == {"all keys together": (round(trace.cost * 1e9), 0)}


async def test_under_a_budget_a_model_without_a_price_is_refused_with_what_to_do(live: Any) -> None:
    live.allow(budgets={"missions": {"support": 1}})
    secret, _ = await live.key()

    refused = await live.chat(key=secret)

    assert (refused.status, refused.error["code"]) == (402, "price_unknown")
    assert "prices.toml" in refused.error["message"]
    assert await live.traces() == []


async def test_where_the_settings_allow_it_calls_without_a_price_are_counted_and_let_through(live: Any) -> None:
    live.allow(budgets={"total": 1, "unpriced": "allow"})
    secret, _ = await live.key()
    for _ in range(3):
        assert (await live.chat(key=secret)).status == 200
    await live.spending.stop()

    trace = (await live.traces())[0]
    [balance] = await live.store.balances(_day(trace.created_at), trace.created_at)
    assert (balance.spent, balance.leased, balance.unpriced) == (0, 0, 3)


async def test_every_wire_format_is_held_and_told_in_its_own_words(live: Any) -> None:
    live.prices.all = PRICE
    live.allow(limits={"tenants": {"acme": {"requests_per_minute": 2}}}, budgets={"tenants": {"poor": 0.001}})
    secret, _ = await live.key()
    poor, _ = await live.key(tenant="poor")
    app = live.application
    message = {"model": "support", "max_tokens": 5, "messages": [{"role": "user", "content": "How long?"}]}
    asked = {"/v1/messages": message, "/v1/responses": {"model": "support", "input": "How long?"}}
    for path, body in asked.items():
        assert (await live.call("POST", path, body, key=secret, app=app)).status == 200

    for path, body in asked.items():
        for key, status in ((secret, 429), (poor, 402)):
            refused = await live.call("POST", path, body, key=key, app=app)
            assert refused.status == status, path
    assert refused.error["code"] == "budget_spent"
    told = (await live.call("POST", "/v1/messages", message, key=secret, app=app)).json
    assert (told["type"], told["error"]["type"]) == ("error", "rate_limit_error")
    assert len(await live.traces()) == 2


async def test_texts_to_embed_count_against_the_key(live: Any) -> None:
    live.allow(limits={"each_key": {"tokens_per_minute": 10}})
    live.embedders = NamedEmbedders({"static": StaticEmbedder()}.__getitem__)
    secret, _ = await live.key()
    app, body = live.application, {"model": "static", "input": ["four" * 8]}

    first, second = [await live.call("POST", "/v1/embeddings", body, key=secret, app=app) for _ in range(2)]

    assert (first.status, first.headers["x-ratelimit-limit-tokens"]) == (200, "10")
    assert (second.status, second.error["code"]) == (429, "rate_limit_exceeded")


def embedders(price: Price | None) -> NamedEmbedders:
    """``static``, and ``docs``, which is the same with a price."""
    prices = Prices()
    prices.all = price
    return NamedEmbedders(lambda name: StaticEmbedder(), ["docs"], prices)


async def test_texts_to_embed_are_paid_from_every_budget_and_leave_a_trace_without_words(live: Any) -> None:
    live.allow(budgets={"total": 1, "each_key": 0.05})
    live.embedders = embedders(PRICE)
    secret, key_id = await live.key()
    app, body = live.application, {"model": "docs", "input": ["How long is the lamp red?"], "user": "grace"}

    paid = await live.call("POST", "/v1/embeddings", body, key=secret, app=app)

    tokens = paid.json["usage"]["total_tokens"]
    trace = await live.trace()
    assert paid.headers["x-gonogo-trace"] == trace.id
    assert (trace.mission, trace.key_id, trace.usage.input, trace.environment) == ("embedder/docs", key_id, tokens, "")
    assert trace.cost == pytest.approx(tokens * 0.001)
    assert b"lamp" not in msgspec.json.encode(trace)
    assert b"grace" not in msgspec.json.encode(trace)
    refused = await live.call("POST", "/v1/embeddings", {**body, "input": ["word " * 60]}, key=secret, app=app)
    assert (refused.status, refused.error["code"]) == (402, "budget_spent")
    await live.spending.stop()
    assert {account: spent for account, (spent, _) in (await live.spent()).items()} == {
        "all keys together": tokens * 1_000_000, f"key {key_id}": tokens * 1_000_000,
    }  # fmt: skip
    assert len(await live.traces()) == 1


async def test_under_a_budget_an_embedder_without_a_price_is_refused_and_a_built_in_one_is_free(live: Any) -> None:
    live.allow(budgets={"total": 1})
    live.embedders = embedders(None)
    secret, _ = await live.key()
    app = live.application

    unknown, free = [
        await live.call("POST", "/v1/embeddings", {"model": name, "input": "Red?"}, key=secret, app=app)
        for name in ("docs", "static")
    ]

    assert (unknown.status, unknown.error["code"]) == (402, "price_unknown")
    assert "([embedder] docs)" in unknown.error["message"]
    assert free.status == 200
    assert (await live.trace()).cost == 0


async def test_a_local_caller_without_a_key_is_held_by_missions_and_the_total_and_by_no_key(gate: Any) -> None:
    await gate.deploy()
    gate.allow(limits={"each_key": {"requests_per_minute": 1}, "missions": {"support": {"requests_per_minute": 3}}})
    app = gate.application

    assert [(await gate.chat(app=app)).status for _ in range(4)] == [200, 200, 200, 429]


def _day(seconds: float) -> str:
    from gonogo.domain import day_of

    return day_of(seconds)
