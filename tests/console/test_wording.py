"""How pages write numbers, times and texts that others wrote."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.console.wording import (
    HIDDEN,
    KEPT,
    ago,
    count,
    duration,
    flat,
    money,
    percent,
    plain,
    points,
    segment,
    tone,
    visible,
    without_outcome,
)


@given(st.text())
@settings(max_examples=80)
def test_nothing_hidden_is_left_in_a_text(text):
    assert all(char in KEPT or unicodedata.category(char) not in HIDDEN for char in visible(text))


@pytest.mark.parametrize("text", ["Grüße, 日本語\n\tمی‌خواهم 👩‍🚀", "non\u00a0breaking"])
def test_ordinary_writing_stays_as_it_is(text):
    assert visible(text) == text


def test_a_turned_text_and_a_terminal_code_are_written_out():
    assert visible("a\u202eb\x1b[31m") == "a\\u202eb\\u001b[31m"


def test_a_lone_surrogate_can_be_sent():
    assert visible("\ud800").encode() == b"\\ud800"


@pytest.mark.parametrize(
    ("dollars", "said"),
    [(None, "unknown"), (0.0, "$0"), (0.000125, "$0.000125"), (1234.5, "$1,234.5"), (1e-9, "< $0.000001"), (2.0, "$2")],
)
def test_money_says_unknown_zero_and_tiny_apart(dollars, said):
    assert money(dollars) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "unknown"), (0.0000121, "12 µs"), (0.25, "250 ms"), (1.5, "1.5 s"), (125, "2 min 5 s"),
     (7_380, "2 h 3 min"), (200_000, "2 d 7 h")],
)  # fmt: skip
def test_durations_come_in_the_unit_that_suits_them(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "just now"), (30, "just now"), (61, "1 min ago"), (7_300, "2 h ago"), (9e5, "10 d ago")]
)
def test_how_long_ago_is_said_in_one_unit(seconds, said):
    assert ago(seconds) == said


def test_differences_are_signed_points():
    assert (points(-0.0167), points(0.02), points(None)) == ("\u22121.7", "+2.0", "unknown")


def test_shares_are_per_cent_or_unknown():
    assert (percent(0.983), percent(None)) == ("98.3\u00a0%", "unknown")


def test_thousands_stand_apart():
    assert count(1234567) == "1\u202f234\u202f567"


@given(st.text(), st.integers(2, 50))
@settings(max_examples=40)
def test_a_flat_text_is_one_short_line(text, most):
    line = flat(text, most)
    assert len(line) <= most
    assert "\n" not in line


def test_values_of_other_formats_are_text_or_json():
    assert (plain("a"), plain(["ä", 1]), plain(None)) == ("a", '["ä", 1]', "null")


def test_a_name_is_one_segment_of_an_address():
    assert segment("support@7") == "support@7"
    assert segment("a/../b?c#d") == "a%2F..%2Fb%3Fc%23d"


def test_a_verdicts_line_loses_its_first_word_only():
    assert without_outcome("GO  -1.3 pts; cost +2 %") == "-1.3 pts; cost +2 %"
    assert without_outcome("GO") == "GO"


def test_an_outcome_nobody_knows_has_no_colour():
    assert tone("strange") == "plain"
