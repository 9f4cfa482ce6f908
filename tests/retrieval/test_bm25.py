"""BM25: the published formula, headings weighed in, a ceiling no score reaches."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.domain import Chunk
from gonogo.features import Reader
from gonogo.retrieval import Bm25
from gonogo.retrieval.bm25 import K1, B
from gonogo.retrieval.stem_counts import HEADING_WEIGHT

BAGS = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5).map(float), max_size=6), max_size=8)


def by_hand(bags: list[Mapping[str, float]], question: set[str], place: int) -> float:
    """Robertson and Zaragoza's sum, word by word."""
    mean = sum(sum(bag.values()) for bag in bags) / len(bags) or 1.0
    total = 0.0
    for stem in question:
        holding = sum(stem in bag for bag in bags)
        frequency = bags[place].get(stem, 0.0)
        norm = K1 * (1 - B + B * sum(bags[place].values()) / mean)
        idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
        total += idf * frequency * (K1 + 1) / (frequency + norm)
    return total


@settings(max_examples=80, deadline=None)
@given(BAGS, st.sets(st.sampled_from("abcdefgh"), max_size=6))
def test_scores_follow_the_formula_and_stay_below_the_ceiling(
    bags: list[Mapping[str, float]], question: set[str]
) -> None:
    index = Bm25(bags)
    scores = index.scores(question)
    assert scores.shape == (len(bags),)
    assert scores == pytest.approx([by_hand(bags, question, place) for place in range(len(bags))])
    assert all(score <= index.ceiling(question) for score in scores)


def test_a_worked_example() -> None:
    # Two texts of mean length 3; "a" is in one of them: idf = ln 2, length 2 gives the norm 1.2 (0.25 + 0.75 * 2 / 3).
    index = Bm25([{"a": 1.0, "b": 1.0}, {"b": 2.0, "c": 2.0}])
    assert index.scores(["a"])[0] == pytest.approx(math.log(2) * 2.2 / (1 + 0.9))


def test_a_stem_said_twice_in_the_question_counts_once() -> None:
    index = Bm25([{"a": 1.0}, {"b": 1.0}])
    assert np.array_equal(index.scores(["a", "a"]), index.scores(["a"]))
    assert index.ceiling(["a", "a"]) == index.ceiling(["a"])


def test_a_stem_that_nobody_holds_raises_the_ceiling_and_no_score() -> None:
    index = Bm25([{"a": 1.0}, {"b": 1.0}])
    assert np.array_equal(index.scores(["a", "z"]), index.scores(["a"]))
    assert index.ceiling(["a", "z"]) > index.ceiling(["a"])


def test_an_index_of_nothing_scores_nothing() -> None:
    assert Bm25([]).scores(["a"]).size == 0
    assert Bm25([{}, {}]).scores(["a"]).tolist() == [0.0, 0.0]


def test_title_and_headings_count_with_their_weight(reader: Reader) -> None:
    above = Chunk(id="1", text="lamp cable", source="a", title="Refund", heading="Plans > Annual")
    inside = Chunk(id="2", text="lamp cable annual plans refund", source="b")
    stems = reader.read("refund").stems
    weighed = Bm25([{"lamp": 1, "cabl": 1, "refund": HEADING_WEIGHT, "plan": HEADING_WEIGHT, "annual": HEADING_WEIGHT}])
    assert Bm25.of([above], reader).scores(stems) == pytest.approx(weighed.scores(stems))
    first, second = Bm25.of([above, inside], reader).scores(stems)
    assert first > second > 0
