"""Allowances: what a request may take, by the limits and budgets of its key, tenant and Mission.

Here: whose limits and budgets hold, and one Grant for each request: reserved before it, settled after it.
Not here: counting (``access.rates``), money (``spending``), the estimate (``estimate``), HTTP (``gateway``).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from gonogo.access.rates import Entry, Limiter, Subject
from gonogo.assembly.estimate import Estimate, Sizes, estimate, estimate_call, sizes_of, tokens_of
from gonogo.assembly.settings import BudgetSettings, LimitSettings, Settings
from gonogo.assembly.spending import Reservation, Spending
from gonogo.clock import Clock
from gonogo.contracts import Caller, Components, Store
from gonogo.domain import NO_LIMITS, Account, ModelRequest, Price, RateLimits, Request, Trace, Version, day_of, nanos
from gonogo.errors import NotPriced

VERSIONS_KEPT = 64


class Grant:
    """What one request was promised. ``settle`` with its Trace, once, whatever became of it."""

    __slots__ = ("_entry", "_reservation", "headers")

    def __init__(self, entry: Entry | None, reservation: Reservation | None, headers: dict[str, str]) -> None:
        self._entry, self._reservation, self.headers = entry, reservation, headers

    def release(self, tokens: int = 0) -> None:
        """Nothing was paid for, and no more than ``tokens`` taken; does nothing once the Grant is settled."""
        if self._entry is not None:
            self._entry.leave(tokens)
        if self._reservation is not None:
            self._reservation.settle(0)

    def settle(self, trace: Trace) -> None:
        """What the request took in the end: true tokens and true cost instead of what was reserved."""
        if self._entry is not None:
            self._entry.leave(trace.usage.input + trace.usage.output)
        if self._reservation is not None:
            costs = [call.cost for call in trace.calls]
            known = sum(cost for cost in costs if cost is not None)
            self._reservation.settle(nanos(known), sum(cost is None for cost in costs))


NO_LIMIT = Grant(None, None, {})


def allowances_of(settings: Settings, store: Store, clock: Clock, *, workers: int = 1) -> Allowances:
    """Limits and budgets of one server process; ``workers`` of them share the limits."""
    spending = Spending(store, clock)
    return Allowances(settings.file.limits, settings.file.budgets, spending, clock, workers=workers)


class Allowances:
    """One for the life of a server process.

    Args:
        workers: processes that share every limit of requests and tokens; budgets need no such share.
    """

    def __init__(
        self, limits: LimitSettings, budgets: BudgetSettings, spending: Spending, clock: Clock, *, workers: int = 1
    ) -> None:
        self._limits, self._budgets, self._spending, self._clock = limits, budgets, spending, clock
        plain = BudgetSettings(unpriced=budgets.unpriced, assumed_output=budgets.assumed_output)
        self._none = limits == LimitSettings() and budgets == plain
        usual = (limits.each_key, *limits.tenants.values(), *limits.missions.values())
        self._bounds_output = any(one.max_output_tokens is not None for one in usual)
        self._limiter = Limiter(workers)
        self._sizes: dict[str, Sizes] = {}

    async def start(self) -> None:
        """Before the first request."""
        await self._spending.start()

    async def stop(self) -> None:
        """After the last one: what is not spent is given back."""
        await self._spending.stop()

    def most_output(self, caller: Caller, mission: str) -> int | None:
        """Tokens that all answers to one request may have together, by the limits of key, tenant and Mission."""
        if not self._bounds_output and caller.limits.max_output_tokens is None:
            return None
        limits = (own.max_output_tokens for _, own in self._limited(caller, mission))
        return min((most for most in limits if most is not None), default=None)

    async def admit(self, caller: Caller, request: Request, version: Version, parts: Components) -> Grant:
        """Reserve what a request may take, of every limit and budget that holds for it, or of none.

        Raises:
            LimitReached: a limit of requests, tokens or requests at once, or money that is held for now.
            BudgetSpent: a budget has less left than the request may cost.
            NotPriced: a budget holds and a model's price is unknown.
            StoreBusy: a budget holds, and the store cannot be asked.
        """
        if self._none and caller.daily_budget is None and caller.limits == NO_LIMITS:
            return NO_LIMIT
        mission = version.mission.name
        limited = self._limited(caller, mission)
        accounts = self._accounts(caller, mission, day_of(request.received_at))
        if not limited and not accounts:
            return NO_LIMIT
        likely = estimate(request, self._sizes_of(version, parts), self._budgets.assumed_output)
        return await self._reserve(limited, accounts, likely, mission)

    async def admit_texts(self, caller: Caller, texts: Sequence[str], name: str, price: Price | None) -> Grant:
        """The same for texts that no Mission answers, such as those to embed: limits and budgets of the key, the
        tenant and all together.

        Args:
            name: of what reads them, for messages.
            price: of its tokens; ``None``: unknown.

        Raises:
            LimitReached, BudgetSpent, NotPriced, StoreBusy: as of ``admit``.
        """
        limited = self._limited(caller, "")
        accounts = self._accounts(caller, "", day_of(self._clock.now()))
        if not limited and not accounts:
            return NO_LIMIT
        tokens = tokens_of(texts)
        dollars = 0.0 if price is None else tokens * price.dearest_input / 1e6
        likely = Estimate(
            tokens=tokens, most_tokens=tokens, cost=nanos(dollars), unpriced=(name,) if price is None else ()
        )
        return await self._reserve(limited, accounts, likely, f"[embedder] {name}")

    async def admit_call(self, caller: Caller, request: ModelRequest, mission: str, price: Price | None) -> Grant:
        """The same for one call of a model that answers nobody, such as one of an evaluation.

        Args:
            price: of its tokens; ``None``: unknown.

        Raises:
            LimitReached, BudgetSpent, NotPriced, StoreBusy: as of ``admit``.
        """
        limited = self._limited(caller, mission)
        accounts = self._accounts(caller, mission, day_of(self._clock.now()))
        if not limited and not accounts:
            return NO_LIMIT
        return await self._reserve(
            limited, accounts, estimate_call(request, price, self._budgets.assumed_output), mission
        )

    async def _reserve(
        self,
        limited: list[tuple[Subject, RateLimits]],
        accounts: list[tuple[Account, int]],
        likely: Estimate,
        whose: str,
    ) -> Grant:
        if accounts and likely.unpriced and self._budgets.unpriced == "refuse":
            raise NotPriced(
                f"{accounts[0][0]} has a budget, and the price of {', '.join(likely.unpriced)} ({whose}) is unknown: "
                'write it into prices.toml, or set budgets.unpriced = "allow" in the settings'
            )
        now = self._clock.monotonic()
        entry = self._limiter.enter(limited, likely.tokens, likely.most_tokens, now) if limited else None
        try:
            reservation = await self._spending.reserve(accounts, likely.cost) if accounts else None
        except BaseException:  # refused or cancelled: nothing runs, so nothing is running
            if entry is not None:
                entry.leave(0)
            raise
        return Grant(entry, reservation, entry.headers(now) if entry is not None else {})

    def _limited(self, caller: Caller, mission: str) -> list[tuple[Subject, RateLimits]]:
        limits = self._limits
        found = [
            ("key", caller.key_id, _own(caller.limits, limits.each_key) if caller.key_id else NO_LIMITS),
            ("tenant", caller.tenant, limits.tenants.get(caller.tenant, NO_LIMITS)),
            ("mission", mission, limits.missions.get(mission, NO_LIMITS)),
        ]
        return [(Subject(scope=scope, name=name), own) for scope, name, own in found if own != NO_LIMITS]

    def _accounts(self, caller: Caller, mission: str, day: str) -> list[tuple[Account, int]]:
        budgets = self._budgets
        of_key = caller.daily_budget if caller.daily_budget is not None else budgets.each_key
        found = (
            ("key", caller.key_id, of_key if caller.key_id else None),
            ("tenant", caller.tenant, budgets.tenants.get(caller.tenant)),
            ("mission", mission, budgets.missions.get(mission)),
            ("all", "", budgets.total),
        )
        return [
            (Account(scope=scope, name=name, day=day), nanos(dollars))  # type: ignore[arg-type]
            for scope, name, dollars in found
            if dollars is not None
        ]

    def _sizes_of(self, version: Version, parts: Components) -> Sizes:
        sizes = self._sizes.get(version.behaviour_digest)
        if sizes is None:
            if len(self._sizes) >= VERSIONS_KEPT:
                self._sizes.clear()
            sizes = self._sizes[version.behaviour_digest] = sizes_of(version, parts)
        return sizes


def _own(own: RateLimits, usual: RateLimits) -> RateLimits:
    """The limits of a key: its own, and for each that it has none of, the usual one."""
    if own == NO_LIMITS:
        return usual
    given = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not None}
    return structs.replace(usual, **given)
