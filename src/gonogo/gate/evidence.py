"""Evidence: what paired tasks show so far, in e-values that may be looked at after every task.

Here: one running reading a metric, by task or by cluster. Not here: when it suffices (``levels``), which tasks it is
given (``stopping``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gonogo.domain import WANTED_LOW, MetricRule
from gonogo.gate.compare import PRIMARY
from gonogo.gate.levels import Levels
from gonogo.gate.sheets import TaskOutcome
from gonogo.statistics import DifferenceBet, PairedCounts, noninferiority_e_value, regression_e_value


@dataclass(slots=True)
class _Reading:
    """Of one metric. Of the two outcomes only the counts matter, of graded scores every difference."""

    metric: str
    margin: float | None
    no_go_margin: float
    mended: int = 0
    broke: int = 0
    ties: int = 0
    better: DifferenceBet | None = None
    worse: DifferenceBet | None = None
    shown: bool = False

    def add(self, difference: float, share: float) -> None:
        self.mended += difference == 1.0
        self.broke += difference == -1.0
        self.ties += difference == 0.0
        if self.better is not None:
            self.better.update(_weighed(difference, self.better.margin, share))
        if self.worse is not None:
            # The other way round: "below the bound" is "above it" with the sign turned.
            self.worse.update(_weighed(-difference, self.worse.margin, share))

    def e_as_good(self) -> float:
        if self.margin is None:
            return 0.0
        if self.better is not None:
            return self.better.e_value
        return _as_good(self.mended, self.broke, self.ties, self.margin)

    def e_worse(self) -> float:
        return _worse(self.mended, self.broke) if self.worse is None else self.worse.e_value


@dataclass(slots=True)
class Evidence:
    """Of every metric a policy requires, task by task in the recorded random order."""

    levels: Levels
    largest: int = 1
    readings: dict[str, _Reading] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Mapping[str, MetricRule], levels: Levels, *, beyond_margin: bool, largest: int = 1) -> Evidence:
        """``beyond_margin``: only a loss larger than the margin counts as one. ``largest``: tasks in the largest
        cluster; 1 where every task stands alone."""
        readings = {}
        for name, rule in rules.items():
            bound = (rule.margin or 0.0) if beyond_margin else 0.0
            graded = name != PRIMARY or largest > 1
            readings[name] = _Reading(
                metric=name,
                margin=rule.margin,
                no_go_margin=bound,
                better=DifferenceBet(margin=rule.margin) if graded and rule.margin is not None else None,
                worse=DifferenceBet(margin=-bound) if graded or bound else None,
            )
        return cls(levels=levels, largest=largest, readings=readings)

    def add(self, unit: Sequence[tuple[TaskOutcome, TaskOutcome]]) -> None:
        """Take in a task that both ran, or all of a cluster; a metric without a value on both sides learns nothing.

        A cluster is one observation: its mean, which counts as much as it has tasks beside the largest one, since the
        margin is one of the mean over tasks.
        """
        for name, reading in self.readings.items():
            found = [one for ours, theirs in unit if (one := _difference(name, ours, theirs)) is not None]
            if found:
                reading.add(math.fsum(found) / len(found), len(found) / self.largest)
                needed = self.levels.go_evidence
                # Once shown it stays shown: the bound holds over all looks together.
                reading.shown = reading.shown or (needed is not None and reading.e_as_good() >= needed)

    def as_good(self) -> bool:
        """Whether every metric with a margin is shown to stay within it; never where none has one."""
        found = [reading.shown for reading in self.readings.values() if reading.margin is not None]
        return bool(found) and all(found)

    def worse(self) -> tuple[str, ...]:
        """Metrics shown to be worse; each of K must show K times as much, so that any is wrong with alpha at most."""
        needed = self.levels.no_go_evidence
        if needed is None:
            return ()
        needed *= len(self.readings)
        return tuple(name for name, reading in self.readings.items() if reading.e_worse() >= needed)

    def e_values(self, metric: str) -> tuple[float, float]:
        """(not worse than the margin, worse) as they stand."""
        return self.readings[metric].e_as_good(), self.readings[metric].e_worse()


def _weighed(value: float, margin: float, share: float) -> float:
    """What a bet on ``value`` over ``-margin`` must be given to stake only ``share`` of its size: the surplus over the
    margin shrinks, so that it stays fair where the weighted mean stands at the margin."""
    return share * value - (1.0 - share) * margin


def _difference(name: str, ours: TaskOutcome, theirs: TaskOutcome) -> float | None:
    if name == PRIMARY:
        return None if ours.passed is None or theirs.passed is None else float(ours.passed) - float(theirs.passed)
    if name not in ours.metrics or name not in theirs.metrics:
        return None
    # Values off the scale make the Verdict INVALID; here they must only not stop the look.
    difference = min(1.0, max(-1.0, ours.metrics[name] - theirs.metrics[name]))
    return -difference if name in WANTED_LOW else difference


@lru_cache(maxsize=65_536)
def _as_good(mended: int, broke: int, ties: int, margin: float) -> float:
    return noninferiority_e_value(
        PairedCounts(both=ties, candidate_only=mended, baseline_only=broke, neither=0), margin
    )


@lru_cache(maxsize=65_536)
def _worse(mended: int, broke: int) -> float:
    return regression_e_value(PairedCounts(both=0, candidate_only=mended, baseline_only=broke, neither=0))
