"""The embedded index: its score means the same in every question, fusion is the stated sum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.features import Reader
from gonogo.retrieval import DigestingSnapshotMaker, EmbeddedBackend, StructureChunker
from gonogo.retrieval.fused import best, passage_of


def test_every_word_once_in_a_chunk_of_mean_length_scores_nearly_half(reader: Reader, policy: RetrievalPolicy) -> None:
    texts = ["copper lantern", "silver kettle", "wooden bridge"]
    chunks = [Chunk(id=text, text=text, source="a.md", order=n) for n, text in enumerate(texts)]
    snapshot = DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot(chunks, policy)
    index = EmbeddedBackend(reader).build(snapshot, policy)
    assert index.search(reader.read("copper lantern"), 1)[0].score == pytest.approx(1 / 2.2)
    assert index.search(reader.read("copper kettle"), 1)[0].score == pytest.approx(1 / 4.4)


def test_a_question_about_something_else_scores_lower(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    index = EmbeddedBackend(reader).build(snapshot, policy)
    known = index.search(reader.read("When are annual plans refunded?"), 1)[0]
    foreign = index.search(reader.read("Which annual festival celebrates tulips and windmills?"), 1)[0]
    assert known.score > 2 * foreign.score


def test_fusion_is_the_weighted_sum_of_the_signals(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    index = EmbeddedBackend(reader).build(snapshot, structs.replace(policy, dense_weight=0.3))
    for hit in index.search(reader.read("shipping abroad"), 9):
        assert hit.score == pytest.approx(0.7 * hit.signals["bm25"] + 0.3 * hit.signals["dense"])


def test_the_dense_signal_is_the_cosine_with_title_headings_and_text(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    index = EmbeddedBackend(reader).build(snapshot, structs.replace(policy, dense_weight=0.3))
    question = reader.read("shipping abroad")
    for hit in index.search(question, 9):
        vector = reader.embedder.embed([passage_of(hit.chunk)])[0]
        assert hit.signals["dense"] == pytest.approx(max(0.0, float(vector @ question.vector)), abs=1e-5)


def test_vectors_find_what_shares_no_word(reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
    question = reader.read("delivering packages overseas")
    index = EmbeddedBackend(reader).build(snapshot, policy)
    assert index.search(question, 3) == []
    assert index.weighted(0.5).search(question, 1)[0].chunk.source == "knowledge/shipping.md"


def test_weights_share_one_index(reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
    index = EmbeddedBackend(reader).build(snapshot, policy)
    question = reader.read("refund of annual plans")
    fresh = EmbeddedBackend(reader).build(snapshot, structs.replace(policy, dense_weight=0.4))
    assert index.weighted(0.4).search(question, 5) == fresh.search(question, 5)


def test_vectors_of_another_embedder_are_refused_with_the_way_out(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    foreign = structs.replace(snapshot, embedder="minilm", embedder_digest="0" * 64)
    with pytest.raises(BadInput, match="build the Mission again"):
        EmbeddedBackend(reader).build(foreign, structs.replace(policy, dense_weight=0.2))


def test_without_vectors_the_embedder_does_not_matter(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy
) -> None:
    foreign = structs.replace(snapshot, embedder="minilm", embedder_digest="0" * 64)
    assert EmbeddedBackend(reader).build(foreign, policy).search(reader.read("refund"), 1)


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_outside_its_range_is_refused(
    reader: Reader, snapshot: IndexSnapshot, policy: RetrievalPolicy, weight: float
) -> None:
    with pytest.raises(ValueError, match="dense_weight"):
        EmbeddedBackend(reader).build(snapshot, structs.replace(policy, dense_weight=weight))


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=30), st.integers(1, 12))
def test_the_best_are_those_a_full_sort_finds(scores: list[float], k: int) -> None:
    expected = [n for n in sorted(range(len(scores)), key=lambda n: (-scores[n], n)) if scores[n] > 0][:k]
    assert best(np.array(scores), k) == expected
