"""Golden files: YAML lists and JSONL to GoldenTasks.

Here: the keys of a task, the ways to write an assertion, ids that are missing or used twice.
Not here: judging answers (``metrics``), which tasks the gate holds critical (``cross_checks``).

An assertion is written ``kind: value``, ``kind: {value: ..., option: ...}`` or ``kind`` alone; ``not-kind`` turns it
round, and ``weight`` is an option of every kind. ``expect`` is a list of assertions, or a mapping when each kind occurs
once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from msgspec import structs

from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.schema import SHARE, UNUSABLE, Flag, FreeObject, Key, Kind, ListOf, Number, Section, Text
from gonogo.building.yaml_nodes import MAX_DEPTH, Unreadable, YamlNode, decode, number, read_yaml
from gonogo.contracts import Assertions
from gonogo.domain import Assertion, FollowUp, GoldenTask, ToolResult

_ROLES: Final = ("system", "developer", "user", "assistant", "tool")


class _Anything:
    """A value read later, with its places."""

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        return node

    def json_schema(self) -> dict[str, Any]:
        return {}

    def label(self) -> str:
        return "anything"


_LATER: Final[Kind] = _Anything()
_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Known:
    """The assertions there are, and the folder whose files some of them name."""

    assertions: Assertions
    files: FolderFiles

    def problems(self, assertion: Assertion) -> str | None:
        return self.assertions.problems(assertion)

    def whole(self, assertion: Assertion) -> Assertion:
        """With the text of the Python file it names: what judged must be in the gate digest, and a Version whole."""
        if assertion.kind != "python" or not isinstance(assertion.value, str):
            return assertion
        options = {name: value for name, value in assertion.options.items() if name != "code"}
        name = assertion.value.rpartition(".py:")[0] + ".py" if ".py:" in assertion.value else assertion.value
        if name in self.files:
            with suppress(Unreadable):
                options["code"] = decode(self.files.read(name), name)
        return structs.replace(assertion, options=options)


_QUESTION: Final = Key(name="question", kind=Text(), required=True, description="what is asked")
_EXPECT: Final = Key(name="expect", kind=_LATER, description="what a good answer must show")
_THRESHOLD: Final = Key(
    name="threshold",
    kind=SHARE,
    description="pass when the weighted mean of the assertions reaches it; without it all must hold",
)
_FOLLOW_UP: Final = Section(keys=(_QUESTION, _EXPECT, _THRESHOLD))
_TOOL_RESULT: Final = Section(
    keys=(
        Key(name="name", kind=Text(), required=True, description="the tool"),
        Key(name="arguments", kind=FreeObject(), description="what it must be called with, at least"),
        Key(name="result", kind=_LATER, required=True, description="text, or what becomes JSON"),
        Key(name="fails", kind=Flag(), description="the model is told that the tool failed"),
    )
)
_TASK: Final = Section(
    keys=(
        Key(
            name="id",
            kind=Text(pattern="\\S(?:.*\\S)?", meaning="one line of text"),
            required=True,
            description="its name",
        ),
        _QUESTION,
        _EXPECT,
        _THRESHOLD,
        Key(name="reference", kind=Text(), description="an answer known to be right, for judges that need one"),
        Key(name="turns", kind=_LATER, description="earlier messages, oldest first"),
        Key(name="follow_ups", kind=ListOf(of=_FOLLOW_UP), description="what the user says next, each with its expect"),
        Key(name="tool_results", kind=ListOf(of=_TOOL_RESULT), description="what tools answer while the task runs"),
        Key(name="max_steps", kind=Number(least=1, most=100, whole=True), description="most answers of a model a turn"),
        Key(name="metadata", kind=FreeObject(), description="what a client says beside the question"),
        Key(
            name="tenant",
            kind=Text(pattern="\\S(?:.*\\S)?", meaning="one line of text"),
            description="whose key asks, under retrieval.tenant_field",
        ),
        Key(name="tags", kind=ListOf(of=Text()), description="groups it belongs to"),
        Key(
            name="cluster",
            kind=Text(pattern="\\S(?:.*\\S)?", meaning="one line of text"),
            description="what it shares with others: a document, a conversation, a template",
        ),
        Key(name="draft", kind=Flag(), description="not read by a person yet: shown, never gates"),
        Key(name="shadow", kind=Flag(), description="not proven stable yet: scored and shown, never gates"),
    )
)


def read_golden(
    patterns: tuple[str, ...], node: YamlNode, files: FolderFiles, assertions: Assertions, findings: Findings
) -> tuple[GoldenTask, ...]:
    """Read every golden file the patterns name, in the order of names, tasks in the order written.

    Args:
        patterns: as in ``mission.yaml``.
        node: the node of ``golden``, for places.
    """
    names: set[str] = set()
    for pattern in patterns:
        try:
            matched = files.matching(pattern)
        except Unreadable as error:
            findings.problem(error.problem.message, node, "golden", error.problem.hint)
            continue
        if not matched:
            findings.problem(f"{pattern} matches no file", node, "golden", "write golden tasks, or leave the key out")
        names.update(matched)
    known = _Known(assertions, files)
    tasks: list[GoldenTask] = []
    first: dict[str, str] = {}
    for name in sorted(names):
        for item in _items(name, files, findings):
            task = _task(item, known, findings)
            if task is None:
                continue
            if task.id in first:
                message = f"the id {task.id!r} is used twice; first in {first[task.id]}"
                findings.problem(message, item.at("id"), "id", "give each task its own id")
            first.setdefault(task.id, task.source)
            tasks.append(task)
    return tuple(tasks)


def _items(name: str, files: FolderFiles, findings: Findings) -> Iterator[YamlNode]:
    try:
        raw = files.read(name)
        if name.endswith((".jsonl", ".ndjson")):
            yield from _json_lines(raw, name, findings)
            return
        root = read_yaml(raw, name)
    except Unreadable as error:
        findings.problems.append(error.problem)
        return
    if isinstance(root.value, tuple):
        yield from root.value
    elif root.value is not None:
        findings.problem(f"must be a list of golden tasks, not {root.kind}", root, hint="begin each task with '- id:'")


def _json_lines(raw: bytes, name: str, findings: Findings) -> Iterator[YamlNode]:
    for line, text in enumerate(decode(raw, name).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            value = json.loads(
                text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=number, parse_float=number
            )
            yield _node(value, name, line, 1)
        except (ValueError, RecursionError) as error:
            reason = "is nested too deep" if isinstance(error, RecursionError) else f"is not JSON: {error}"
            findings.file_problem(reason, name, "one JSON object a line", line)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise ValueError(f"the key {key!r} is written twice")
        seen[key] = value
    return seen


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _node(value: Any, file: str, line: int, depth: int) -> YamlNode:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, dict) else ()
    if any(not text.isascii() and _HALF_A_PAIR.search(text) for text in texts):
        raise ValueError("half of a surrogate pair is no text")
    if isinstance(value, dict):
        keys = {key: YamlNode(value=key, file=file, line=line, spelling=key) for key in value}
        inside = {key: _node(child, file, line, depth + 1) for key, child in value.items()}
        return YamlNode(value=inside, file=file, line=line, keys=keys)
    if isinstance(value, list):
        return YamlNode(value=tuple(_node(child, file, line, depth + 1) for child in value), file=file, line=line)
    return YamlNode(value=value, file=file, line=line, spelling=value if isinstance(value, str) else json.dumps(value))


def _task(node: YamlNode, assertions: _Known, findings: Findings) -> GoldenTask | None:
    noted = len(findings.problems)
    values = _TASK.read(node, "", findings)
    if values is UNUSABLE or not isinstance(values, dict):
        return None
    expect, turns = values.pop("expect", None), values.pop("turns", None)
    checks = _expected(expect, assertions, findings) if expect is not None else ()
    follow_ups = tuple(_follow_up(turn, assertions, findings) for turn in _given(values, "follow_ups"))
    results = tuple(_tool_result(found) for found in _given(values, "tool_results"))
    earlier = _turns(turns, findings) if turns is not None else ()
    every = (*checks, *(check for turn in follow_ups for check in turn.expect))
    if not every and len(findings.problems) == noted and not values.get("draft", False):
        findings.warning("expects nothing, so every answer passes", node, "expect", "add assertions, or draft: true")
    if checks and not any(check.weight for check in checks):
        findings.problem("every assertion has weight 0, so nothing decides", node, "expect", "give one a weight")
    if "id" not in values or "question" not in values:
        return None
    return GoldenTask(
        **values,
        expect=checks,
        turns=earlier,
        follow_ups=follow_ups,
        tool_results=results,
        source=f"{node.file}:{node.line}",
    )


def _given(values: dict[str, Any], key: str) -> tuple[dict[str, Any], ...]:
    """The items of a list that could be read."""
    items = values.pop(key, ())
    return tuple(item for item in items if isinstance(item, dict))


def _follow_up(written: dict[str, Any], assertions: _Known, findings: Findings) -> FollowUp:
    expect = written.get("expect")
    checks = _expected(expect, assertions, findings) if expect is not None else ()
    return FollowUp(question=written.get("question", ""), expect=checks, threshold=written.get("threshold"))


def _tool_result(written: dict[str, Any]) -> ToolResult:
    result = written.get("result")
    plain = result.plain() if isinstance(result, YamlNode) else None
    others = {key: value for key, value in written.items() if key in ("arguments", "fails")}
    return ToolResult(name=written.get("name", ""), result=plain, **others)


def _expected(node: YamlNode, assertions: _Known, findings: Findings) -> tuple[Assertion, ...]:
    pairs: list[tuple[str, YamlNode | None, YamlNode]] = []
    for item in node.value if isinstance(node.value, tuple) else (node,):
        if isinstance(item.value, str):
            pairs.append((item.value, None, item))
        elif isinstance(item.value, dict) and (len(item.value) == 1 or item is node):
            pairs += [(name, child, item.keys[name]) for name, child in item.value.items()]
        else:
            hint = "write one assertion an item: '- contains: 30 days'"
            findings.problem(f"must be an assertion, not {item.kind}", item, "expect", hint)
    found = (_assertion(name, child, place, assertions, findings) for name, child, place in pairs)
    return tuple(assertion for assertion in found if assertion is not None)


def _assertion(
    name: str, node: YamlNode | None, place: YamlNode, assertions: _Known, findings: Findings
) -> Assertion | None:
    negate = name.startswith("not-")
    kind = name.removeprefix("not-")
    plain = node.plain() if node is not None else None
    if not isinstance(plain, dict):
        # 1.50 is a price in an answer and a number in a budget: the kind decides which of the two it takes.
        written = node.plain(as_written=True) if node is not None else None
        readings = [Assertion(kind=kind, value=value, negate=negate) for value in (written, plain)]
    else:
        options = {key: value for key, value in plain.items() if key not in ("value", "weight")}
        weight = {"weight": _weight(plain["weight"])} if "weight" in plain else {}
        readings = [
            Assertion(kind=kind, value=plain.get("value"), options=options, negate=negate, **weight),
            # For json-schema and its like the mapping is the value itself.
            Assertion(kind=kind, value=plain, negate=negate),
        ]
        if kind.endswith("-schema") and not {"value", "schema"} & set(plain):
            readings.reverse()
    wrong = []
    for reading in map(assertions.whole, readings):
        wrong.append(assertions.problems(reading))
        if wrong[-1] is None:
            return reading
    # Assertions name themselves first; the key says that already.
    findings.problem(
        str(wrong[-1] if isinstance(plain, float) else wrong[0]).removeprefix(f"{name}: "), place, f"expect.{name}"
    )
    return None


def _weight(written: Any) -> Any:
    """A number as one kind of number, so that 2 and 2.0 have one digest; what is none is refused by the kind."""
    return float(written) if type(written) is int else written


def _turns(node: YamlNode, findings: Findings) -> tuple[dict[str, Any], ...]:
    turns: list[dict[str, Any]] = []
    for place, item in enumerate(node.value if isinstance(node.value, tuple) else (node,)):
        plain = item.plain()
        if not isinstance(plain, dict) or plain.get("role") not in _ROLES:
            hint = "{role: user, content: ...}"
            findings.problem(f"must be a message with a role of {', '.join(_ROLES)}", item, f"turns[{place}]", hint)
        else:
            turns.append(plain)
    return tuple(turns)
