"""Near-duplicates among golden tasks, by the shipped classifier."""

from __future__ import annotations

import pytest

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.domain import GoldenTask
from gonogo.evaluation.near_tasks import nearest_task


@pytest.fixture(scope="module")
def equivalence(tmp_path_factory, reader):
    return HomeLibrary(tmp_path_factory.mktemp("home")).classifier("equivalence")


def task(question: str, name: str = "known", **fields: object) -> GoldenTask:
    return GoldenTask(id=name, question=question, **fields)


def test_the_same_words_are_the_same_whatever_their_case(equivalence, reader):
    found = nearest_task(task("how long is the  warranty?"), [task("How long is the warranty?")], equivalence, reader)
    assert found is not None
    assert (found.task.id, found.probability) == ("known", 1.0)


def test_other_words_for_the_same_question_are_found_with_a_probability(equivalence, reader):
    known = [task("How can I reset my password?"), task("Who painted the Mona Lisa?", "other")]
    found = nearest_task(task("How do I reset my password?"), known, equivalence, reader)
    assert found is not None
    assert found.task.id == "known"
    assert equivalence.card.threshold.value <= found.probability < 1.0


def test_another_question_in_nearly_the_same_words_is_none(equivalence, reader):
    known = [task("How long is the warranty of the front light?")]
    assert nearest_task(task("How long is the warranty of the rear light?"), known, equivalence, reader) is None


def test_a_question_after_other_turns_or_of_another_tenant_is_another_one(equivalence, reader):
    turns = ({"role": "user", "content": "I have a Beam."}, {"role": "assistant", "content": "Good."})
    known = [task("And in blue?", turns=turns), task("And in blue?", "theirs", tenant="acme")]
    assert nearest_task(task("And in blue?"), known, equivalence, reader) is None
    assert nearest_task(task("And in blue?", "new", turns=turns), known, equivalence, reader).task.id == "known"
