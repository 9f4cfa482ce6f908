"""Special functions: the incomplete beta function and the distributions that follow from it.

Here: regularised incomplete beta function and its inverse, binomial tails, Student's t, the normal distribution.
Not here: intervals and tests built on them (``rates``, ``paired``, ``graded``).

Written from the formulas of the Digital Library of Mathematical Functions (DLMF, dlmf.nist.gov), section 8.17.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from gonogo.statistics.arguments import closed_unit, count, finite, open_unit, positive

_STANDARD_NORMAL = NormalDist()
_TINY = 1e-300
_FRACTION_STEPS = 100_000
_INVERSE_STEPS = 400


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
        return float(x)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b))
    if x < (a + 1.0) / (a + b + 2.0):
        value = front / (a * _beta_fraction(a, b, x))
    else:
        value = 1.0 - front / (b * _beta_fraction(b, a, 1.0 - x))
    return min(1.0, max(0.0, value))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)) with the d of DLMF 8.17.23, by Lentz's method (DLMF 3.10.3)."""
    value, ratio, inverse = 1.0, 1.0, 0.0
    for step in range(1, _FRACTION_STEPS):
        m = step // 2
        if step % 2:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        inverse = 1.0 / _away_from_zero(1.0 + numerator * inverse)
        ratio = _away_from_zero(1.0 + numerator / ratio)
        value *= ratio * inverse
        if abs(ratio * inverse - 1.0) < 1e-16:
            break
    return value


def _away_from_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = ``probability``: Newton steps, kept inside a shrinking bracket."""
    open_unit("probability", probability)
    scale = log_beta(positive("a", a), positive("b", b))
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(_INVERSE_STEPS):
        error = incomplete_beta(a, b, x) - probability
        low, high = (low, x) if error > 0.0 else (x, high)
        density = math.exp((a - 1.0) * math.log(x) + (b - 1.0) * math.log1p(-x) - scale)
        following = x - error / density if density > _TINY else -1.0
        if not low < following < high:
            following = (low + high) / 2.0
        # To the last float: near 1, a few of them may lie far apart in probability.
        if abs(following - x) <= math.ulp(x) or following in (0.0, 1.0):
            return following
        x = following
    return x


def binomial_at_least(successes: int, trials: int, probability: float) -> float:
    """P[Bin(trials, probability) >= successes] (DLMF 8.17.5)."""
    count("successes", successes)
    count("trials", trials)
    closed_unit("probability", probability)
    if successes == 0:
        return 1.0
    if successes > trials:
        return 0.0
    return incomplete_beta(successes, trials - successes + 1, probability)


def t_cdf(t: float, degrees_of_freedom: float) -> float:
    """P[T <= t] for Student's t, through the incomplete beta function (Abramowitz and Stegun 26.7.1)."""
    finite("t", t)
    positive("degrees_of_freedom", degrees_of_freedom)
    tail = 0.5 * incomplete_beta(degrees_of_freedom / 2.0, 0.5, degrees_of_freedom / (degrees_of_freedom + t * t))
    return tail if t < 0.0 else 1.0 - tail


def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """The t below which Student's t falls with ``probability``; inverse of `t_cdf`."""
    open_unit("probability", probability)
    positive("degrees_of_freedom", degrees_of_freedom)
    if probability == 0.5:
        return 0.0
    tail = min(probability, 1.0 - probability)
    # Of t^2/(nu + t^2) and its complement, solve for the small one: the other has lost its digits to rounding.
    if tail < 0.25:
        rest = beta_quantile(2.0 * tail, degrees_of_freedom / 2.0, 0.5)
        size = math.sqrt(degrees_of_freedom * (1.0 - rest) / rest)
    else:
        share = beta_quantile(1.0 - 2.0 * tail, 0.5, degrees_of_freedom / 2.0)
        size = math.sqrt(degrees_of_freedom * share / (1.0 - share))
    return size if probability > 0.5 else -size
