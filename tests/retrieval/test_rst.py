"""reStructuredText: blocks with their lines, roles and links as plain text."""

from __future__ import annotations

import pytest

from gonogo.errors import MissionInvalid
from gonogo.retrieval.chunking import chunks_of
from gonogo.retrieval.rst import parse_rst


def text_of(page: str, bound: int = 400) -> list[str]:
    return [chunk.text for chunk in chunks_of(parse_rst(page, "g.rst"), bound)]


def test_underlined_titles_of_rst_are_headings_by_order_of_use() -> None:
    document = parse_rst("=====\nGuide\n=====\n\nHi.\n\nPlans\n=====\n\nA.\n\nAnnual\n------\nB.\n", "g.rst")
    assert document.title == "Guide"
    assert [section.heading for section in document.sections] == ["", "Plans", "Plans > Annual"]
    assert [piece.line for section in document.sections for piece in section.pieces] == [5, 10, 14]


def test_an_underline_shorter_than_the_line_above_is_no_title() -> None:
    (section,) = parse_rst("A long line of text\n---\nmore\n", "g.rst").sections
    assert section.heading == ""


def test_roles_links_and_emphasis_are_read_as_a_reader_sees_them() -> None:
    page = (
        "See :ref:`the plans <plans>`, :class:`~lamp.Lamp`, ``a_b``, *now* and **here**;\n"
        "`terms <https://example.org/t>`_, `our site`_ and Other_ and snake_case_.\n\n"
        ".. _our site: https://example.org\n.. _other: https://example.com\n"
    )
    assert text_of(page) == [
        "See the plans, lamp.Lamp, a_b, now and here; terms (https://example.org/t), our site (https://example.org) "
        "and Other (https://example.com) and snake_case_."
    ]


def test_code_stays_verbatim_with_its_language() -> None:
    page = (
        "Run this::\n\n    gonogo  build\n\n    done\n\nThen:\n\n.. code-block:: python\n   :linenos:\n\n   x  =  1\n"
    )
    assert text_of(page) == ["Run this:\n\n```\ngonogo  build\n\ndone\n```\n\nThen:\n\n```python\nx  =  1\n```"]


def test_admonitions_are_text_and_comments_and_machinery_are_not() -> None:
    page = (
        ".. a comment that says\n   more\n\n.. note:: Mind the\n\n   gap, twice.\n\n"
        ".. toctree::\n   :maxdepth: 2\n\n   one\n   two\n\n.. include:: /etc/passwd\n\n"
        ".. image:: a.png\n   :alt: A lamp\n\n.. versionadded:: 2.0\n   Dimming.\n\nEnd.\n"
    )
    assert text_of(page) == ["Note: Mind the\n\ngap, twice.\n\nA lamp\n\nVersionadded: 2.0\n\nDimming.\n\nEnd."]


def test_every_kind_of_table_repeats_its_header() -> None:
    grid = (
        "+------+-------+\n| plan | price |\n+======+=======+\n| one  | 1     |\n|      | EUR   |\n+------+-------+\n"
    )
    simple = "===== =====\nplan  price\n===== =====\none   1\n      EUR\n===== =====\n"
    csv = '.. csv-table:: \n   :header: plan, price\n\n   one, "1 EUR"\n'
    listed = ".. list-table::\n   :header-rows: 1\n\n   * - plan\n     - price\n   * - one\n     - 1\n       EUR\n"
    for page in (grid, simple, csv, listed):
        assert text_of(page) == ["| plan | price |\n| --- | --- |\n| one | 1 EUR |"], page


def test_lists_keep_their_items() -> None:
    page = "Needs:\n\n- a lamp\n  of glass\n- a cable\n\n1. plug\n2. press\n"
    assert text_of(page) == ["Needs:\n\n- a lamp of glass\n- a cable\n1. plug\n2. press"]


def test_docinfo_fields_are_title_date_and_metadata() -> None:
    document = parse_rst(":title: Plans\n:date: 2026-01-31\n:team: lamps\n\nText.\n\n:later: text\n", "g.rst")
    assert (document.title, document.date, dict(document.metadata)) == ("Plans", "2026-01-31", {"team": "lamps"})


def test_a_date_that_is_not_iso_is_refused_with_its_line() -> None:
    with pytest.raises(MissionInvalid, match=r"g\.rst:2: date: '31\.1\.2026' is not an ISO date"):
        parse_rst(":team: x\n:date: 31.1.2026\n\nText.\n", "g.rst")


def test_lines_point_into_the_file() -> None:
    document = parse_rst("Guide\n=====\n\nOne.\n\n.. note::\n\n   Two.\n\n- three\n\n::\n\n   four\n", "g.rst")
    pieces = [(piece.text, piece.line) for section in document.sections for piece in section.pieces]
    assert pieces == [("One.", 4), ("Note: ", 6), ("Two.", 8), ("three", 10), ("four", 14)]


@pytest.mark.parametrize(
    "page", ["::", "..", ".. note::", "+---+", "== ==", "`", "- ", "=====", ".. |x| image::", "::\n\n  "]
)
def test_a_page_that_ends_early_is_read_to_its_end(page: str) -> None:
    parse_rst(page, "g.rst")
    parse_rst(page + "\n\nEnd.\n", "g.rst")
