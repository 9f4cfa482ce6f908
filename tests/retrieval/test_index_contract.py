"""What every IndexBackend keeps to, whichever engine stands behind it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from gonogo.contracts import IndexBackend
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy
from gonogo.features import Reader
from gonogo.retrieval import DigestingSnapshotMaker, EmbeddedBackend, StructureChunker

QUESTION = "How long does shipping abroad take?"


@pytest.fixture(params=[("embedded", 0.0), ("embedded", 0.4), ("embedded", 1.0)], ids=str)
def weight(request: pytest.FixtureRequest) -> float:
    return float(request.param[1])


@pytest.fixture
def backend(reader: Reader) -> IndexBackend:
    return EmbeddedBackend(reader)


@pytest.fixture
def weighed(policy: RetrievalPolicy, weight: float) -> RetrievalPolicy:
    return structs.replace(policy, dense_weight=weight)


def test_the_right_chunk_comes_first(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy, reader: Reader
) -> None:
    best = backend.build(snapshot, weighed).search(reader.read(QUESTION), 3)[0]
    assert (best.chunk.source, best.chunk.heading) == ("knowledge/shipping.md", "Abroad")


def test_results_are_ranked_from_one_by_falling_score_within_bounds(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy, reader: Reader
) -> None:
    found = backend.build(snapshot, weighed).search(reader.read("refund of annual plans and shipping"), 10)
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert all(0.0 < hit.score <= 1.0 for hit in found)


@pytest.mark.parametrize("k", [0, 1, 2, 99])
def test_never_more_than_asked_for_and_never_one_twice(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy, reader: Reader, k: int
) -> None:
    found = backend.build(snapshot, weighed).search(reader.read("refund shipping sensor plans"), k)
    assert len(found) <= min(k, len(snapshot.chunks))
    assert len({hit.chunk.id for hit in found}) == len(found)


@pytest.mark.parametrize("question", ["", "   ", "?!", "the of and"])
def test_a_question_without_words_finds_nothing(
    backend: IndexBackend, snapshot: IndexSnapshot, policy: RetrievalPolicy, reader: Reader, question: str
) -> None:
    assert backend.build(snapshot, policy).search(reader.read(question), 5) == []


def test_an_empty_snapshot_finds_nothing(backend: IndexBackend, weighed: RetrievalPolicy, reader: Reader) -> None:
    empty = DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot([], weighed)
    assert backend.build(empty, weighed).search(reader.read(QUESTION), 5) == []


def test_equal_chunks_come_in_the_order_of_their_chunks(
    backend: IndexBackend, weighed: RetrievalPolicy, reader: Reader
) -> None:
    twins = [Chunk(id=str(n), text="Shipping abroad takes nine days.", source=f"{n}.md", order=n) for n in range(9)]
    snapshot = DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot(twins, weighed)
    found = backend.build(snapshot, weighed).search(reader.read(QUESTION), 4)
    assert [hit.chunk.order for hit in found] == [0, 1, 2, 3]


def test_two_indexes_of_one_snapshot_answer_alike(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy, reader: Reader
) -> None:
    question = reader.read(QUESTION)
    one, other = backend.build(snapshot, weighed), backend.build(snapshot, weighed)
    assert one.search(question, 5) == other.search(question, 5)


def test_the_index_says_which_snapshot_it_is(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy
) -> None:
    assert backend.build(snapshot, weighed).snapshot == snapshot


def test_the_signals_name_what_the_score_is_made_of(
    backend: IndexBackend, snapshot: IndexSnapshot, weighed: RetrievalPolicy, reader: Reader
) -> None:
    best = backend.build(snapshot, weighed).search(reader.read(QUESTION), 1)[0]
    assert set(best.signals) == ({"bm25", "dense"} if weighed.dense_weight else {"bm25"})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_any_question_is_answered(
    backend: IndexBackend, snapshot: IndexSnapshot, policy: RetrievalPolicy, reader: Reader, text: str
) -> None:
    index = backend.build(snapshot, structs.replace(policy, dense_weight=0.5))
    assert all(0.0 < hit.score <= 1.0 + 1e-9 for hit in index.search(reader.read(text), 5))
