"""Purse: what one process may spend of one account: a lease from the ledger, reserved, settled, released in memory.

The ledger is asked for a slice at a time and told about once a second what was spent, so no request waits for it and no
request writes to it. All leases together and all that is spent never exceed the limit; what may exceed it is only what
running requests turn out to cost beyond what was reserved for them, and, while the store is down, one slice of credit.

Here: the arithmetic, pure. Not here: talking to the ledger (``assembly.spending``), what a request may cost
(``assembly.estimate``).
"""

from __future__ import annotations

from gonogo.domain import Account, Exchange, Granted

SLICES = 20
"""A slice is this part of a budget, at most."""


class Purse:
    """One account in one process. Amounts in billionths of a dollar.

    ``held`` is leased and not spent; ``reserved`` of it is promised to running requests. ``spent`` and ``unpriced`` are
    what the ledger has not been told yet; ``prepaid`` is what it counts as spent already, of a lease that was lost.
    """

    __slots__ = (
        "_open", "_order", "account", "held", "limit", "number", "on_credit", "prepaid", "reported_at", "reserved",
        "running", "spent", "unpriced", "used",
    )  # fmt: skip

    def __init__(self, account: Account, limit: int, now: float) -> None:
        self.account, self.limit = account, limit
        self.held = self.reserved = self.spent = self.unpriced = self.running = self.prepaid = 0
        self.number, self._open = 1, 0
        self._order: Exchange | None = None
        self.on_credit, self.used, self.reported_at = False, True, now

    @property
    def slice(self) -> int:
        """How much is leased at a time."""
        return max(1, self.limit // SLICES)

    @property
    def free(self) -> int:
        """What may be reserved without asking the ledger."""
        return self.held - self.reserved

    @property
    def empty(self) -> bool:
        """Whether nothing is held, promised or still to be told."""
        return not (self.held or self.reserved or self.spent or self.unpriced or self.running or self._order)

    def can(self, amount: int) -> bool:
        """Whether an amount may be reserved now. What costs nothing always may."""
        return amount == 0 or amount <= self.free + (self.slice if self.on_credit else 0)

    def reserve(self, amount: int) -> None:
        """Promise an amount to a request that begins."""
        self.reserved += amount
        self.running += 1
        self.used = True

    def settle(self, reserved: int, spent: int, unpriced: int = 0) -> None:
        """A request has ended: what was promised to it is free again, what it cost is spent."""
        self.reserved -= reserved
        paid = min(self.prepaid, spent)
        self.prepaid -= paid
        self.held -= spent - paid
        self.spent += spent - paid
        self.unpriced += unpriced
        self.running -= 1
        self.used = True

    def due(self, now: float, renew_every: float) -> bool:
        """Whether the ledger should hear something: money spent, a lease that lies idle, or one to be renewed."""
        idle = not self.used and not self.running and self.held > 0
        renewal = self._open > 0 and now - self.reported_at >= renew_every
        return self.spent > 0 or self.unpriced > 0 or idle or renewal or self._order is not None

    def order(self, *, least: int = 0, want: int = 0, close: bool = False) -> Exchange:
        """What to tell the ledger now; ``done`` or ``failed`` must follow before the next.

        After ``failed`` it is the same order once more, whatever is asked: nobody knows whether the ledger took it, and
        by its number the ledger does it once. An idle lease is given back whole, and so is everything that is free with
        ``close``.
        """
        if self._order is not None:
            return self._order
        idle = not self.used and not self.running and not want
        given_back = max(0, self.free) if idle or close else 0
        self.held -= given_back
        self._order = Exchange(
            account=self.account,
            limit=self.limit,
            number=self.number,
            open=self._open,
            spent=self.spent,
            returned=given_back,
            want=want,
            least=least,
            unpriced=self.unpriced,
        )
        return self._order

    def done(self, granted: Granted, now: float) -> None:
        """The ledger has taken the order."""
        order = self._order
        if order is None:
            raise ValueError("nothing was ordered")
        left = order.open - order.spent - order.returned
        self.spent -= order.spent
        self.unpriced -= order.unpriced
        # What was spent beyond the lease stands in the ledger now, and is no debt of this purse any more.
        self.held += granted.amount - min(0, left)
        self._open = granted.amount + max(0, left)
        if granted.lost and left > 0:
            # The rest of the lease counts as spent there: it pays for requests that end here, and for nothing else.
            self.held -= left
            self._open -= left
            paid = min(left, self.spent)
            self.spent -= paid
            self.held += paid
            self.prepaid += left - paid
        self._order = None
        self.number += 1
        self.on_credit, self.reported_at = False, now

    def failed(self) -> None:
        """The ledger could not be reached. A slice of credit is open until it can."""
        self.on_credit = True
