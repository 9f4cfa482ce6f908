"""Snapshot: what changes its digest and what does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gonogo.digest import Digest, digest_of
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy
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


WORDS = st.text(st.characters(), max_size=12)
"""Any character, lone surrogates and controls included."""
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | WORDS | st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            Chunk,
            id=WORDS,
            text=WORDS,
            source=WORDS,
            heading=WORDS,
            title=WORDS,
            date=st.none() | WORDS,
            metadata=st.dictionaries(WORDS, PLAIN | st.lists(PLAIN, max_size=3), max_size=4),
        ),
        max_size=4,
    )
)
def test_the_digest_is_that_of_the_canonical_form_whatever_chunks_say(chunks: list[Chunk]) -> None:
    parameters = {"chunk_tokens": 7, "chunker": "c"}
    snapshot = IndexSnapshot(
        digest=Digest(""), chunks=tuple(chunks), parameters=parameters, embedder="e", embedder_digest="d"
    )
    assert snapshot_digest(snapshot) == digest_of({"chunks": chunks, "parameters": parameters, "embedder": "d"})
