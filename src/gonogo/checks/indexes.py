"""Indexes: what every IndexBackend keeps to, whichever engine stands behind it.

Here: the contract as tests. Not here: engines.

Inherit, and say how a backend is made::

    class TestMine(IndexContract):
        @pytest.fixture
        def make(self, tmp_path):
            def make(local):                      # an EmbeddedBackend: words, embedder, kept vectors
                return MyBackend(local, folder=tmp_path)
            return make
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from msgspec import structs

from gonogo.contracts import IndexBackend, Where
from gonogo.digest import Digest
from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy, RetrievedChunk
from gonogo.errors import IndexIncomplete
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import EmbeddedBackend, snapshot_digest

Make = Callable[[EmbeddedBackend], IndexBackend]
CLOSE = 1e-4
"""Scores that differ less are equal."""
WEIGHTS = (0.0, 0.4, 1.0)
QUESTIONS = (
    "How long does shipping abroad take?",
    "When are annual plans refunded?",
    "delivering packages overseas",
    "temperature of the sensor",
    "zebra crossing",
)
_TEXTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("refunds.md", "Refunds", "A refund is paid within 30 days of the order.", {"lang": "en", "team": "acme"}),
    ("refunds.md", "Annual plans", "Annual plans are refunded in full during the first fortnight.", {"lang": "en"}),
    ("shipping.md", "Shipping", "Parcels leave the warehouse on weekdays.", {"lang": ["en", "de"], "team": "bolt"}),
    ("shipping.md", "Abroad", "Shipping abroad takes nine days and costs EUR 14.", {"lang": "en", "team": "bolt"}),
    ("sensor.md", "Sensor", "The sensor reports its temperature every minute.", {"lang": "de", "year": 2024}),
    ("sensor.md", "Battery", "A battery of the sensor lasts two years.", {"lang": "de", "year": 2023}),
)


class _Stopped(Exception):
    """An upload is cut off here."""


@cache
def _embedder() -> StaticEmbedder:
    return StaticEmbedder()


def chunks(more: int = 60) -> tuple[Chunk, ...]:
    """Six pages to ask about, and others to search among."""
    rows = [*_TEXTS, *((f"page{n}.md", f"Page {n}", f"Room {n} holds {n % 7} lamps and a copper kettle.", {})
                       for n in range(more))]  # fmt: skip
    return tuple(
        Chunk(id=f"c{n}", source=source, heading=heading, text=text, order=n, metadata=dict(metadata))
        for n, (source, heading, text, metadata) in enumerate(rows)
    )


def snapshot_of(found: Sequence[Chunk], reader: Reader) -> IndexSnapshot:
    """A snapshot of Chunks that were cut elsewhere."""
    unsigned = IndexSnapshot(
        digest=Digest(""),
        chunks=tuple(found),
        parameters={},
        embedder=reader.embedder.name,
        embedder_digest=Digest(reader.embedder.digest),
    )
    return structs.replace(unsigned, digest=snapshot_digest(unsigned))


class Scored:
    """What a search gave, equal to another up to the last bits of scores and up to ties for the last place."""

    def __init__(self, found: Sequence[RetrievedChunk]) -> None:
        self.scores = [hit.score for hit in found]
        last = min(self.scores, default=0.0) + CLOSE
        self.above = frozenset(hit.chunk.id for hit in found if hit.score > last)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scored) or len(self.scores) != len(other.scores):
            return False
        near = all(abs(one - two) < CLOSE for one, two in zip(self.scores, other.scores, strict=True))
        return near and self.above == other.above

    def __repr__(self) -> str:
        return f"Scored({sorted(self.above)}, {self.scores})"

    __hash__ = None  # type: ignore[assignment]


class IndexContract:
    """Inherit and define the fixture ``make``: an ``EmbeddedBackend`` to the backend under test."""

    @pytest.fixture
    def reader(self) -> Reader:
        """With the embedder that ships with gonogo."""
        return Reader(_embedder())

    @pytest.fixture
    def local(self, reader: Reader) -> EmbeddedBackend:
        """What every backend may lean on; keeps nothing."""
        return EmbeddedBackend(reader)

    @pytest.fixture
    def backend(self, make: Make, local: EmbeddedBackend) -> Iterator[IndexBackend]:
        """The one under test."""
        made = make(local)
        yield made
        made.close()

    @pytest.fixture(params=WEIGHTS, ids=str)
    def policy(self, request: pytest.FixtureRequest) -> RetrievalPolicy:
        """Words alone, both, vectors alone."""
        return RetrievalPolicy(
            sources=("*.md",), dense_weight=request.param, filter_by=("lang", "year"), tenant_field="team"
        )

    @pytest.fixture
    def both(self) -> RetrievalPolicy:
        """Words and vectors."""
        return RetrievalPolicy(sources=("*.md",), dense_weight=0.4, filter_by=("lang", "year"), tenant_field="team")

    def test_it_answers_as_comparing_everything_does(
        self, backend: IndexBackend, local: EmbeddedBackend, policy: RetrievalPolicy, reader: Reader
    ) -> None:
        """The embedded backend is the measure, under every filter."""
        snapshot = snapshot_of(chunks(), reader)
        backend.prepare(snapshot, policy)
        index, exact = backend.open(snapshot, policy), local.open(snapshot, policy)
        filters: tuple[Where, ...] = ({}, {"lang": ("en",)}, {"lang": ("de",), "year": (2024, 1999)}, {"team": ("x",)})
        for where in filters:
            for question in QUESTIONS:
                ours = index.search(reader.read(question), 3, where)
                assert Scored(ours) == Scored(exact.search(reader.read(question), 3, where))

    def test_results_are_ranked_from_one_by_falling_score_within_bounds(
        self, backend: IndexBackend, policy: RetrievalPolicy, reader: Reader
    ) -> None:
        """And none comes twice, none beyond what was asked for."""
        snapshot = snapshot_of(chunks(), reader)
        backend.prepare(snapshot, policy)
        index = backend.open(snapshot, policy)
        for k in (0, 1, 5, 200):
            found = index.search(reader.read("sensor shipping refund"), k)
            assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            assert all(0.0 < hit.score <= 1.0 + 1e-6 for hit in found)
            assert len({hit.chunk.id for hit in found}) == len(found) <= k

    def test_an_empty_snapshot_finds_nothing(
        self, backend: IndexBackend, policy: RetrievalPolicy, reader: Reader
    ) -> None:
        """And can be prepared."""
        snapshot = snapshot_of((), reader)
        backend.prepare(snapshot, policy)
        assert backend.open(snapshot, policy).search(reader.read(QUESTIONS[0]), 5) == []

    def test_no_filter_lets_a_foreign_chunk_through(
        self, backend: IndexBackend, policy: RetrievalPolicy, reader: Reader
    ) -> None:
        """Whatever is asked."""
        snapshot = snapshot_of(chunks(), reader)
        backend.prepare(snapshot, policy)
        index = backend.open(snapshot, policy)
        for question in QUESTIONS:
            found = index.search(reader.read(question), 50, {"team": ("bolt",)})
            assert {hit.chunk.metadata.get("team") for hit in found} <= {"bolt"}

    def test_the_older_snapshot_answers_the_same_while_a_newer_one_is_made(
        self, backend: IndexBackend, both: RetrievalPolicy, reader: Reader
    ) -> None:
        """Before, in the middle of, and after it."""
        old, new = snapshot_of(chunks(), reader), snapshot_of(chunks(500)[1:], reader)
        backend.prepare(old, both)
        index = backend.open(old, both)
        before = [Scored(index.search(reader.read(question), 5)) for question in QUESTIONS]

        def check(done: int, total: int) -> None:
            assert [Scored(index.search(reader.read(question), 5)) for question in QUESTIONS] == before

        backend.prepare(new, both, check)
        check(1, 1)
        again = backend.open(old, both)
        assert [Scored(again.search(reader.read(question), 5)) for question in QUESTIONS] == before

    def test_an_upload_that_was_cut_off_is_never_searched_half_and_can_be_finished(
        self, backend: IndexBackend, local: EmbeddedBackend, both: RetrievalPolicy, reader: Reader
    ) -> None:
        """A backend that mends itself may open it whole."""
        snapshot = snapshot_of(chunks(700), reader)

        def stop(done: int, total: int) -> None:
            raise _Stopped

        cut = False
        try:
            backend.prepare(snapshot, both, stop)
        except _Stopped:
            cut = True
        exact = local.open(snapshot, both)
        expected = [Scored(exact.search(reader.read(question), 5)) for question in QUESTIONS]
        if cut:
            try:
                half = backend.open(snapshot, both)
            except IndexIncomplete as error:
                said = str(error)
            else:
                said = "gonogo build"
                assert [Scored(half.search(reader.read(question), 5)) for question in QUESTIONS] == expected
            assert "gonogo build" in said  # how it is finished
        backend.prepare(snapshot, both)
        backend.verify(snapshot, both)
        index = backend.open(snapshot, both)
        assert [Scored(index.search(reader.read(question), 5)) for question in QUESTIONS] == expected

    def test_what_is_not_kept_is_gone_and_what_is_kept_answers_as_before(
        self, backend: IndexBackend, both: RetrievalPolicy, reader: Reader
    ) -> None:
        """A dry run changes nothing."""
        old, new = snapshot_of(chunks(), reader), snapshot_of(chunks()[2:], reader)
        for one in (old, new):
            backend.prepare(one, both)
        before = [Scored(backend.open(new, both).search(reader.read(one), 5)) for one in QUESTIONS]
        would = backend.forget([new], dry_run=True)
        assert backend.forget([new], dry_run=True) == would
        backend.verify(old, both)
        assert [one.name for one in backend.forget([new], dry_run=False)] == [one.name for one in would]
        assert backend.forget([new], dry_run=True) == []
        assert [Scored(backend.open(new, both).search(reader.read(one), 5)) for one in QUESTIONS] == before

    def test_preparing_twice_changes_nothing(
        self, backend: IndexBackend, policy: RetrievalPolicy, reader: Reader
    ) -> None:
        """Going back to a Version uploads and embeds nothing."""
        snapshot = snapshot_of(chunks(), reader)
        backend.prepare(snapshot, policy)
        first = backend.open(snapshot, policy).search(reader.read(QUESTIONS[0]), 5)
        backend.prepare(snapshot, policy)
        assert Scored(backend.open(snapshot, policy).search(reader.read(QUESTIONS[0]), 5)) == Scored(first)
