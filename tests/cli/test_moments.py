"""Lengths and points of time as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from gonogo.cli.moments import DAY, LENGTH


@pytest.mark.parametrize(
    ("typed", "seconds"), [("90s", 90), ("1.5m", 90), ("24h", 86_400), ("30d", 2_592_000), ("2w", 1_209_600)]
)
def test_a_length_is_read_in_its_unit(typed, seconds):
    assert LENGTH.convert(typed, None, None) == seconds


@pytest.mark.parametrize("typed", ["", "5", "h", "-1h", "5 years", "1e9d"])
def test_what_is_no_length_is_refused_with_examples(typed):
    with pytest.raises(click.BadParameter, match="30d"):
        LENGTH.convert(typed, None, None)


def test_a_day_may_be_written_or_counted_back_from_today():
    today = datetime.now(UTC).date()
    assert DAY.convert("2026-11-01", None, None) == "2026-11-01"
    assert DAY.convert("today", None, None) in (today.isoformat(), (today + timedelta(days=1)).isoformat())
    assert DAY.convert("7d", None, None)[:2] == "20"
    week = datetime.fromisoformat(DAY.convert("7d", None, None)).date()
    assert timedelta(days=6) <= today - week <= timedelta(days=8)


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", "01.11.2026", ""])
def test_what_is_no_day_is_refused_with_examples(typed):
    with pytest.raises(click.BadParameter, match="2026-11-01"):
        DAY.convert(typed, None, None)
