"""Budgets of one process and of several: leased in slices, reserved, settled, given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gonogo.assembly.spending import Spending
from gonogo.domain import Account, day_of
from gonogo.errors import BudgetSpent, LimitReached, StoreBusy
from gonogo.store import SqliteStore, open_store

LIMIT = 1000
DAY = day_of(1_760_000_000.0)


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_760_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def cpu(self) -> float:
        return 0.0


class Watched:
    """The real ledger, counted, until it is down or slow."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.calls, self.down = store, 0, False
        self.hold: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def exchange(self, holder, exchanges, now):
        self.calls += 1
        self.entered.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.down:
            raise StoreBusy("locked")
        return await self.store.exchange(holder, exchanges, now)

    async def balances(self, day, now):
        return await self.store.balances(day, now)


class Place:
    """A ledger, a clock, and processes that share them."""

    def __init__(self, store: SqliteStore) -> None:
        self.ledger, self.time = Watched(store), Time()
        self.account = Account(scope="key", name="k1", day=DAY)

    def process(self) -> Spending:
        return Spending(self.ledger, self.time)

    async def reserve(self, spending: Spending, amount: int, limit: int = LIMIT):
        return await spending.reserve([(self.account, limit)], amount)

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the others run until something is so."""
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  what it waits for tells nobody
                await asyncio.sleep(0.001)

    async def stands(self) -> tuple[int, int]:
        """(spent, leased) in the ledger."""
        rows = await self.ledger.balances(DAY, self.time.at)
        return (rows[0].spent, rows[0].leased) if rows else (0, 0)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    store = await open_store(tmp_path / "store")
    yield Place(store)
    await store.close()


async def test_a_slice_is_leased_and_requests_within_it_ask_nobody(place: Place) -> None:
    spending = place.process()
    for _ in range(30):
        (await place.reserve(spending, 20)).settle(1)
    assert place.ledger.calls == 1
    assert await place.stands() == (0, 50)
    await spending.report()
    assert await place.stands() == (30, 20)


async def test_what_was_reserved_and_not_spent_is_free_again(place: Place) -> None:
    spending = place.process()
    for _ in range(100):
        (await place.reserve(spending, 900)).settle(0)
    assert await place.stands() == (0, 900)


async def test_an_idle_lease_is_given_back_at_the_second_look(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 10)).settle(3)
    await spending.report()
    assert await place.stands() == (3, 47)
    await spending.report()
    assert await place.stands() == (3, 0)
    calls = place.ledger.calls
    await spending.report()
    assert place.ledger.calls == calls
    (await place.reserve(spending, 10)).settle(4)
    await spending.stop()
    assert await place.stands() == (7, 0)


async def test_a_spent_budget_is_refused_with_what_it_was_and_when_it_is_full_again(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 1000)).settle(1000)
    await spending.report()
    with pytest.raises(
        BudgetSpent, match=rf"budget of key k1 is spent: .* for {DAY} \(UTC\); it is full again on 2025-10-"
    ):
        await place.reserve(spending, 1)


async def test_a_request_that_may_cost_more_than_is_left_is_told_to_ask_for_less(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 400)).settle(400)
    await spending.report()
    with pytest.raises(BudgetSpent, match=r"has \$0.0000006 left .* may cost \$0.0000007: set a smaller max_tokens"):
        await place.reserve(spending, 700)
    (await place.reserve(spending, 600)).settle(600)


async def test_what_costs_nothing_is_let_through_a_spent_budget(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 1000)).settle(1000)
    await spending.report()
    (await place.reserve(spending, 0)).settle(0)


async def test_money_that_running_requests_hold_is_worth_waiting_for(place: Place) -> None:
    spending = place.process()
    running = await place.reserve(spending, 800)
    with pytest.raises(LimitReached, match="held by requests that run or by other workers") as held:
        await place.reserve(spending, 300)
    assert (held.value.retry_after, held.value.code) == (2.0, "budget_held")
    running.settle(100)
    assert await place.reserve(spending, 300)


async def test_money_that_another_process_holds_is_worth_waiting_for(place: Place) -> None:
    one, other = place.process(), place.process()
    running = await place.reserve(one, 900)
    with pytest.raises(LimitReached):
        await place.reserve(other, 200)
    running.settle(5)
    await one.report()
    await one.report()
    place.time.at += 1.0
    (await place.reserve(other, 200)).settle(200)
    await other.report()
    assert (await place.stands())[0] == 205


async def test_a_spent_budget_costs_one_look_into_the_store_a_second(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 1000)).settle(1000)
    await spending.report()
    before = place.ledger.calls
    for _ in range(50):
        with pytest.raises(BudgetSpent):
            await place.reserve(spending, 10)
    assert place.ledger.calls <= before + 2


async def test_of_several_budgets_the_first_that_is_short_refuses_and_none_is_charged(place: Place) -> None:
    spending = place.process()
    wide, tight = Account(scope="all", name="", day=DAY), Account(scope="mission", name="support", day=DAY)
    with pytest.raises(BudgetSpent, match="mission support"):
        await spending.reserve([(wide, 10**9), (tight, 50)], 60)
    (await spending.reserve([(wide, 10**9), (tight, 50)], 40)).settle(30)
    await spending.stop()
    rows = await place.ledger.balances(DAY, place.time.at)
    assert [(str(row.account), row.spent, row.leased) for row in rows] == [
        ("all keys together", 30, 0),
        ("mission support", 30, 0),
    ]


@pytest.mark.parametrize("own_stores", [False, True])
async def test_several_processes_together_spend_no_more_than_the_limit(
    place: Place, own_stores: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.assembly.spending.SETTLE_EVERY", 0.0)  # whoever is refused asks again at once
    stores = [await open_store(tmp_path / "store") for _ in range(4 if own_stores else 0)]
    ledgers = [Watched(store) for store in stores] or [place.ledger] * 4
    processes = [Spending(ledger, place.time) for ledger in ledgers]
    truth = 0

    async def ask(spending: Spending, number: int) -> None:
        nonlocal truth
        for _ in range(400):
            try:
                reservation = await place.reserve(spending, 7)
            except LimitReached:
                await spending.report()
            except BudgetSpent:
                return
            else:
                await asyncio.sleep(0)
                truth += number
                reservation.settle(number)

    await asyncio.gather(*(ask(spending, number) for number, spending in enumerate(processes, start=4)))
    for spending in processes:
        await spending.stop()
    assert await place.stands() == (truth, 0)
    assert LIMIT - 7 <= truth <= LIMIT
    for store in stores:
        await store.close()


async def test_while_the_store_is_down_one_slice_of_credit_is_open_and_no_more(place: Place) -> None:
    spending = place.process()
    place.ledger.down = True
    spent = 0
    with pytest.raises(StoreBusy):
        while True:
            (await place.reserve(spending, 10)).settle(10)
            spent += 10
    assert spent == LIMIT // 20
    place.ledger.down = False
    await spending.report()  # the order that failed, once more
    await spending.report()
    assert (await place.stands())[0] == spent
    assert await place.reserve(spending, 10)


async def test_a_caller_that_leaves_while_the_ledger_is_asked_leaves_nothing_reserved_and_loses_no_lease(
    place: Place,
) -> None:
    spending = place.process()
    place.ledger.hold = asyncio.Event()
    caller = asyncio.create_task(place.reserve(spending, 10))
    await place.ledger.entered.wait()
    caller.cancel()
    await asyncio.sleep(0)
    place.ledger.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await place.stands() == (0, 50)
    await spending.stop()
    assert await place.stands() == (0, 0)


async def test_a_burst_of_first_requests_asks_once(place: Place) -> None:
    spending = place.process()
    await asyncio.gather(*(place.reserve(spending, 1) for _ in range(50)))
    assert place.ledger.calls <= 2


async def test_the_next_slice_is_leased_before_this_one_is_used_up(place: Place) -> None:
    spending = place.process()
    for _ in range(40):
        (await place.reserve(spending, 1)).settle(1)
    await place.until(lambda: place.ledger.calls == 2)
    await spending.report()
    spent, leased = await place.stands()
    assert spent == 40
    assert leased == 60


async def test_another_day_is_another_budget(place: Place) -> None:
    spending = place.process()
    (await place.reserve(spending, 1000)).settle(1000)
    tomorrow = Account(scope="key", name="k1", day="2025-10-10")
    assert await spending.reserve([(tomorrow, LIMIT)], 1000)


async def test_it_settles_by_itself_and_survives_a_store_that_is_down(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.assembly.spending.SETTLE_EVERY", 0.005)
    spending = place.process()
    await spending.start()
    (await place.reserve(spending, 10)).settle(3)
    place.ledger.down = True
    place.ledger.entered.clear()
    await place.ledger.entered.wait()
    place.ledger.down = False
    await place.until(lambda: not spending.untold)
    assert (await place.stands())[0] == 3
    await spending.stop()
