from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.domain import Chunk, RetrievalPolicy
from gonogo.evaluation import draft_tasks
from gonogo.retrieval import StructureChunker


def chunk(text: str, source: str = "knowledge/plans.md", **more: object) -> Chunk:
    return Chunk(id=f"{abs(hash((text, source))):032x}", text=text, source=source, line=7, **more)


def test_a_draft_asks_for_one_fact_and_wants_its_page_cited(reader):
    (draft,) = draft_tasks([chunk("The Free plan allows up to 6 loggers. It is free.")], reader, 10)
    assert draft.question == "How many loggers does the Free plan allow?"
    assert [(expected.kind, expected.value) for expected in draft.expect] == [
        ("contains", "6 loggers"),
        ("cites", "knowledge/plans.md"),
    ]


def test_drafts_are_marked_and_say_where_they_come_from(reader):
    (draft,) = draft_tasks([chunk("The Free plan allows up to 6 loggers.")], reader, 10)
    assert draft.draft
    assert draft.tags == ("draft",)
    assert draft.source == "knowledge/plans.md:7"


def test_where_pages_disagree_the_newest_is_asked_about(reader):
    old = chunk("The Free plan allows up to 3 loggers.", "knowledge/2023.md", date="2023-01-01")
    new = chunk("The Free plan allows up to 6 loggers.", "knowledge/2025.md", date="2025-01-01")
    for pages in ([old, new], [new, old]):
        (draft,) = draft_tasks(pages, reader, 10)
        assert draft.expect[0].value == "6 loggers"


def test_a_figure_repeated_in_the_table_below_is_asked_for_once(reader):
    text = "The Free plan keeps readings for 90 days.\n\n| plan | kept |\n|---|---|\n| Free | 90 days |\n"
    assert len(draft_tasks([chunk(text)], reader, 10)) == 1


def test_sources_take_turns_and_sentences_come_before_table_rows(reader):
    first = "| part | price |\n|---|---|\n| cap | EUR 40 |\n\nA visit takes 2 hours. A test takes 3 hours.\n"
    second = "A repair takes 9 days."
    drafts = draft_tasks([chunk(first, "a.md"), chunk(second, "b.md")], reader, 3)
    assert [draft.expect[0].value for draft in drafts] == ["2 hours", "9 days", "3 hours"]


def test_nothing_to_ask_gives_no_drafts(reader):
    assert draft_tasks([], reader, 5) == []
    assert draft_tasks([chunk("Wash your hands.")], reader, 5) == []


@pytest.fixture(scope="module")
def pages():
    folder = Path(__file__).parents[2] / "examples" / "brackenfield"
    files = {str(path.relative_to(folder)): path for path in sorted(folder.glob("knowledge/**/*.md"))}
    return StructureChunker().chunks(files, RetrievalPolicy(sources=("knowledge/**/*.md",)), None)


def test_a_real_handbook_gives_many_drafts_over_most_of_its_pages(reader, pages):
    drafts = draft_tasks(pages, reader, 60)
    assert len(drafts) == 60
    assert len({draft.source.rpartition(":")[0] for draft in drafts}) >= 35
    everything = draft_tasks(pages, reader, 10_000)
    assert len(everything) > 120


def test_drafts_of_a_real_handbook_are_sound(reader, pages):
    drafts = draft_tasks(pages, reader, 10_000)
    texts: dict[str, str] = {}
    for page in pages:
        texts[page.source] = texts.get(page.source, "") + "\n" + page.text
    assert len({draft.id for draft in drafts}) == len(drafts)
    assert len({draft.question for draft in drafts}) == len(drafts)
    for draft in drafts:
        fact, source = (expected.value for expected in draft.expect)
        assert fact in texts[source]
        assert draft.question[0].isupper()
        assert len(draft.question.split()) <= 25
