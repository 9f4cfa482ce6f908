"""What a server may do wrong, and what is said then; what is uploaded, and what never is."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Iterator

import pytest
from msgspec import structs
from tests.retrieval.pinecone_server import KEY, PineconeIndex, pinecone_index

from gonogo.checks.indexes import chunks, snapshot_of
from gonogo.contracts import IndexBackend
from gonogo.domain import IndexSnapshot, RetrievalPolicy
from gonogo.errors import BadInput, IndexIncomplete, NotFound, Unreachable
from gonogo.features import Reader
from gonogo.retrieval import EmbeddedBackend, IndexOptions, index_backend

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pinecone") is None, reason="needs pinecone")
POLICY = RetrievalPolicy(sources=("*.md",), dense_weight=0.4, tenant_field="team")
Connect = Callable[..., IndexBackend]


@pytest.fixture
def server() -> Iterator[PineconeIndex]:
    with pinecone_index() as index:
        yield index


@pytest.fixture
def connect(server: PineconeIndex, reader: Reader) -> Iterator[Connect]:
    made: list[IndexBackend] = []

    def connect(*, key: str = KEY, owner: str = "tests", timeout: float = 10.0, uri: str = "") -> IndexBackend:
        options = IndexOptions(
            local=EmbeddedBackend(reader), uri=uri or server.host, token=key, owner=owner, timeout=timeout
        )
        made.append(index_backend("pinecone", options))
        return made[-1]

    yield connect
    for backend in made:
        backend.close()


@pytest.fixture
def snapshot(reader: Reader) -> IndexSnapshot:
    return snapshot_of(chunks(), reader)


def test_no_text_is_uploaded_and_only_fields_that_filters_read(
    server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot
) -> None:
    connect().prepare(snapshot, POLICY)
    sent = str(server.bodies)
    assert "acme" in sent
    assert not any(word in sent for word in ("refund", "shipping", "'en'", "lang"))


def test_going_back_uploads_nothing(server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot) -> None:
    backend = connect()
    newer = structs.replace(snapshot, digest="7" * 64)
    for one in (snapshot, newer):
        backend.prepare(one, POLICY)
    before = server.upserted
    backend.prepare(snapshot, POLICY)
    backend.open(snapshot, POLICY)
    assert server.upserted == before == 2 * len(snapshot.chunks)


def test_a_wrong_key_is_told_with_the_setting_to_mend(connect: Connect, snapshot: IndexSnapshot) -> None:
    for key in ("wrong", ""):
        with pytest.raises(BadInput, match=r"pinecone at http.*key.*token_env"):
            connect(key=key).prepare(snapshot, POLICY)


def test_another_dimension_is_told_before_anything_is_sent(
    server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot
) -> None:
    server.dimension = 768
    with pytest.raises(BadInput, match=r"takes vectors of 768 dimensions, the embedder gives 256"):
        connect().prepare(snapshot, POLICY)
    assert server.upserted == 0


def test_another_teams_rows_are_not_touched(server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot) -> None:
    backend = connect()
    backend.prepare(snapshot, POLICY)
    (name,) = server.shown
    server.shown[name]["theirs"] = {"id": "theirs", "values": [0.0] * 256}
    sent = server.upserted
    with pytest.raises(BadInput, match=r"1 rows that gonogo did not write.*nothing was changed.*owner"):
        backend.prepare(snapshot, POLICY)
    assert server.upserted == sent
    assert "theirs" in server.shown[name]


def test_gc_of_one_owner_leaves_the_others(server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot) -> None:
    ours, theirs = connect(), connect(owner="others")
    for backend in (ours, theirs):
        backend.prepare(snapshot, POLICY)
    ours.forget([], dry_run=False)
    assert [name.split("_")[1] for name in server.shown] == ["others"]
    theirs.verify(snapshot, POLICY)


def test_a_snapshot_that_lost_rows_is_refused_and_mended(
    server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot
) -> None:
    backend = connect()
    backend.prepare(snapshot, POLICY)
    (rows,) = server.shown.values()
    rows.pop(next(iter(rows)))
    with pytest.raises(IndexIncomplete, match=r"it holds 65 of 66 Chunks\. Run `gonogo build`"):
        backend.open(snapshot, POLICY)
    backend.prepare(snapshot, POLICY)
    assert server.upserted == len(snapshot.chunks) + 1
    backend.open(snapshot, POLICY)


def test_a_snapshot_with_other_vectors_is_refused(
    server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot
) -> None:
    backend = connect()
    backend.prepare(snapshot, POLICY)
    (rows,) = server.shown.values()
    for row in rows.values():
        row["values"] = row["values"][::-1]
    with pytest.raises(IndexIncomplete, match="other vectors than the Version was proven with"):
        backend.open(snapshot, POLICY)


@pytest.mark.parametrize(
    ("status", "said"), [(507, "takes no more"), (402, "takes no more"), (400, "refuses what was asked")]
)
def test_a_server_that_refuses_leaves_the_live_snapshot_as_it_was(
    server: PineconeIndex, connect: Connect, snapshot: IndexSnapshot, reader: Reader, status: int, said: str
) -> None:
    backend = connect()
    backend.prepare(snapshot, POLICY)
    live = backend.open(snapshot, POLICY)
    before = live.search(reader.read("shipping abroad"), 3)
    server.faults = [(status, "storage is full")]
    with pytest.raises((Unreachable, BadInput), match=f"pinecone at http.*{said}.*storage is full"):
        backend.prepare(structs.replace(snapshot, digest="7" * 64), POLICY)
    assert live.search(reader.read("shipping abroad"), 3) == before


def test_a_server_that_is_down_is_named_with_what_to_check(connect: Connect, snapshot: IndexSnapshot) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match=rf"127.0.0.1:{port} does not answer.*Run it again"):
        connect(uri=f"http://127.0.0.1:{port}", timeout=0.5).prepare(snapshot, POLICY)


def test_a_server_that_is_slow_is_given_up_in_time(reader: Reader, connect: Connect, snapshot: IndexSnapshot) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable, match="does not answer"):
            connect(uri=uri, timeout=0.1).prepare(snapshot, POLICY)


def test_an_unknown_kind_names_the_nearest(reader: Reader) -> None:
    with pytest.raises(NotFound, match="did you mean milvus"):
        index_backend("milvas", IndexOptions(local=EmbeddedBackend(reader)))


def test_a_server_without_an_address_is_told(reader: Reader) -> None:
    for kind in ("milvus", "pinecone"):
        with pytest.raises(BadInput, match="needs `uri`"):
            index_backend(kind, IndexOptions(local=EmbeddedBackend(reader)))


def test_a_plug_in_is_found_through_its_entry_point(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from gonogo.retrieval import backends

    point = EntryPoint("mine", "tests.retrieval.test_remote:plugged", backends.GROUP)
    monkeypatch.setattr(backends, "entry_points", lambda group: [point] if group == backends.GROUP else [])
    local = EmbeddedBackend(reader)
    assert "mine" in backends.known_indexes()
    assert index_backend("mine", IndexOptions(local=local)) is local


def plugged(options: IndexOptions) -> IndexBackend:
    return options.local
