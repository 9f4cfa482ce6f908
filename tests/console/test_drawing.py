"""Bars and marks stand where the numbers say, and never outside the picture."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.console.drawing import bar_of, interval_of, token_shares
from gonogo.domain import Comparison, MetricRule, Span, Trace, Usage

seconds = st.floats(0, 1e4, allow_nan=False)
differences = st.floats(-1, 1, allow_nan=False)


def trace(*spans: Span, wall: float) -> Trace:
    return Trace(
        id="t", created_at=0.0, mission="m", version=1, behaviour_digest="b", environment="", question="", answer="",
        outcome="answered", spans=spans, wall=wall,
    )  # fmt: skip


def difference(low: float, value: float, high: float, margin: float | None = 0.05) -> Comparison:
    return Comparison(
        metric="pass_rate", tasks=50, candidate=0.9, baseline=0.9, difference=value, low=low, high=high, margin=margin
    )


def test_a_bar_begins_and_ends_where_its_step_did():
    span = Span(name="generate", start=0.5, wall=1.0, cpu=0.25)
    bar = bar_of(span, trace(span, wall=2.0))
    assert (bar.left, bar.wall, bar.cpu) == (25.0, 50.0, 12.5)


def test_a_trace_without_measured_time_has_no_bars():
    span = Span(name="route", start=0.0, wall=0.0, cpu=0.0)
    assert bar_of(span, trace(span, wall=0.0)) is None


def test_a_step_that_outlasts_its_trace_widens_the_axis():
    span = Span(name="score", start=1.0, wall=1.0, cpu=0.0)
    bar = bar_of(span, trace(span, wall=1.0))
    assert bar.left + bar.wall == 100.0


@given(seconds, seconds, seconds, seconds)
@settings(max_examples=60)
def test_a_bar_never_leaves_the_picture(start, wall, cpu, whole):
    span = Span(name="s", start=start, wall=wall, cpu=cpu)
    bar = bar_of(span, trace(span, wall=whole))
    if bar is not None:
        assert 0 <= bar.left <= 100
        assert 0 < bar.wall <= 100.01 - bar.left
        assert 0 <= bar.cpu <= bar.wall


def test_an_interval_right_of_the_margin_is_clear_of_it():
    assert interval_of(difference(-0.04, -0.01, 0.02), None).standing == "clear"


def test_an_interval_across_the_margin_crosses_it():
    assert interval_of(difference(-0.08, -0.01, 0.02), None).standing == "crossing"


def test_an_interval_that_ends_at_the_margin_is_not_clear_of_it():
    assert interval_of(difference(-0.05, -0.01, 0.02), None).standing == "crossing"


def test_an_interval_left_of_live_is_beyond():
    assert interval_of(difference(-0.04, -0.02, -0.01), None).standing == "beyond"


def test_an_interval_without_a_margin_claims_nothing():
    drawn = interval_of(difference(-0.04, -0.01, 0.02, margin=None), None)
    assert (drawn.standing, drawn.lower) == ("alone", None)


def test_a_first_deployment_is_held_against_its_bounds():
    alone = Comparison(metric="toxicity", tasks=50, candidate=0.02, low=0.01, high=0.06)
    drawn = interval_of(alone, MetricRule(max=0.05))
    assert drawn.zero is None
    assert drawn.standing == "crossing"
    assert drawn.left < drawn.upper < drawn.left + drawn.width
    assert drawn.ends[0] < drawn.left < drawn.ends[1]


def test_a_first_deployment_over_its_ceiling_is_beyond():
    alone = Comparison(metric="toxicity", tasks=50, candidate=0.2, low=0.1, high=0.3)
    assert interval_of(alone, MetricRule(max=0.05)).standing == "beyond"


def test_a_comparison_without_an_interval_has_no_picture():
    assert interval_of(Comparison(metric="m", tasks=1, candidate=0.5), None) is None


@given(differences, differences, differences, st.none() | st.floats(0, 1))
@settings(max_examples=60)
def test_marks_stand_in_the_picture_and_in_order(one, two, three, margin):
    low, value, high = sorted((one, two, three))
    drawn = interval_of(difference(low, value, high, margin), None)
    for place in (drawn.left, drawn.point, drawn.zero, drawn.lower):
        assert place is None or 0 <= place <= 100
    assert drawn.left <= drawn.point <= drawn.left + drawn.width + 0.01
    assert drawn.lower is None or drawn.lower <= drawn.zero


def test_a_point_without_width_is_still_drawn():
    drawn = interval_of(difference(0.0, 0.0, 0.0, margin=None), None)
    assert drawn.width > 0
    assert math.isfinite(drawn.point)


def test_tokens_are_drawn_by_kind_without_counting_any_twice():
    shares = token_shares(Usage(input=60, cached=20, output=40, reasoning=10))
    assert (shares.fresh, shares.cached, shares.spoken, shares.reasoning) == (40.0, 20.0, 30.0, 10.0)


def test_no_tokens_are_no_bars():
    assert token_shares(Usage()).fresh == 0.0
