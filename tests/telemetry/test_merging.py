"""Pages of several processes, added up."""

from __future__ import annotations

from gonogo.telemetry.instruments import Instrument
from gonogo.telemetry.merging import lasting, merged
from gonogo.telemetry.prometheus import gauge, page


def a_page(count: float, seconds: float, waiting: float) -> bytes:
    asked = Instrument("asked_total", 'Requests, also "odd ones"', ("model",))
    took = Instrument("took_seconds", "Time", (), bounds=(0.1, 1.0))
    asked.add(("a b",), count)
    took.add((), seconds)
    return page([asked, took], [gauge("waiting", "Now", {(): waiting})])


def test_one_page_alone_stays_as_it_is():
    assert merged([a_page(2, 0.5, 3)]) == a_page(2, 0.5, 3)


def test_counters_histograms_and_gauges_are_added_up_under_one_head():
    lines = merged([a_page(2, 0.05, 3), a_page(5, 0.5, 1), b""]).decode().splitlines()
    assert 'asked_total{model="a b"} 7' in lines
    assert 'took_seconds_bucket{le="0.1"} 1' in lines
    assert 'took_seconds_bucket{le="+Inf"} 2' in lines
    assert "took_seconds_sum 0.55" in lines
    assert "waiting 4" in lines
    assert sum(line.startswith("# TYPE asked_total") for line in lines) == 1


def test_what_only_one_process_has_is_kept():
    other = page([], [gauge("only_here", "Here", {(("x", "1"),): 2.5})])
    assert 'only_here{x="1"} 2.5' in merged([a_page(1, 1, 1), other]).decode()


def test_of_a_process_that_ended_counters_stay_and_gauges_go():
    kept = lasting(a_page(2, 0.5, 3)).decode()
    assert "asked_total" in kept
    assert "took_seconds_count 1" in kept
    assert "waiting" not in kept
