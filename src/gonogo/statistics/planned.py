"""Planned looks: a test at a few fixed moments agreed on beforehand.

Here: O'Brien-Fleming boundaries for evenly spaced looks.
Not here: looking whenever one likes (``evalues``), which the gate does by default.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gonogo.statistics.arguments import count, open_unit
from gonogo.statistics.special import normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NODES_PER_DEVIATION = 25
_REACH = 8.0
_BISECTIONS = 36


def obrien_fleming(looks: int, alpha: float = 0.05) -> tuple[float, ...]:
    """z to reach at each of ``looks`` evenly spaced looks, so that one-sided errors over all of them sum to ``alpha``.

    Boundary C sqrt(looks / look) (O'Brien and Fleming 1979, Biometrics 35:549); C by recursive integration (Armitage,
    McPherson and Rowe 1969, JRSS A 132:235). At most 50 looks and ``alpha`` below 0.5.
    """
    if count("looks", looks, least=1) > 50:
        raise ValueError(f"looks must be at most 50, not {looks}; look as often as you like with an e-value instead")
    if open_unit("alpha", alpha) >= 0.5:
        raise ValueError(f"alpha must be below 0.5, not {alpha!r}")
    import numpy as np

    grid = np.polynomial.legendre.leggauss(80 + int(_NODES_PER_DEVIATION * math.sqrt(looks)))
    low = -normal_quantile(alpha)
    high = -normal_quantile(alpha / looks) + 1e-9
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if _crossing_chance(looks, middle * math.sqrt(looks), grid) > alpha:
            low = middle
        else:
            high = middle
    return tuple(high * math.sqrt(looks / look) for look in range(1, looks + 1))


def _crossing_chance(looks: int, bound: float, grid: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """Chance that a sum of standard normal steps reaches ``bound`` after any of ``looks``; Gauss-Legendre ``grid``."""
    import numpy as np

    lowest = -_REACH * math.sqrt(looks)
    half = (bound - lowest) / 2.0
    places, weights = lowest + half * (grid[0] + 1.0), grid[1] * half
    step = np.exp(-0.5 * (places[:, None] - places[None, :]) ** 2) / math.sqrt(2.0 * math.pi)
    density = np.exp(-0.5 * places**2) / math.sqrt(2.0 * math.pi)
    for _ in range(looks - 1):
        density = step @ (density * weights)
    return 1.0 - float(density @ weights)
