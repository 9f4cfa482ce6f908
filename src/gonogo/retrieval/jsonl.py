"""JSONL to pages: each line an object, each object a page of its own.

Here: which field is text, which title, date and metadata (``retrieval.records``). Not here: cutting (``chunking``).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from gonogo.domain import RecordFields
from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.front_matter import is_iso_date
from gonogo.retrieval.outline import Document, Outline, Piece

MOST_NAMED = 10
"""Faulty lines of one file that are named; the rest are counted."""


def parse_jsonl(text: str, source: str, fields: RecordFields) -> list[Document]:
    """Read one object a line (line ends already ``\\n``); empty lines are skipped.

    Raises:
        MissionInvalid: a line that is no JSON object, lacks the text field, has a text that is no text, a date that is
            not ISO, or metadata that is no plain value; at most ten lines are named.
    """
    documents, problems = [], []
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            documents.append(_record(written, line, source, fields))
        except ValueError as error:
            hint = "see `retrieval.records`" if "field" in str(error) else None
            problems.append(Problem(message=str(error), file=source, line=line, hint=hint))
    if len(problems) > MOST_NAMED:
        rest = Problem(message=f"and {len(problems) - MOST_NAMED} more lines like these", file=source)
        problems = [*problems[:MOST_NAMED], rest]
    if problems:
        raise MissionInvalid(tuple(problems))
    return documents


def _record(written: str, line: int, source: str, fields: RecordFields) -> Document:
    try:
        record = json.loads(written, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at column {error.colno}") from None
    if not isinstance(record, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - a fault of the line, as the others
    outline = Outline()
    for paragraph in _text(record, fields.text, needed=True).split("\n\n"):
        outline.add(Piece(text=" ".join(paragraph.split()), line=line))
    date = record.get("date")
    if date is not None and not is_iso_date(date):
        raise ValueError(f"{date!r} is not an ISO date: write it as YYYY-MM-DD")
    return outline.document(
        source,
        title=" ".join(_text(record, fields.title).split()),
        date=date[:10] if date is not None else None,
        metadata={name: _plain(record[name], name) for name in fields.metadata if record.get(name) is not None},
    ).counted_by("line", apart=True)


def _text(record: dict[str, Any], name: str, *, needed: bool = False) -> str:
    value = record.get(name)
    if value is None and not needed:
        return ""
    if value is None:
        has = ", ".join(sorted(map(str, record))) or "none"
        raise ValueError(f"has no field {name!r} with the text; it has {has}")
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} is no text")  # noqa: TRY004 - as above
    # A lone surrogate could be neither stored nor sent.
    return value.encode("utf-8", "replace").decode("utf-8")


def _plain(value: Any, name: str) -> Any:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | float | bool) for item in items):
        raise ValueError(f"field {name!r} is metadata and no plain value, nor a list of them")
    return value


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"holds {word}, which is no JSON")
