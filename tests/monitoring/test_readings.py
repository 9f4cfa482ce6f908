"""Readings: a number never stands without its interval and its count."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.monitoring.readings import evidence_words, percent, phrased, quantile_reading, rate_reading


def test_a_rate_has_its_wilson_interval():
    reading = rate_reading("errors", 10, 100)
    assert (reading.value, reading.low, reading.high) == pytest.approx((0.1, 0.05523, 0.17437), abs=1e-5)


def test_nothing_judged_is_no_rate():
    reading = rate_reading("errors", 0, 0)
    assert (reading.value, reading.low, reading.high) == (None, None, None)
    assert phrased(reading) == "nothing judged"


def test_a_rate_is_phrased_with_interval_and_count():
    assert phrased(rate_reading("errors", 10, 100)) == "10.0 % [5.5, 17.4], 100 judged"


def test_a_rare_thing_does_not_look_like_none():
    assert (percent(0.0004), percent(0.0), percent(0.062)) == ("0.04 %", "0.0 %", "6.2 %")


def test_evidence_beyond_doubt_is_not_spelt_out():
    assert [evidence_words(value) for value in (1.0, 38_000.4, 1e40)] == ["1.0", "38,000", "over 1,000,000,000"]


def test_a_quantile_of_few_has_no_upper_bound():
    reading = quantile_reading("p95", [0.1, 0.2, 0.3], 0.95)
    assert (reading.value, reading.high, reading.total) == (0.3, None, 3)


def test_the_median_of_a_hundred_lies_between_the_40th_and_the_60th():
    reading = quantile_reading("p50", [float(value) for value in range(1, 101)], 0.5)
    assert (reading.low, reading.value, reading.high) == (40.0, 50.0, 60.0)


def test_a_quantile_of_nothing_is_nothing():
    assert quantile_reading("p50", [], 0.5).value is None


@settings(max_examples=60)
@given(st.lists(st.floats(min_value=0.0, max_value=1e6), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_quantile_lies_in_its_interval(values, share):
    reading = quantile_reading("q", values, share)
    assert reading.value in values
    assert reading.low is None or reading.low <= reading.value
    assert reading.high is None or reading.value <= reading.high
