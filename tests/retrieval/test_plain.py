"""Plain text and reStructuredText as text."""

from __future__ import annotations

from gonogo.retrieval.plain import parse_plain, parse_rst


def test_paragraphs_stand_between_blank_lines() -> None:
    (section,) = parse_plain("One\ntwo.\n\n\n  Three.\n", "note.txt").sections
    assert [(piece.shown, piece.line) for piece in section.pieces] == [("One two.", 1), ("Three.", 5)]


def test_list_lines_are_items() -> None:
    (section,) = parse_plain("Needs:\n- a lamp\n- a cable\n  of 2 m\n1) and care\n", "note.txt").sections
    assert [piece.shown for piece in section.pieces] == ["Needs:", "- a lamp", "- a cable of 2 m", "1) and care"]


def test_underlined_titles_of_rst_are_headings_by_order_of_use() -> None:
    document = parse_rst("=====\nGuide\n=====\n\nHi.\n\nPlans\n=====\n\nA.\n\nAnnual\n------\nB.\n", "g.rst")
    assert document.title == "Guide"
    assert [section.heading for section in document.sections] == ["", "Plans", "Plans > Annual"]
    assert [piece.line for section in document.sections for piece in section.pieces] == [5, 10, 14]


def test_an_underline_shorter_than_the_line_above_is_no_title() -> None:
    (section,) = parse_rst("A long line of text\n---\nmore\n", "g.rst").sections
    assert section.heading == ""


def test_plain_text_has_no_headings() -> None:
    (section,) = parse_plain("Plans\n=====\n\nA.\n", "note.txt").sections
    assert section.path == ()
