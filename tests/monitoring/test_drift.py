"""Drift: quiet on null streams and when only the mix of topics moves; loud when answers break."""

from __future__ import annotations

import random

import numpy as np
import pytest
from msgspec import structs

from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring.adjustment import Behaviour
from gonogo.monitoring.drift import (
    LEAST_THRESHOLD,
    DriftDetector,
    alarm_threshold,
    dominant_topic,
    read_drift,
)
from gonogo.monitoring.signals import Signals, read_signals
from gonogo.monitoring.topics import learn_topics

WINTER = {"refund": 0.1, "battery": 0.7, "shipping": 0.1, "alarm": 0.1}
SUMMER = {"refund": 0.1, "battery": 0.1, "shipping": 0.7, "alarm": 0.1}


def behaviours(traces, topics, reader):
    made = []
    for trace in traces:
        reading = read_signals(trace, reader, is_refusal)
        made.append(
            Behaviour(
                trace_id=trace.id,
                at=trace.created_at,
                topic=topics.of(reading.question),
                signals=reading.signals,
                question=reading.question,
            )
        )
    return made


def look(reference, stream, reader, *, threshold=LEAST_THRESHOLD, released=True):
    topics = learn_topics([reader.read(trace.question) for trace in reference], reader)
    return read_drift(
        behaviours(reference, topics, reader),
        behaviours(stream, topics, reader),
        threshold=threshold,
        of="support@1",
        released=released,
    )


def test_too_little_reference_says_how_much_is_missing():
    reading = read_drift([], [], threshold=LEAST_THRESHOLD, of="support@1", released=True)
    assert (reading.state, reading.needed) == ("too-little-data", 200)


def test_the_same_traffic_is_calm(desk, reader):
    reading = look(desk.traces(300), desk.traces(500), reader)
    assert (reading.state, reading.answers, reading.reference) == ("calm", 500, 300)


def test_no_answer_yet_is_calm(desk, reader):
    reading = look(desk.traces(200), [], reader)
    assert (reading.state, reading.evidence) == ("calm", 0.0)


def test_a_change_of_topic_mix_alone_sets_nothing_off(desk, reader):
    # Topics are coarse: the bound is for traffic that does not change, and this is what is left where it does.
    for seed in range(4):
        other = type(desk)(seed)
        reading = look(other.traces(300, mix=WINTER), other.traces(600, mix=SUMMER), reader)
        assert reading.state in ("calm", "watching", "explained"), seed


@pytest.mark.parametrize("spoil", ["truncated", "refusing", "swapped"])
def test_broken_answers_are_found_with_their_start(desk, reader, spoil):
    reference, calm = desk.traces(300), desk.traces(150)
    broken = desk.traces(250, spoil=spoil, share=0.4)
    reading = look(reference, calm + broken, reader)
    assert reading.state == "alarm"
    assert calm[100].created_at <= reading.since <= broken[60].created_at
    assert reading.after.low > reading.before.high


def test_refusals_are_called_refusals_and_shown(desk, reader):
    reading = look(desk.traces(400), desk.traces(300, spoil="refusing", share=0.4), reader)
    assert reading.leading == "refused"
    assert len(reading.examples) == 3


def test_swapped_answers_are_far_from_their_question(desk, reader):
    reading = look(desk.traces(400), desk.traces(300, spoil="swapped", share=0.5), reader)
    assert (reading.leading, reading.side) in {("closeness", "low"), ("off_question", "high")}


def test_a_break_in_one_topic_names_it(desk, reader):
    reference = desk.traces(400)
    said = "I do not know: the documents do not say."
    stream = [
        structs.replace(trace, answer=said) if "battery" in trace.question else trace for trace in desk.traces(300)
    ]
    topic = look(reference, stream, reader).topic
    assert "battery" in topic or "last" in topic


def test_a_change_that_is_over_ceases_to_be_an_alarm(desk, reader):
    stream = desk.traces(120, spoil="refusing", share=0.6) + desk.traces(1_300)
    assert look(desk.traces(300), stream, reader).state != "alarm"


def test_the_same_traces_give_the_same_reading(desk, reader):
    reference, stream = desk.traces(200), desk.traces(80, spoil="truncated", share=0.5)
    assert look(reference, stream, reader) == look(reference, stream, reader)


def test_twelve_signals_are_shown_with_before_and_now(desk, reader):
    reading = look(desk.traces(200), desk.traces(60), reader)
    assert len({state.name for state in reading.signals}) == 12
    assert all(state.now.total > 0 for state in reading.signals)


