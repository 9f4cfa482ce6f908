"""Tools: files in OpenAI's function format to ToolSpecs.

Here: ``{"type": "function", "function": {...}}``, the bare function, or a list of either; permissions come from
``mission.yaml``. Not here: calling tools (the client does), checking arguments (``guardrails``).
"""

from __future__ import annotations

from typing import Any

from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.schema import UNUSABLE, Flag, FreeObject, Key, Section, Text
from gonogo.building.yaml_nodes import Unreadable, YamlNode, read_yaml
from gonogo.domain import ToolSpec

_FUNCTION = Section(
    keys=(
        Key(
            name="name",
            kind=Text(pattern="[A-Za-z0-9_-]{1,64}", meaning="letters, digits, _ and -, at most 64"),
            required=True,
            description="what the model calls it",
        ),
        Key(name="description", kind=Text(empty=True), description="what it does, for the model"),
        Key(name="parameters", kind=FreeObject(), description="JSON Schema of its arguments"),
        Key(name="strict", kind=Flag(), description="whether arguments must match exactly"),
    )
)


def read_tools(
    entries: tuple[dict[str, Any], ...], node: YamlNode, files: FolderFiles, findings: Findings
) -> tuple[ToolSpec, ...]:
    """Read every tool file the ``tools`` section names.

    Args:
        entries: ``files`` pattern with optional ``permission`` and ``max_steps``, in the order written.
        node: the section's node, for places.
    """
    rights: dict[str, dict[str, Any]] = {}
    for entry in entries:
        try:
            names = files.matching(entry["files"])
        except Unreadable as error:
            findings.problem(error.problem.message, node, "tools", error.problem.hint)
            continue
        if not names:
            findings.problem(f"{entry['files']} matches no file", node, "tools")
        rights |= {name: {key: value for key, value in entry.items() if key != "files"} for name in names}
    places: dict[str, YamlNode] = {}
    found: list[ToolSpec] = []
    for name in sorted(rights):
        for tool, place in _tools_of(name, rights[name], files, findings):
            if tool.name in places:
                first = places[tool.name]
                findings.problem(f"the tool {tool.name!r} is defined twice; first in {first.file}:{first.line}", place)
            places.setdefault(tool.name, place)
            found.append(tool)
    return tuple(sorted(found, key=lambda tool: tool.name))


def _tools_of(
    name: str, rights: dict[str, Any], files: FolderFiles, findings: Findings
) -> list[tuple[ToolSpec, YamlNode]]:
    try:
        root = read_yaml(files.read(name), name)
    except Unreadable as error:
        findings.problems.append(error.problem)
        return []
    items = root.value if isinstance(root.value, tuple) else (root,)
    read = ((_tool(item, rights, findings), item) for item in items)
    return [(tool, item) for tool, item in read if tool is not None]


def _tool(node: YamlNode, rights: dict[str, Any], findings: Findings) -> ToolSpec | None:
    function = node
    if isinstance(node.value, dict) and "function" in node.value:
        function = node.value["function"]
        for key in node.value:
            if key not in ("type", "function"):
                findings.problem("unknown key", node.keys[key], key, "known: type, function")
        if "type" in node.value and node.value["type"].value != "function":
            findings.problem("must be function", node.at("type"), "type")
    values = _FUNCTION.read(function, "function", findings)
    if values is UNUSABLE or not isinstance(values, dict) or "name" not in values:
        return None
    if values.pop("strict", False):
        findings.warning("strict is not passed on to the model", function.at("strict"), "function.strict")
    parameters = values.get("parameters", {})
    if parameters and parameters.get("type") != "object":
        findings.problem("must be a JSON Schema of type object", function.at("parameters"), "function.parameters")
    return ToolSpec(**values, **rights)
