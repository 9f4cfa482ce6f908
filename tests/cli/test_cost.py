"""cost: tokens, dollars and CPU, by whatever is asked."""

from __future__ import annotations

import asyncio

import pytest

import gonogo
from gonogo.domain import ModelCall, Trace, Usage
from gonogo.store import open_store


def trace(number: int, cost: float | None, **more: object) -> Trace:
    fields: dict[str, object] = {"mission": "support", "version": 1, "outcome": "answered", "key_id": "k1", **more}
    call = ModelCall(
        name="main", provider="openai", model="gpt-5" if cost is not None else "own", cost=cost,
        usage=Usage(input=1000, cached=400, cache_written=50, output=70, reasoning=30),
    )  # fmt: skip
    return Trace(
        id=f"{number:032}", created_at=1_760_000_000.0 + number, behaviour_digest="b", environment="production",
        question="?", answer="!", calls=(call,), usage=call.usage, cost=cost, cpu=0.002, **fields,
    )  # fmt: skip


@pytest.fixture
def asked(shell):
    async def fill() -> None:
        store = await open_store(shell.home)
        await store.add_traces([trace(1, 0.5), trace(2, 0.25), trace(3, None, version=2, key_id="")])
        await store.close()

    asyncio.run(fill())
    return shell


def test_with_no_requests_it_says_how_to_get_some(shell):
    said = shell.fine("cost")
    assert "No requests: what `gonogo serve` answers is counted here" in said.out
    assert "since 2026-01-01" in shell.fine("cost", "--since", "2026-01-01").out


def test_tokens_by_kind_dollars_and_cpu_are_shown_with_what_is_unknown(asked):
    out = asked.fine("cost").out
    [line] = [line for line in out.splitlines() if line.startswith("support")]
    assert line.split() == ["support", "3", "3,000", "1,200", "150", "210", "90", "$0.75", "1", "call", "6.0", "ms"]
    assert "1 call of unknown price, not in COST: write prices into prices.toml" in out


def test_it_is_grouped_as_asked_with_a_total(asked):
    lines = [line.split() for line in asked.fine("cost", "--by", "version", "--by", "key").out.splitlines()]
    assert lines[0][:3] == ["VERSION", "KEY", "REQUESTS"]
    assert [line[0] for line in lines[1:4]] == ["support@1", "support@2", "total"]
    assert lines[2][1:3] == ["(no", "key)"]
    assert "unknown" in lines[2]


def test_json_has_every_number_and_python_the_same(asked):
    found = asked.fine("cost", "--by", "model", "--by", "day", "--json").json
    assert [row["group"] for row in found["rows"]] == [
        {"model": "openai/gpt-5", "day": "2025-10-09"}, {"model": "openai/own", "day": "2025-10-09"},
    ]  # fmt: skip
    assert [(row["cost"], row["unpriced"]) for row in found["rows"]] == [(0.75, 0), (None, 1)]
    assert found["total"]["usage"]["cache_written"] == 150
    with gonogo.open(asked.home) as home:
        assert home.cost(by=("model",)).total.cost == found["total"]["cost"] == 0.75
        assert home.cost(since="2026-01-01").rows == ()


def test_an_unknown_mission_or_grouping_is_refused(asked):
    assert asked("cost", "nowhere").code == 65
    assert asked("cost", "--by", "hour").code == 2
    assert asked("cost", "--since", "yesterday").code == 2
