"""What the cache tests share: the real reader and our own pairs of questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.features import Reader, StaticEmbedder

TEXTS = Path(__file__).parent / "texts"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


def pairs(name: str) -> list[tuple[str, str]]:
    lines = (TEXTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(one.strip(), other.strip()) for one, other in (line.split("|") for line in lines)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An argument named after one of the files takes each of its pairs in turn."""
    for path in TEXTS.glob("*.txt"):
        if path.stem in metafunc.fixturenames:
            metafunc.parametrize(path.stem, pairs(path.stem), ids=" | ".join)
