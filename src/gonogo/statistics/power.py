"""Power: what a golden set of a given size can see, and how many tasks a decision still needs.

Here: sample sizes for a shift and for non-inferiority, the smallest visible margin, the smallest set that can pass,
whether more repeats or more tasks pay.
Not here: the tests themselves (``paired``, ``graded``).

``discordance`` is the share of tasks on which two Versions differ; margins and differences are shares too (0.05 is five
points).
All tests are one-sided at ``alpha`` unless said otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gonogo.statistics.arguments import count, finite, open_unit, positive, same_length, sample
from gonogo.statistics.paired import PairedCounts
from gonogo.statistics.special import normal_quantile


def connor_sample_size(difference: float, discordance: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Tasks needed to detect ``difference`` with a one-sided paired test (Connor 1987, Biometrics 43:207).

    Raises ``ValueError`` where |difference| is 0 or larger than ``discordance``: such a pair of Versions cannot be.
    For a two-sided test pass alpha / 2.
    """
    size = abs(finite("difference", difference))
    share = _discordance(discordance)
    if not 0.0 < size <= share:
        raise ValueError(f"difference {difference!r} must be above 0 and at most the discordance {discordance!r}")
    reach = _z(alpha) * math.sqrt(share) + _z_power(power) * math.sqrt(max(0.0, share - size * size))
    return _whole((reach / size) ** 2)


