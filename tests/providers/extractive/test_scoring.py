"""Scores are BM25 as published, and support is what the documents know of the question."""

from __future__ import annotations

import math

import pytest

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.providers.extractive.passages import Reading
from gonogo.providers.extractive.question import Question
from gonogo.providers.extractive.scoring import bm25, candidates, inverse_frequencies, support_of


def _reading(text: str, reader: TextReader, source: str = "page.md") -> Reading:
    return Reading(Chunk(id=source, text=text, source=source), reader)


def test_bm25_of_one_match_equals_the_formula(reader: TextReader) -> None:
    passages = _reading("Kettles boil water. Kettles whistle.", reader).passages
    scores = bm25(["whistl"], passages)
    lengths = [len(passage.features.stems) for passage in passages]
    damping = 1.2 * (0.25 + 0.75 * lengths[1] / (sum(lengths) / 2))
    assert scores[0] == 0
    assert scores[1] == pytest.approx(math.log(1 + 1.5 / 1.5) * 2.2 / (1 + damping))


def test_inverse_frequencies_are_never_negative_and_highest_for_the_unseen() -> None:
    common, rare, unseen = inverse_frequencies(["a", "b", "c"], [frozenset("ab"), frozenset("a")])
    assert 0 <= common < rare < unseen


def test_the_passage_that_answers_comes_first(reader: TextReader) -> None:
    reading = _reading("The tower is old. The tower is 40 metres high. Birds live there.", reader)
    ranked = candidates(Question(reader.read("How high is the tower?")), [reading], reader)
    assert ranked[0].passage.text == "The tower is 40 metres high."


def test_support_is_nothing_when_a_code_stands_in_no_chunk(reader: TextReader) -> None:
    reading = _reading("The KT-20 boils water.", reader)
    question = Question(reader.read("Does the KT-99 boil water?"))
    assert support_of(question, candidates(question, [reading], reader)[0], [reading]) == 0.0


def test_a_synonym_supports_in_part(reader: TextReader) -> None:
    reading = _reading("The shop repairs bicycles.", reader)
    named, meant, other = (
        support_of(question, candidates(question, [reading], reader)[0], [reading])
        for question in (Question(reader.read(f"Are {noun} repaired?")) for noun in ("bicycles", "bikes", "violins"))
    )
    assert named > meant > other
