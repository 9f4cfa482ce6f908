"""The page of a Verdict."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from msgspec import structs

from gonogo.cli.reports import markdown
from gonogo.cli.reports.github import annotated
from gonogo.cli.reports.page import written
from gonogo.cli.reports.shown import Shown
from gonogo.domain import TagSlice

VOID = {"meta", "br"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [str(value) for name, value in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_every_tag_is_closed_nothing_is_fetched_and_no_text_becomes_a_tag(shown, nasty):
    page = Tags()
    page.feed(written(shown(answer=nasty, before=nasty + "!", line=f"NO-GO  {nasty}")))
    assert page.open == []
    assert page.addresses == []
    assert "script" not in page.seen


def test_words_that_went_and_came_are_marked(shown):
    text = written(shown(answer="within 14 days", before="within 30 days"))
    assert "within <del>30</del> days" in text
    assert "within <ins>14</ins> days" in text


def test_the_interval_is_drawn_with_its_margin(shown):
    text = written(shown())
    assert '<svg class="beyond"' in text
    assert "<title>margin</title>" in text


def test_what_failed_before_as_well_stands_apart_and_is_annotated_by_nobody(shown):
    found = shown(tasks=3)
    verdict, [comparison] = found.verdict, found.verdict.comparisons
    changed = structs.replace(verdict, comparisons=(structs.replace(comparison, broke=("task-0001",)),))
    apart = Shown(replace(found.proof, verdict=changed))
    page = written(apart)
    assert page.index("1 task broke") < page.index("task-0001") < page.index("2 more tasks failed or did not run")
    assert len(annotated(apart)) == 2
    text = markdown.written(apart)
    assert "### 1 task broke" in text
    assert "- <code>task-0000</code> contains: missing: 14 days" in text


def test_slices_are_counted_and_many_are_folded(shown):
    found = shown()
    [comparison] = found.verdict.comparisons
    for count, opened in ((6, " open"), (7, "")):
        slices = tuple(TagSlice(tag=f"t{place}", comparison=comparison, small=True) for place in range(count))
        page = written(Shown(replace(found.proof, verdict=structs.replace(found.verdict, slices=slices))))
        assert f'<details class="plain"{opened}><summary>{count} slices, {count} of them with too few' in page
