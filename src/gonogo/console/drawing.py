"""Drawing: where bars and marks stand, in per cent of the width of a picture.

Here: geometry of the waterfall, of intervals against a margin, of tokens by kind.
Not here: the pictures (``templates/parts.html``). Styles inside a page are forbidden by its policy, so widths are SVG
attributes.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, structs

from gonogo.domain import Comparison, MetricRule, Span, Trace, Usage

LEAST_WIDTH: Final = 0.4
PADDING: Final = 0.08

Standing = Literal["clear", "crossing", "beyond", "alone"]


class Bar(Struct, frozen=True, kw_only=True):
    """One step on the time axis, in per cent: where it begins, how long it took, how much of that was CPU."""

    left: float
    wall: float
    cpu: float


class DrawnInterval(Struct, frozen=True, kw_only=True):
    """An interval on its axis, in per cent. ``zero`` and the bounds are ``None`` where they are not on the axis.

    ``ends`` are where 0 and 1 stand, for a value that is compared with nothing; a difference has none.

    ``standing``: ``clear`` of the bound, ``crossing`` it, ``beyond`` it or wholly worse than live, or ``alone`` where
    there is no bound.
    """

    left: float
    width: float
    point: float
    zero: float | None
    lower: float | None
    upper: float | None
    ends: tuple[float, float] | None
    standing: Standing


class TokenShares(Struct, frozen=True, kw_only=True):
    """Tokens by kind in per cent of all: fresh and cached input, spoken and reasoning output."""

    fresh: float
    cached: float
    spoken: float
    reasoning: float


def bar_of(span: Span, trace: Trace) -> Bar | None:
    """The step's bar; ``None`` where no time was measured."""
    whole = max([trace.wall, *(step.start + step.wall for step in trace.spans)])
    if whole <= 0:
        return None
    left = min(100 * span.start / whole, 100 - LEAST_WIDTH)
    wall = min(max(100 * span.wall / whole, LEAST_WIDTH), 100 - left)
    return Bar(left=round(left, 2), wall=round(wall, 2), cpu=round(min(100 * span.cpu / whole, wall), 2))


def token_shares(usage: Usage) -> TokenShares:
    """Shares of a Usage; all 0 where nothing was counted."""
    total = usage.input + usage.output
    fresh, spoken = usage.input - usage.cached, usage.output - usage.reasoning
    shares = [round(100 * kind / total, 2) if total else 0.0 for kind in (fresh, usage.cached, spoken, usage.reasoning)]
    return TokenShares(fresh=shares[0], cached=shares[1], spoken=shares[2], reasoning=shares[3])


def interval_of(comparison: Comparison, rule: MetricRule | None) -> DrawnInterval | None:
    """A difference against its margin, or a first deployment's value against its bounds; ``None`` without interval."""
    if comparison.low is None or comparison.high is None:
        return None
    if comparison.difference is None:
        least, most = (None, None) if rule is None else (rule.min, rule.max)
        return _draw(comparison.low, comparison.high, comparison.candidate, least, most, span=(0.0, 1.0), zero=None)
    low, high, less = comparison.low, comparison.high, comparison.less_is_better
    lower, upper = (None, comparison.bound) if less else (comparison.bound, None)
    drawn = _draw(low, high, comparison.difference, lower, upper, span=(0.0, 0.0), zero=0.0)
    wholly_worse = low > 0.0 if less else high < 0.0
    return structs.replace(drawn, standing="beyond") if wholly_worse else drawn


def _draw(
    low: float,
    high: float,
    point: float,
    lower: float | None,
    upper: float | None,
    *,
    span: tuple[float, float],
    zero: float | None,
) -> DrawnInterval:
    bounds = [bound for bound in (lower, upper) if bound is not None]
    start, end = min(low, point, *bounds, span[0]), max(high, point, *bounds, span[1])
    room = (end - start) * PADDING or 1.0
    start, end = start - room, end + room

    def at(value: float) -> float:
        return round(100 * (value - start) / (end - start), 2)

    return DrawnInterval(
        left=at(low),
        width=round(max(at(high) - at(low), LEAST_WIDTH), 2),
        point=at(point),
        zero=None if zero is None else at(zero),
        lower=None if lower is None else at(lower),
        upper=None if upper is None else at(upper),
        ends=None if zero is not None else (at(0.0), at(1.0)),
        standing=_standing(low, high, lower, upper),
    )


def _standing(low: float, high: float, lower: float | None, upper: float | None) -> Standing:
    if lower is None and upper is None:
        return "alone"
    if (lower is not None and high < lower) or (upper is not None and low > upper):
        return "beyond"
    crosses = (lower is not None and low <= lower) or (upper is not None and high >= upper)
    return "crossing" if crosses else "clear"
