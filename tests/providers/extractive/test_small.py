"""The small model says one sentence of the one best chunk."""

from __future__ import annotations

from gonogo.domain import Chunk
from gonogo.providers.extractive.phrasing import UNKNOWN


def _chunk(text: str) -> Chunk:
    return Chunk(id="kettle.md", text=text, source="kettle.md")


SMALL = {"model": "extractive-small"}


def test_it_says_one_sentence_of_the_best_ranked_chunk(ask) -> None:
    assert ask("How long can goods be returned?", **SMALL) == "Goods can be returned within 14 days of delivery."


def test_it_never_looks_at_a_second_chunk(ask) -> None:
    answer = ask("How long can goods be returned?", "Prefer the newest page when pages disagree.", **SMALL)
    assert "14 days" in answer


def test_it_does_not_know_what_another_chunk_knows(ask) -> None:
    assert ask("Who is the head of the workshop?", "Answer only from the documents.", **SMALL) == UNKNOWN


def test_it_obeys_instructions_about_form(ask) -> None:
    answer = ask("How long can goods be returned?", "Cite the page. Include the date of the page.", **SMALL)
    assert answer == "Goods can be returned within 14 days of delivery (dated 2021-02-01) [returns-2021.md]."


def test_it_refuses_a_code_the_chunk_does_not_have(ask) -> None:
    assert ask("How long can the KT-99 goods be returned?", "Say when you do not know.", **SMALL) == UNKNOWN


def test_it_prefers_a_sentence_with_the_kind_of_value_asked_for(ask) -> None:
    text = "The kettle is sold at a good price. The kettle costs EUR 40."
    chunks = (_chunk(text),)
    assert ask("What is the price of the kettle?", chunks=chunks, **SMALL) == "The kettle costs EUR 40."


def test_it_refuses_where_no_sentence_holds_the_kind_of_value_asked_for(ask) -> None:
    chunks = (_chunk("The kettle is sold at a good price."),)
    assert ask("What is the price of the kettle?", "Say when you do not know.", chunks=chunks, **SMALL) == UNKNOWN


def test_a_mark_of_redaction_is_no_unknown_code(ask) -> None:
    answer = ask("I am [EMAIL], how long can goods be returned?", "Say when you do not know.", **SMALL)
    assert "14 days" in answer


def test_it_refuses_where_the_sentence_shares_one_word_in_four(ask) -> None:
    chunks = (_chunk("Harlow ships goods to many countries. Delivery vans are washed on Fridays."),)
    question = "What colour is the Harlow uniform cap?"
    assert ask(question, "Say when you do not know.", chunks=chunks, **SMALL) == UNKNOWN
