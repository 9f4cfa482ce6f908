"""Tool files in OpenAI's function format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.tools import read_tools
from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import ToolSpec

NOWHERE = YamlNode(value=None, file="mission.yaml", line=9)
PARAMETERS = {"type": "object", "properties": {"day": {"type": "string"}}}
Read = Callable[..., tuple[ToolSpec, ...]]


@pytest.fixture
def read(tmp_path: Path, findings: Findings) -> Read:
    def reading(files: dict[str, Any], *entries: dict[str, Any]) -> tuple[ToolSpec, ...]:
        for name, content in files.items():
            (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
        return read_tools(entries or ({"files": "*.json"},), NOWHERE, FolderFiles(tmp_path), findings)

    return reading


def function(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def told(findings: Findings) -> list[str]:
    return [str(problem) for problem in findings.sorted_problems()]


def test_a_function_becomes_a_tool(read: Read, findings: Findings) -> None:
    tools = read({"a.json": function("book", description="Books.", parameters=PARAMETERS)})
    assert tools == (ToolSpec(name="book", description="Books.", parameters=PARAMETERS),)
    assert told(findings) == []


def test_a_bare_function_and_a_list_are_fine_too(read: Read) -> None:
    tools = read({"a.json": {"name": "one"}, "b.json": [function("two"), {"name": "three"}]})
    assert [tool.name for tool in tools] == ["one", "three", "two"]


def test_the_last_entry_that_names_a_file_decides_its_permission(read: Read) -> None:
    files = {"a.json": function("a"), "b.json": function("b")}
    tools = read(files, {"files": "*.json"}, {"files": "b.json", "permission": "ask", "max_steps": 2})
    assert [(tool.name, tool.permission, tool.max_steps) for tool in tools] == [("a", "allow", 8), ("b", "ask", 2)]


def test_a_tool_defined_twice_names_both_places(read: Read, findings: Findings) -> None:
    read({"a.json": function("a"), "b.json": function("a")})
    assert told(findings) == ["b.json:1: the tool 'a' is defined twice; first in a.json:1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"type": "retrieval", "function": {"name": "a"}}, "type: must be function"),
        (function("a b"), "function.name: must be letters, digits"),
        (function("a", paramters={}), "did you mean 'parameters'?"),
        (function("a", parameters={"type": "string"}), "must be a JSON Schema of type object"),
        ({"function": {"name": "a"}, "extra": 1}, "extra: unknown key"),
        ("{", "is not YAML"),
        ("3", "must be a mapping"),
    ],
)
def test_a_file_in_another_form_is_refused(content: Any, message: str, read: Read, findings: Findings) -> None:
    read({"a.json": content})
    assert message in told(findings)[0]


def test_a_pattern_that_matches_nothing_is_refused(read: Read, findings: Findings) -> None:
    read({}, {"files": "tools/*.json"})
    assert told(findings) == ["mission.yaml:9: tools: tools/*.json matches no file"]


def test_strict_is_warned_of_because_it_is_not_passed_on(read: Read, findings: Findings) -> None:
    read({"a.json": function("a", strict=True)})
    assert findings.warnings[0].key == "function.strict"
