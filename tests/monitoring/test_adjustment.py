"""Adjustment: what the question predicts goes, what the answer adds stays."""

from __future__ import annotations

import random
from statistics import fmean, pstdev

import numpy as np
import pytest
from msgspec import structs

from gonogo.monitoring.adjustment import Adjustment, Behaviour
from gonogo.monitoring.signals import Signals

PLAIN = Signals(length=5.0, density=0.7, stop_words=0.4, markup=0.0, variety=0.8, closeness=0.5, odd_words=0.0,
                repetition=0.0, refused=False)  # fmt: skip


def rows(count, seed, *, dimensions=8, along=None):
    """Answers whose length follows the first direction of the question's vector, with noise of 0.1."""
    draw = np.random.default_rng(seed)
    made = []
    for place in range(count):
        vector = draw.standard_normal(dimensions)
        if along is not None:
            vector[0] = along + 0.2 * vector[0]
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        length = 5.0 + 2.0 * float(vector[0]) + 0.1 * float(draw.standard_normal())
        signals = structs.replace(PLAIN, length=length, refused=bool(vector[0] > 0.5))
        made.append(Behaviour(trace_id=str(place), at=float(place), topic="a", signals=signals, question=vector))
    return made


def test_what_the_question_predicts_is_taken_away():
    adjusted = Adjustment(rows(300, 1)).adjust(rows(300, 2))
    lengths = [row.signals.length for row in adjusted]
    assert pstdev(lengths) < 0.15
    assert abs(fmean(lengths)) < 0.05


def test_other_questions_do_not_move_an_adjusted_signal():
    adjustment = Adjustment(rows(300, 1))
    moved = adjustment.adjust(rows(300, 3, along=1.5))
    assert abs(fmean(row.signals.length for row in moved)) < 0.1


def test_a_shorter_answer_to_the_same_question_stays_shorter():
    adjustment = Adjustment(rows(300, 1))
    (row,) = rows(1, 4)
    shorter = structs.replace(row.signals, length=row.signals.length - 1.0)
    behaviour = Behaviour(trace_id="t", at=0.0, topic="a", signals=shorter, question=row.question)
    assert adjustment.adjust([behaviour])[0].signals.length == pytest.approx(-1.0, abs=0.4)


def test_the_reference_is_adjusted_like_what_comes_after_it():
    adjustment = Adjustment(rows(300, 1))
    known = pstdev(row.signals.length for row in adjustment.reference)
    fresh = pstdev(row.signals.length for row in adjustment.adjust(rows(300, 5)))
    assert known == pytest.approx(fresh, rel=0.2)


def test_long_vectors_are_projected_first():
    adjustment = Adjustment(rows(120, 1, dimensions=600))
    assert len(adjustment.adjust(rows(3, 2, dimensions=600))) == 3


def test_nothing_to_adjust_is_nothing():
    assert Adjustment(rows(50, 1)).adjust([]) == ()


def test_the_rate_of_the_nearest_questions_follows_the_questions():
    known = rows(400, 1)
    adjustment = Adjustment(known)
    hits = [row.signals.refused for row in known]
    usual = adjustment.expected("refused", rows(200, 6), hits)
    moved = adjustment.expected("refused", rows(200, 7, along=2.5), hits)
    assert moved.value > usual.value + 0.3


def test_few_stand_ins_make_a_wide_interval():
    known = rows(400, 1)
    adjustment = Adjustment(known)
    hits = [random.Random(1).random() < 0.1 for _ in known]
    spread = adjustment.expected("x", rows(200, 6), hits)
    crowded = adjustment.expected("x", [rows(1, 8)[0]] * 200, hits)
    assert crowded.total == 7
    assert spread.total > 100
