"""Snapshot: what changes its digest and what does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec import structs

from gonogo.domain import Chunk, RetrievalPolicy
from gonogo.features import Reader
from gonogo.retrieval import DigestingSnapshotMaker, StructureChunker, snapshot_digest


@dataclass(frozen=True)
class OtherEmbedder:
    """Says what the real one says, except who it is."""

    inner: object
    digest: str = "0" * 64

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@pytest.fixture
def maker(reader: Reader) -> DigestingSnapshotMaker:
    return DigestingSnapshotMaker(reader.embedder, StructureChunker())


def test_equal_chunks_give_an_equal_digest(
    maker: DigestingSnapshotMaker, chunks: list[Chunk], policy: RetrievalPolicy
) -> None:
    again = [structs.replace(chunk) for chunk in chunks]
    assert maker.snapshot(chunks, policy) == maker.snapshot(again, policy)


@pytest.mark.parametrize(
    "change", [{"text": "x"}, {"title": "x"}, {"date": "2026-01-01"}, {"metadata": {"a": 1}}, {"line": 99}]
)
def test_any_change_of_a_chunk_changes_the_digest(
    maker: DigestingSnapshotMaker, chunks: list[Chunk], policy: RetrievalPolicy, change: dict[str, object]
) -> None:
    other = [structs.replace(chunks[0], **change), *chunks[1:]]
    assert maker.snapshot(other, policy).digest != maker.snapshot(chunks, policy).digest


def test_how_chunks_are_cut_counts_and_how_they_are_searched_does_not(
    maker: DigestingSnapshotMaker, chunks: list[Chunk], policy: RetrievalPolicy
) -> None:
    digest = maker.snapshot(chunks, policy).digest
    searched = structs.replace(policy, top_k=9, dense_weight=0.5, min_score=0.2)
    assert maker.snapshot(chunks, searched).digest == digest
    assert maker.snapshot(chunks, structs.replace(policy, chunk_tokens=100)).digest != digest


def test_another_embedder_is_another_snapshot(
    maker: DigestingSnapshotMaker, chunks: list[Chunk], policy: RetrievalPolicy, reader: Reader
) -> None:
    other = DigestingSnapshotMaker(OtherEmbedder(reader.embedder), StructureChunker())  # type: ignore[arg-type]
    assert other.snapshot(chunks, policy).digest != maker.snapshot(chunks, policy).digest


def test_a_snapshot_of_nothing_is_possible(maker: DigestingSnapshotMaker, policy: RetrievalPolicy) -> None:
    assert maker.snapshot([], policy).sources == ()


def test_the_digest_follows_from_the_content_of_a_stored_snapshot(
    maker: DigestingSnapshotMaker, chunks: list[Chunk], policy: RetrievalPolicy
) -> None:
    snapshot = maker.snapshot(chunks, policy)
    assert snapshot_digest(snapshot) == snapshot.digest
    assert snapshot_digest(structs.replace(snapshot, chunks=snapshot.chunks[1:])) != snapshot.digest
