"""Agreement: judges against people, and rates corrected for what the judge gets wrong.

Here: Cohen's kappa, the Rogan-Gladen correction, prediction-powered means, rates from stratified labels.
Not here: calling judges and collecting labels (``evaluation``, ``monitoring``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.statistics.arguments import closed_unit, count, open_unit, same_length, sample
from gonogo.statistics.intervals import Estimate, Interval
from gonogo.statistics.rates import Rate
from gonogo.statistics.special import normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Agreement beyond chance; ``value``, error and interval are ``None`` when all ratings fall into one category."""

    value: float | None
    standard_error: float | None
    interval: Interval | None
    agreed: Rate


def cohen_kappa(table: Sequence[Sequence[int]], confidence: float = 0.95) -> Kappa:
    """Cohen's kappa (1960, Educ Psychol Meas 20:37) of a square table: rows one rater's categories, columns the
    other's.

    Large-sample error of Fleiss, Cohen and Everitt (1969, Psychol Bull 72:323); where all items agree, the low end
    comes from the Wilson interval of the agreement. Needs at least one rated item.
    """
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    shares, total = _shares(table)
    sides = range(len(shares))
    rows = [math.fsum(shares[i]) for i in sides]
    columns = [math.fsum(shares[i][j] for i in sides) for j in sides]
    agreed = Rate(hits=sum(table[i][i] for i in sides), total=total)
    by_chance = math.fsum(rows[i] * columns[i] for i in sides)
    if any(rows[i] == columns[i] == 1.0 for i in sides):
        return Kappa(value=None, standard_error=None, interval=None, agreed=agreed)
    kappa = (agreed.hits / total - by_chance) / (1.0 - by_chance)
    doubt = 1.0 - kappa
    on = math.fsum(shares[i][i] * (1.0 - (rows[i] + columns[i]) * doubt) ** 2 for i in sides)
    off = math.fsum(shares[i][j] * (columns[i] + rows[j]) ** 2 for i in sides for j in sides if i != j)
    spread = max(0.0, on + doubt * doubt * off - (kappa - by_chance * doubt) ** 2)
    error = math.sqrt(spread / total) / (1.0 - by_chance)
    low = kappa - z * error
    if agreed.hits == total:
        # Agreement on every item has no error left to estimate; what so few items cannot exclude remains.
        low = (agreed.wilson(confidence).low - by_chance) / (1.0 - by_chance)
    interval = Interval(low=max(-1.0, low), high=min(1.0, kappa + z * error), confidence=confidence, method="kappa")
    return Kappa(value=kappa, standard_error=error, interval=interval, agreed=agreed)


def _shares(table: Sequence[Sequence[int]]) -> tuple[list[list[float]], int]:
    if any(len(row) != len(table) for row in table):
        raise ValueError("table must be square: the same categories for both raters")
    total = sum(count(f"table[{i}][{j}]", cell) for i, row in enumerate(table) for j, cell in enumerate(row))
    if not total:
        raise ValueError("table holds no rated item")
    return [[cell / total for cell in row] for row in table], total


def rogan_gladen(observed: float, sensitivity: float, specificity: float) -> float:
    """True rate behind an ``observed`` one, for a judge of known quality (Rogan and Gladen 1978, Am J Epidemiol
    107:71).

    (observed + specificity - 1) / (sensitivity + specificity - 1), kept in [0, 1]. The judge must be better than
    chance.
    """
    quality = closed_unit("sensitivity", sensitivity) + closed_unit("specificity", specificity) - 1.0
    if quality <= 0.0:
        raise ValueError("sensitivity + specificity must be above 1: a judge no better than chance cannot be corrected")
    return min(1.0, max(0.0, (closed_unit("observed", observed) + specificity - 1.0) / quality))


