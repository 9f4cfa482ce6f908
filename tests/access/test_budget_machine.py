"""Whatever happens between workers, requests, lost replies and kills: no budget is overspent, no dollar is counted
twice, and none is lost beyond a lease."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gonogo.access.purse import Purse
from gonogo.domain import Account, Exchange
from gonogo.store.ledger import DEAD_AFTER, _exchange
from gonogo.store.migrations import migrate

ACCOUNT = Account(scope="key", name="k1", day="2026-11-26")
LIMIT = 300
WHICH = st.integers(0, 2)


class Worker:
    """One process: its purse, what its requests were promised, and what an omniscient watcher knows of it."""

    def __init__(self, name: str, now: float) -> None:
        self.name, self.purse = name, Purse(ACCOUNT, LIMIT, now)
        self.running: list[int] = []
        self.overrun = 0
        self.credit = 0
        self.buried = 0
        self.taken: Exchange | None = None

    @property
    def untold(self) -> int:
        """Spent, and not in the ledger yet."""
        return self.purse.spent - (self.taken.spent if self.taken else 0)


class Budgets(RuleBasedStateMachine):
    """Three workers and one ledger, the real one. ``truth`` is what the upstream charged; ``over`` what the ledger
    counted beyond it, ``under`` what it will never hear of."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self.connection)
        self.now, self.truth, self.over, self.under, self.overruns, self.credits = 1000.0, 0, 0, 0, 0, 0
        self.born = 0
        self.workers = [self._worker() for _ in range(3)]

    def teardown(self) -> None:
        self.connection.close()

    def _worker(self) -> Worker:
        self.born += 1
        return Worker(f"w{self.born}", self.now)

    # --- What happens --------------------------------------------------------------------------------------------

    @rule(which=WHICH, amount=st.integers(0, 60))
    def a_request_begins(self, which: int, amount: int) -> None:
        worker = self.workers[which]
        for _ in range(2):
            if not worker.purse.can(amount):
                least = amount - worker.purse.free
                self._tell(worker, worker.purse.order(least=least, want=max(least, worker.purse.slice)))
        if worker.purse.can(amount):
            on_credit = max(0, amount - max(0, worker.purse.free))
            assert on_credit <= worker.purse.slice
            worker.credit += on_credit
            self.credits += on_credit
            worker.purse.reserve(amount)
            worker.running.append(amount)

    @rule(which=WHICH, share=st.floats(0, 1))
    def a_request_ends_within_what_was_promised(self, which: int, share: float) -> None:
        self._end(self.workers[which], lambda amount: int(amount * share))

    @rule(which=WHICH)
    def a_request_is_released(self, which: int) -> None:
        self._end(self.workers[which], lambda amount: 0)

    @rule(which=WHICH, more=st.integers(1, 60))
    def a_request_costs_more_than_was_promised(self, which: int, more: int) -> None:
        worker = self.workers[which]
        if worker.running:
            worker.overrun += more
            self.overruns += more
            self._end(worker, lambda amount: amount + more)

    @rule(which=WHICH)
    def a_second_passes(self, which: int) -> None:
        self.now += 1.0
        worker = self.workers[which]
        if worker.purse.due(self.now, 15.0):
            self._tell(worker, worker.purse.order())
        worker.purse.used = False

    @rule(which=WHICH, want=st.booleans())
    def a_reply_of_the_ledger_is_lost(self, which: int, want: bool) -> None:
        worker = self.workers[which]
        order = worker.purse.order(want=worker.purse.slice if want else 0)
        _exchange(self.connection, "default", worker.name, order, self.now)
        worker.taken = order
        worker.purse.failed()

    @rule(which=WHICH)
    def the_ledger_cannot_be_reached(self, which: int) -> None:
        worker = self.workers[which]
        worker.purse.order()
        worker.purse.failed()

    @rule(which=WHICH, share=st.floats(0, 1))
    def a_worker_is_killed(self, which: int, share: float) -> None:
        worker = self.workers[which]
        charged = int(sum(worker.running) * share)
        lease = self._lease(worker)
        covered = lease + worker.buried + worker.credit + worker.overrun
        assert worker.untold + sum(worker.running) <= covered, "more was lost than a lease"
        self.truth += charged
        left = lease + worker.purse.prepaid - worker.untold - charged
        self.over += max(0, left) - worker.purse.prepaid
        self.under += max(0, -left)
        self.workers[which] = self._worker()

    @rule(which=WHICH)
    def a_worker_stops_in_order(self, which: int) -> None:
        worker = self.workers[which]
        while worker.running:
            self._end(worker, lambda amount: amount)
        for _ in range(2):  # a repeated order first, where there is one
            self._tell(worker, worker.purse.order(close=True))
        assert worker.purse.empty
        assert self._lease(worker) == 0
        self.workers[which] = self._worker()

    @rule()
    def a_minute_passes_and_the_dead_are_found(self) -> None:
        for _ in range(4):
            self.now += DEAD_AFTER / 3
            for worker in self.workers:
                self._tell(worker, worker.purse.order())

    @rule(which=WHICH)
    def a_worker_sleeps_so_long_that_it_is_taken_for_dead(self, which: int) -> None:
        sleeper, other = self.workers[which], self.workers[which - 1]
        self._tell(sleeper, sleeper.purse.order())
        for _ in range(4):
            self.now += DEAD_AFTER / 3
            for worker in self.workers:
                if worker is not sleeper:
                    self._tell(worker, worker.purse.order())
        assert other is not sleeper
        lease, untold = sleeper.purse.order().open, sleeper.purse.order().spent
        assert self._lease(sleeper) == 0
        self.over += max(0, lease - untold)
        sleeper.buried += lease
        self._tell(sleeper, sleeper.purse.order())

    # --- How it is done ------------------------------------------------------------------------------------------

    def _tell(self, worker: Worker, order: Exchange) -> None:
        worker.purse.done(_exchange(self.connection, "default", worker.name, order, self.now), self.now)
        worker.taken = None

    def _end(self, worker: Worker, cost: Callable[[int], int]) -> None:
        if worker.running:
            amount = worker.running.pop(0)
            spent = cost(amount)
            self.truth += spent
            before = worker.purse.prepaid
            worker.purse.settle(amount, spent)
            self.over -= before - worker.purse.prepaid

    def _lease(self, worker: Worker) -> int:
        query = "SELECT coalesce(sum(amount), 0) FROM budget_leases WHERE holder = ?"
        return int(self.connection.execute(query, (worker.name,)).fetchone()[0])

    # --- What holds ----------------------------------------------------------------------------------------------

    @invariant()
    def all_that_is_spent_and_leased_stays_within_the_limit(self) -> None:
        spent, leased = self._stored()
        # Beyond it is only what requests cost beyond their promise, and the credit while the store is down.
        assert spent + leased <= LIMIT + self.overruns + self.credits

    @invariant()
    def every_dollar_is_counted_once(self) -> None:
        spent, leased = self._stored()
        alive = sum(self._lease(worker) for worker in self.workers)
        untold = sum(worker.untold for worker in self.workers)
        assert spent + (leased - alive) + untold == self.truth + self.over - self.under

    @invariant()
    def every_promise_stands(self) -> None:
        for worker in self.workers:
            assert worker.purse.reserved == sum(worker.running)

    def _stored(self) -> tuple[int, int]:
        [spent] = self.connection.execute("SELECT coalesce(sum(spent), 0) FROM budget_accounts").fetchone()
        [leased] = self.connection.execute("SELECT coalesce(sum(amount), 0) FROM budget_leases").fetchone()
        return spent, leased


TestBudgets = Budgets.TestCase
TestBudgets.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
