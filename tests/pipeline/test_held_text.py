"""How much of a stream is held, and what happens to stretches longer than may be held."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.contracts import GuardrailContext
from gonogo.pipeline.held_text import BATCH, MOST_HELD, HeldText
from gonogo.pipeline.redaction import Recording
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.trace_builder import TraceBuilder

LONG = "sk-" + "aB3dE5gH" * 1800
quick = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


class Setting:
    def __init__(self, house: Any, *rails: Any) -> None:
        parts = house.parts()
        self.trace = TraceBuilder(house.request(), house.version(), parts.clock, Recording(parts))
        self.text = HeldText(rails, GuardrailContext(where="answer"), parts, self.trace)

    def all(self, *pieces: str) -> str:
        return "".join(map(self.text.release, pieces)) + self.text.finish()


def test_a_secret_longer_than_may_be_held_leaves_nothing_of_itself(house: Any) -> None:
    held = Setting(house, *house.rails("output", ("pii", "redact")))
    out, most = [], 0
    for piece in _cut(f"The key is {LONG} and that is all. " + "Good bye. " * 90, 100):
        out.append(held.text.release(piece))
        most = max(most, held.text.held)
    out.append(held.text.finish())

    text = "".join(out)
    assert "aB3dE5gH" not in text
    assert text.startswith("The key is [SECRET] and that is all.")
    assert most <= 1.5 * MOST_HELD + BATCH


@quick
@given(cuts=st.lists(st.integers(1, 15_000), max_size=8))
def test_even_then_the_split_does_not_matter(house: Any, cuts: list[int]) -> None:
    text = f"The key is {LONG} and that is all. " + "Good bye. " * 90
    rails = house.rails("output", ("pii", "redact"))
    places = [0, *sorted(cuts), len(text)]

    split = Setting(house, *rails).all(*(text[a:b] for a, b in pairwise(places)))

    assert split == Setting(house, *rails).all(text)


def test_a_finding_at_the_border_is_held_whole_even_where_another_reaches_into_it(house: Any) -> None:
    rails = [house.Rail("abcdef", "redact", lookback=8), house.Rail("efghij", "redact", lookback=8)]

    out = Setting(house, *rails).all(*_cut("x" * (BATCH - 16) + "abcdefghij" + "y" * 300, 1))

    assert out == "x" * (BATCH - 16) + "[WORD]" + "y" * 300


def test_each_finding_is_noted_once_with_its_place_in_the_answer(house: Any) -> None:
    held = Setting(house, house.Rail("needle", "redact", lookback=40))
    text = ("hay " * 50 + "needle ") * 3

    held.all(*_cut(text, 13))

    places = [(finding.start, finding.end) for finding in held.trace.findings]
    assert [text[start:end] for start, end in places] == ["needle"] * 3


def test_blocking_raises_before_the_text_is_out(house: Any) -> None:
    held = Setting(house, house.Rail("needle", "block", lookback=40))
    out = []

    with pytest.raises(Refusal) as refusal:
        out.extend(held.text.release(piece) for piece in _cut("hay " * 100 + "needle" + " hay" * 100, 9))

    assert "needle" not in "".join(out)
    assert refusal.value.finding.start == 400


def test_a_finding_that_more_text_revokes_does_not_block(house: Any) -> None:
    held = Setting(house, *house.rails("output", ("pii", "block")))

    assert held.all("Order 4111 1111 1111 1111", "22 333 of today") == "Order 4111 1111 1111 111122 333 of today"


def test_the_checks_read_each_stretch_a_bounded_number_of_times(house: Any) -> None:
    rail = house.Rail("needle", "redact", lookback=100)
    text = "hay " * 5000

    Setting(house, rail).all(*_cut(text, 3))

    assert sum(map(len, rail.read)) < 5 * len(text)


def _cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
