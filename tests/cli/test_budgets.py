"""budgets: what of today's money is spent, held and left."""

from __future__ import annotations

import asyncio
import time

import pytest

import gonogo
from gonogo.domain import Account, Exchange, day_of, nanos
from gonogo.store import open_store


@pytest.fixture
def charged(shell):
    """A key with a budget of its own, one under ``each_key``, and a Mission; some of it spent, some held."""
    shell.settings("[budgets]\neach_key = 2.0\nmissions = { support = 10.0 }\n")
    key = shell.fine("keys", "create", "--daily-budget", "5", "--json").json["id"]
    now = time.time()

    async def spend() -> None:
        store = await open_store(shell.home)
        for scope, name, limit in (("key", key, 5.0), ("key", "other", 2.0), ("tenant", "gone", 9.0)):
            account = Account(scope=scope, name=name, day=day_of(now))
            unpriced = int(scope == "tenant")
            order = Exchange(
                account=account, limit=nanos(limit), number=1, spent=nanos(0.25), want=nanos(0.1), unpriced=unpriced
            )
            await store.exchange("w1", [order], now)
        await store.close()

    asyncio.run(spend())
    return shell, key


def test_every_budget_is_shown_with_what_is_left_also_one_that_nobody_touched(charged):
    shell, key = charged
    lines = {tuple(line.split()[:2]): line.split()[2:] for line in shell.fine("budgets").out.splitlines()[1:]}
    assert lines["key", key] == ["$5", "$0.25", "$0.1", "$4.75", "-"]
    assert lines["key", "other"] == ["$2", "$0.25", "$0.1", "$1.75", "-"]
    assert lines["mission", "support"] == ["$10", "$0", "$0", "$10", "-"]
    assert lines["tenant", "gone"] == ["-", "$0.25", "$0.1", "-", "1", "call"]


def test_json_and_python_say_the_same_and_another_day_has_another_budget(charged):
    shell, key = charged
    found = shell.fine("budgets", "--json").json
    names = [("key", key), ("key", "other"), ("mission", "support"), ("tenant", "gone")]
    assert [(row["scope"], row["name"]) for row in found] == names
    with gonogo.open(shell.home) as home:
        assert [row.spent for row in home.budgets()] == [row["spent"] for row in found]
    assert {row["spent"] for row in shell.fine("budgets", "--day", "2026-01-01", "--json").json} == {0}


def test_without_budgets_it_says_how_to_get_one(shell):
    assert "--daily-budget" in shell.fine("budgets").out
    assert shell.fine("budgets", "--json").json == []
