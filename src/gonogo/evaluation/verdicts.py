"""Verdicts: the newest of one kind among the stored.

Here: telling proofs from backtests. Not here: making either (``evaluate``, ``backtest``), what a proof allows
(``deployments``).
"""

from __future__ import annotations

from gonogo.contracts import EvaluationStore
from gonogo.domain import Verdict

FIRST_LOOK = 8


async def newest_verdict(
    store: EvaluationStore, mission: str, number: int, *, backtest: bool = False
) -> Verdict | None:
    """The newest Verdict of a Version on golden tasks; on recorded questions with ``backtest``; ``None`` where there is
    none."""
    limit = FIRST_LOOK
    while True:
        stored = await store.verdicts(mission, number, limit)
        found = next((one for one in stored if (one.backtest is not None) is backtest), None)
        if found is not None or len(stored) < limit:
            return found
        limit *= FIRST_LOOK
