"""Every index backend keeps the one contract: in files, in Milvus Lite, in a local Pinecone, and from a plug-in."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.retrieval.pinecone_server import KEY, pinecone_index

from gonogo.checks import IndexContract
from gonogo.contracts import IndexBackend
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import EmbeddedBackend, IndexOptions, index_backend

Make = Callable[[EmbeddedBackend], IndexBackend]


def missing(*modules: str) -> bool:
    return any(importlib.util.find_spec(module) is None for module in modules)


class TestEmbedded(IndexContract):
    lists_from = 20_000

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def make(local: EmbeddedBackend) -> IndexBackend:
            return EmbeddedBackend(
                Reader(StaticEmbedder()),
                vectors=tmp_path / "vectors",
                indexes=tmp_path / "indexes",
                lists_from=self.lists_from,
            )

        return make


class TestEmbeddedLists(TestEmbedded):
    """The same with an inverted file, which at this size reads every list it must."""

    lists_from = 1

    @pytest.fixture(autouse=True)
    def _every_list_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gonogo.retrieval.lists.GOAL", 2.0)


@pytest.mark.skipif(missing("pymilvus", "milvus_lite"), reason="needs pymilvus and milvus-lite")
@pytest.mark.filterwarnings("ignore")
class TestMilvus(IndexContract):
    @pytest.fixture(scope="session")
    def uri(self, tmp_path_factory: pytest.TempPathFactory) -> str:
        return str(tmp_path_factory.mktemp("milvus") / "lite.db")

    @pytest.fixture
    def make(self, uri: str, request: pytest.FixtureRequest) -> Make:
        owner = f"t{abs(hash(request.node.nodeid)) % 10**9}"
        return lambda local: index_backend("milvus", IndexOptions(local=local, uri=uri, owner=owner, timeout=30.0))


@pytest.mark.skipif(missing("pinecone"), reason="needs pinecone")
class TestPinecone(IndexContract):
    @pytest.fixture
    def make(self) -> Iterator[Make]:
        with pinecone_index(lag=5) as index:
            yield lambda local: index_backend(
                "pinecone", IndexOptions(local=local, uri=index.host, token=KEY, owner="tests")
            )
