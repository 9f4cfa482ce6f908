"""Relevance: on-topic from off-topic, and short direct answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.contracts import Example, Judgement
from gonogo.contracts.judging import Answer, Metric
from gonogo.features import Reader
from gonogo.metrics import Relevance

Make = Callable[..., Answer]
QUESTION = "How do I get a refund for a broken blender?"


def value(reader: Reader, reply: Answer) -> float:
    scored = Relevance(reader).score(reply).value
    assert scored is not None
    return scored


def test_an_answer_on_the_topic_scores_above_one_beside_it(reader: Reader, answer: Make) -> None:
    on_topic = value(reader, answer("Send the broken blender back and we refund the price.", QUESTION))
    beside = value(reader, answer("Our office is closed on public holidays in the winter.", QUESTION))
    assert on_topic > 0.5 > 0.25 > beside


def test_a_relevant_sentence_is_found_in_a_long_answer(reader: Reader, answer: Make) -> None:
    filler = "The weather was pleasant over the mountains. " * 20
    long = value(reader, answer(f"{filler}We refund a broken blender.", QUESTION))
    assert long > 0.5


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long is the warranty?", "26 months."),
        ("When did it start?", "In 2019."),
        ("Is it open on Sundays?", "No, never."),
    ],
)
def test_a_short_direct_answer_is_relevant(reader: Reader, answer: Make, question: str, text: str) -> None:
    assert value(reader, answer(text, question)) >= 0.5


def test_a_number_of_the_question_is_no_direct_answer(reader: Reader, answer: Make) -> None:
    assert value(reader, answer("Purple 45 unicorns.", "How many days after the 45 are allowed?")) < 0.5


def test_an_empty_answer_is_irrelevant(reader: Reader, answer: Make) -> None:
    assert value(reader, answer("", QUESTION)) == 0.0


def test_a_refusal_is_not_applicable(reader: Reader, answer: Make) -> None:
    metric: Metric = Relevance(reader)
    assert metric.score(answer("I do not know: the documents do not say.", QUESTION)).state == "not-applicable"
    assert metric.score(answer("Blocked.", QUESTION, refused=True)).state == "not-applicable"


def test_a_question_without_words_is_not_applicable(reader: Reader, answer: Make) -> None:
    assert Relevance(reader).score(answer("Hello there.", "\ud800")).state == "not-applicable"


def test_the_value_stays_between_zero_and_one(reader: Reader, answer: Make) -> None:
    assert value(reader, answer(QUESTION, QUESTION)) == pytest.approx(1.0, abs=1e-4)
    assert value(reader, answer(QUESTION, QUESTION)) <= 1.0


def test_with_a_classifier_the_value_is_its_probability(reader: Reader, answer: Make) -> None:
    class Judge:
        def judge(self, example: Example) -> Judgement:
            assert [text.text for text in example.against] == [QUESTION]
            return Judgement(probability=0.8, positive=True)

    metric = Relevance(reader, Judge())  # type: ignore[arg-type]
    assert metric.score(answer("Send it in.", QUESTION)).value == 0.8
    assert metric.score(answer("", QUESTION)).value == 0.0
