"""The ledger of budgets in SQL: what was spent of each account, and the leases that processes hold.

Here: rows, and the one transaction in which an exchange happens. Not here: what a process does with a lease
(``access.purse``), what a request cost (its Trace).

A lease whose process has not been heard of for ``DEAD_AFTER`` seconds is that of a dead one. It counts as spent as a
whole: what the process had spent of it and not yet told nobody knows, and it is never more than the lease.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.domain import Account, Balance, Exchange, Granted
from gonogo.store.sql import Connection, Role

DEAD_AFTER = 60.0
"""Seconds; a living process renews its leases several times as often."""
FORMAT = 1
_ACCOUNT = "tenant = ? AND scope = ? AND name = ? AND day = ?"
Key = tuple[str, str, str, str]


class SqlLedger(Role):
    """``Ledger`` in SQL."""

    async def exchange(self, holder: str, exchanges: Sequence[Exchange], now: float) -> list[Granted]:
        """Do every exchange of one process, all or none, each at most once."""

        def work(connection: Connection) -> list[Granted]:
            return [_exchange(connection, self.tenant, holder, one, now) for one in exchanges]

        return await self.database.write(work)

    async def balances(self, day: str, now: float) -> list[Balance]:
        """How every account of a day stands, by scope and name."""
        query = """
            SELECT a.scope, a.name, a.spent, a.unpriced,
                coalesce(sum(l.amount) FILTER (WHERE l.renewed_at >= :alive), 0),
                coalesce(sum(l.amount) FILTER (WHERE l.renewed_at < :alive), 0)
            FROM budget_accounts AS a LEFT JOIN budget_leases AS l
                ON l.tenant = a.tenant AND l.scope = a.scope AND l.name = a.name AND l.day = a.day
            WHERE a.tenant = :tenant AND a.day = :day GROUP BY a.scope, a.name, a.spent, a.unpriced
            ORDER BY a.scope, a.name"""

        def work(connection: Connection) -> list[Balance]:
            rows = connection.execute(query, {"tenant": self.tenant, "day": day, "alive": now - DEAD_AFTER})
            return [
                Balance(
                    account=Account(scope=scope, name=name, day=day),
                    spent=spent + dead,
                    leased=leased,
                    unpriced=unpriced,
                )
                for scope, name, spent, unpriced, leased, dead in rows
            ]

        return await self.database.read(work)


def _exchange(connection: Connection, tenant: str, holder: str, one: Exchange, now: float) -> Granted:
    account = (tenant, one.account.scope, one.account.name, one.account.day)
    connection.execute(
        "INSERT INTO budget_accounts (tenant, scope, name, day, spent, unpriced, format) VALUES (?, ?, ?, ?, 0, 0, ?) "
        "ON CONFLICT DO NOTHING",
        (*account, FORMAT),
    )
    _bury(connection, account, holder, now)
    lease = connection.execute(
        f"SELECT amount, number, granted FROM budget_leases WHERE holder = ? AND {_ACCOUNT}", (holder, *account)
    ).fetchone()
    if lease is not None and lease[1] >= one.number:
        # Told twice: the first time was lost on its way back, and what it did stands.
        return _granted(connection, one.account, account, lease[2], lost=False)
    lost = lease is None and one.open > 0
    spent = max(0, one.spent - one.open) if lost else one.spent
    held = 0 if lease is None else max(0, lease[0] - one.spent - one.returned)
    connection.execute(
        f"UPDATE budget_accounts SET spent = spent + ?, unpriced = unpriced + ? WHERE {_ACCOUNT}",
        (spent, one.unpriced, *account),
    )
    granted = _grant(connection, one, account, holder, held)
    connection.execute(
        "INSERT INTO budget_leases (holder, tenant, scope, name, day, amount, number, granted, renewed_at, format) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, scope, name, day, holder) DO UPDATE "
        "SET amount = excluded.amount, number = excluded.number, granted = excluded.granted, "
        "renewed_at = excluded.renewed_at",
        (holder, *account, held + granted, one.number, granted, now, FORMAT),
    )
    return _granted(connection, one.account, account, granted, lost=lost)


def _bury(connection: Connection, account: Key, holder: str, now: float) -> None:
    """Count the leases of dead processes as spent."""
    dead = f"{_ACCOUNT} AND holder <> ? AND renewed_at < ?"
    values = (*account, holder, now - DEAD_AFTER)
    [amount] = connection.execute(f"SELECT coalesce(sum(amount), 0) FROM budget_leases WHERE {dead}", values).fetchone()
    connection.execute(f"DELETE FROM budget_leases WHERE {dead}", values)
    if amount:
        connection.execute(f"UPDATE budget_accounts SET spent = spent + ? WHERE {_ACCOUNT}", (amount, *account))


def _grant(connection: Connection, one: Exchange, account: Key, holder: str, held: int) -> int:
    """How much of what is wanted there is: at most half of what is left, so that other processes find something too,
    but what is needed at least; or nothing."""
    if not one.want:
        return 0
    [spent] = connection.execute(f"SELECT spent FROM budget_accounts WHERE {_ACCOUNT}", account).fetchone()
    [others] = connection.execute(
        f"SELECT coalesce(sum(amount), 0) FROM budget_leases WHERE {_ACCOUNT} AND holder <> ?", (*account, holder)
    ).fetchone()
    left = one.limit - int(spent) - int(others) - held
    granted = min(one.want, left, max(one.least, left // 2))
    return granted if granted > 0 and granted >= one.least else 0


def _granted(connection: Connection, named: Account, account: Key, amount: int, *, lost: bool) -> Granted:
    [spent] = connection.execute(f"SELECT spent FROM budget_accounts WHERE {_ACCOUNT}", account).fetchone()
    [leased] = connection.execute(
        f"SELECT coalesce(sum(amount), 0) FROM budget_leases WHERE {_ACCOUNT}", account
    ).fetchone()
    return Granted(account=named, amount=amount, spent=spent, leased=leased, lost=lost)
