"""Scores: metrics of answers that were made elsewhere.

Here: rows in, Scores out. Not here: the metrics (``metrics``).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.scoring import answer_over
from gonogo.domain import Score
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery

Text = Annotated[str, Meta(max_length=200_000)]


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question, its answer, and the documents that it should rest on."""

    question: Text
    answer: Text
    context: Annotated[tuple[Text, ...], Meta(max_length=200)] = ()


class RowsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to score."""

    rows: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=200)]


class Scored(Struct, frozen=True, kw_only=True):
    """``items``: every metric of each row, in the rows' order."""

    items: tuple[tuple[Score, ...], ...]


async def _score(call: Call[NoQuery, RowsBody]) -> Scored:
    found = []
    for row in call.body.rows:
        found.append(await call.workspace.score(answer_over(row.question, row.answer, row.context)))
        await asyncio.sleep(0)  # others are answered in between
    return Scored(items=tuple(found))


SCORES: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/scores", name="score",
        summary="Faithfulness, relevance and toxicity of answers that were made elsewhere. Nothing is stored.",
        action="build", handler=_score, body=RowsBody, reply=Scored,
    ),
)  # fmt: skip
