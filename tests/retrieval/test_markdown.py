"""Markdown: blocks keep their lines, inline marks become plain text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.retrieval.markdown import parse_markdown
from gonogo.retrieval.outline import Document, Piece


def shown(document: Document) -> list[str]:
    return [piece.shown for section in document.sections for piece in section.pieces]


def pieces(text: str) -> list[Piece]:
    return [piece for section in parse_markdown(text, "page.md").sections for piece in section.pieces]


def test_headings_make_paths_and_the_first_top_heading_is_the_title() -> None:
    document = parse_markdown(
        "# Handbook\n\nHi.\n\n## Plans\n\nA.\n\n### Annual\n\nB.\n\n## Devices\n\nC.\n", "page.md"
    )
    assert document.title == "Handbook"
    assert [section.heading for section in document.sections] == ["", "Plans", "Plans > Annual", "Devices"]


def test_a_title_in_the_front_matter_leaves_the_top_heading_in_the_path() -> None:
    document = parse_markdown("---\ntitle: Handbook\n---\n# Plans\n\nA.\n", "page.md")
    assert (document.title, document.sections[0].heading) == ("Handbook", "Plans")


def test_a_page_without_any_title_is_called_by_its_file_name() -> None:
    assert parse_markdown("Text.", "knowledge/price_list-2026.md").title == "price list 2026"


def test_a_skipped_level_still_nests_below_what_stands_above() -> None:
    document = parse_markdown("# T\n\n## A\n\na\n\n#### B\n\nb\n\n### C\n\nc\n", "page.md")
    assert [section.heading for section in document.sections] == ["A", "A > B", "A > C"]


def test_front_matter_does_not_shift_lines() -> None:
    assert pieces("---\ntitle: T\ndate: 2026-01-01\n---\n\nFirst.\n")[0].line == 6


def test_marks_of_emphasis_and_code_spans_are_taken_off() -> None:
    assert shown(parse_markdown("Pay **30 days** _after_ `order.paid` ~~now~~.", "p.md")) == [
        "Pay 30 days after order.paid now."
    ]


def test_links_keep_their_text_and_an_address_outside_the_folder() -> None:
    text = (
        "See [help](https://example.org/help), [plans](plans.md#annual), <mailto:a@example.org> and ![a lamp](l.png)."
    )
    assert shown(parse_markdown(text, "p.md")) == [
        "See help (https://example.org/help), plans, mailto:a@example.org and a lamp."
    ]


def test_nested_lists_keep_markers_numbers_and_lines() -> None:
    items = pieces("Steps:\n\n3. Open\n   - the lid\n4. Close\n\nDone.\n")
    assert [(item.shown, item.line, item.glue) for item in items] == [
        ("Steps:", 1, "\n\n"),
        ("3. Open", 3, "\n\n"),
        ("   - the lid", 4, "\n"),
        ("4. Close", 5, "\n"),
        ("Done.", 7, "\n\n"),
    ]


def test_a_second_paragraph_of_an_item_is_indented_like_the_item() -> None:
    assert shown(parse_markdown("- one\n\n  more\n- two\n", "p.md")) == ["- one", "  more", "- two"]


def test_table_rows_carry_their_header_and_their_own_lines() -> None:
    rows = pieces("| plan | price |\n|---|--:|\n| Free | 0 |\n| Pro | **9** |\n")
    assert [(row.text, row.line) for row in rows] == [("| Free | 0 |", 3), ("| Pro | 9 |", 4)]
    assert rows[0].frame is rows[1].frame
    assert rows[0].frame is not None
    assert rows[0].frame.opening == "| plan | price |\n| --- | --- |"


def test_a_table_of_a_header_alone_keeps_its_words() -> None:
    assert shown(parse_markdown("| plan | price |\n|---|---|\n", "p.md")) == ["| plan | price |"]


def test_code_keeps_its_blanks_and_gets_a_fence_that_it_does_not_hold() -> None:
    lines = pieces("~~~python\nif x:\n    ```\n~~~\n")
    assert [(line.text, line.line) for line in lines] == [("if x:", 2), ("    ```", 3)]
    assert lines[0].frame is not None
    assert (lines[0].frame.opening, lines[0].frame.closing) == ("````python", "````")


def test_html_inside_is_read_as_html_and_comments_are_left_out() -> None:
    text = "<!-- secret -->\n\n<details><summary>More</summary>\n<p>Fine &amp; print</p></details>\n\nA<br>B <b>c</b>"
    assert shown(parse_markdown(text, "p.md")) == ["More", "Fine & print", "A", "B c"]


def test_names_in_angle_brackets_that_are_no_tags_stay() -> None:
    assert shown(parse_markdown("Use List<String> here.\n\n<Placeholder>\n", "p.md")) == [
        "Use List<String> here.",
        "<Placeholder>",
    ]


def test_a_hard_line_break_starts_a_line_of_its_own() -> None:
    lines = pieces("Phone: 1  \nMail: 2\n")
    assert [(line.shown, line.line, line.glue) for line in lines] == [("Phone: 1", 1, "\n\n"), ("Mail: 2", 2, "\n")]


def test_quotes_keep_their_text_and_a_heading_inside_one_opens_no_section() -> None:
    document = parse_markdown("> # Note\n> Mind the gap.\n", "p.md")
    assert [section.heading for section in document.sections] == [""]
    assert shown(document) == ["Note", "Mind the gap."]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab#*_-`~|>[]()<!/&;:\\\"' \t\n12.+=", max_size=120))
def test_any_text_is_parsed_into_lines_of_the_file(text: str) -> None:
    document = parse_markdown("x\n" + text, "p.md")
    last = text.count("\n") + 2
    assert all(1 <= piece.line <= last for section in document.sections for piece in section.pieces)
