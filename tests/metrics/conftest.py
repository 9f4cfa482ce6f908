"""What the tests of metrics share: one reader, and answers that rest on a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.contracts.judging import Answer
from gonogo.domain import Chunk, RetrievedChunk
from gonogo.features import Reader, StaticEmbedder

PAGE = """# Warranty
The BL-20X blender has a 26-month warranty. It covers motor faults, not damage from dropping.

Returns are accepted within 30 days of delivery. Refunds are paid to the original card within 5 business days. Opened
software cannot be returned.

| Plan | Price per month | Seats |
|---|---|---|
| Basic | 5 dollars | 3 |
| Pro | 10 dollars | 12 |

Contact Maria Lopez in the Lisbon office on weekdays from 9:00 to 17:00. Support started in March 2019. The maximum
upload size is 25 MB. The European Union sets the rules.
"""


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
def answer() -> Callable[..., Answer]:
    """An answer to a question about the page, resting on it unless told otherwise."""

    def make(text: str, question: str = "What about it?", **changes: object) -> Answer:
        chunk = Chunk(id="1", text=PAGE, source="docs/warranty.md", heading="Warranty", title="Blenders")
        known = {"chunks": (RetrievedChunk(chunk=chunk, score=1.0, rank=1),), **changes}
        return Answer(question=question, text=text, **known)  # type: ignore[arg-type]

    return make
