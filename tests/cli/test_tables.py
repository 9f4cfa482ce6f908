"""Tables line up, and give way on a narrow terminal."""

from __future__ import annotations

import click
import pytest

from gonogo.cli import tables
from gonogo.cli.output import columns
from gonogo.cli.tables import table

HEADER = ("TRACE", "MODEL", "COST", "QUESTION")
ROWS = [
    ("01a209f3", "small", "$0", "How long is the return period of a front light that I bought last week?"),
    ("01a209f4", click.style("frontier", fg="green"), "unknown", "日本へ発送しますか"),
]


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return click.unstyle(capsys.readouterr().out).splitlines()


def test_columns_begin_at_the_same_place_whatever_colour_or_script(capsys):
    table(HEADER, ROWS)
    head, first, second = printed(capsys)
    place = head.index("COST")
    assert first[place:].startswith("$0")
    assert second[place:].startswith("unknown")


def test_a_pipe_gets_every_column_uncut(capsys):
    table(HEADER, ROWS, yielding=("COST", "MODEL"))
    assert "bought last week?" in printed(capsys)[1]


def test_on_80_columns_the_last_column_is_cut_to_what_is_left(capsys, monkeypatch):
    monkeypatch.setattr(tables, "screen_width", lambda: 80)
    table(HEADER, ROWS, yielding=("COST", "MODEL"))
    lines = printed(capsys)
    assert max(map(columns, lines)) <= 80
    assert lines[1].endswith("…")
    assert "COST" in lines[0]


def test_a_narrow_terminal_leaves_out_columns_in_the_order_given_and_says_so(capsys, monkeypatch):
    monkeypatch.setattr(tables, "screen_width", lambda: 40)
    table(HEADER, ROWS, yielding=("COST", "MODEL"))
    lines = printed(capsys)
    assert "COST" not in lines[0]
    assert "MODEL" in lines[0]
    assert lines[-1] == "(COST left out: widen the terminal, or use --json)"


def test_a_table_without_rows_is_its_header(capsys):
    table(HEADER, [])
    assert printed(capsys) == ["TRACE  MODEL  COST  QUESTION"]


def test_columns_that_may_give_way_stay_where_there_is_room(capsys, monkeypatch):
    monkeypatch.setattr(tables, "screen_width", lambda: 200)
    table(HEADER, ROWS, yielding=("COST", "MODEL"))
    assert len(printed(capsys)) == 3
