"""Judges: how far people agree with a judge, and whether it may decide.

Here: kappa, sensitivity, specificity, length and position bias of a calibration, and the rule that follows from them.
Not here: correcting what a judge says (``corrections``), collecting labels (``assembly``).

A judge may decide where its calibration has 50 labels or more, Cohen's kappa is at least 0.6, and the lower end of
kappa's 95 % interval at least 0.4. The point estimate is what is asked for, since 100 to 200 labels, as many as people
give, leave an interval of about 0.28: to ask 0.6 of its lower end would refuse a judge of kappa 0.7 with 100 labels.
What the interval leaves open is paid for elsewhere: rates are corrected, and their intervals count what the labels
leave unknown. The lower end keeps lucky labels from making a judge: below 0.4 agreement is at best fair (Landis and
Koch 1977, Biometrics 33:159).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gonogo.domain import (
    FIRST_TWICE,
    SECOND_TWICE,
    GoldenTask,
    Judge,
    JudgeCalibration,
    JudgedLabel,
    asks_a_judge,
    hearing_of,
)
from gonogo.statistics import Interval, Kappa, Rate, cohen_kappa
from gonogo.statistics.special import t_quantile

LEAST_KAPPA = 0.6
LEAST_LOW = 0.4
LEAST_LABELS = 50
"""Kappa's interval is one of large samples: on fewer labels it says too much."""
GOOD = 0.5
"""A person's value from which an answer is good."""
USUAL_LABELS = 100
"""What a judge needs where nothing is known yet."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthBias:
    """How much more than people a judge gives an answer for each doubling of its words, with its interval and standard
    error."""

    slope: float
    interval: Interval
    error: float = 0.0

    @property
    def shown(self) -> bool:
        """Whether it is proven."""
        return not self.interval.low <= 0.0 <= self.interval.high


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuality:
    """A judge held against people's labels.

    ``table``: rows what the judge said (pass, fail), columns what people said (good, bad). ``position``: of pairs, how
    many were decided by the place and not the answer; ``first``: of those, how many by the first place. ``length`` is
    ``None`` where lengths do not differ. ``more``: labels that are still needed; ``None`` where more of the same would
    not help.
    """

    labels: int
    table: tuple[tuple[int, int], tuple[int, int]]
    kappa: Kappa | None
    sensitivity: Rate
    specificity: Rate
    length: LengthBias | None
    position: Rate | None
    first: Rate | None
    more: int | None

    @property
    def low(self) -> float | None:
        """The lower end of kappa's interval."""
        return None if self.kappa is None or self.kappa.interval is None else self.kappa.interval.low

    @property
    def good_enough(self) -> bool:
        """Whether the judge may decide."""
        value = None if self.kappa is None else self.kappa.value
        enough = self.labels >= LEAST_LABELS and self.low is not None and self.low >= LEAST_LOW
        return enough and value is not None and value >= LEAST_KAPPA


def judge_quality(judge: Judge, labels: Sequence[JudgedLabel]) -> JudgeQuality:
    """What labels say about a judge; its present threshold makes values a pass or a fail."""
    said = [(judge.passes(label.judged), label.label >= GOOD) for label in labels]
    table = (
        (said.count((True, True)), said.count((True, False))),
        (said.count((False, True)), said.count((False, False))),
    )
    kappa = cohen_kappa(table, CONFIDENCE) if labels else None
    pairs = [label.note for label in labels] if judge.kind == "pairwise" else []
    by_place = [note for note in pairs if note in (FIRST_TWICE, SECOND_TWICE)]
    return JudgeQuality(
        labels=len(labels),
        table=table,
        kappa=kappa,
        sensitivity=Rate(hits=table[0][0], total=table[0][0] + table[1][0]),
        specificity=Rate(hits=table[1][1], total=table[0][1] + table[1][1]),
        length=length_bias(labels),
        position=Rate(hits=len(by_place), total=len(pairs)) if pairs else None,
        first=Rate(hits=by_place.count(FIRST_TWICE), total=len(by_place)) if pairs else None,
        more=more_labels(kappa, len(labels)),
    )