def noninferiority_sample_size(margin: float, discordance: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Tasks needed to show a truly equal candidate non-inferior: (z_alpha + z_power)^2 discordance / margin^2.

    Normal approximation of Tango's test at true difference 0 (Nam 1997, Biometrics 53:1422).
    """
    reach = _z(alpha) + _z_power(power)
    return max(1, _whole(reach * reach * _discordance(discordance) / open_unit("margin", margin) ** 2))


def smallest_visible_margin(n: int, discordance: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The margin that ``n`` tasks can prove for a truly equal candidate; inverse of `noninferiority_sample_size`."""
    reach = _z(alpha) + _z_power(power)
    return reach * math.sqrt(_discordance(discordance) / count("n", n, least=1))


def unpaired_sample_size(first: float, second: float, alpha: float = 0.025, power: float = 0.8) -> int:
    """Tasks per side when two rates are compared without pairing; shows what pairing saves (Fleiss 1981, chapter 3)."""
    spread = open_unit("first", first) * (1.0 - first) + open_unit("second", second) * (1.0 - second)
    if first == second:
        raise ValueError("first and second must differ")
    reach = _z(alpha) + _z_power(power)
    return _whole(reach * reach * spread / (first - second) ** 2)


def smallest_passing_set(margin: float, alpha: float = 0.05) -> int:
    """Fewest tasks with which Tango's test can pass when no task is discordant.

    z_alpha^2 (1 - margin) / margin, rounded up; follows from Tango (1998, Stat Med 17:891) with b = c = 0.
    Margin 0.05 needs 52 tasks at alpha 0.05 and 59 at 0.04.
    """
    open_unit("margin", margin)
    return max(1, _whole(max(0.0, _z(alpha)) ** 2 * (1.0 - margin) / margin))


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksNeeded:
    """How large a set would settle the question, of which ``done`` are run."""

    total: int
    done: int

    @property
    def more(self) -> int:
        """Tasks still to run; 0 when the set is as large as planned and only luck was missing."""
        return max(0, self.total - self.done)


def tasks_needed(
    *, done: int, difference: float, variance: float, margin: float, alpha: float = 0.05, power: float = 0.8
) -> TasksNeeded | None:
    """Set size at which non-inferiority would be shown if what was seen so far is the truth.

    (z_alpha + z_power)^2 variance / (margin + difference)^2, with ``variance`` that of one task's difference, as
    `noninferiority_sample_size` has it at difference 0. ``None`` when the difference seen lies at or beyond the margin:
    then no number of tasks turns it into GO.
    """
    count("done", done)
    room = open_unit("margin", margin) + finite("difference", difference)
    if not (math.isfinite(variance) and variance >= 0.0):
        raise ValueError(f"variance must be finite and at least 0, not {variance!r}")
    reach = _z(alpha) + _z_power(power)
    if room <= 0.0:
        return None
    return TasksNeeded(total=max(1, _whole(reach * reach * variance / room**2)), done=done)


def tasks_needed_for(
    counts: PairedCounts, margin: float, alpha: float = 0.05, power: float = 0.8
) -> TasksNeeded | None:
    """`tasks_needed` for passed-or-failed tasks; never below `smallest_passing_set`. Needs at least one task."""
    if counts.difference is None or counts.variance is None:
        raise ValueError("no paired tasks: run some before asking how many more are needed")
    needed = tasks_needed(
        done=counts.total,
        difference=counts.difference,
        variance=counts.variance,
        margin=margin,
        alpha=alpha,
        power=power,
    )
    if needed is None:
        return None
    return TasksNeeded(total=max(needed.total, smallest_passing_set(margin, alpha)), done=needed.done)


class RepeatsAdvice(NamedTuple):
    """Where the noise of a paired comparison comes from: ``between_tasks`` and the two ``within`` variances."""

    between_tasks: float
    within_candidate: float
    within_baseline: float

    def variance(self, repeats: int) -> float:
        """Variance of one task's difference when each side runs ``repeats`` times."""
        return self.between_tasks + self._within / count("repeats", repeats, least=1)

    def relative_variance(self, repeats: int) -> float:
        """`variance` as a share of that with one repeat; 1 where there is no variance at all."""
        single = self.variance(1)
        return self.variance(repeats) / single if single > 0.0 else 1.0

    def more_tasks_beat_more_repeats(self, repeats: int) -> bool:
        """True once noise within tasks is smaller than the variance between them."""
        return self._within / count("repeats", repeats, least=1) < self.between_tasks or self._within == 0.0

    def recommended(self, maximum: int = 4) -> int:
        """Fewest repeats after which more tasks pay better, at most ``maximum``."""
        for repeats in range(1, count("maximum", maximum, least=1)):
            if self.more_tasks_beat_more_repeats(repeats):
                return repeats
        return maximum

    @property
    def _within(self) -> float:
        return self.within_candidate + self.within_baseline


def repeats_advice(candidate: Sequence[Sequence[float]], baseline: Sequence[Sequence[float]]) -> RepeatsAdvice:
    """Variance components from repeated scores: one inner sequence per task, at least 2 tasks of at least 2 repeats.

    Within: mean of the tasks' variances. Between: variance of the mean differences less what repeats add, at least 0
    (Miller 2024, arXiv 2411.00640, section on resampling).
    """
    same_length("candidate", len(candidate), "baseline", len(baseline))
    if len(candidate) < 2:
        raise ValueError(f"repeats advice needs at least 2 tasks, got {len(candidate)}")
    ours = [sample(f"candidate[{place}]", scores, least=2) for place, scores in enumerate(candidate)]
    theirs = [sample(f"baseline[{place}]", scores, least=2) for place, scores in enumerate(baseline)]
    differences = [_mean(left) - _mean(right) for left, right in zip(ours, theirs, strict=True)]
    added = _mean([_variance(task) / len(task) for task in ours]) + _mean(
        [_variance(task) / len(task) for task in theirs]
    )
    return RepeatsAdvice(
        between_tasks=max(0.0, _variance(differences) - added),
        within_candidate=_mean([_variance(task) for task in ours]),
        within_baseline=_mean([_variance(task) for task in theirs]),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    centre = _mean(values)
    return math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1)


def _discordance(value: float) -> float:
    positive("discordance", value)
    if value > 1.0:
        raise ValueError(f"discordance must be at most 1, not {value!r}")
    return value


def _z(alpha: float) -> float:
    return -normal_quantile(open_unit("alpha", alpha))


def _z_power(power: float) -> float:
    return normal_quantile(open_unit("power", power))


def _whole(size: float) -> int:
    # Rounding noise just above a whole number must not cost a task.
    return math.ceil(size - 1e-9)
