"""How numbers, times and text are written, and how wide they stand."""

from __future__ import annotations

import json

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.cli import output
from gonogo.cli.output import columns, counted, duration, money, print_json, printable, say, shortened


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.0123, "12.3 ms"),
        (1.25, "1.2 s"),
        (119.96, "120.0 s"),
        (125.0, "2 min 5 s"),
        (7260.0, "2 h 1 min"),
        (200_000.0, "2 d 7 h"),
    ],
)
def test_a_length_of_time_has_the_unit_that_suits_it(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("dollars", "said"), [(None, "unknown"), (0.0, "$0"), (0.004, "$0.004"), (12.5, "$12.5"), (3e-8, "$3.0e-08")]
)
def test_an_unknown_price_is_never_zero_and_a_small_one_neither(dollars, said):
    assert money(dollars) == said


def test_one_is_singular():
    assert (counted(1, "chunk"), counted(0, "chunk"), counted(2, "chunk")) == ("1 chunk", "0 chunks", "2 chunks")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\x00b", "a\\x00b"),
        ("left\u202eright", "left\\u202eright"),
        ("Zürich\n\tß", "Zürich\n\tß"),
    ],
)
def test_stored_text_cannot_steer_a_terminal(text, shown):
    assert printable(text) == shown


def test_wide_signs_take_two_columns_and_colours_none():
    assert columns("日本") == 4
    assert columns(click.style("ab", fg="red")) == 2
    assert columns("e\u0301") == 1


@settings(max_examples=50)
@given(st.text(max_size=60), st.integers(2, 40))
def test_shortened_text_is_one_line_that_fits(text, most):
    cut = shortened(printable(text), most)
    assert columns(cut) <= most
    assert "\n" not in cut


def test_what_fits_is_not_cut():
    assert shortened("all  of\nit", 9) == "all of it"


def test_in_a_pipe_a_long_line_stays_whole(capsys):
    say("GO  ", "word " * 50)
    assert capsys.readouterr().out.count("\n") == 1


def test_on_a_terminal_long_text_is_wrapped_with_a_hanging_indent(capsys, monkeypatch):
    monkeypatch.setattr(output, "screen_width", lambda: 40)
    say(click.style("GO", fg="green") + "  ", "word " * 20, hang=4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("GO  word")
    assert all(line.startswith("    word") for line in lines[1:])
    assert max(map(len, lines)) <= 40


def test_json_is_whole_and_indented(capsys):
    print_json({"a": [1, None, "ß"]})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"a": [1, None, "ß"]}
    assert '\n  "a"' in printed
