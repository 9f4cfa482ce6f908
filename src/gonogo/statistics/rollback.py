"""Rollback: is the canary worse than the control, asked after every pair of requests?

Here: the running evidence of harm.
Not here: pairing requests and moving the pointer (``deployments``), evidence that it is harmless enough to promote:
that is `gonogo.statistics.DifferenceBet` on control loss minus canary loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gonogo.statistics.arguments import closed_unit, count
from gonogo.statistics.evalues import mean_of_exponentials

_STAKES = (0.05, 0.1, 0.2, 0.4)


@dataclass(slots=True, kw_only=True)
class RollbackEvidence:
    """Evidence that the canary loses more than the control by over ``margin``; losses in [0, 1], 1 is a failure.

    W_t = mean over stakes of prod (1 + stake (canary - control - margin) / (1 + margin)). Rolling back at W_t >=
    1/alpha, however often one looks, undoes a canary that is no worse with probability at most alpha (Ville;
    Waudby-Smith and Ramdas 2023, arXiv 2010.09686). For several losses average their evidence (alpha stays) or ask
    each for K/alpha.
    """

    margin: float = 0.0
    log_wealth: list[float] = field(default_factory=lambda: [0.0] * len(_STAKES))
    pairs: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.margin < 1.0:
            raise ValueError(f"margin must lie in [0, 1), not {self.margin!r}")
        count("pairs", self.pairs)
        if len(self.log_wealth) != len(_STAKES):
            raise ValueError(f"log_wealth must have {len(_STAKES)} entries, not {len(self.log_wealth)}")

    def update(self, canary: float, control: float) -> float:
        """Take in the losses of one pair of requests; returns the evidence of harm so far."""
        excess = closed_unit("canary", canary) - closed_unit("control", control) - self.margin
        for place, stake in enumerate(_STAKES):
            self.log_wealth[place] += math.log1p(stake * excess / (1.0 + self.margin))
        self.pairs += 1
        return self.evidence

    @property
    def evidence(self) -> float:
        """Evidence so far; 1 before the first pair."""
        return mean_of_exponentials(self.log_wealth)
