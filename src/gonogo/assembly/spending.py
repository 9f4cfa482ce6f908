"""Spending: the budgets of one process: leases from the ledger, reserved before a request and settled after it.

Here: when the ledger is asked, what happens while it is down, and which refusal a caller gets. Not here: the arithmetic
(``access.purse``), rows (``store``), whose budgets hold for a request (``allowances``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from secrets import token_hex

from gonogo.access.purse import Purse
from gonogo.clock import Clock
from gonogo.contracts import Ledger
from gonogo.domain import NANOS, Account, Exchange, Granted, day_of, next_day
from gonogo.errors import BudgetSpent, GonogoError, LimitReached

log = logging.getLogger("gonogo.spending")
SETTLE_EVERY = 1.0
"""Seconds between the ledger's hearing of what was spent; an idle lease is given back at the second time."""
RENEW_EVERY = 15.0
"""Seconds after which a lease that only long requests hold is renewed; the store takes it for dead after 60."""
TRIES = 5
"""Leases asked for before a request is told to come back: others may take what was leased for it."""
HELD_FOR = 2.0
"""Seconds after which money that is held elsewhere is usually spent or free again."""


class Reservation:
    """Money promised to one request, of every budget that holds for it; ``settle`` it once, whatever became of it."""

    __slots__ = ("_amount", "_purses")

    def __init__(self, purses: Sequence[Purse], amount: int) -> None:
        self._purses, self._amount = purses, amount
        for purse in purses:
            purse.reserve(amount)

    def settle(self, spent: int, unpriced: int = 0) -> None:
        """What the request cost, in billionths of a dollar, and its calls without a known price."""
        for purse in self._purses:
            purse.settle(self._amount, spent, unpriced)
        self._purses = ()


