"""What a store acknowledged survives SIGKILL, and nothing is half made."""

from __future__ import annotations


def test_three_kills_while_all_kinds_write_lose_nothing_acknowledged(kill):
    report = kill("mixed")
    assert report["kills"] == 3
    assert report["acknowledged"] >= 3
