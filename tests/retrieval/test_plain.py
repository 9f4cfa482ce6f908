"""Plain text."""

from __future__ import annotations

from gonogo.retrieval.plain import parse_plain


def test_paragraphs_stand_between_blank_lines() -> None:
    (section,) = parse_plain("One\ntwo.\n\n\n  Three.\n", "note.txt").sections
    assert [(piece.shown, piece.line) for piece in section.pieces] == [("One two.", 1), ("Three.", 5)]


def test_list_lines_are_items() -> None:
    (section,) = parse_plain("Needs:\n- a lamp\n- a cable\n  of 2 m\n1) and care\n", "note.txt").sections
    assert [piece.shown for piece in section.pieces] == ["Needs:", "- a lamp", "- a cable of 2 m", "1) and care"]


def test_plain_text_has_no_headings() -> None:
    (section,) = parse_plain("Plans\n=====\n\nA.\n", "note.txt").sections
    assert section.path == ()
