"""Where a person finds a Chunk."""

from __future__ import annotations

import pytest

from gonogo.domain import Chunk


@pytest.mark.parametrize(
    ("source", "metadata", "place"),
    [
        ("a/plans.md", {}, "a/plans.md:12"),
        ("a/plans.md", {"page": 3}, "a/plans.md:12"),
        ("a/guide.PDF", {"page": 3}, "a/guide.PDF, page 3"),
        ("a/prices.csv", {"row": 7}, "a/prices.csv:12, row 7"),
        ("a/terms.docx", {"paragraph": 4}, "a/terms.docx, paragraph 4"),
        ("a/guide.pdf", {"page": "iv"}, "a/guide.pdf:12"),
    ],
)
def test_a_place_counts_what_a_reader_of_that_kind_counts(source: str, metadata: dict[str, object], place: str) -> None:
    assert Chunk(id="1", text="x", source=source, line=12, metadata=metadata).place == place
