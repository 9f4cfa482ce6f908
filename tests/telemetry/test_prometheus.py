"""The page, read by Prometheus' own parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.telemetry.instruments import Instrument
from gonogo.telemetry.prometheus import gauge, page

parser = pytest.importorskip("prometheus_client.parser")


def samples(text):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


@given(st.text(min_size=1, max_size=20))
def test_any_label_value_comes_back_as_it_was(value):
    counter = Instrument("gonogo_x_total", "about", ("model",))
    counter.add((value,), 2.5)

    assert samples(page([counter]).decode()) == {("gonogo_x_total", (("model", value),)): 2.5}


def test_buckets_are_cumulative_and_end_with_all():
    histogram = Instrument("gonogo_s", "a \\ b\nc", ("mission",), bounds=(0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 3.0):
        histogram.add(("support",), value)

    assert samples(page([histogram]).decode()) == {
        ("gonogo_s_bucket", (("le", "0.1"), ("mission", "support"))): 2,
        ("gonogo_s_bucket", (("le", "1"), ("mission", "support"))): 3,
        ("gonogo_s_bucket", (("le", "+Inf"), ("mission", "support"))): 4,
        ("gonogo_s_sum", (("mission", "support"),)): pytest.approx(3.65),
        ("gonogo_s_count", (("mission", "support"),)): 4,
    }


def test_gauges_stand_beside_them():
    text = page([], [gauge("gonogo_now", "now", {(): 3}), gauge("gonogo_e", "e", {(("name", 'a"b'),): 0})]).decode()

    assert samples(text) == {("gonogo_now", ()): 3, ("gonogo_e", (("name", 'a"b'),)): 0}
