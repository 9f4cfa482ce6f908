"""The small model says one sentence of the one best chunk."""

from __future__ import annotations

from gonogo.providers.extractive.phrasing import UNKNOWN

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
