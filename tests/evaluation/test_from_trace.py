"""Golden tasks made of Traces."""

from __future__ import annotations

import pytest

from gonogo.domain import Annotation, Assertion, Chunk, RetrievedChunk, Trace
from gonogo.errors import BadInput
from gonogo.evaluation.from_trace import task_from

ASKED = {"role": "user", "content": "How long?"}


def trace(**changed: object) -> Trace:
    fields = {
        "id": "0192ab" + "1" * 26,
        "created_at": 1.0,
        "mission": "support",
        "version": 3,
        "behaviour_digest": "b",
        "environment": "production",
        "question": "How long?",
        "answer": "30 days.",
        "outcome": "answered",
        "messages": ({"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}, ASKED),
        "citations": ("returns.md",),
        "tenant": "acme",
    }
    return Trace(**{**fields, **changed})


def said(value: float, note: str = "", *, metric: str = "correct", at: float = 1.0) -> Annotation:
    return Annotation(trace_id="t", metric=metric, value=value, author="ana", created_at=at, note=note)


def never(answer: str) -> bool:
    return False


def test_what_was_served_is_a_draft_until_somebody_has_read_it():
    made = task_from(trace(), (), never)
    assert (made.origin, made.task.shadow, made.task.draft, made.task.reference) == ("served", True, True, "30 days.")
    assert made.task.gates is False


def test_an_answer_that_a_person_called_correct_is_no_draft():
    made = task_from(trace(), (said(1.0),), never)
    assert (made.origin, made.task.shadow, made.task.draft) == ("approved", True, False)


def test_a_correction_is_the_reference_and_the_sources_of_the_wrong_answer_are_not_asked_for():
    made = task_from(trace(), (said(0.0, "45 days."),), never)
    assert (made.origin, made.task.reference, made.task.draft) == ("corrected", "45 days.", False)
    assert [check.kind for check in made.task.expect] == ["refuses", "rouge-n"]
    assert made.sources == ("returns.md",)


def test_the_newest_judgement_counts_and_those_of_other_metrics_do_not():
    judged = (said(0.0, "45 days.", at=1.0), said(1.0, at=2.0), said(0.0, "no", metric="toxicity", at=3.0))
    assert task_from(trace(), judged, never).origin == "approved"


def test_an_answer_called_wrong_without_the_right_one_is_refused_with_the_command_that_gives_it():
    with pytest.raises(BadInput, match=r"gonogo annotate 0192ab.* correct no --note"):
        task_from(trace(), (said(0.0),), never)


def test_a_task_has_the_conversation_the_tenant_and_the_sources_it_was_served_with():
    task = task_from(trace(), (), never).task
    assert (task.question, len(task.turns), task.tenant, task.tags) == ("How long?", 2, "acme", ("from-trace",))
    assert Assertion(kind="cites", value="returns.md") in task.expect


def test_sources_are_those_that_were_found_where_the_answer_cites_none():
    chunks = tuple(
        RetrievedChunk(chunk=Chunk(id=str(n), text="x", source=source), score=1.0, rank=n)
        for n, source in enumerate(("a.md", "b.md", "a.md"), 1)
    )
    assert task_from(trace(citations=(), chunks=chunks), (), never).sources == ("a.md", "b.md")


def test_an_answer_that_declines_must_decline_again():
    task = task_from(trace(answer="I do not know."), (), lambda answer: True).task
    assert (task.expect, task.reference) == ((Assertion(kind="refuses", value=True),), "")


def test_what_the_store_does_not_hold_cannot_be_asked():
    with pytest.raises(BadInput, match="its words were not kept"):
        task_from(trace(messages=(), question=""), (), never)


def test_a_failed_request_becomes_a_task_once_a_person_wrote_what_it_should_have_said():
    with pytest.raises(BadInput, match="no model answered it; `gonogo annotate"):
        task_from(trace(outcome="failed", answer=""), (), never)
    made = task_from(trace(outcome="failed", answer=""), (said(0.0, "30 days."),), never)
    assert made.task.reference == "30 days."
