"""Of passages that contradict one another one is kept, and only of those."""

from __future__ import annotations

import pytest

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.providers.extractive.conflicts import settled
from gonogo.providers.extractive.passages import Reading
from gonogo.providers.extractive.question import Question
from gonogo.providers.extractive.scoring import candidates

PAGES = (
    ("a.md", "2022-01-01", 5, "The library lends books for 14 days."),
    ("b.md", "2025-01-01", 9, "The library lends books for 30 days."),
    ("c.md", None, 1, "The library lends books for 21 days."),
)


def _kept(
    reader: TextReader, direction: str | None, pages: tuple[tuple[str, str | None, int, str], ...] = PAGES, **more
):
    readings = [
        Reading(Chunk(id=source, text=text, source=source, date=date, order=order), reader)
        for source, date, order, text in pages
    ]
    ranked = candidates(Question(reader.read("For how long does the library lend books?")), readings, reader)
    return [candidate.passage.chunk.source for candidate in settled(ranked, direction, **more)]


@pytest.mark.parametrize(
    ("direction", "source"),
    [(None, "a.md"), ("prefer-newest", "b.md"), ("prefer-oldest", "a.md"), ("prefer-first", "c.md")],
)
def test_one_page_of_three_that_contradict_is_kept(reader: TextReader, direction: str | None, source: str) -> None:
    assert _kept(reader, direction) == [source]


def test_a_page_of_the_year_asked_for_counts_before_the_direction(reader: TextReader) -> None:
    assert _kept(reader, "prefer-newest", years=frozenset({"2022"})) == ["a.md"]


def test_two_products_are_no_contradiction(reader: TextReader) -> None:
    pages = (("a.md", None, 0, "The KT-10 holds 14 litres."), ("b.md", None, 1, "The KT-20 holds 30 litres."))
    assert len(_kept(reader, "prefer-newest", pages)) == 2


def test_statements_of_one_page_never_beat_one_another(reader: TextReader) -> None:
    pages = (("a.md", None, 0, "The library lends books for 14 days. The library lends books for 7 days."),)
    assert len(_kept(reader, "prefer-newest", pages)) == 2


def test_a_denial_contradicts(reader: TextReader) -> None:
    pages = (
        ("a.md", "2020-01-01", 0, "The library lends books on Sundays."),
        ("b.md", "2024-01-01", 1, "The library does not lend books on Sundays."),
    )
    assert _kept(reader, "prefer-newest", pages) == ["b.md"]


def test_a_second_page_with_the_same_claim_adds_support(reader: TextReader) -> None:
    readings = [
        Reading(Chunk(id=source, text=text, source=source, date=date, order=order), reader)
        for source, date, order, text in PAGES
    ]
    ranked = candidates(Question(reader.read("For how long does the library lend books?")), readings, reader)
    (kept,) = settled(ranked, "prefer-newest")
    assert kept.support > max(candidate.support for candidate in ranked)
