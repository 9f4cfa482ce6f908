"""A question is taken apart into terms, codes, names, years and the kind of value it expects."""

from __future__ import annotations

import pytest

from gonogo.contracts import TextReader
from gonogo.providers.extractive.question import Question, codes_of, parts_of, unmarked, years_in


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Does the BL-20X beep?", {"bl-20x"}),
        ("What is error E14?", {"e14"}),
        ("Is VAT included?", {"vat"}),
        ("It takes 20mm and 5kg.", set()),
        ("nothing here", set()),
    ],
)
def test_codes_are_found_and_measures_are_not(text: str, codes: set[str]) -> None:
    assert codes_of(text) == codes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How much is a kettle?", "money"),
        ("How long is the warranty?", "duration"),
        ("When does it open?", "time"),
        ("Who runs it?", "person"),
        ("How do I clean it?", "steps"),
        ("Where is it?", None),
    ],
)
def test_the_expected_kind_of_value_is_read(text: str, kind: str | None, reader: TextReader) -> None:
    assert Question(reader.read(text)).expected == kind


def test_a_digit_inside_a_code_is_no_amount(reader: TextReader) -> None:
    question = Question(reader.read("How long does it last?"))
    assert not question.is_answered_in_kind_by("The BL-20 lasts.")
    assert question.is_answered_in_kind_by("It lasts two days.")


def test_a_question_of_two_parts_is_split_and_the_parts_share_their_terms(reader: TextReader) -> None:
    parts = parts_of("What does the kettle cost and when is it delivered?", reader)
    assert [part.features.text for part in parts] == ["What does the kettle cost", "when is it delivered?"]
    assert "kettl" in parts[1].shared


def test_an_and_between_nouns_does_not_split(reader: TextReader) -> None:
    assert len(parts_of("Are tea and coffee sold?", reader)) == 1


def test_years_are_found() -> None:
    assert years_in("in 2021, not 12345 or 1850") == {"2021"}


def test_sentences_that_ask_nothing_are_background(reader: TextReader) -> None:
    (part,) = parts_of("Our van broke down. How long is the warranty?", reader)
    assert part.features.text == "How long is the warranty?"
    assert "van" in part.shared


def test_a_question_about_two_named_things_has_a_part_for_each(reader: TextReader) -> None:
    parts = parts_of("How heavy are the KT-10 and the KT-20?", reader)
    assert [part.codes for part in parts] == [{"kt-10"}, {"kt-20"}]


def test_at_most_four_parts_are_answered(reader: TextReader) -> None:
    assert len(parts_of("What is a? " + "And what is tea? " * 9, reader)) <= 4


def test_a_part_with_its_own_code_does_not_take_the_codes_of_the_others(reader: TextReader) -> None:
    _, second = parts_of("What does the KT-10 hold, and what does the KT-20 hold?", reader)
    assert second.codes == {"kt-20"}
    assert "10" not in second.shared


def test_a_preposition_may_stand_before_the_second_question_word(reader: TextReader) -> None:
    parts = parts_of("What does a kettle cost, and from what sum is delivery free?", reader)
    assert [part.features.text for part in parts] == ["What does a kettle cost", "from what sum is delivery free?"]


def test_marks_of_redaction_are_not_asked_about(reader: TextReader) -> None:
    assert unmarked("Send it to [EMAIL], or [CREDIT CARD].").split() == ["Send", "it", "to", ",", "or", "."]
    (part,) = parts_of("I am [EMAIL]. How long is the warranty?", reader)
    assert part.codes == frozenset()
    assert "email" not in part.shared


@pytest.mark.parametrize(
    ("text", "leans"), [("How long does it last?", True), ("How long is the kettle warranty?", False)]
)
def test_a_question_that_hardly_says_what_it_is_about_leans(text: str, leans: bool, reader: TextReader) -> None:
    assert Question(reader.read(text)).leans == leans


def test_what_is_counted_is_read(reader: TextReader) -> None:
    assert Question(reader.read("How many big cups does it fill?")).counted >= {"cup"}
    assert Question(reader.read("How long is it?")).counted == frozenset()


@pytest.mark.parametrize(
    ("text", "joins"), [("Opening hours of phone and chat", True), ("Opening hours of chat", False)]
)
def test_things_named_in_one_breath_join(text: str, joins: bool, reader: TextReader) -> None:
    assert Question(reader.read(text)).joins == joins


def test_a_phrase_gives_its_words_its_own_sense_only(reader: TextReader) -> None:
    alone = Question(reader.read("Does the seal run?")).senses["run"]
    within = Question(reader.read("When does the cell run dry?")).senses["run"]
    assert within.isdisjoint(alone)


def test_a_phrase_of_stop_words_implies_its_sense(reader: TextReader) -> None:
    assert Question(reader.read("Is the kettle sold down under?")).implied
    assert not Question(reader.read("Is the kettle sold?")).implied
