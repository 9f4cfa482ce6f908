"""Topics: like questions come together, the same on every run, with labels that say what they are."""

from __future__ import annotations

import pytest

from gonogo.monitoring.topics import OTHER, learn_topics, shifts


@pytest.fixture
def topics(desk, reader):
    return learn_topics([reader.read(trace.question) for trace in desk.traces(300)], reader, seed=1)


def test_questions_of_one_kind_share_their_topics(topics, reader):
    refunds = {topics.of(reader.read(f"How do I get a refund for my {thing}?").vector) for thing in ("hub", "probe")}
    batteries = {topics.of(reader.read(f"How long does the battery of the {thing} last?").vector)
                 for thing in ("hub", "probe")}  # fmt: skip
    assert not refunds & batteries


def test_a_label_is_made_of_the_topics_own_words(topics):
    assert any("battery" in label for label in topics.labels)
    assert not any(word in {"the", "does", "how"} for label in topics.labels for word in label.split("/"))


def test_labels_differ(topics):
    assert len(set(topics.labels)) == len(topics.labels) == 12


def test_the_same_questions_and_seed_give_the_same_topics(desk, reader):
    questions = [reader.read(trace.question) for trace in desk.traces(200)]
    assert learn_topics(questions, reader, seed=5).labels == learn_topics(questions, reader, seed=5).labels


def test_a_question_unlike_any_belongs_to_no_topic(topics, reader):
    assert topics.of(reader.read("Who painted the ceiling of the Sistine Chapel?").vector) == OTHER


def test_an_empty_question_belongs_to_no_topic(topics, reader):
    assert topics.of(reader.read("").vector) == OTHER


def test_few_questions_are_one_topic(desk, reader):
    assert len(learn_topics([reader.read(trace.question) for trace in desk.traces(40)], reader).labels) == 1


def test_equal_questions_can_be_clustered(reader):
    assert len(learn_topics([reader.read("Where is my parcel?")] * 200, reader).labels) == 8


def test_no_question_is_no_topic(reader):
    with pytest.raises(ValueError, match="at least one question"):
        learn_topics([], reader)


def test_a_topic_that_grew_is_named_with_its_shares():
    (grown, *_) = found = shifts(["a"] * 100 + ["b"] * 300, ["a"] * 200 + ["b"] * 200)
    assert {shift.topic for shift in found} == {"a", "b"}
    assert (grown.before.value, grown.after.value) in {(0.25, 0.5), (0.75, 0.5)}


def test_the_same_mix_is_no_shift():
    assert shifts(["a", "b"] * 200, ["a", "b"] * 100) == ()


def test_nothing_asked_is_no_shift():
    assert shifts(["a"] * 50, []) == ()
