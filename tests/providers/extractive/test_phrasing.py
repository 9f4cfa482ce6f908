"""The answer has the form the instructions ask for."""

from __future__ import annotations

import pytest

QUESTION = "How long can goods be returned?"


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("", "Goods can be returned within 14 days of delivery."),
        ("Cite the page.", "Goods can be returned within 14 days of delivery [returns-2021.md]."),
        ("Do not cite pages.", "Goods can be returned within 14 days of delivery."),
        ("Use bullet points.", "- Goods can be returned within 14 days of delivery."),
        ("Quote the page word for word.", "“Goods can be returned within 14 days of delivery.”"),
        ("Include the date of the page.", "Goods can be returned within 14 days of delivery (dated 2021-02-01)."),
        (
            "Give the answer first, then the source.",
            "Goods can be returned within 14 days of delivery.\nSource: returns-2021.md",
        ),
        ("Use at most 5 words.", "Goods can be returned within …."),
    ],
)
def test_one_instruction_of_form_is_obeyed(ask, system: str, expected: str) -> None:
    assert ask(QUESTION, f"Use at most one sentence. {system}") == expected


def test_the_limit_of_sentences_holds_for_questions_of_several_parts(ask) -> None:
    question = "Who is the head of the workshop and how long can goods be returned?"
    assert ask(question, "Cite the page. Use at most one sentence.").count("[") == 1
    assert ask(question, "Cite the page. Use at most two sentences.").count("[") == 2


def test_a_statement_without_a_date_gets_none(ask) -> None:
    assert "dated" not in ask("Who is the head of the workshop?", "Include the date of the page.")
