"""Funds: whether there is money for a run, where somebody's budgets pay for it.

Here: why there is none any more. Not here: paying (``assembly.paying``), a command's own bound (``cap``).
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import structs

from gonogo.domain import Reason, Verdict
from gonogo.errors import BudgetSpent, GonogoError, NotPriced

NO_MONEY = (BudgetSpent, NotPriced)
"""What a model that is paid for raises where it may not be asked."""


@dataclass(slots=True)
class Funds:
    """One for an evaluation, shared by its runs. ``spent``: why no further model may be asked, ``None`` while there is
    money; ``calls`` that were let through. No task is started once it is spent, and those that it stopped are left for
    another time, as a cap leaves them."""

    spent: GonogoError | None = None
    calls: int = 0

    def told(self, verdict: Verdict) -> Verdict:
        """A Verdict that is INVALID for want of results says that the money ended, where it did.

        Raises:
            BudgetSpent, NotPriced: nothing was asked at all.
        """
        if self.spent is None or verdict.outcome != "INVALID":
            return verdict
        if not self.calls:
            raise self.spent
        reason = Reason(rule="budget", outcome="INVALID", message=f"the run was stopped: {self.spent}")
        line = f"{verdict.line}; stopped: {self.spent}"
        return structs.replace(verdict, line=line, reasons=(reason, *verdict.reasons))
