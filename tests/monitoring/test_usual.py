"""Usual: limits belong to a topic, and bounds cover what they promise."""

from __future__ import annotations

import random

import numpy as np
import pytest
from msgspec import structs

from gonogo.monitoring.adjustment import Behaviour
from gonogo.monitoring.signals import Signals
from gonogo.monitoring.usual import FLAGS, Usual

PLAIN = Signals(length=5.0, density=0.7, stop_words=0.4, markup=0.0, variety=0.8, closeness=0.5, odd_words=0.0,
                repetition=0.0, refused=False)  # fmt: skip
HERE = np.array([1.0, 0.0], dtype=np.float32)


def behaviour(topic="a", **signals):
    return Behaviour(trace_id="t", at=0.0, topic=topic, signals=structs.replace(PLAIN, **signals), question=HERE)


def reference(count, topic="a", *, centre=5.0, seed=0):
    draw = random.Random(seed)
    return [behaviour(topic, length=draw.gauss(centre, 1.0), closeness=draw.gauss(0.5, 0.1)) for _ in range(count)]


def test_what_is_short_depends_on_the_topic():
    usual = Usual(reference(200, "brief", centre=3.0) + reference(200, "long", centre=8.0))
    assert not usual.flags(behaviour("brief", length=3.0))["too_short"]
    assert usual.flags(behaviour("long", length=3.0))["too_short"]


def test_a_topic_with_little_reference_flags_nothing():
    usual = Usual(reference(19))
    assert usual.flags(behaviour(length=0.0)) == {}
    assert usual.in_tail(behaviour(length=0.0), "length", "low") is None
    assert usual.topics == ()


def test_an_unknown_topic_flags_nothing():
    assert Usual(reference(50)).flags(behaviour("new", length=0.0)) == {}


def test_odd_words_need_more_than_a_trace_of_them():
    usual = Usual(reference(50))
    assert not usual.flags(behaviour(odd_words=0.15))["odd_words"]
    assert usual.flags(behaviour(odd_words=0.3))["odd_words"]


def test_a_refusal_is_a_flag_whatever_the_reference():
    assert Usual(reference(50)).flags(behaviour(refused=True))["refused"]


@pytest.mark.parametrize("name", FLAGS)
def test_the_base_rate_covers_new_answers_of_the_same_kind(name):
    usual = Usual(reference(200, seed=1))
    fresh = reference(4_000, seed=2)
    assert sum(usual.flags(row)[name] for row in fresh) / len(fresh) <= usual.base_rate(name, "a")


def test_the_base_rate_without_a_hit_is_that_of_zero_failures():
    assert Usual(reference(100)).base_rate("refused", "a") == pytest.approx(1.0 - 0.005 ** (1 / 100))


def test_a_tail_holds_one_in_ten_of_the_reference():
    rows = reference(200)
    usual = Usual(rows)
    for side in ("low", "high"):
        assert usual.rate(rows, "length", side).hits == 20
