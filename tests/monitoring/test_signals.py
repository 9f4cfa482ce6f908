"""Signals: each number says what it should about an answer, and reading it costs one look."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gonogo.features import words_of
from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring.signals import SignalMemory, density, odd_words, read_signals, repetition, shows_behaviour


def signals_of(trace, answer, reader, **more):
    return read_signals(structs.replace(trace, answer=answer, **more), reader, is_refusal).signals


def test_length_is_logarithmic_in_characters(desk, reader):
    assert signals_of(desk.trace(), "x" * 99, reader).length == pytest.approx(math.log(100.0))


def test_an_empty_answer_has_signals_too(desk, reader):
    found = signals_of(desk.trace(), "", reader)
    assert (found.length, found.density, found.stop_words, found.markup, found.closeness) == (0.0, 1.0, 0.0, 0.0, 0.0)


def test_a_repetitive_text_compresses_better():
    assert density("open the app and press it " * 20) < 0.2 < density("Parcels with the hub arrive on Monday.")


def test_stop_words_are_counted_among_all_words(desk, reader):
    assert signals_of(desk.trace(), "the logger of the hub", reader).stop_words == pytest.approx(3 / 5)


def test_an_answer_in_another_language_has_hardly_any_stop_words(desk, reader):
    english = signals_of(desk.trace(), "The parcel arrives with the hub in three days.", reader)
    german = signals_of(desk.trace(), "Das Paket kommt mit dem Gerät nach drei Tagen.", reader)
    assert german.stop_words < 0.2 < english.stop_words


def test_markup_is_seen(desk, reader):
    assert signals_of(desk.trace(), "**a**\n# b", reader).markup == pytest.approx(5 / 9)


def test_closeness_is_low_for_an_answer_to_something_else(desk, reader):
    trace = structs.replace(desk.trace(), question="How long does the battery last?")
    own = signals_of(trace, "The battery lasts eighteen months.", reader)
    other = signals_of(trace, "Parcels arrive after three working days.", reader)
    assert own.closeness > other.closeness + 0.3


def test_variety_falls_when_words_come_again(desk, reader):
    assert signals_of(desk.trace(), "yes yes yes yes", reader).variety == 0.25


def test_letters_at_random_are_odd_words_and_english_is_not():
    draw = random.Random(3)
    noise = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(50)]
    assert odd_words(noise) > 0.25
    assert odd_words(words_of("The strengths of the rhythm section through its length are twelfths and sixths.")) == 0.0


def test_words_of_another_script_are_not_called_odd():
    assert odd_words(["привет", "логгер"]) == 0.0


def test_a_loop_repeats_its_runs_of_words():
    assert repetition(["press", "the", "button", "and", "wait"] * 4) > 0.6
    assert repetition(["press", "the", "button", "and", "wait", "for", "the", "light", "to", "turn", "green"]) == 0.0


@pytest.mark.parametrize(
    ("outcome", "answer", "refused"),
    [
        ("refused", "I cannot give that answer.", True),
        ("answered", "I do not know: the documents do not say.", True),
        ("answered", "We cannot accept returns after 30 days.", False),
    ],
)
def test_a_refusal_is_the_guardrails_or_the_answers_own(desk, reader, outcome, answer, refused):
    assert signals_of(desk.trace(), answer, reader, outcome=outcome).refused is refused


def test_failures_aborts_and_tool_calls_show_no_behaviour(desk):
    trace = desk.trace()
    assert shows_behaviour(trace)
    assert not shows_behaviour(structs.replace(trace, outcome="failed"))
    assert not shows_behaviour(structs.replace(trace, outcome="aborted"))
    assert not shows_behaviour(structs.replace(trace, answer="", tool_calls=({"name": "search"},)))


def test_memory_reads_a_trace_once_and_stays_bounded(desk, reader):
    memory = SignalMemory(most=3)
    first = desk.trace()
    assert memory.read(first, reader, is_refusal) is memory.read(first, reader, is_refusal)
    for trace in desk.traces(5):
        memory.read(trace, reader, is_refusal)
    assert len(memory) == 3


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_every_text_has_finite_signals_in_their_range(text):
    words = words_of(text)
    assert 0.0 < density(text) < 20.0
    assert 0.0 <= odd_words(words) <= 1.0
    assert 0.0 <= repetition(words) < 1.0
