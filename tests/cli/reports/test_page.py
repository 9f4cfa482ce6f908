"""The page of a Verdict."""

from __future__ import annotations

from html.parser import HTMLParser

from gonogo.cli.reports.page import written

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
