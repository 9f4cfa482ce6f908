"""The neighbourhood of one scope against a plain search."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.caching.semantic import Neighbourhood


def unit(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)


def test_nearest_come_first_and_the_far_are_left_out() -> None:
    known = Neighbourhood(2)
    for name, angle in (("far", 2.0), ("near", 0.1), ("same", 0.0)):
        known.add(name, unit(angle))
    assert [name for name, _ in known.nearest(unit(0.0), 0.5, 5)] == ["same", "near"]
    assert len(known.nearest(unit(0.0), 0.5, 1)) == 1


def test_a_key_added_twice_has_its_newest_vector() -> None:
    known = Neighbourhood(2)
    known.add("k", unit(0.0))
    known.add("k", unit(1.5))
    assert known.nearest(unit(0.0), 0.5, 5) == []
    assert len(known) == 1


def test_removing_what_is_not_there_changes_nothing() -> None:
    known = Neighbourhood(2)
    known.remove("k")
    assert len(known) == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 3), st.booleans()), max_size=30))
def test_it_finds_what_a_plain_search_finds(steps: list[tuple[str, float, bool]]) -> None:
    known, plain = Neighbourhood(2), {}
    for key, angle, add in steps:
        if add:
            known.add(key, unit(angle))
            plain[key] = unit(angle)
        else:
            known.remove(key)
            plain.pop(key, None)
    expected = {key for key, vector in plain.items() if float(vector @ unit(1.0)) >= 0.8}
    found = known.nearest(unit(1.0), 0.8, 100)
    assert {key for key, _ in found} == expected
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 1.25]), min_size=1, max_size=40), st.integers(1, 10))
def test_of_more_than_were_asked_for_it_gives_the_first_of_all_in_order(angles: list[float], most: int) -> None:
    known = Neighbourhood(2)
    for number, angle in enumerate(angles):
        known.add(str(number), unit(angle))
    every = known.nearest(unit(0.5), 0.5, 1_000)
    assert known.nearest(unit(0.5), 0.5, most) == every[:most]
