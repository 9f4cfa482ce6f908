"""One reader for all tests of the extractive models: the real one, because that is what they run with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.contracts import TextReader
from gonogo.domain import Chunk, ModelRequest, RetrievedChunk
from gonogo.features import Reader, StaticEmbedder
from gonogo.providers.extractive.provider import ExtractiveProvider

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def reader() -> TextReader:
    return Reader(StaticEmbedder())


@pytest.fixture(scope="session")
def provider(reader: TextReader) -> ExtractiveProvider:
    return ExtractiveProvider(reader)


RETURNS_OLD = "Goods can be returned within 14 days of delivery. The customer pays the postage."
RETURNS_NEW = "Goods can be returned within 30 days of delivery. The shop pays the postage."
KETTLES = """Every kettle is tested before it leaves the house.

| kettle | volume | power |
|---|---|---|
| KT-10 | 1.0 litre | 1800 W |
| KT-20 | 1.7 litre | 2400 W |
"""
DESCALE = """Lime makes a kettle slow.

1. Fill the kettle with water and two spoons of citric acid.
2. Boil it once and wait for twenty minutes.
3. Empty the kettle and rinse it twice.
"""


def chunk(
    text: str, source: str, *, date: str | None = None, order: int = 0, title: str = "", heading: str = ""
) -> Chunk:
    return Chunk(id=source, text=text, source=source, date=date, order=order, title=title, heading=heading)


SHOP = (
    chunk(RETURNS_OLD, "returns-2021.md", date="2021-02-01", order=0, title="Returns 2021"),
    chunk(RETURNS_NEW, "returns-2025.md", date="2025-02-01", order=1, title="Returns"),
    chunk(KETTLES, "kettles.md", date="2024-06-01", order=2, title="Kettles"),
    chunk(DESCALE, "descale.md", order=3, title="Care", heading="Removing lime from a kettle"),
    chunk("The head of the workshop is Mira Tolland. The workshop opens at 09:00.", "workshop.md", order=4),
)


def request(
    question: str,
    system: str = "",
    *,
    model: str = "extractive-large",
    chunks: tuple[Chunk, ...] = SHOP,
    **more: object,
) -> ModelRequest:
    found = tuple(RetrievedChunk(chunk=one, score=1.0 / rank, rank=rank) for rank, one in enumerate(chunks, start=1))
    messages = ({"role": "system", "content": system}, {"role": "user", "content": question})
    return ModelRequest(
        model=model, messages=messages, system=system, question=question, chunks=found, parameters=dict(more)
    )


@pytest.fixture(scope="session")
def ask(provider: ExtractiveProvider) -> Ask:
    """Ask about the shop: ``ask(question, system, model=..., chunks=...)`` gives the whole answer."""

    def answer(question: str, system: str = "", **more: object) -> str:
        return "".join(line.text for line in provider.answer(request(question, system, **more)))  # type: ignore[arg-type]

    return answer


@pytest.fixture(scope="session")
def requested() -> Callable[..., ModelRequest]:
    """``requested(question, system, model=..., chunks=..., max_tokens=...)`` about the shop."""
    return request
