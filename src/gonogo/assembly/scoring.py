"""Scoring: answers that were made elsewhere, read from rows, as the metrics see them.

Here: rows to Answers. Not here: the metrics (``metrics``), answers of our own (``pipeline`` scores those).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from gonogo.contracts import Answer
from gonogo.digest import digest_of
from gonogo.domain import Chunk, RetrievedChunk
from gonogo.errors import MissionInvalid, NotFound, Problem


def answer_over(question: str, answer: str, documents: Sequence[str]) -> Answer:
    """An Answer with plain texts as its retrieved chunks."""
    chunks = tuple(
        RetrievedChunk(chunk=Chunk(id=digest_of(text), text=text, source=f"document {rank}"), score=1.0, rank=rank)
        for rank, text in enumerate(documents, start=1)
    )
    return Answer(question=question, text=answer, chunks=chunks)


def read_rows(path: Path) -> list[tuple[dict[str, Any], Answer]]:
    """JSON lines with ``question``, ``answer`` and ``context`` (a text or a list of texts); other fields are kept.

    Raises:
        NotFound: no such file.
        MissionInvalid: every line that cannot be used.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}") from error
    rows, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
            rows.append((row, _answer(row)))
        except (msgspec.DecodeError, UnicodeDecodeError, TypeError, KeyError, AttributeError) as error:
            hint = 'a line is {"question": ..., "answer": ..., "context": ...}'
            problems.append(Problem(message=f"{type(error).__name__}: {error}", file=path, line=number, hint=hint))
    if problems:
        raise MissionInvalid(tuple(problems))
    return rows


def _answer(row: dict[str, Any]) -> Answer:
    context = row["context"]
    documents = [context] if isinstance(context, str) else list(context)
    if not all(isinstance(text, str) for text in (row["question"], row["answer"], *documents)):
        raise TypeError("question, answer and context must be text")
    return answer_over(row["question"], row["answer"], documents)
