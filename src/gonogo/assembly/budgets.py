"""Budgets: how those of a day stand, each with its limit.

Here: which budgets there are, and what the ledger says of them. Not here: holding them (``allowances``, ``spending``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gonogo.assembly.settings import BudgetSettings
from gonogo.domain import NANOS, Account, ApiKey, Balance, Scope


class BudgetStanding(Struct, frozen=True, kw_only=True):
    """One budget of a day, in dollars. ``held`` by servers, to be spent or given back. ``limit`` ``None``: there was
    one when the money was spent, and there is none now. ``unpriced`` calls cost something that nobody knows."""

    scope: Scope
    name: str
    limit: float | None
    spent: float
    held: float
    left: float | None
    unpriced: int


def standings(
    budgets: BudgetSettings, keys: Sequence[ApiKey], balances: Sequence[Balance], day: str
) -> list[BudgetStanding]:
    """Every budget that holds on a day, and every one that was charged; pure."""
    limits: dict[Account, float] = {}
    for scope, name, dollars in _limits(budgets, keys):
        limits[Account(scope=scope, name=name, day=day)] = dollars
    known = {balance.account: balance for balance in balances}
    found = []
    for account in sorted({*limits, *known}, key=lambda one: (one.scope, one.name)):
        limit = limits.get(account, budgets.each_key if account.scope == "key" else None)
        balance = known.get(account, Balance(account=account, spent=0, leased=0))
        spent = balance.spent / NANOS
        found.append(
            BudgetStanding(
                scope=account.scope,
                name=account.name,
                limit=limit,
                spent=spent,
                held=balance.leased / NANOS,
                left=None if limit is None else max(0.0, limit - spent),
                unpriced=balance.unpriced,
            )
        )
    return found


def _limits(budgets: BudgetSettings, keys: Sequence[ApiKey]) -> Iterable[tuple[Scope, str, float]]:
    if budgets.total is not None:
        yield "all", "", budgets.total
    for tenant, dollars in budgets.tenants.items():
        yield "tenant", tenant, dollars
    for mission, dollars in budgets.missions.items():
        yield "mission", mission, dollars
    for key in keys:
        if key.daily_budget is not None and key.revoked_at is None:
            yield "key", key.id, key.daily_budget
