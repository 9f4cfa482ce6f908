"""An index whose vectors come from another embedder than the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from gonogo.digest import Digest
from gonogo.domain import Chunk, RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import DigestingSnapshotMaker, EmbeddedBackend, StructureChunker

CHUNKS = (
    Chunk(id="a", source="a.md", text="Refunds take thirty days."),
    Chunk(id="b", source="b.md", text="The office opens at nine."),
)
POLICY = RetrievalPolicy(sources=("*.md",), embedder="money", dense_weight=1.0)


class Money:
    """One dimension for talk of money, one for the rest; counts its calls."""

    name, dimensions = "money", 2
    digest = Digest("12" * 32)

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.embedded += texts
        about = [any(word in text.lower() for word in ("refund", "money", "cash")) for text in texts]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in about], np.float32)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


def test_questions_and_chunks_are_embedded_by_the_named_embedder(reader: Reader) -> None:
    money = Money()
    maker = DigestingSnapshotMaker(reader.embedder, StructureChunker(), lambda name: money)
    index = EmbeddedBackend(reader, embedder=money).build(maker.snapshot(CHUNKS, POLICY), POLICY)
    assert index.waits
    assert [hit.chunk.id for hit in index.search(reader.read("When is my cash back?"), 1)] == ["a"]
    assert money.embedded[-1] == "When is my cash back?"


def test_another_embedder_is_another_snapshot(reader: Reader) -> None:
    money = Money()
    maker = DigestingSnapshotMaker(reader.embedder, StructureChunker(), {"money": money, "static": reader.embedder}.get)
    named = maker.snapshot(CHUNKS, POLICY)
    assert named.embedder == "money"
    assert named.digest != maker.snapshot(CHUNKS, structs.replace(POLICY, embedder="static")).digest


def test_a_snapshot_of_another_embedder_is_refused_with_the_way_out(reader: Reader) -> None:
    maker = DigestingSnapshotMaker(reader.embedder, StructureChunker())
    with pytest.raises(BadInput, match=r"made for embedder static.*build the Mission again"):
        EmbeddedBackend(reader, embedder=Money()).build(maker.snapshot(CHUNKS, POLICY), POLICY)


def test_vectors_are_kept_apart_by_embedder(reader: Reader, tmp_path: Path) -> None:
    money = Money()
    maker = DigestingSnapshotMaker(reader.embedder, StructureChunker(), lambda name: money)
    snapshot = maker.snapshot(CHUNKS, POLICY)
    EmbeddedBackend(reader, embedder=money, vectors=tmp_path).build(snapshot, POLICY)
    again = Money()
    EmbeddedBackend(reader, embedder=again, vectors=tmp_path).build(snapshot, POLICY)
    assert again.embedded == []


def test_the_readers_own_embedder_does_not_wait(reader: Reader) -> None:
    policy = structs.replace(POLICY, embedder="static")
    snapshot = DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot(CHUNKS, policy)
    assert not EmbeddedBackend(reader).build(snapshot, policy).waits
