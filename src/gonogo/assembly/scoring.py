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
from gonogo.errors import BadInput, NotFound, Problem

MOST_NAMED = 20
A_ROW = '{"question": "...", "answer": "...", "context": ["..."]}'


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
        BadInput: names every line that cannot be used.
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
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(Problem(message=f"is not JSON: {error}", file=path, line=number))
        except BadInput as error:
            problems.append(Problem(message=str(error), file=path, line=number))
    if problems:
        raise BadInput(_refusal(problems))
    return rows


def _answer(row: object) -> Answer:
    if not isinstance(row, dict):
        raise BadInput("is not an object")
    missing = [name for name in ("question", "answer", "context") if name not in row]
    if missing:
        raise BadInput(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    context = row["context"]
    documents = [context] if isinstance(context, str) else context
    if not isinstance(documents, list) or not all(isinstance(text, str) for text in documents):
        raise BadInput("context must be a text or a list of texts")
    if not isinstance(row["question"], str) or not isinstance(row["answer"], str):
        raise BadInput("question and answer must be texts")
    return answer_over(row["question"], row["answer"], documents)


def _refusal(problems: Sequence[Problem]) -> str:
    lines = [f"  {problem}" for problem in problems[:MOST_NAMED]]
    if len(problems) > MOST_NAMED:
        lines.append(f"  and {len(problems) - MOST_NAMED} more")
    count = f"{len(problems)} line{'s' if len(problems) != 1 else ''}"
    return f"{count} cannot be scored; a line is {A_ROW}\n" + "\n".join(lines)
