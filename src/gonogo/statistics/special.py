"""Special functions: the incomplete beta function and the quantiles that follow from it.

Here: regularised incomplete beta function and its inverse, Student's t, binomial tails, the normal distribution.
Not here: intervals and tests built on them (``rates``, ``paired``, ``graded``).

Written from the formulas of the Digital Library of Mathematical Functions (DLMF, dlmf.nist.gov), section 8.17.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from gonogo.statistics.arguments import closed_unit, count, finite, open_unit, positive

_STANDARD_NORMAL = NormalDist()
_TINY = 1e-300
_ENOUGH = 1e-16


def normal_quantile(probability: float) -> float:
    """The z below which a standard normal variable falls with ``probability``."""
    return _STANDARD_NORMAL.inv_cdf(open_unit("probability", probability))


def normal_cdf(z: float) -> float:
    """P[Z <= z] for a standard normal Z; precise in both tails (``erfc``, DLMF 7.2.2)."""
    return 0.5 * math.erfc(-finite("z", z) / math.sqrt(2.0))


def log_beta(a: float, b: float) -> float:
    """Logarithm of the beta function B(a, b), both above 0 (DLMF 5.12.1)."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b): the chance that a Beta(a, b) variable is at most ``x``.

    Continued fraction DLMF 8.17.22, evaluated on the side where it converges fast (reflection DLMF 8.17.4).
    """
    positive("a", a)
    positive("b", b)
    closed_unit("x", x)
    if x in (0.0, 1.0):
        return x
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b))
    if x < (a + 1.0) / (a + b + 2.0):
        value = front * _beta_fraction(a, b, x) / a
    else:
        value = 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b
    return min(1.0, max(0.0, value))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """DLMF 8.17.22 by Lentz's method: numerators (8.17.23) alternate between an even and an odd form."""
    upper, lower = 1.0, 0.0
    value = 1.0
    for step in range(1, 100_000):
        m = step // 2
        if step == 1:
            numerator = 1.0
        else:
            numerator = _beta_numerator(a, b, x, step - 1)
        lower = _away_from_zero(1.0 + numerator * lower) if step > 1 else 1.0
        upper = _away_from_zero(1.0 + numerator / upper) if step > 1 else 1.0
        lower = 1.0 / lower
        change = upper * lower
        value *= change
        if m > 0 and abs(change - 1.0) < _ENOUGH:
            break
    return 1.0 / value