def test_the_threshold_buys_one_false_alarm_in_four_weeks():
    week = 7 * 86_400.0
    assert alarm_threshold(50_000, week) == pytest.approx(200_000.0)


def test_little_traffic_still_asks_for_much_evidence():
    assert alarm_threshold(100, 7 * 86_400.0) == LEAST_THRESHOLD == alarm_threshold(0, 0.0)


def test_a_burst_is_not_taken_for_a_weeks_traffic():
    assert alarm_threshold(500, 60.0) == LEAST_THRESHOLD


def test_a_topic_dominates_only_beyond_its_traffic():
    assert dominant_topic(["a"] * 8 + ["b"] * 2, ["a"] * 10 + ["b"] * 30) == "a"
    assert dominant_topic(["a"] * 8 + ["b"] * 2, ["a"] * 30 + ["b"] * 10) == ""
    assert dominant_topic(["a", "b"] * 5, ["a", "b"] * 5 + ["c"] * 20) == "a and b"
    assert dominant_topic([], ["a"]) == ""


HERE = np.array([1.0], dtype=np.float32)


def synthetic(draw, topic, *, short=False):
    """Signals whose level depends on the topic, refusals too: what a mix of topics must not turn into an alarm."""
    level = {"a": 3.0, "b": 5.0, "c": 7.0}[topic]
    signals = Signals(
        length=draw.gauss(level, 1.0) - (2.0 if short else 0.0),
        density=draw.gauss(1.0 / level, 0.05),
        stop_words=draw.gauss(0.1 * level, 0.1),
        markup=max(0.0, draw.gauss(0.0, 0.02)),
        variety=draw.gauss(0.8, 0.1),
        closeness=draw.gauss(0.1 * level, 0.1),
        odd_words=0.0,
        repetition=0.0,
        refused=draw.random() < {"a": 0.3, "b": 0.05, "c": 0.0}[topic],
    )
    return Behaviour(trace_id="t", at=0.0, topic=topic, signals=signals, question=HERE)


def first_alarm(seed, threshold, *, count, mixes, broken_from=None):
    """When a detector alarms on one stream, or ``None``; ``mixes`` are weights of a, b, c: of the reference, then of
    consecutive equal parts of the stream."""
    draw = random.Random(seed)

    def one(mix, short=False):
        return synthetic(draw, draw.choices("abc", mix)[0], short=short)

    detector = DriftDetector([one(mixes[0]) for _ in range(300)], seed=seed)
    for place in range(count):
        mix = mixes[1 + place * (len(mixes) - 1) // count]
        short = broken_from is not None and place >= broken_from and draw.random() < 0.3
        if detector.update(one(mix, short)) >= threshold:
            return place
    return None


STEADY = ((1, 1, 1), (1, 1, 1))
SEASONS = ((1, 1, 1), (8, 1, 1), (1, 8, 1), (1, 1, 8))


@pytest.mark.parametrize("mixes", [STEADY, SEASONS])
def test_false_alarms_stay_under_the_stated_rate(mixes):
    # P(alarm within n answers) <= n / A = 300 / 3,000 = 10 %; of 20 streams more than 6 would have probability 0.002.
    alarms = [first_alarm(seed, 3_000.0, count=300, mixes=mixes) for seed in range(20)]
    assert sum(alarm is not None for alarm in alarms) <= 6


def test_shortened_answers_are_found_in_every_stream():
    for seed in range(5):
        alarm = first_alarm(seed, LEAST_THRESHOLD, count=500, mixes=STEADY, broken_from=150)
        assert alarm is not None
        assert alarm >= 150


@pytest.mark.slow
@pytest.mark.parametrize("mixes", [STEADY, SEASONS])
def test_false_alarms_stay_under_the_stated_rate_in_many_long_streams(mixes):
    # P(alarm within n answers) <= n / A = 1,000 / 5,000 = 20 %; of 100 streams more than 33 would have probability
    # below 0.001.
    alarms = [first_alarm(seed, 5_000.0, count=1_000, mixes=mixes) for seed in range(100)]
    assert sum(alarm is not None for alarm in alarms) <= 33


@pytest.mark.slow
def test_shortened_answers_are_found_within_two_hundred():
    delays = []
    for seed in range(30):
        alarm = first_alarm(seed, LEAST_THRESHOLD, count=900, mixes=STEADY, broken_from=300)
        assert alarm is not None
        delays.append(alarm - 300)
    assert sorted(delays)[15] <= 200
