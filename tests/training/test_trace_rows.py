"""Training rows from traffic: as things stood then, labelled as people agree."""

from __future__ import annotations

from tests.training.traffic import annotation, trace

from gonogo.domain import Chunk, RetrievedChunk
from gonogo.training.trace_rows import agreed, trace_rows

CHUNK = RetrievedChunk(chunk=Chunk(id="c", source="s.md", text="Refunds take 30 days."), score=1.0, rank=1)


def test_a_row_holds_what_the_trace_held_and_when() -> None:
    seen = trace(5, chunks=(CHUNK,), session="s1")
    (row,) = trace_rows("faithfulness", [(seen, [annotation(1.0, metric="faithfulness")])]).rows
    assert (row.text, row.against, row.label) == ("Thirty days.", ("Refunds take 30 days.",), True)
    assert (row.at, row.group, row.source) == (5.0, "s1", "support")


def test_the_newest_word_of_each_person_counts_once() -> None:
    said = [annotation(1.0, "ana"), annotation(0.0, "ana"), annotation(0.0, "bob")]
    assert agreed(said) == 0.0


def test_people_who_disagree_evenly_make_no_row_and_are_counted() -> None:
    found = trace_rows("toxicity", [(trace(1), [annotation(1.0, "ana"), annotation(0.0, "bob")])])
    assert (found.rows, found.split) == ((), 1)


def test_a_trace_that_the_classifier_has_nothing_to_say_about_is_counted() -> None:
    found = trace_rows("faithfulness", [(trace(1), [annotation(1.0)])])
    assert (found.rows, found.skipped) == ((), 1)


def test_a_trace_without_a_session_is_its_own_group() -> None:
    found = trace_rows("toxicity", [(trace(1), [annotation(1.0)]), (trace(2), [annotation(0.0)])])
    assert len({row.group for row in found.rows}) == 2
