"""A chunk's Markdown is cut into statements."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.features import Reader, StaticEmbedder
from gonogo.providers.extractive.passages import Reading, blocks

_READER = Reader(StaticEmbedder())


def _texts(text: str, reader: TextReader) -> list[tuple[str, str]]:
    chunk = Chunk(id="c", text=text, source="page.md")
    return [(passage.kind, passage.text) for passage in Reading(chunk, reader).passages]


def test_wrapped_prose_is_joined_and_cut_into_sentences(reader: TextReader) -> None:
    assert _texts("One thing\nis here. Another is there.", reader) == [
        ("prose", "One thing is here."),
        ("prose", "Another is there."),
    ]


def test_a_table_row_is_read_out_with_its_column_names(reader: TextReader) -> None:
    assert _texts("| plan | price | seats |\n|---|---|---|\n| Free | EUR 0 | 3 |", reader) == [
        ("row", "Free: price EUR 0, seats 3")
    ]


def test_a_column_called_value_is_not_read_out(reader: TextReader) -> None:
    found = _texts("| KT-20 property | value |\n|---|---|\n| Weight | 900 g |", reader)
    assert found == [("row", "Weight (KT-20 property): 900 g")]


def test_a_table_without_a_header_gives_its_cells(reader: TextReader) -> None:
    assert _texts("| Free | EUR 0 |", reader) == [("row", "Free, EUR 0")]


def test_headings_fences_and_emphasis_are_no_statements(reader: TextReader) -> None:
    assert _texts("# Title\n\n```\ncode()\n```\n\n**Bold** and [a link](http://x.example/).", reader) == [
        ("prose", "Bold and a link.")
    ]


def test_a_line_that_opens_a_list_is_a_lead_of_the_same_list(reader: TextReader) -> None:
    chunk = Chunk(id="c", text="You need:\n\n- a hub\n- a logger", source="page.md")
    passages = Reading(chunk, reader).passages
    assert [(p.kind, p.listing) for p in passages] == [("lead", 1), ("item", 1), ("item", 1)]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 .:|-*#`~>\n[]()_é"), max_size=120))
def test_no_text_breaks_it(text: str) -> None:
    assert all(block.kind for block in blocks(text))
    Reading(Chunk(id="c", text=text, source="page.md"), _READER)


@pytest.mark.parametrize("text", ["", "\n\n", "|---|---|", "```"])
def test_nothing_to_say_gives_no_passages(text: str, reader: TextReader) -> None:
    assert _texts(text, reader) == []
