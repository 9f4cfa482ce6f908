"""Edits: one word at a time, placeholders untouched, never the same prompt twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain.sensitivity import PROMPT_EDITS, QUESTION_EDITS
from gonogo.evaluation.edits import edited_question, prompt_edits, words_of_prompt

PROMPT = "You are {{ name }}, a helper.\nAnswer only from the documents. Prefer the newest page!\n"


def texts(kind: str, prompt: str = PROMPT) -> list[str]:
    return [edit.text for edit in prompt_edits(prompt) if edit.kind == kind]


@given(st.text(st.characters(codec="utf-8"), max_size=120))
def test_no_edit_is_the_prompt_itself_or_comes_twice(prompt: str) -> None:
    found = [edit.text for edit in prompt_edits(prompt)]
    assert prompt not in found
    assert len(found) == len(set(found))


@given(st.text(st.characters(codec="utf-8"), max_size=120))
def test_every_edit_names_a_word_of_the_prompt(prompt: str) -> None:
    words = words_of_prompt(prompt)
    assert "".join(words) == "".join(prompt.split())
    assert all(0 <= edit.word < len(words) for edit in prompt_edits(prompt))


def test_placeholders_stay_as_they_are() -> None:
    assert all("{{ name }}" in edit.text for edit in prompt_edits(PROMPT))


def test_a_word_left_out_takes_one_blank_with_it_and_leaves_its_marks() -> None:
    assert "You are {{ name }}, a helper.\nAnswer from the documents. Prefer the newest page!\n" in texts("drop")
    assert "You are {{ name }}, a helper.\nAnswer only from the documents. Prefer the newest!\n" in texts("drop")


def test_another_word_keeps_the_capital() -> None:
    assert "You are {{ name }}, a helper.\nReply only from the documents. Prefer the newest page!\n" in texts("synonym")


def test_a_sentence_moves_to_the_end() -> None:
    moved = "You are {{ name }}, a helper.\n Prefer the newest page!\nAnswer only from the documents.\n"
    assert moved in texts("order")


def test_capitals_marks_and_neighbours() -> None:
    assert any("ONLY" in text for text in texts("case"))
    assert any("newest page\n" in text for text in texts("punctuation"))
    assert any("only Answer from" in text for text in texts("swap"))


def test_only_the_kinds_asked_for_are_made() -> None:
    assert {edit.kind for edit in prompt_edits(PROMPT, ("drop", "case"))} == {"drop", "case"}
    assert {edit.kind for edit in prompt_edits(PROMPT)} == set(PROMPT_EDITS)


def test_an_empty_prompt_has_no_edits() -> None:
    assert prompt_edits("") == prompt_edits(" \n ") == []


def test_a_typo_exchanges_two_inner_letters_of_a_longer_word_the_same_ones_each_time() -> None:
    asked = "Where is my refund?"
    typo = edited_question(asked, "typo", 3)
    assert typo == edited_question(asked, "typo", 3) != asked
    assert sorted(typo) == sorted(asked)
    assert edited_question("Is it so?", "typo", 3) == "Is it so?"


def test_every_form_of_a_question_still_asks_it() -> None:
    for kind in QUESTION_EDITS:
        assert "refund" in edited_question("Where, please, is my refund?", kind, 0).lower() or kind == "typo"


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.sampled_from(QUESTION_EDITS), st.integers(0, 5))
def test_any_question_can_be_edited(question: str, kind: str, seed: int) -> None:
    assert isinstance(edited_question(question, kind, seed), str)  # type: ignore[arg-type]
