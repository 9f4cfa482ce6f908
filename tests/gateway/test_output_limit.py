"""The limit of output as clients of every wire format meet it, and as the model's server sees it."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import ModelRequest, Price, RateLimits, RequestPolicy
from gonogo.providers import ScriptedModel

LIMITED = RequestPolicy(allow=("max_tokens", "n", "temperature"), max_output_tokens=100)
PRICE = Price(input=0.0, output=1000.0)
MESSAGES = [{"role": "user", "content": "How long?"}]
FORMATS = [
    ("/v1/chat/completions", {"messages": MESSAGES}, "max_tokens"),
    ("/v1/chat/completions", {"messages": MESSAGES}, "max_completion_tokens"),
    ("/v1/responses", {"input": "How long?"}, "max_output_tokens"),
    ("/v1/messages", {"messages": MESSAGES}, "max_tokens"),
]


class Asked(ScriptedModel):
    """Keeps what it was asked."""

    seen: list[ModelRequest]

    def generate(self, request: ModelRequest) -> Any:
        self.seen = [*getattr(self, "seen", ()), request]
        return super().generate(request)


@pytest.fixture
async def live(gate: Any) -> Any:
    gate.model = Asked("Thirty days.")
    gate.mission["requests"] = LIMITED
    await gate.deploy()
    return gate


@pytest.mark.parametrize(("path", "body", "name"), FORMATS)
async def test_a_limit_above_the_missions_is_lowered_and_the_reply_says_so(live, path, body, name):
    reply = await live.call("POST", path, {"model": "support", **body, name: 4000})
    assert (reply.status, reply.headers["x-gonogo-output-limit"]) == (200, "100")
    [seen] = live.model.seen
    assert [value for key, value in seen.parameters.items() if key.startswith("max_")] == [100]


@pytest.mark.parametrize(("path", "body", "name"), FORMATS)
async def test_it_is_refused_in_the_clients_own_words_where_the_mission_says_so(gate, path, body, name):
    refusing = RequestPolicy(allow=("max_tokens",), max_output_tokens=100, beyond="refuse")
    await gate.deploy(await gate.version(requests=refusing))
    reply = await gate.call("POST", path, {"model": "support", **body, name: 4000})
    assert (reply.status, reply.error["param"], reply.error["code"]) == (400, name, "output_limit")
    fits = await gate.call("POST", path, {"model": "support", **body, name: 100})
    assert fits.status == 200
    assert "x-gonogo-output-limit" not in fits.headers


async def test_a_client_that_names_no_limit_gets_the_missions(live):
    reply = await live.chat()
    assert "x-gonogo-output-limit" not in reply.headers
    assert live.model.seen[0].parameters == {"max_tokens": 100}


async def test_the_lower_of_client_mission_and_key_holds(live):
    live.open_locally = False
    live.allow()
    secret, _ = await live.key(limits=RateLimits(max_output_tokens=30))
    low = await live.chat(live.question(max_tokens=50), key=secret)
    lower = await live.chat(live.question(max_tokens=20), key=secret)
    several = await live.chat(live.question(max_tokens=50, n=3), key=secret)
    assert [one.headers.get("x-gonogo-output-limit") for one in (low, lower, several)] == ["30", None, "10"]
    assert [seen.parameters["max_tokens"] for seen in live.model.seen] == [30, 20, 10]


async def test_settings_limit_the_output_of_each_key_of_a_tenant_and_of_a_mission(live):
    live.open_locally = False
    live.allow(limits={
        "each_key": {"max_output_tokens": 90}, "tenants": {"acme": {"max_output_tokens": 40}},
        "missions": {"support": {"max_output_tokens": 60}},
    })  # fmt: skip
    acme, _ = await live.key()
    other, _ = await live.key(tenant="other")
    for secret in (acme, other):
        await live.chat(key=secret)
    assert [seen.parameters["max_tokens"] for seen in live.model.seen] == [40, 60]


async def test_no_more_is_reserved_than_may_be_written(live):
    """100 tokens at a dollar a thousand: 0.10. A budget of 0.11 lets it through, whatever the client asks."""
    live.open_locally, live.prices.all = False, PRICE
    live.allow(budgets={"assumed_output": 5000})
    secret, _ = await live.key(daily_budget=0.11)
    assert (await live.chat(live.question(max_tokens=1_000_000), key=secret)).status == 200
    poor, _ = await live.key(daily_budget=0.09)
    assert (await live.chat(key=poor)).status == 402


@pytest.mark.needs_openai
async def test_the_official_openai_sdk_is_told(live):
    openai = pytest.importorskip("openai")
    async with live.listening() as line, openai.AsyncOpenAI(base_url=f"{line.url}/v1", api_key="none") as sdk:
        chat = await sdk.chat.completions.with_raw_response.create(
            model="support", messages=MESSAGES, max_completion_tokens=4000
        )
        response = await sdk.responses.create(model="support", input="How long?", max_output_tokens=4000)
        assert chat.headers["x-gonogo-output-limit"] == "100"
        assert chat.parse().choices[0].message.content == "Thirty days."
        assert (response.output_text, response.max_output_tokens) == ("Thirty days.", 100)


@pytest.mark.needs_openai
async def test_the_official_openai_sdk_raises_what_was_refused(gate):
    openai = pytest.importorskip("openai")
    refusing = RequestPolicy(allow=("max_tokens",), max_output_tokens=100, beyond="refuse")
    await gate.deploy(await gate.version(requests=refusing))
    async with gate.listening() as line, openai.AsyncOpenAI(base_url=f"{line.url}/v1", api_key="none") as sdk:
        with pytest.raises(openai.BadRequestError) as refused:
            await sdk.responses.create(model="support", input="How long?", max_output_tokens=4000)
    assert (refused.value.param, refused.value.code) == ("max_output_tokens", "output_limit")


@pytest.mark.needs_anthropic
async def test_the_official_anthropic_sdk_is_told(live):
    anthropic = pytest.importorskip("anthropic")
    async with live.listening() as line, anthropic.AsyncAnthropic(base_url=line.url, api_key="none") as sdk:
        reply = await sdk.messages.with_raw_response.create(model="support", messages=MESSAGES, max_tokens=4000)
    assert reply.headers["x-gonogo-output-limit"] == "100"
    assert (await reply.parse()).content[0].text == "Thirty days."