def length_bias(labels: Sequence[JudgedLabel]) -> LengthBias | None:
    """Least squares of (judge less person) on the binary logarithm of the words, with Student's interval."""
    points = [(math.log2(label.words), label.judged - label.label) for label in labels if label.words > 0]
    if len(points) < 3:
        return None
    count = len(points)
    middle = math.fsum(x for x, _ in points) / count, math.fsum(y for _, y in points) / count
    spread = math.fsum((x - middle[0]) ** 2 for x, _ in points)
    if spread < 1e-12:
        return None
    slope = math.fsum((x - middle[0]) * (y - middle[1]) for x, y in points) / spread
    left = math.fsum((y - middle[1] - slope * (x - middle[0])) ** 2 for x, y in points)
    error = math.sqrt(left / (count - 2) / spread)
    reach = t_quantile(0.5 + CONFIDENCE / 2, count - 2) * error
    interval = Interval(low=slope - reach, high=slope + reach, confidence=CONFIDENCE, method="t")
    return LengthBias(slope=slope, interval=interval, error=error)


def more_labels(kappa: Kappa | None, labels: int) -> int | None:
    """How many more labels make up ``LEAST_LABELS`` and bring the lower end of kappa to ``LEAST_LOW`` if agreement
    stays as it is; 0 where that is so. ``None``: kappa itself is too low, so that more labels would only confirm it."""
    if kappa is None:
        return USUAL_LABELS
    if kappa.value is None or kappa.standard_error is None or kappa.interval is None:
        return max(USUAL_LABELS - labels, 1)
    if kappa.value < LEAST_KAPPA:
        return None
    if kappa.interval.low >= LEAST_LOW:
        return max(0, LEAST_LABELS - labels)
    reach = kappa.value - kappa.interval.low  # shrinks with the root of their number
    return max(1, LEAST_LABELS - labels, math.ceil(labels * (reach / (kappa.value - LEAST_LOW)) ** 2) - labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeStanding:
    """A judge of a Mission with its newest calibration; ``None`` where it has none."""

    judge: Judge
    calibration: JudgeCalibration | None = None

    @property
    def quality(self) -> JudgeQuality | None:
        """By the labels of the calibration."""
        return None if self.calibration is None else judge_quality(self.judge, self.calibration.labels)

    @property
    def why_not(self) -> str:
        """Why it may not decide; empty where it may."""
        quality = self.quality
        if quality is None or not quality.labels:
            return "nobody has calibrated it"
        if quality.kappa is None or quality.kappa.value is None:
            return f"its {quality.labels} labels are all alike, so that nothing can be said about its agreement"
        if quality.kappa.value < LEAST_KAPPA:
            return f"its kappa is {quality.kappa.value:.2f} on {quality.labels} labels, under {LEAST_KAPPA}"
        if quality.labels < LEAST_LABELS:
            return f"it has {quality.labels} labels, and needs at least {LEAST_LABELS}"
        if not quality.good_enough:
            return (
                f"its kappa of {quality.kappa.value:.2f} on {quality.labels} labels may be as low as "
                f"{quality.low or 0.0:.2f}, under {LEAST_LOW}: about {quality.more} more labels are needed"
            )
        return ""


def may_decide(standings: Iterable[JudgeStanding]) -> frozenset[str]:
    """Names of the judges whose word counts."""
    return frozenset(standing.judge.name for standing in standings if not standing.why_not)


def only_shown(task: GoldenTask, judges: Mapping[str, Judge], deciding: frozenset[str]) -> bool:
    """Whether nothing but judges who may not decide says anything about a task, so that it is shown and decides
    nothing."""
    counting = [assertion for assertion in task.expect if assertion.weight]
    return bool(counting) and all(
        asks_a_judge(assertion) and hearing_of(assertion, judges).judge.name not in deciding for assertion in counting
    )
