"""Scores are BM25 as published, and support is what the documents know of the question."""

from __future__ import annotations

import math

import pytest

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.providers.extractive.passages import Reading
from gonogo.providers.extractive.question import Question
from gonogo.providers.extractive.scoring import (
    RANKING,
    SIGNALS,
    SUPPORT,
    bm25,
    candidates,
    inverse_frequencies,
    knows_its_names,
    signals_of,
)


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


def test_a_code_that_stands_in_no_chunk_is_not_known(reader: TextReader) -> None:
    reading = _reading("The KT-20 boils water.", reader)
    known, unknown = (Question(reader.read(f"Does the {code} boil water?")) for code in ("KT-20", "KT-99"))
    assert knows_its_names(known, [reading])
    assert not knows_its_names(unknown, [reading])


def test_a_synonym_counts_in_part(reader: TextReader) -> None:
    reading = _reading("The shop repairs bicycles.", reader)
    named, meant, other = (
        candidates(Question(reader.read(f"Are {noun} repaired?")), [reading], reader)[0].confidence
        for noun in ("bicycles", "bikes", "violins")
    )
    assert 1 > named > meant > other > 0


def test_a_passage_without_the_kind_of_value_asked_for_scores_lower(reader: TextReader) -> None:
    reading = _reading("The kettle costs EUR 40. The kettle costs a fortune.", reader)
    ranked = candidates(Question(reader.read("What is the price of the kettle?")), [reading], reader)
    assert [candidate.passage.place for candidate in ranked] == [0, 1]


def test_every_signal_has_two_coefficients(reader: TextReader) -> None:
    reading = _reading("The tower is old. It stands.", reader)
    signals, covered, shares = signals_of(Question(reader.read("How old is the tower?")), [reading], reader)
    assert signals.shape == (len(SIGNALS), 2) == (len(RANKING), 2) == (len(SUPPORT), 2)
    assert covered.shape == shares.shape == (2, 2)
    assert shares.sum(axis=0) == pytest.approx(signals[SIGNALS.index("own")])


def test_without_passages_there_are_no_candidates(reader: TextReader) -> None:
    assert candidates(Question(reader.read("How old is it?")), [_reading("", reader)], reader) == []
