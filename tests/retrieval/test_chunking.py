"""Chunking: along the page's structure, within the bound, nothing lost, the same on every machine."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.digest import digest_of
from gonogo.domain import Chunk, RetrievalPolicy
from gonogo.errors import MissionInvalid
from gonogo.retrieval import StructureChunker, count_tokens
from gonogo.retrieval.chunking import LONGEST_CHARACTERS, chunks_of
from gonogo.retrieval.html import parse_html
from gonogo.retrieval.markdown import parse_markdown
from gonogo.retrieval.plain import parse_plain

Write = Callable[[Mapping[str, str | bytes]], dict[str, Path]]


def cut(text: str, bound: int = 220) -> list[Chunk]:
    return list(chunks_of(parse_markdown(text, "page.md"), bound))


def sentences(count: int, words: int = 9) -> str:
    return " ".join(f"Sentence {n} {'has words ' * ((words - 2) // 2)}inside." for n in range(count))


def test_a_chunk_knows_where_it_stands(files: Write, policy: RetrievalPolicy) -> None:
    text = "---\ntitle: Handbook\ndate: 2026-01-31\nteam: care\n---\n\n## Plans\n\nFew.\n\n### Annual\n\n" + sentences(
        8
    )
    first, second = StructureChunker().chunks(files({"knowledge/a.md": text}), policy)
    assert (second.heading, second.title, second.line) == ("Plans > Annual", "Handbook", 13)
    assert (second.date, second.metadata, second.source) == ("2026-01-31", {"team": "care"}, "knowledge/a.md")
    assert (first.order, second.order) == (0, 1)


def test_order_runs_over_all_files_by_name(files: Write, policy: RetrievalPolicy) -> None:
    found = StructureChunker().chunks(files({"b.md": "b", "a.md": "# A\n\na\n\n## C\n\nc", "c.txt": "c"}), policy)
    assert [(chunk.source, chunk.order) for chunk in found] == [("a.md", 0), ("a.md", 1), ("b.md", 2), ("c.txt", 3)]


def test_the_id_is_the_digest_of_source_heading_and_text() -> None:
    (chunk,) = cut("# A\n\nText.\n")
    assert chunk.id == digest_of(["page.md", "", "Text."])


def test_a_bound_too_small_names_the_key(files: Write) -> None:
    with pytest.raises(MissionInvalid, match=r"retrieval\.chunk_tokens"):
        StructureChunker().chunks(files({"a.md": "a"}), RetrievalPolicy(sources=(), chunk_tokens=19))


def test_a_chunk_found_twice_in_one_page_is_kept_once(files: Write, policy: RetrievalPolicy) -> None:
    row = sentences(6)
    found = StructureChunker().chunks(files({"a.md": f"# T\n\n## A\n\n{row}\n\n## A\n\n{row}\n"}), policy)
    assert [chunk.heading for chunk in found] == ["A"]


def test_a_chunk_never_crosses_a_heading() -> None:
    found = cut(f"# T\n\n## A\n\n{sentences(6)}\n\n## B\n\n{sentences(5)}\n")
    assert [chunk.heading for chunk in found] == ["A", "B"]


def test_small_neighbours_are_merged_below_their_parent_with_their_headings() -> None:
    found = cut("# T\n\n## Plans\n\n### Free\n\nNothing.\n\n### Pro\n\nNine.\n\n## Devices\n\n### Hub\n\nOne.\n")
    assert [(chunk.heading, chunk.text) for chunk in found] == [
        ("Plans", "### Free\n\nNothing.\n\n### Pro\n\nNine."),
        ("Devices > Hub", "One."),
    ]


def test_a_section_with_subsections_is_not_merged_with_its_neighbour() -> None:
    found = cut("# T\n\n## A\n\na\n\n## B\n\nb\n\n### C\n\nc\n")
    assert [chunk.heading for chunk in found] == ["A", "B", "B > C"]


def test_merging_stops_at_half_the_bound() -> None:
    text = "# T\n\n" + "".join(f"## H{n}\n\n{sentences(1, 15)}\n\n" for n in range(12))
    found = cut(text)
    assert len(found) > 1
    assert all(count_tokens(chunk.text) <= 120 for chunk in found)


def test_a_heading_with_nothing_below_keeps_its_words() -> None:
    found = cut("# T\n\nIntro.\n\n## Coming soon\n")
    assert (found[-1].heading, found[-1].text, found[-1].line) == ("Coming soon", "Coming soon", 5)


def test_a_page_of_a_title_alone_is_its_title() -> None:
    assert [chunk.text for chunk in cut("# Welcome\n")] == ["Welcome"]


def test_a_long_paragraph_is_divided_between_sentences_about_equally() -> None:
    text = sentences(60)
    found = cut(text, 100)
    assert " ".join(chunk.text for chunk in found) == text
    assert all(chunk.text.endswith("inside.") for chunk in found)
    sizes = [count_tokens(chunk.text) for chunk in found]
    assert max(sizes) <= 100
    assert min(sizes) > 40


def test_sentences_of_a_divided_paragraph_keep_their_lines() -> None:
    text = "# T\n\n" + "\n".join(f"Sentence {n} has some words inside." for n in range(40))
    found = cut(text, 40)
    for chunk in found:
        assert text.split("\n")[chunk.line - 1].split(".")[0] == chunk.text.split(".")[0]


def test_a_sentence_over_the_bound_stays_whole() -> None:
    long = "Word " * 60 + "end."
    assert [chunk.text for chunk in cut(f"Short.\n\n{long}", 40)] == ["Short.", long]


def test_a_text_without_any_sentence_is_cut_between_words_in_the_end() -> None:
    found = cut("word " * 5_000, 40)
    assert all(len(chunk.text) <= LONGEST_CHARACTERS for chunk in found)
    assert sum(chunk.text.count("word") for chunk in found) == 5_000


def test_a_large_table_is_split_by_rows_with_its_header_repeated() -> None:
    table = "| plan | price |\n| --- | --- |\n" + "".join(f"| Plan {n} | {n} EUR |\n" for n in range(60))
    found = cut(f"# T\n\n{table}", 100)
    assert len(found) > 3
    assert all(chunk.text.startswith("| plan | price |\n| --- | --- |\n| Plan") for chunk in found)
    assert all(count_tokens(chunk.text) <= 100 for chunk in found)
    rows = [line for chunk in found for line in chunk.text.split("\n")[2:]]
    assert rows == table.rstrip("\n").split("\n")[2:]


def test_the_first_part_of_a_table_is_at_its_header_and_the_next_at_its_own_row() -> None:
    table = "| plan | price |\n| --- | --- |\n" + "".join(f"| Plan {n} | {n} EUR |\n" for n in range(30))
    first, second, *_ = cut(f"# T\n\n{table}", 100)
    assert first.line == 3
    assert (f"# T\n\n{table}").split("\n")[second.line - 1] == second.text.split("\n")[2]


def test_a_header_over_half_the_bound_is_written_once() -> None:
    header = "| " + " | ".join(f"column {n}" for n in range(20)) + " |"
    table = f"{header}\n|{'---|' * 20}\n" + f"|{' x |' * 20}\n" * 9
    assert sum("column 3" in chunk.text for chunk in cut(table, 60)) == 1


def test_a_table_that_fits_with_its_header_is_not_split() -> None:
    rows = "".join(f"| Setting {n} | {n} minutes |\n" for n in range(4))
    assert len(cut(f"# T\n\nSome settings.\n\n| name | default |\n|---|---|\n{rows}")) == 1


def test_code_is_fenced_again_in_every_part() -> None:
    found = cut("```python\n" + "".join(f"value_{n} = compute({n})\n" for n in range(60)) + "```\n", 100)
    assert len(found) > 2
    assert all(chunk.text.startswith("```python\n") and chunk.text.endswith("\n```") for chunk in found)


def test_a_line_that_announces_a_list_moves_along_with_it() -> None:
    text = f"{sentences(3)}\n\nYou need:\n\n" + "".join(f"- item {n} of the list\n" for n in range(9))
    assert not any(chunk.text.endswith(":") for chunk in cut(text, 60))


def test_blocks_are_written_as_plain_markdown() -> None:
    text = "Intro:\n\n1. one\n2. two\n\n```\ncode\n```\n\n| a |\n|---|\n| b |\n\n<p>End</p>"
    (chunk,) = cut(text)
    assert chunk.text == "Intro:\n\n1. one\n2. two\n\n```\ncode\n```\n\n| a |\n| --- |\n| b |\n\nEnd"


def test_two_tables_with_one_header_stay_two_tables() -> None:
    table = "| a |\n| --- |\n| b |"
    (chunk,) = cut(f"{table}\n\n{table.replace('b', 'c')}")
    assert chunk.text == "| a |\n| --- |\n| b |\n\n| a |\n| --- |\n| c |"


def test_the_digest_of_the_chunker_is_the_same_every_time() -> None:
    assert StructureChunker().digest == StructureChunker().digest
    assert len(StructureChunker().digest) == 64


@pytest.mark.parametrize("text", ["", " ", "a", "supercalifragilistic" * 9, "long words here " * 9])
def test_tokens_of_parts_are_at_least_the_tokens_of_the_whole(text: str) -> None:
    half = len(text) // 2
    assert count_tokens(text[:half]) + count_tokens(text[half:]) >= count_tokens(text)


WORDS = st.integers(0, 9_999).map(lambda number: f"w{number}")
LINES = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
BLOCKS = st.one_of(
    LINES,
    LINES.map(lambda line: line.replace(" ", ". W ", 3) + "."),
    st.builds(lambda level, words: "#" * level + " " + " ".join(words), st.integers(1, 6), st.lists(WORDS, min_size=1)),
    st.lists(LINES, min_size=1, max_size=6).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(LINES, min_size=1, max_size=6).map(lambda lines: "\n".join(("```", *lines, "```"))),
    st.lists(WORDS, min_size=2, max_size=40).map(
        lambda rows: f"| {rows[0]} | h |\n|---|---|\n" + "\n".join(f"| {row} | x |" for row in rows[1:])
    ),
)
PAGES = st.lists(BLOCKS, min_size=1, max_size=12).map("\n\n".join)


@settings(max_examples=80, deadline=None)
@given(PAGES, st.integers(20, 300))
def test_no_word_is_ever_lost(page: str, bound: int) -> None:
    found = cut(page, bound)
    kept = re.findall(r"w\d+", " ".join(f"{chunk.title} {chunk.heading} {chunk.text}" for chunk in found))
    assert set(re.findall(r"w\d+", page)) <= set(kept)


@settings(max_examples=40, deadline=None)
@given(PAGES, st.integers(20, 300))
def test_lines_rise_through_a_page_and_stay_inside_it(page: str, bound: int) -> None:
    lines = [chunk.line for chunk in cut(page, bound)]
    assert lines == sorted(lines)
    assert lines[-1] <= page.count("\n") + 1


@settings(max_examples=40, deadline=None)
@given(LINES.map(lambda line: line.replace(" ", ". W ", 9) + "."), st.integers(20, 60))
def test_only_a_single_sentence_exceeds_the_bound(paragraph: str, bound: int) -> None:
    for chunk in cut(paragraph, bound):
        assert count_tokens(chunk.text) <= bound or ". W" not in chunk.text


@settings(max_examples=30, deadline=None)
@given(PAGES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_line_ends_and_byte_order_mark_change_nothing(page: str, end: str, mark: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain, other = Path(folder, "plain"), Path(folder, "other")
        plain.write_bytes(page.encode())
        other.write_bytes((b"\xef\xbb\xbf" if mark else b"") + page.replace("\n", end).encode())
        policy = RetrievalPolicy(sources=())
        assert StructureChunker().chunks({"a.md": plain}, policy) == StructureChunker().chunks({"a.md": other}, policy)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(20, 60))
def test_any_text_is_cut_in_every_format(text: str, bound: int) -> None:
    for document in (parse_markdown(text, "a.md"), parse_plain(text, "a.txt"), parse_html(f"x<p>{text}", "a.html")):
        assert all(chunk.text.strip() for chunk in chunks_of(document, bound))