def rogan_gladen_estimate(observed: Rate, sensitivity: Rate, specificity: Rate, confidence: float = 0.95) -> Estimate:
    """`rogan_gladen` with an interval that counts all three samples (Lang and Reiczigel 2014, Prev Vet Med 113:13).

    ``sensitivity`` is flagged out of truly bad, ``specificity`` unflagged out of truly good, on labelled items.
    """
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    if not (observed.total and sensitivity.total and specificity.total):
        raise ValueError("observed, sensitivity and specificity each need at least one item")
    size, hits, right = observed.total + z * z, sensitivity.total + 2, specificity.total + 2
    seen = (observed.hits + z * z / 2.0) / size
    found, cleared = (sensitivity.hits + 1) / hits, (specificity.hits + 1) / right
    quality = found + cleared - 1.0
    if quality <= 0.0:
        raise ValueError("the judge is no better than chance on the labelled items: its rate cannot be corrected")
    true = (seen + cleared - 1.0) / quality
    doubt_found, doubt_cleared = found * (1.0 - found) / hits, cleared * (1.0 - cleared) / right
    centre = true + 2.0 * z * z * (true * doubt_found - (1.0 - true) * doubt_cleared)
    variance = seen * (1.0 - seen) / size + true * true * doubt_found + (1.0 - true) ** 2 * doubt_cleared
    value = rogan_gladen(
        observed.hits / observed.total, sensitivity.hits / sensitivity.total, specificity.hits / specificity.total
    )
    return Estimate(value, _within_unit(centre, z * math.sqrt(variance) / quality, confidence, "lang-reiczigel"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionPowered:
    """A mean from few labels and many judgements; ``tuning`` says how far the judge counts: 0 not at all, 1 fully."""

    value: float
    standard_error: float
    tuning: float
    interval: Interval


def prediction_powered_mean(
    labels: Sequence[float],
    judged: Sequence[float],
    unlabelled: Sequence[float],
    *,
    tuning: float | None = None,
    confidence: float = 0.95,
) -> PredictionPowered:
    """Mean of the true scores: PPI with ``tuning`` 1 (arXiv 2301.09633), PPI++ when it is left out (arXiv 2311.01453).

    ``labels`` and ``judged`` belong to the same randomly drawn items, at least 2; ``unlabelled`` are judgements of the
    rest, at least 2. Unbiased for any judge; below some 200 labels at low rates the interval covers too little: prefer
    `stratified_rate`.
    """
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    same_length("labels", len(labels), "judged", len(judged))
    truth, seen, rest = (
        sample(name, values, least=2)
        for name, values in (("labels", labels), ("judged", judged), ("unlabelled", unlabelled))
    )
    trust = _best_tuning(truth, seen, rest) if tuning is None else closed_unit("tuning", tuning)
    residuals = [label - trust * judgement for label, judgement in zip(truth, seen, strict=True)]
    value = trust * _mean(rest) + _mean(residuals)
    noise = trust * trust * _covariance(rest, rest) / len(rest) + _covariance(residuals, residuals) / len(truth)
    error = math.sqrt(noise)
    interval = Interval(low=value - z * error, high=value + z * error, confidence=confidence, method="ppi")
    return PredictionPowered(value=value, standard_error=error, tuning=trust, interval=interval)


def _best_tuning(truth: Sequence[float], seen: Sequence[float], rest: Sequence[float]) -> float:
    """Tuning of least variance: cov(label, judgement) / ((1 + n/N) var(judgement)), kept in [0, 1]."""
    pooled = [*seen, *rest]
    variance = _covariance(pooled, pooled)
    if variance <= 0.0:
        return 0.0
    return min(1.0, max(0.0, _covariance(truth, seen) / ((1.0 + len(truth) / len(rest)) * variance)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Judged items of one verdict: how many there are, and the true rate among those that people labelled."""

    judged: int
    labelled: Rate

    def __post_init__(self) -> None:
        count("judged", self.judged)
        if self.judged and not self.labelled.total:
            raise ValueError("a stratum with judged items needs at least one label")


def stratified_rate(strata: Sequence[Stratum], confidence: float = 0.95) -> Estimate:
    """True rate when labels were drawn separately per verdict, say half from flagged and half from unflagged items.

    Weighted mean over strata (Cochran 1977, chapter 5) with the sampling error of the weights added and each stratum's
    variance taken at (hits + 1) / (labels + 2), so that strata without a hit still count as unsure (Agresti and Coull
    1998).
    """
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    judged = sum(stratum.judged for stratum in strata)
    if not judged:
        raise ValueError("strata hold no judged item")
    used = [stratum for stratum in strata if stratum.judged]
    weights = [stratum.judged / judged for stratum in used]
    rates = [stratum.labelled.hits / stratum.labelled.total for stratum in used]
    smooth = [(stratum.labelled.hits + 1) / (stratum.labelled.total + 2) for stratum in used]
    value = math.fsum(w * rate for w, rate in zip(weights, rates, strict=True))
    within = math.fsum(
        w * w * share * (1.0 - share) / stratum.labelled.total
        for w, share, stratum in zip(weights, smooth, used, strict=True)
    )
    between = math.fsum(w * (rate - value) ** 2 for w, rate in zip(weights, rates, strict=True)) / judged
    return Estimate(value, _within_unit(value, z * math.sqrt(within + between), confidence, "stratified"))


def _within_unit(centre: float, reach: float, confidence: float, method: str) -> Interval:
    low, high = (min(1.0, max(0.0, end)) for end in (centre - reach, centre + reach))
    return Interval(low=low, high=high, confidence=confidence, method=method)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _covariance(left: Sequence[float], right: Sequence[float]) -> float:
    first, second = _mean(left), _mean(right)
    return math.fsum((a - first) * (b - second) for a, b in zip(left, right, strict=True)) / (len(left) - 1)
