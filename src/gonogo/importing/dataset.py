"""Data sets: rows with an input and an expected output, as Langfuse, LangSmith and fine-tuning files keep them.

Here: rows to golden tasks. Not here: prompts (``langfuse_prompts``), graders (``openai_evals``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain, as_text
from gonogo.importing.columns import NONE, Columns
from gonogo.importing.conversations import QUESTIONS, Said, asked, messages_of, parsed, said, tags_of
from gonogo.importing.expected import ExpectedAs, expecting, expecting_any
from gonogo.importing.systems import place_systems
from gonogo.importing.templates import lookup

_INPUT: Final = ("input", "inputs", "attachments_input")
_OUTPUT: Final = ("expectedOutput", "expected_output", "outputs", "output", "reference_outputs", "ideal")
_INSIDE: Final = re.compile(r"(inputs?|outputs?|reference_outputs)[._](.+)")
_READ: Final = frozenset({
    *_INPUT, *_OUTPUT, "id", "metadata", "split", "splits", "status", "messages", "name", "created_at", "createdAt",
    "modified_at", "updated_at", "updatedAt", "dataset_id", "datasetId", "datasetName", "dataset_name", "projectId",
    "source_run_id", "sourceTraceId", "sourceObservationId", "source_trace_id", "source_observation_id", "chat_history",
})  # fmt: skip
"""Keys of rows that are carried, or say where a row came from."""
_MOST: Final = 20


def import_dataset(
    format: str,
    path: Path,
    rows: Sequence[YamlNode],
    assertions: Assertions,
    how: ExpectedAs = "auto",
    judges: frozenset[str] | None = None,
    columns: Columns = NONE,
) -> Carried:
    """Make golden tasks of an export of a data set.

    Args:
        format: whose it is, for the report.
        path: the file that it was read from.
        rows: its rows.
        how: what an expected output asks of an answer.
        columns: paths of question and expected output in a row; an empty one is what it usually is called.

    Raises:
        BadInput: no row has an input.
    """
    carrying = Carrying(format, path.name, path.stem, assertions, judges)
    add_rows(rows, how, carrying, columns)
    if not carrying.carried.tasks:
        first = f": {carrying.carried.left[0]}" if carrying.carried.left else "; --question PATH names where it stands"
        raise BadInput(f"no row of {path.name} has an input that can be asked{first}")
    place_systems(carrying)
    return carrying.carried


def add_rows(rows: Iterable[YamlNode], how: ExpectedAs, carrying: Carrying, columns: Columns = NONE) -> None:
    """Every row as a task.

    Args:
        columns: paths of question and expected output in a row; an empty one is what it usually is called.
    """
    for row in rows:
        plain = row.plain(as_written=True)
        if not isinstance(plain, dict):
            carrying.leave(row, "row", "is no mapping", "one JSON object a line")
            continue
        if str(plain.get("status", "")).upper() == "ARCHIVED":
            carrying.leave(row, "status", "is archived", "take it out of the archive, and export again")
            continue
        _add(_nested(plain), row, how, carrying, columns)


def _nested(plain: Plain) -> Plain:
    """Columns such as ``inputs.question`` and ``output_answer`` put together as the mappings that they came from."""
    made: Plain = {}
    for key, value in plain.items():
        found = _INSIDE.fullmatch(key)
        if found is None or key in _OUTPUT:
            made[key] = value
        else:
            inner = made.setdefault(found[1], {})
            if isinstance(inner, dict) and value not in (None, ""):
                inner[found[2]] = parsed(value)
    return made


def _add(plain: Plain, row: YamlNode, how: ExpectedAs, carrying: Carrying, columns: Columns) -> None:
    given = _first(plain, _INPUT, columns.question)
    expected = _first(plain, _OUTPUT, columns.expected)
    messages = messages_of(plain)
    if given is None and columns.question:
        carrying.leave(row, columns.question, "has no value", "--question names the path of the question in a row")
        return
    if given is None and messages:
        # A row for fine-tuning: the last message of the assistant is what is expected.
        given, expected = messages, messages if messages[-1]["role"] == "assistant" else expected
    elif given is None:
        given = {key: value for key, value in plain.items() if key.lower() in QUESTIONS}
        if not given:
            carrying.leave(row, "input", "is missing or empty", "name it: --question PATH, such as inputs.text")
            return
    made, answer, tags = asked(given), _answer(expected, how), tags_of(plain.get("metadata"))
    used = {path.partition(".")[0] for path in (columns.question, columns.expected)}
    rest = {key: value for key, value in plain.items() if key not in used and key.lower() not in QUESTIONS}
    _list_others(rest, made.left, answer.left, tags.left, row, carrying)
    split = plain.get("split") or plain.get("splits")
    splits = [str(one) for one in (split if isinstance(split, list) else [split]) if one]
    task: Plain = {
        "id": str(plain.get("id") or ""),
        "question": made.question,
        **_expecting(answer.value, expected, plain, how, row, carrying),
        "turns": made.turns,
        "tags": [*tags.tags, *(f"split={one}" for one in splits)],
    }
    carrying.add(task, row, system=made.system)


def _list_others(
    plain: Plain, beside: list[str], answers: list[str], metadata: list[str], row: YamlNode, carrying: Carrying
) -> None:
    for name in beside[:_MOST]:
        why = "stands beside the question, and a Mission's prompt has no place for it"
        carrying.leave(row, f"input.{name}", why, "put it into the question, or into knowledge that is retrieved")
    for name in answers[:_MOST]:
        why = "stands beside the expected output, and nothing here compares it"
        carrying.leave(row, f"output.{name}", why, "`--expected PATH`, or an assertion by hand")
    for name in metadata[:_MOST]:
        carrying.leave(row, f"metadata.{name}", "is too long for a tag, or one too many", "leave it, or shorten it")
    others = [key for key, value in plain.items() if key not in _READ and value not in (None, "", [], {})]
    for name in others[:_MOST]:
        carrying.leave(row, name, "has no place in a golden task", "tags, or `metadata` of a task, can hold it")


def _first(plain: Plain, names: tuple[str, ...], path: str) -> Any:
    """What stands at the path; without one, the first of these names that holds something."""
    if path:
        return lookup(path, plain)[0]
    return next((plain[name] for name in names if plain.get(name) not in (None, "", {})), None)


def _answer(expected: Any, how: ExpectedAs) -> Said:
    """What is expected; the whole mapping where it is to be equalled."""
    value = parsed(expected)
    return Said(value) if how == "equals" and isinstance(value, dict) and not messages_of(value) else said(expected)


def _expecting(answer: Any, expected: Any, plain: Plain, how: ExpectedAs, row: YamlNode, carrying: Carrying) -> Plain:
    # What OpenAI's samples call ideal is a list of texts of which each is right.
    ideals = plain.get("ideal")
    if isinstance(ideals, list) and expected is ideals and how in ("auto", "contains"):
        return expecting_any([as_text(one) for one in ideals if one], row, carrying)
    return expecting(answer, how, row, carrying)
