"""What the routing tests share: the real reader."""

from __future__ import annotations

import pytest

from gonogo.features import Reader, StaticEmbedder


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())
