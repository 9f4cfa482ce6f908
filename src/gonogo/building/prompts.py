"""Prompts: the texts a model is given, read from files and checked for placeholders without a value.

Here: file or inline text, line endings, ``{{ name }}``. Not here: putting values in (``pipeline``).

A value that holds a blank or a line break is the prompt itself; any other is the name of a file. Either way line
endings become LF, a byte order mark goes, and line breaks at the end go: how an editor ends a file changes no answer.
"""

from __future__ import annotations

import re
from typing import Any, Final

from gonogo.building.findings import Findings, nearest_or_all
from gonogo.building.folder_files import FolderFiles
from gonogo.building.yaml_nodes import Unreadable, YamlNode, decode
from gonogo.domain import PromptSpec

BUILT_IN: Final = frozenset({"question", "context"})
"""Placeholders that every request fills in."""

MAX_PROMPT_BYTES: Final = 1024 * 1024
_PLACEHOLDER: Final = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")
_BRACES: Final = re.compile(r"\{\{([^{}\n]{0,80})\}\}")
_BLANK: Final = re.compile(r"\s")
_FILE_LIKE: Final = re.compile(r"[^\n]{1,200}\.(?:md|txt)")


def read_prompt(section: dict[str, Any], node: YamlNode, files: FolderFiles, findings: Findings) -> PromptSpec:
    """Resolve the ``prompt`` section.

    Args:
        section: the section's values as read, ``system``, ``user`` and ``variables``.
        node: the section's node, for places.
    """
    variables: dict[str, str] = section.get("variables", {})
    for name in sorted(BUILT_IN & set(variables)):
        place = node.at("variables", name)
        findings.problem("this name is filled in by every request", place, f"prompt.variables.{name}", "choose another")
    texts: dict[str, str] = {}
    for key in ("system", "user"):
        value = section.get(key, "")
        texts[key] = text_or_file(value, f"prompt.{key}", node.at(key), files, findings) if value else ""
    if not texts["system"] and not texts["user"] and not findings.problems:
        findings.warning("both prompts are empty: the model is told nothing", node, "prompt")
    known = BUILT_IN | set(variables)
    for key, text in texts.items():
        _check_placeholders(text, section.get(key, ""), key, known, node.at(key), findings)
    _warn_unused(variables, texts, node, findings)
    return PromptSpec(system=texts["system"], user=texts["user"], variables=variables)


def is_inline(value: str) -> bool:
    """Whether a prompt value is the text itself."""
    return bool(_BLANK.search(value))


def text_or_file(value: str, path: str, node: YamlNode, files: FolderFiles, findings: Findings) -> str:
    """The text that a value is or that stands in the file it names; empty, and a problem noted, where it cannot be
    read. ``path`` is the key's, for places."""
    if is_inline(value):
        if _FILE_LIKE.fullmatch(value.strip()):
            findings.warning("holds a blank, so it is the prompt itself and not a file", node, path)
        return _normal(value)
    try:
        return _normal(decode(files.read(value), value, MAX_PROMPT_BYTES))
    except Unreadable as error:
        found = error.problem
        place = f" (line {found.line})" if found.line else ""
        findings.problem(f"{found.file} {found.message}{place}", node, path, found.hint)
        return ""


def _normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _check_placeholders(
    text: str, value: str, key: str, known: frozenset[str] | set[str], node: YamlNode, findings: Findings
) -> None:
    for match in _BRACES.finditer(text):
        line = text.count("\n", 0, match.start())
        inline = is_inline(value)
        place = YamlNode(value=None, file=node.file if inline else value, line=node.line if inline else line + 1)
        named = _PLACEHOLDER.fullmatch(match.group(0))
        if named is None:
            message = f"{match.group(0)} is no placeholder and stays as written"
            findings.warning(message, place, f"prompt.{key}", "a name is letters, digits and _")
        elif named.group(1) not in known:
            hint = nearest_or_all(named.group(1), known)
            message = f"{match.group(0)} has no value: add {named.group(1)!r} to prompt.variables"
            findings.problem(message, place, f"prompt.{key}", hint)


def _warn_unused(variables: dict[str, str], texts: dict[str, str], node: YamlNode, findings: Findings) -> None:
    used = {name for text in texts.values() for name in _PLACEHOLDER.findall(text)}
    for name in sorted(set(variables) - used - BUILT_IN):
        findings.warning("no prompt uses this value", node.at("variables", name), f"prompt.variables.{name}")
