"""Spans: merging, replacing and shortening."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain import Finding
from gonogo.guardrails.readable import readable
from gonogo.guardrails.spans import EXCERPT, Span, merged, replaced, shortened


def finding(start: int, end: int, kind: str = "email") -> Finding:
    return Finding(
        check="pii", stage="input", action="redact", score=1.0, where="question", kind=kind, start=start, end=end
    )


def test_overlapping_spans_become_one_named_after_the_surest() -> None:
    assert merged([Span(0, 5, "phone", 0.7), Span(3, 9, "card", 1.0)]) == [Span(0, 9, "card", 1.0)]


def test_spans_that_only_touch_stay_two() -> None:
    assert len(merged([Span(0, 5, "a", 1.0), Span(5, 9, "b", 1.0)])) == 2


def test_a_finding_over_the_whole_text_replaces_all_of_it() -> None:
    assert replaced("bad words", [finding(-1, -1, kind="toxicity")]) == "[TOXICITY]"


def test_overlapping_findings_are_replaced_once_under_the_longest_name() -> None:
    assert replaced("abcdefgh", [finding(1, 4), finding(2, 6, kind="card")]) == "a[CARD]gh"


def test_an_excerpt_is_one_printable_line() -> None:
    assert shortened("a\x00b\n c\u202e") == "a b c"
    assert len(shortened("x" * 500)) == EXCERPT


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from("abc")), max_size=8))
def test_merged_spans_never_overlap_and_cover_the_same_characters(raw: list[tuple[int, int, str]]) -> None:
    spans = [Span(start, start + length, kind, 0.5) for start, length, kind in raw]
    result = merged(spans)
    assert all(one.end <= other.start for one, other in pairwise(result))
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert covered == {place for span in result for place in range(span.start, span.end)}


@given(st.text(max_size=60))
def test_a_readable_text_knows_the_way_back(text: str) -> None:
    view = readable(text)
    for place in range(len(view.plain)):
        start, end = view.span(place, place + 1)
        assert end == start + 1
        assert 0 <= start < len(text)
