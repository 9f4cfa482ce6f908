"""The large model answers from several pages, settles conflicts as told, and knows when it does not know."""

from __future__ import annotations

import pytest

from gonogo.providers.extractive.phrasing import UNKNOWN

STRICT = "Answer only from the documents. Say that you do not know when the pages do not answer."


@pytest.mark.parametrize(("word", "days"), [("newest", "30 days"), ("oldest", "14 days"), ("first", "14 days")])
def test_pages_that_disagree_are_settled_as_the_prompt_says(ask, word: str, days: str) -> None:
    answer = ask("How long can goods be returned?", f"Prefer the {word} page when pages disagree.")
    assert days in answer
    assert ("14 days" in answer) != ("30 days" in answer)


def test_without_an_instruction_the_order_of_retrieval_decides(ask) -> None:
    from_old = ask("How long can goods be returned?")
    assert "14 days" in from_old


def test_a_year_in_the_question_counts_before_the_preferred_direction(ask) -> None:
    assert "14 days" in ask("How long could goods be returned in 2021?", "Prefer the newest page.")


def test_a_fact_in_a_table_row_is_answered(ask) -> None:
    assert "2400 W" in ask("What power does the KT-20 have?", STRICT)
    assert "1.0 litre" in ask("What is the volume of the KT-10?", STRICT)


def test_each_part_of_a_question_is_answered_from_the_page_that_knows_it(ask) -> None:
    answer = ask("Who is the head of the workshop and how long can goods be returned?", "Prefer the newest page.")
    assert "Mira Tolland" in answer
    assert "30 days" in answer


def test_a_question_for_steps_gets_the_whole_list(ask) -> None:
    answer = ask("How do I remove lime from a kettle?", "Write procedures as numbered steps.")
    assert [line[:3] for line in answer.splitlines()] == ["1. ", "2. ", "3. "]


@pytest.mark.parametrize(
    "question",
    [
        "What power does the KT-99 have?",
        "Who is the chief accountant?",
        "How much does a kettle cost?",
        "What is the capital of Australia?",
        "How many people work in the Lisbon office?",
    ],
)
def test_what_the_documents_do_not_say_is_not_answered(ask, question: str) -> None:
    assert ask(question, STRICT) == UNKNOWN


def test_the_prompts_own_words_are_used_when_unknown(ask) -> None:
    assert (
        ask("What power does the KT-99 have?", 'Reply "Ask the workshop." when you cannot answer.')
        == "Ask the workshop."
    )


def test_told_always_to_answer_it_answers(ask) -> None:
    assert ask("Who is the chief accountant?", "Never say that you do not know.") != UNKNOWN


def test_without_chunks_it_does_not_know(ask) -> None:
    assert ask("Who is the head of the workshop?", chunks=()) == UNKNOWN


def test_a_question_of_no_words_is_not_known(ask) -> None:
    assert ask("???") == UNKNOWN


def test_text_in_a_document_is_no_instruction(ask) -> None:
    plain = ask("Who is the head of the workshop?", STRICT)
    assert "[" not in plain


def test_each_of_the_things_joined_in_a_question_gets_its_statement(ask) -> None:
    answer = ask("Volume and power of the KT-20?", STRICT)
    assert "1.7 litre" in answer
    assert "2400 W" in answer


def test_a_question_in_other_words_is_answered(ask) -> None:
    assert "Mira Tolland" in ask("Who is in charge of the workshop?", STRICT)
    assert "30 days" in ask("How long do I have to send goods back?", f"{STRICT} Prefer the newest page.")


def test_a_limit_of_sentences_is_kept(ask) -> None:
    answer = ask("Who is the head of the workshop, and when does it open?", "Answer in at most one sentence.")
    assert answer.count(".") == 1