class Spending:
    """All budgets of one process; ``start`` before the first request, ``stop`` after the last.

    Args:
        ledger: where money is leased.
        holder: this process, by a name that it has only this time; random unless told.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, holder: str = "") -> None:
        self._ledger, self._clock, self.holder = ledger, clock, holder or token_hex(8)
        self._purses: dict[Account, Purse] = {}
        self._talking = asyncio.Lock()
        self._settling: asyncio.Task[None] | None = None
        self._ahead: set[asyncio.Task[None]] = set()
        self._asked_ahead: dict[Account, float] = {}
        self._refused: dict[Account, tuple[float, int, Granted]] = {}

    @property
    def untold(self) -> int:
        """Billionths of a dollar that were spent and are not in the ledger yet."""
        return sum(purse.spent for purse in self._purses.values())

    async def start(self) -> None:
        """Tell the ledger once a second, until ``stop``."""
        self._settling = asyncio.create_task(self._settle_on())

    async def stop(self) -> None:
        """Tell the ledger the rest and give back what is not spent."""
        tasks = [*self._ahead, *((self._settling,) if self._settling is not None else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self.report(close=True)
        except GonogoError as error:
            log.warning("cannot settle budgets, what is leased counts as spent after a minute: %s", error)

    async def reserve(self, accounts: Sequence[tuple[Account, int]], amount: int) -> Reservation:
        """Promise an amount of every account, or of none.

        Args:
            accounts: each with its limit.
            amount: billionths of a dollar.

        Raises:
            BudgetSpent: one of them has less left.
            LimitReached: it has enough, but running requests or other processes hold it.
            StoreBusy: the ledger cannot be asked, and the credit for that time is used.
        """
        purses = [self._purse(account, limit) for account, limit in accounts]
        for _ in range(TRIES):
            short = [purse for purse in purses if not purse.can(amount)]
            if not short:
                return self._promise(purses, amount)
            await self._lease(short, amount)
        if all(purse.can(amount) for purse in purses):
            return self._promise(purses, amount)
        raise _held(short[0].account)

    async def report(self, *, close: bool = False) -> None:
        """Tell the ledger what is due; with ``close``, give back everything that no request holds.

        Raises:
            GonogoError: the ledger cannot be reached; it is told the next time.
        """
        async with self._talking:
            now = self._clock.now()
            due = [purse for purse in self._purses.values() if close or purse.due(now, RENEW_EVERY)]
            orders = [(purse, purse.order(close=close)) for purse in due]
            for purse in self._purses.values():
                purse.used = False
            await self._exchange(orders)
            self._forget(day_of(now))

    def _promise(self, purses: Sequence[Purse], amount: int) -> Reservation:
        reservation = Reservation(purses, amount)
        for purse in purses:
            self._lease_ahead(purse)
        return reservation

    async def _lease(self, short: Sequence[Purse], amount: int) -> None:
        """Ask for what is missing.

        Raises:
            BudgetSpent, LimitReached: there is not that much. For a second nobody asks again for as much.
            StoreBusy: the ledger cannot be asked, and there is no credit left.
        """
        self._refuse_again(short, amount)
        async with self._talking:
            missing = [(purse, amount - purse.free) for purse in short if not purse.can(amount)]
            orders = [(purse, purse.order(least=least, want=max(least, purse.slice))) for purse, least in missing]
            try:
                answers = await self._exchange(orders)
            except GonogoError:
                if all(purse.can(amount) for purse in short):
                    return  # on credit
                raise
        for (purse, order), granted in zip(orders, answers, strict=True):
            # An order that is repeated asked for something else; the next one asks for this.
            if order.want and not granted.amount and not purse.can(amount):
                self._refused[purse.account] = (self._clock.monotonic() + SETTLE_EVERY, amount, granted)
                raise _refusal(purse.account, order.limit, granted, amount)

    def _refuse_again(self, short: Sequence[Purse], amount: int) -> None:
        """A spent budget must not cost a look into the store for every request."""
        for purse in short:
            until, refused, granted = self._refused.get(purse.account, (0.0, 0, None))
            if granted is not None and amount >= refused and self._clock.monotonic() < until:
                raise _refusal(purse.account, purse.limit, granted, amount)

    def _lease_ahead(self, purse: Purse) -> None:
        """Ask for the next slice before this one is used up, so that no request waits for it; once a second at most."""
        if purse.free >= purse.slice // 4 or purse.on_credit or self._ahead:
            return
        now = self._clock.monotonic()
        if now - self._asked_ahead.get(purse.account, float("-inf")) >= SETTLE_EVERY:
            self._asked_ahead[purse.account] = now
            task = asyncio.create_task(self._next_slice(purse))
            self._ahead.add(task)
            task.add_done_callback(self._ahead.discard)

    async def _next_slice(self, purse: Purse) -> None:
        try:
            async with self._talking:
                if purse.free < purse.slice // 4:
                    await self._exchange([(purse, purse.order(want=purse.slice))])
        except GonogoError as error:
            log.warning("cannot lease ahead: %s", error)

    async def _exchange(self, orders: Sequence[tuple[Purse, Exchange]]) -> list[Granted]:
        """Tell the ledger, and wait for its answer however often the caller is cancelled meanwhile: a purse must know
        what was done with its order."""
        if not orders:
            return []
        telling = asyncio.ensure_future(self._tell(orders))
        cancelled: asyncio.CancelledError | None = None
        while not telling.done():
            try:
                await asyncio.wait((telling,))
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            telling.exception()  # asked for, so that nobody warns of it
            raise cancelled
        return telling.result()

    async def _tell(self, orders: Sequence[tuple[Purse, Exchange]]) -> list[Granted]:
        now = self._clock.now()
        try:
            answers = await self._ledger.exchange(self.holder, [order for _, order in orders], now)
        except BaseException:  # noted and raised on: nothing was written
            for purse, _ in orders:
                purse.failed()
            raise
        for (purse, _), granted in zip(orders, answers, strict=True):
            purse.done(granted, now)
        return answers

    def _purse(self, account: Account, limit: int) -> Purse:
        purse = self._purses.get(account)
        if purse is None:
            purse = self._purses[account] = Purse(account, limit, self._clock.now())
        purse.limit = limit
        return purse

    def _forget(self, today: str) -> None:
        """Drop what is left of days that are over. Those of today stay, with the number of their last exchange."""
        over = [account for account, purse in self._purses.items() if account.day < today and purse.empty]
        for account in over:
            del self._purses[account]
            self._refused.pop(account, None)
            self._asked_ahead.pop(account, None)

    async def _settle_on(self) -> None:
        while True:
            await asyncio.sleep(SETTLE_EVERY)
            try:
                await self.report()
            except GonogoError as error:
                log.warning("cannot settle budgets yet: %s", error)
            except Exception:  # whatever it is, settling must not end: money would be spent and never told
                log.exception("cannot settle budgets yet")


def _refusal(account: Account, limit: int, granted: Granted, amount: int) -> GonogoError:
    left = max(0, limit - granted.spent)
    if amount <= left:
        return _held(account)
    spent = f"{_dollars(granted.spent)} of {_dollars(limit)} for {account.day} (UTC)"
    until = f"it is full again on {next_day(account.day)} at 00:00 UTC"
    if left == 0:
        return BudgetSpent(f"the budget of {account} is spent: {spent}; {until}")
    return BudgetSpent(
        f"the budget of {account} has {_dollars(left)} left ({spent}), and this request may cost {_dollars(amount)}: "
        f"set a smaller max_tokens; {until}"
    )


def _held(account: Account) -> LimitReached:
    return LimitReached(
        f"what is left of the budget of {account} is held by requests that run or by other workers: try again",
        retry_after=HELD_FOR,
        code="budget_held",
    )


def _dollars(amount: int) -> str:
    return f"${amount / NANOS:.9f}".rstrip("0").rstrip(".")
