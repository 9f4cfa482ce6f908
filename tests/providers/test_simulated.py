"""A simulated model has exactly the quality that was planted."""

from __future__ import annotations

import math

import pytest

from gonogo.domain import ModelRequest
from gonogo.testing import Planted, SimulatedModel

QUESTIONS = [f"question {number}" for number in range(2000)]


def _rate(model: SimulatedModel, system: str = "") -> float:
    return sum(model.is_right(system, question) for question in QUESTIONS) / len(QUESTIONS)


def test_the_rate_is_the_planted_probability() -> None:
    model = SimulatedModel(Planted(skill=0.5))
    truth = 1 / (1 + math.exp(-0.5))
    assert model.probability("", "x") == pytest.approx(truth)
    assert abs(_rate(model) - truth) < 4 * math.sqrt(truth * (1 - truth) / len(QUESTIONS))


def test_a_planted_word_helps_and_another_word_changes_no_answer() -> None:
    model = SimulatedModel(Planted(skill=0.0, effects={"carefully": 1.0}))
    plain = [model.is_right("Be friendly.", question) for question in QUESTIONS]
    assert plain == [model.is_right("Be kind.", question) for question in QUESTIONS]
    helped = [model.is_right("Read carefully.", question) for question in QUESTIONS]
    assert all(after or not before for before, after in zip(plain, helped, strict=True))
    assert sum(helped) > sum(plain)


def test_a_difficult_question_is_answered_less_often() -> None:
    model = SimulatedModel(Planted(difficulties={"hard": 3.0}))
    assert model.probability("", "hard") < model.probability("", "other")


def test_the_same_arguments_give_the_same_draw_and_seeds_differ() -> None:
    one, same, other = SimulatedModel(seed=1), SimulatedModel(seed=1), SimulatedModel(seed=2)
    draws = [[model.is_right("", question) for question in QUESTIONS[:50]] for model in (one, same, other)]
    assert draws[0] == draws[1] != draws[2]
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_repeats_are_drawn_anew() -> None:
    model = SimulatedModel(Planted(skill=0.0))
    assert len({model.is_right("", "q", repeat) for repeat in range(30)}) == 2


async def test_it_answers_as_any_provider() -> None:
    model = SimulatedModel(Planted(skill=50.0, answers={"q": "Forty-two."}))
    request = ModelRequest(model="m", messages=(), system="s", question="q", parameters={"seed": 3})
    deltas = [delta async for delta in model.generate(request)]
    assert [delta.content for delta in deltas] == ["Forty-two.", "", ""]
    assert deltas[1].finish_reason == "stop"
    assert deltas[2].usage is not None
