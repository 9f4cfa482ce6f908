"""Builds and uploads killed at random moments; ``benchmarks/retrieval/kills.py`` does it a hundred times."""

from __future__ import annotations

import importlib.util

import pytest
from benchmarks.retrieval.kills import rounds
from tests.retrieval.pinecone_server import pinecone_index

CASES = [
    "lists",
    pytest.param(
        "pinecone",
        marks=[
            pytest.mark.skipif(importlib.util.find_spec("pinecone") is None, reason="needs pinecone"),
            pytest.mark.slow,
        ],
    ),
]


@pytest.mark.parametrize("kind", CASES)
def test_no_snapshot_that_verifies_is_wrong_and_none_that_was_complete_is_lost(kind: str) -> None:
    with pinecone_index() as index:
        found = rounds(kind, 3, index.host, size=300, seed=7, longest=0.6)
    assert found["kills"] == 3
    assert found["verified"] + found["refused"] == 6
    assert (found["wrong"], found["lost"]) == (0, 0)
    assert found["finished"] == found["refused"]
