"""Backtests started over HTTP."""

from __future__ import annotations

import pytest
from msgspec import structs

QUESTION = "How many days do I have to return a light?"


@pytest.fixture
async def served(live):
    """60 Traces of the tenant ``default`` and 5 of another one."""
    workspace = live.workspace
    reply = await workspace.ask(await workspace.version("support@1"), QUESTION, keep=True, environment="production")
    many = [
        structs.replace(
            reply.trace, id=f"{place:032x}", tenant="default" if place < 60 else "acme",
            messages=({"role": "user", "content": f"I am customer {place}."}, *reply.trace.messages),
        )
        for place in range(65)
    ]  # fmt: skip
    await workspace.store.add_traces(many)
    return live


async def test_recorded_questions_are_asked_again_to_a_verdict(served):
    ended = await served.ended(await served("POST", "/api/backtests", {"version": "support@1"}))
    assert (ended["state"], ended["kind"]) == ("done", "backtest"), ended
    found = ended["result"]
    assert (found["outcome"], found["backtest"]["replayed"], found["backtest"]["looked_at"]) == ("GO", 61, 61)
    shown = (await served("GET", "/api/verdicts/support@1?backtest=true")).json
    assert shown["id"] == found["id"]
    assert (await served("GET", "/api/verdicts/support@1")).json["backtest"] is None
    assert (await served("GET", f"/api/runs/{found['run_id']}")).json["kind"] == "backtest"


async def test_whoever_starts_it_pays_and_it_is_no_traffic(served):
    before = len(await served.workspace.store.traces("support", limit=1000))
    await served.ended(await served("POST", "/api/backtests", {"version": "support@1", "sample": 5}))
    assert len(await served.workspace.store.traces("support", limit=1000)) == before
    paid = await served.workspace.store.traces("evaluation/support", limit=1000)
    assert {trace.key_id for trace in paid} != {""}
    assert {trace.tenant for trace in paid} == {"default"}


async def test_a_key_reads_the_traces_of_its_own_tenant(served):
    key = await served.key("admin", tenant="acme")
    plan = await served("POST", "/api/backtests/plan", {"version": "support@1"}, key=key)
    assert (plan.json["looked_at"], plan.json["replayed"]) == (5, 5)


async def test_nonsense_is_refused_and_a_viewer_may_not_start_one(served):
    for body, status in (
        ({"version": "support@9"}, 404),
        ({"version": "support@1", "sample": 0}, 400),
        ({"version": "support@1", "since": -1}, 400),
        ({"version": "support@1", "cluster": "family"}, 400),
        ({"version": "support@1", "tenant": "acme"}, 400),
        ({}, 400),
        ([1], 400),
    ):
        for path in ("/api/backtests/plan", "/api/backtests"):
            refused = await served("POST", path, body)
            assert refused.status == status, (body, refused.body)
    for body in ({"environment": "nowhere"}, {"since": 20.0, "until": 10.0}):
        asked = {"version": "support@1", **body}
        assert (await served("POST", "/api/backtests/plan", asked)).status == 400
        assert (await served.ended(await served("POST", "/api/backtests", asked)))["state"] == "failed"
    assert (await served("POST", "/api/backtests", {"version": "support@1"}, role="viewer")).status == 403
