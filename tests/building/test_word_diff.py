"""Two texts as runs of words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.building.word_diff import MOST_EDITS, MOST_PIECES, WordRun, word_diff


def shown(old: str, new: str) -> list[tuple[str, str]]:
    return [(run.kind, run.text) for run in word_diff(old, new)]


def test_a_changed_word_is_shown_between_the_words_that_stayed() -> None:
    assert shown("Answer in two sentences.", "Answer in three sentences.") == [
        ("same", "Answer in "), ("removed", "two"), ("added", "three"), ("same", " sentences."),
    ]  # fmt: skip


def test_an_added_line_is_one_run() -> None:
    assert shown("One.\nThree.\n", "One.\nTwo.\nThree.\n") == [
        ("same", "One.\n"), ("added", "Two.\n"), ("same", "Three.\n"),
    ]  # fmt: skip


def test_equal_texts_are_one_run() -> None:
    assert word_diff("Hello.", "Hello.") == (WordRun(kind="same", text="Hello."),)


def test_empty_texts_have_no_runs() -> None:
    assert word_diff("", "") == ()


def test_very_long_changes_are_shown_as_replaced_whole() -> None:
    old, new = "a " * MOST_EDITS + "a", "b " * MOST_EDITS + "b"
    assert shown(old, new) == [("removed", old), ("added", new)]


def test_very_many_lines_that_moved_are_shown_as_replaced_whole() -> None:
    old = "".join(f"{line}\n" for line in range(MOST_PIECES + 1))
    new = "".join(f"{line}\n" for line in reversed(range(MOST_PIECES + 1)))
    assert shown(old, new)[0] == ("removed", old[:-1])


def test_one_word_in_a_very_long_text_is_found() -> None:
    lines = [f"line {number}\n" for number in range(5 * MOST_PIECES)]
    changed = [*lines[:7_000], "line x\n", *lines[7_001:]]
    told = [run for run in shown("".join(lines), "".join(changed)) if run[0] != "same"]
    assert told == [("removed", "7000"), ("added", "x")]


def test_the_same_line_again_and_again_costs_no_more() -> None:
    runs = word_diff("a\n" * 1_999, "b\na\n" * 999)
    assert "".join(run.text for run in runs if run.kind != "added") == "a\n" * 1_999


TEXT = st.text("ab .\n", max_size=30)


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT)
def test_the_runs_join_to_both_texts(old: str, new: str) -> None:
    runs = word_diff(old, new)
    assert "".join(run.text for run in runs if run.kind != "added") == old
    assert "".join(run.text for run in runs if run.kind != "removed") == new
