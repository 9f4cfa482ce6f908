"""An event stream is read the same however the network cuts it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.providers import sse
from gonogo.providers.sse import EventTooLarge, ServerEvent, SseParser


def _events(*pieces: bytes) -> list[ServerEvent]:
    parser = SseParser()
    return [event for piece in pieces for event in parser.feed(piece)]


def test_data_lines_are_joined_and_types_kept() -> None:
    assert _events(b"event: note\ndata: one\ndata: two\n\ndata:three\n\n") == [
        ServerEvent("one\ntwo", "note"),
        ServerEvent("three"),
    ]


def test_comments_ids_and_unknown_fields_are_no_events() -> None:
    assert _events(b": alive\n\nid: 7\nretry: 5\nfoo: bar\n\ndata: x\n\n") == [ServerEvent("x")]


def test_only_one_blank_after_the_colon_is_taken_away() -> None:
    assert _events(b"data:  x\n\n") == [ServerEvent(" x")]


def test_a_field_without_a_colon_has_an_empty_value() -> None:
    assert _events(b"data\n\n") == [ServerEvent("")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_all_three_line_ends_are_understood(end: bytes) -> None:
    assert _events(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == [
        ServerEvent("a\nb"),
        ServerEvent("c"),
    ]


def test_a_carriage_return_and_its_line_feed_may_come_apart() -> None:
    assert _events(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [ServerEvent("a\nb")]


def test_a_byte_order_mark_is_skipped_once() -> None:
    assert _events(b"\xef", b"\xbb\xbfdata: a\n\n") == [ServerEvent("a")]


def test_an_event_that_was_not_closed_is_dropped() -> None:
    assert _events(b"data: a\n\ndata: b\n") == [ServerEvent("a")]


def test_letters_cut_in_two_are_whole_again() -> None:
    whole = "data: grün €\n\n".encode()
    assert _events(*(whole[at : at + 1] for at in range(len(whole)))) == [ServerEvent("grün €")]


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    with pytest.raises(EventTooLarge):
        _events(b"data: " + b"x" * 200)
    with pytest.raises(EventTooLarge):
        _events(*[b"data: " + b"x" * 60 + b"\n"] * 3)


_LINES = st.sampled_from(
    ["data: a", "data:", "data: é b", ": note", "event: x", "id: 1", "", "", "junk", "\ufeffdata: z", 'data: {"k": 1}']
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=14),
    st.lists(st.integers(min_value=0, max_value=200), max_size=12),
)
def test_any_cutting_gives_the_same_events(lines: list[tuple[str, str]], cuts: list[int]) -> None:
    whole = "".join(line + end for line, end in lines).encode()
    borders = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in itertools.pairwise(borders)]
    assert _events(*pieces) == _events(whole)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=("Cs",))), min_size=1))
def test_what_was_written_is_read(lines: list[str]) -> None:
    written = "".join(f"data: {line}\n" for line in lines) + "\n"
    assert _events(written.encode()) == [ServerEvent("\n".join(lines))]


@given(st.lists(st.text(alphabet='abé{}": \n\r', max_size=8), min_size=1, max_size=4), st.booleans())
def test_plain_events_are_the_same_events(texts: list[str], first: bool) -> None:
    received = "".join(f"data: {text}\n\n" for text in texts).encode()
    quick, slow = SseParser(), SseParser()
    if not first:
        for parser in (quick, slow):
            assert list(parser.feed(b"data: x\n\n"))
    plain = quick.plain(received)
    events = [event.data for event in slow.feed(received)]

    assert plain is None or ([data.decode() for data in plain] == events and not first)
    assert plain is not None or first or any("\n" in text or "\r" in text for text in texts)
