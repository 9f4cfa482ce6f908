"""Weights: vectors are weighed in only when their gain is proven."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.contracts import EVERYWHERE, TextFeatures, Where
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy, RetrievedChunk
from gonogo.features import Reader
from gonogo.retrieval import EmbeddedBackend, JudgedQuestion, choose_dense_weight
from gonogo.retrieval.weights import MIN_QUESTIONS, simultaneous_gains


class Shelf:
    """An index that puts the right page first for the questions it is told, and second for all others."""

    def __init__(self, snapshot: IndexSnapshot, first: frozenset[str]) -> None:
        self.snapshot, self._first = snapshot, first

    def search(self, question: TextFeatures, k: int, where: Where = EVERYWHERE) -> list[RetrievedChunk]:
        sources = ["right", "wrong"] if question.text in self._first else ["wrong", "right"]
        chunks = (Chunk(id=source, text=source, source=source) for source in sources)
        return [RetrievedChunk(chunk=chunk, score=0.5, rank=rank) for rank, chunk in enumerate(chunks, 1)]


def asked(count: int) -> list[JudgedQuestion]:
    return [JudgedQuestion(id=f"q{n}", text=f"q{n}", relevant={"right": 1.0}) for n in range(count)]


def first(count: int) -> frozenset[str]:
    return frozenset(f"q{n}" for n in range(count))


def test_a_clear_gain_is_taken_with_its_interval(snapshot: IndexSnapshot, reader: Reader) -> None:
    shelves = {0.0: first(20), 0.3: first(45), 0.6: first(22)}
    choice = choose_dense_weight(asked(60), lambda weight: Shelf(snapshot, shelves[weight]), reader, weights=(0.3, 0.6))
    assert choice.weight == 0.3
    assert "gains +0.15" in choice.reason
    assert [row.proven for row in choice.rows] == [True, False]


def test_a_gain_on_two_questions_is_not_taken(snapshot: IndexSnapshot, reader: Reader) -> None:
    choice = choose_dense_weight(
        asked(40), lambda weight: Shelf(snapshot, first(22 if weight else 20)), reader, weights=(0.3,)
    )
    assert choice.weight == 0.0
    assert choice.rows[0].gain.value > 0


def test_a_loss_is_not_taken(snapshot: IndexSnapshot, reader: Reader) -> None:
    choice = choose_dense_weight(asked(40), lambda weight: Shelf(snapshot, first(5 if weight else 35)), reader)
    assert choice.weight == 0.0
    assert all(row.gain.interval.high < 0 for row in choice.rows)


def test_too_few_questions_keep_plain_bm25_and_say_so(snapshot: IndexSnapshot, reader: Reader) -> None:
    choice = choose_dense_weight(
        [*asked(MIN_QUESTIONS - 1), JudgedQuestion(id="u", text="u", relevant={})],
        lambda weight: Shelf(snapshot, first(99 if weight else 0)),
        reader,
    )
    assert (choice.weight, choice.rows) == (0.0, ())
    assert f"{MIN_QUESTIONS - 1} answerable questions are too few" in choice.reason


def test_the_same_questions_give_the_same_choice(
    snapshot: IndexSnapshot, policy: RetrievalPolicy, reader: Reader
) -> None:
    index = EmbeddedBackend(reader).build(snapshot, policy)
    texts = ["shipping abroad", "refund of annual plans", "sensor temperature", "parcels overseas"] * 6
    questions = [
        JudgedQuestion(id=str(n), text=text, relevant={"knowledge/shipping.md": 1.0}) for n, text in enumerate(texts)
    ]
    one = choose_dense_weight(questions, index.weighted, reader, weights=(0.2, 0.5), k=3)
    assert one == choose_dense_weight(questions, index.weighted, reader, weights=(0.2, 0.5), k=3)


def test_equal_gains_on_every_question_prove_nothing() -> None:
    (gain,) = simultaneous_gains(np.full((1, 30), 0.1), 0.9, 0)
    assert gain.interval.low == 0.0


def test_useless_weights_are_rarely_taken() -> None:
    """Under no effect, with most questions unmoved, at most about 5 % of choices are wrong; 10 % of 200 bounds it."""
    rng = np.random.default_rng(7)
    wrong = 0
    for seed in range(200):
        shared = rng.choice([-0.4, 0.0, 0.0, 0.4], 40)
        gains = np.stack([np.where(rng.random(40) < 0.7, shared, rng.choice([-0.3, 0.0, 0.3], 40)) for _ in range(5)])
        wrong += any(gain.interval.low > 0.0 for gain in simultaneous_gains(gains, 0.9, seed))
    assert wrong <= 20


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_widen_with_the_number_of_weights_tried(confidence: float) -> None:
    gains = np.random.default_rng(3).normal(0.02, 0.1, (8, 60))
    alone = simultaneous_gains(gains[:1], confidence, 0)[0].interval.width
    assert simultaneous_gains(gains, confidence, 0)[0].interval.width > alone
