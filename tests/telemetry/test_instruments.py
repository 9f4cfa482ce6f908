"""Adding up, within a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gonogo.telemetry.instruments import LONGEST_VALUE, OTHER, Instrument


def test_more_label_values_than_the_bound_are_added_up_under_other():
    counter = Instrument("c", "", ("model",), most=2)

    for name in ("a", "b", "c", "d", "a"):
        counter.add((name,))

    assert {labels: series.total for labels, series in counter.series()} == {("a",): 2, ("b",): 1, (OTHER,): 2}


def test_a_value_that_an_upstream_made_long_is_cut():
    counter = Instrument("c", "", ("model",))

    counter.add(("x" * 10_000,))
    counter.add(("x" * 10_000,))

    assert [(len(labels[0]), series.total) for labels, series in counter.series()] == [(LONGEST_VALUE, 2)]


@given(st.lists(st.floats(0, 100)))
def test_a_histogram_puts_each_observation_into_the_first_bucket_that_holds_it(seen):
    histogram = Instrument("h", "", (), bounds=(1.0, 10.0))

    for value in seen:
        histogram.add((), value)

    for _, series in histogram.series():
        assert series.counts == [
            sum(value <= 1 for value in seen), sum(1 < value <= 10 for value in seen), sum(value > 10 for value in seen)
        ]  # fmt: skip
        assert (series.count, series.total) == (len(seen), sum(seen))
