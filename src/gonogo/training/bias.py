"""Bias: whether a classifier treats texts differently for whom they name, how they are written or where they are from.

Here: exchanging group terms in plain sentences, slices whose error rates differ from the rest, agreement of labellers
by slice.
Not here: the slices (``slices``), the terms (``identity_terms``), wrong labels (``label_noise``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gonogo.domain import IdentityGap, Measure, TrainingRow
from gonogo.statistics import Rate, benjamini_hochberg, bootstrap_mean, cohen_kappa
from gonogo.training.identity_terms import Swap, swaps
from gonogo.training.measures import ENOUGH, too_small
from gonogo.training.slices import members, slices_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Judge = Callable[[Sequence[str]], Sequence[float]]
"""Texts to probabilities."""
ErrorRate = Literal["false_positive_rate", "false_negative_rate"]
_ERROR_RATES: Final[tuple[ErrorRate, ErrorRate]] = ("false_positive_rate", "false_negative_rate")
STANDS: Final = 0.05
"""Share of false claims among those that stand."""


def identity_gap(judge: Judge, threshold: float, sentences: Sequence[Swap] | None = None) -> IdentityGap:
    """How probabilities move when only the group term of a plain sentence is exchanged.

    ``flip_rate``: sentences that are positive with one term and negative with another, Wilson's interval.
    ``score_gap``: between the terms of highest and lowest mean probability; the BCa bootstrap over sentences is of
    these two terms, found on the same sentences, so that the gap is rather over- than understated.
    After Dixon et al. 2018, "Measuring and Mitigating Unintended Bias in Text Classification" and Garg et al. 2019,
    arXiv 1809.10610 (counterfactual token fairness).

    Args:
        judge: texts to calibrated probabilities; called once.
        threshold: from which a text counts as positive.
        sentences: by default those of ``identity_terms``; every sentence needs every term.
    """
    import numpy as np

    cases = list(swaps() if sentences is None else sentences)
    terms = sorted({case.term for case in cases})
    numbers = sorted({case.sentence for case in cases})
    if len(cases) != len(terms) * len(numbers) or len(terms) < 2 or len(numbers) < 2:
        raise ValueError("every sentence needs every term once, and there must be two of each")
    scores = np.full((len(numbers), len(terms)), np.nan)
    for case, probability in zip(cases, judge([case.text for case in cases]), strict=True):
        scores[numbers.index(case.sentence), terms.index(case.term)] = probability
    called = scores >= threshold
    flips = Rate(hits=int((called.any(axis=1) & ~called.all(axis=1)).sum()), total=len(numbers))
    means = scores.mean(axis=0)
    highest, lowest = int(means.argmax()), int(means.argmin())
    return IdentityGap(
        terms=len(terms),
        sentences=len(numbers),
        flip_rate=_of_rate(flips),
        score_gap=_of_differences((scores[:, highest] - scores[:, lowest]).tolist()),
        highest=terms[highest],
        lowest=terms[lowest],
    )


def _of_rate(rate: Rate) -> Measure:
    interval = rate.wilson()
    return Measure(value=rate.value, low=interval.low, high=interval.high, n=rate.total)


def _of_differences(differences: Sequence[float]) -> Measure:
    mean = math.fsum(differences) / len(differences)
    if max(differences) == min(differences):
        return Measure(value=mean, low=mean, high=mean, n=len(differences), note="the same in every sentence")
    interval = bootstrap_mean(differences, resamples=1_999).interval
    return Measure(
        value=mean, low=min(mean, interval.low), high=max(mean, interval.high), n=len(differences),
        note="between the two terms furthest apart",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGap:
    """How an error rate of one slice differs from that of all other rows: ``gap`` = slice minus rest.

    ``adjusted_p`` is of "no difference", corrected for looking at every slice; ``stands`` where it is at most 0.05.
    """

    dimension: str
    name: str
    rate: ErrorRate
    gap: Measure
    adjusted_p: float | None
    stands: bool


def slice_gaps(
    rows: Sequence[TrainingRow], probabilities: Sequence[float] | NDArray[np.float64], threshold: float
) -> tuple[SliceGap, ...]:
    """Error rates of every slice against all other rows, those that stand first, then the largest gap.

    Difference with Newcombe's interval for independent rates (1998, Stat Med 17:873, method 10); Fisher's exact test,
    two-sided, adjusted over slices and both rates by Benjamini and Hochberg. A slice with fewer than 30 rows of the
    class that the rate is of, or a rest of so few, gets no number. Slices overlap: a gap is no cause.
    """
    import numpy as np

    labels, called = np.array([row.label for row in rows], bool), np.asarray(probabilities, dtype=float) >= threshold
    if labels.shape != called.shape:
        raise ValueError(f"rows and probabilities must have the same length, not {labels.size} and {called.size}")
    cases: list[_Case] = []
    for (dimension, name), places in members(rows).items():
        inside = np.zeros(len(rows), bool)
        inside[places] = True
        if not inside.all():
            cases += [_Case(dimension, name, rate, *_errors(labels, called, inside, rate)) for rate in _ERROR_RATES]
    told = [case for case in cases if min(case.inside.total, case.rest.total) >= ENOUGH]
    values = benjamini_hochberg([_fisher(case.inside, case.rest) for case in told])
    adjusted = {case[:3]: p for case, p in zip(told, values, strict=True)}
    gaps = [_gap(case, adjusted.get(case[:3])) for case in cases]
    return tuple(sorted(gaps, key=lambda gap: (not gap.stands, -abs(gap.gap.value or 0.0), gap.dimension, gap.name)))


class _Case(NamedTuple):
    dimension: str
    name: str
    rate: ErrorRate
    inside: Rate
    rest: Rate


def _errors(
    labels: NDArray[np.bool_], called: NDArray[np.bool_], inside: NDArray[np.bool_], rate: ErrorRate
) -> tuple[Rate, Rate]:
    """The error rate inside the slice and outside of it."""
    counted = labels == (rate == "false_negative_rate")
    wrong = counted & (called != labels)
    inner, outer = (
        Rate(hits=int((wrong & side).sum()), total=int((counted & side).sum())) for side in (inside, ~inside)
    )
    return inner, outer


def _gap(case: _Case, adjusted: float | None) -> SliceGap:
    return SliceGap(
        dimension=case.dimension,
        name=case.name,
        rate=case.rate,
        gap=_difference(case.inside, case.rest),
        adjusted_p=adjusted,
        stands=adjusted is not None and adjusted <= STANDS,
    )


def _difference(inside: Rate, rest: Rate) -> Measure:
    if min(inside.total, rest.total) < ENOUGH:
        return too_small(min(inside.total, rest.total), "rows of that class")
    first, second = inside.hits / inside.total, rest.hits / rest.total
    one, other = inside.wilson(), rest.wilson()
    low = first - second - math.hypot(first - one.low, other.high - second)
    high = first - second + math.hypot(one.high - first, second - other.low)
    return Measure(value=first - second, low=low, high=high, n=inside.total)


def _fisher(inside: Rate, rest: Rate) -> float:
    """Two-sided p of Fisher's exact test (1935): twice the smaller tail of the hypergeometric distribution."""
    hits, total = inside.hits + rest.hits, inside.total + rest.total
    least, most = max(0, hits - rest.total), min(hits, inside.total)
    logs = [_log_choose(inside.total, k) + _log_choose(rest.total, hits - k) for k in range(least, most + 1)]
    whole = _log_choose(total, hits)
    tail = [math.exp(log - whole) for log in logs]
    place = inside.hits - least
    return min(1.0, 2.0 * min(math.fsum(tail[: place + 1]), math.fsum(tail[place:])))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def agreement_by_slice(judged: Iterable[tuple[TrainingRow, bool, bool]]) -> dict[str, Measure]:
    """Cohen's kappa between two labellers, over all rows (``all``) and for each slice (``language: de``).

    Low agreement where a group is named or a dialect is spelled says that the labels there, not the classifier, are
    the trouble. Under 30 rows, or with one label only, there is no number.
    """
    cases: dict[str, list[tuple[bool, bool]]] = {}
    for row, first, second in judged:
        for name in ("all", *(f"{dimension}: {part}" for dimension, part in slices_of(row).items())):
            cases.setdefault(name, []).append((first, second))
    return {name: _kappa(pairs) for name, pairs in sorted(cases.items())}


def _kappa(pairs: Sequence[tuple[bool, bool]]) -> Measure:
    if len(pairs) < ENOUGH:
        return too_small(len(pairs), "rows labelled twice")
    kappa = cohen_kappa([[pairs.count((a, b)) for b in (False, True)] for a in (False, True)])
    if kappa.value is None or kappa.interval is None:
        return Measure(value=None, n=len(pairs), note="all labels are the same: agreement beyond chance has no meaning")
    return Measure(value=kappa.value, low=kappa.interval.low, high=kappa.interval.high, n=len(pairs))
