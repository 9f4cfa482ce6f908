"""The real reader, and a shelf of pages to search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gonogo.domain import Chunk, IndexSnapshot, RetrievalPolicy
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import DigestingSnapshotMaker, StructureChunker

PAGES = {
    "knowledge/refunds.md": "# Refunds\n\nA refund is paid within 30 days of the order.\n\n"
    "## Annual plans\n\nAnnual plans are refunded in full during the first fortnight.\n",
    "knowledge/shipping.md": "# Shipping\n\nParcels leave the warehouse on weekdays.\n\n"
    "## Abroad\n\nShipping abroad takes nine days and costs EUR 14.\n",
    "knowledge/sensor.md": "# Sensor\n\nThe sensor reports its temperature every minute.\n",
}


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
def policy() -> RetrievalPolicy:
    return RetrievalPolicy(sources=("knowledge/*",))


@pytest.fixture
def files(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], dict[str, Path]]:
    """Write files and give back name -> path, as a Mission names them."""

    def write(contents: Mapping[str, str | bytes]) -> dict[str, Path]:
        named = {}
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            named[name] = path
        return named

    return write


@pytest.fixture
def chunks(files: Callable[[Mapping[str, str]], dict[str, Path]], policy: RetrievalPolicy) -> list[Chunk]:
    return StructureChunker().chunks(files(PAGES), policy)


@pytest.fixture
def snapshot(chunks: list[Chunk], policy: RetrievalPolicy, reader: Reader) -> IndexSnapshot:
    return DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot(chunks, policy)
