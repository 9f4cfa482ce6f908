"""Langfuse: exports of data sets and of prompts.

Here: telling the two apart, and prompts to a Mission. Not here: rows of data sets (``dataset``).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain
from gonogo.importing.columns import NONE, Columns
from gonogo.importing.conversations import QUESTIONS, content_of
from gonogo.importing.dataset import import_dataset
from gonogo.importing.expected import ExpectedAs
from gonogo.importing.models import PINNED, STAND_IN, model_name, pinned
from gonogo.importing.prompting import Prompt, framing, write_prompts
from gonogo.importing.source import Source, child, listed, number_at, text_at, usable
from gonogo.importing.templates import names_in

_COMPOSED: Final = re.compile(r"@@@langfusePrompt:[^@]*@@@")
_READ: Final = {
    "name", "version", "type", "prompt", "config", "labels", "tags", "id", "createdAt", "updatedAt", "projectId",
    "createdBy", "isActive", "commitMessage", "resolutionGraph",
}  # fmt: skip


def import_langfuse(
    path: Path,
    assertions: Assertions,
    how: ExpectedAs = "auto",
    judges: frozenset[str] | None = None,
    columns: Columns = NONE,
) -> Carried:
    """Read an export of a data set (JSON, JSONL, CSV), or of prompts (JSON, JSONL).

    Raises:
        BadInput: it is neither.
    """
    source = Source(usable(path))
    tree = source.tree(source.name)
    rows = listed(tree)
    prompts = [row for row in rows if _is_prompt(row)]
    if not prompts:
        carried = import_dataset("Langfuse", path, rows, assertions, how, judges, columns)
        carried.notes += _pages(tree)
        return carried
    if judges is not None:
        raise BadInput(f"{path.name} holds prompts, and a Mission has its own already: import them into a new folder")
    carrying = Carrying("Langfuse", path.name, text_at(prompts[0], "name") or path.stem, assertions, judges)
    chosen = _chosen(prompts, carrying)
    _mission(chosen, carrying)
    carrying.carried.notes += _pages(tree)
    return carrying.carried


def _pages(tree: YamlNode) -> list[str]:
    """That a page of the API is not the whole list."""
    meta = tree.at("meta")
    page, pages = number_at(meta, "page"), number_at(meta, "totalPages")
    several = page is not None and pages is not None and pages > 1
    return [f"This is page {page} of {pages} of a list: import the others too."] if several else []


def _is_prompt(row: YamlNode) -> bool:
    """Whether it is a prompt, and no row whose input is called prompt."""
    keys = set(row.value) if isinstance(row.value, dict) else set()
    return (
        "prompt" in keys
        and bool(keys & {"labels", "version", "config", "type"})
        and not keys & {"input", "expectedOutput"}
    )


def _chosen(prompts: list[YamlNode], carrying: Carrying) -> YamlNode:
    """The prompt labelled ``production``, else the newest; the others are named."""

    def rank(node: YamlNode) -> tuple[bool, int]:
        labels = child(node, "labels")
        plain = labels.plain() if labels is not None else []
        version = child(node, "version")
        number = version.value if version is not None and isinstance(version.value, int) else 0
        return "production" in (plain if isinstance(plain, list) else []), number

    chosen = max(prompts, key=rank)
    for node in prompts:
        if node is not chosen:
            named = f"{text_at(node, 'name')} version {text_at(node, 'version') or '?'}"
            carrying.leave(node, "prompt", f"{named}: a Mission has one prompt", "export it alone, into its own folder")
    return chosen


def _mission(node: YamlNode, carrying: Carrying) -> None:
    carrying.leave_others(node, _READ, "", "leave it")
    written = child(node, "prompt")
    system, user = _texts(written, carrying) if written is not None else ("", "")
    if not user and any(name in QUESTIONS for name in names_in(system)):
        system, user = "", system  # a text prompt that holds the question frames it
    prompt = Prompt(node=node, system=system, user=user)
    carrying.carried.mission = {
        "mission": carrying.carried.name,
        "models": _models(child(node, "config"), carrying),
    }
    write_prompts([prompt], framing(prompt, (), carrying), carrying)


def _texts(written: YamlNode, carrying: Carrying) -> tuple[str, str]:
    if not isinstance(written.value, tuple):
        return _whole(written.spelling, written, carrying), ""
    system: list[str] = []
    user: list[str] = []
    for item in written.value:
        role = text_at(item, "role")
        content = child(item, "content")
        if role not in ("system", "developer", "user") or content is None:
            named = text_at(item, "name") or role or "message"
            carrying.leave(item, f"prompt.{named}", "earlier messages come with the request", "leave it")
            continue
        into = user if role == "user" else system
        into.append(_whole(content_of(content.plain()), item, carrying))
    return "\n\n".join(system), "\n\n".join(user)


def _whole(text: str, node: YamlNode, carrying: Carrying) -> str:
    if _COMPOSED.search(text):
        carrying.leave(node, "prompt", "another prompt is put in here by reference", "copy its text to that place")
    return text


def _models(config: YamlNode | None, carrying: Carrying) -> Plain:
    model = text_at(config, "model") if config is not None else ""
    if config is None or not model:
        carrying.note("The export names no model: the built-in one stands in its place. Name yours under models.")
        return {"standin": dict(STAND_IN)}
    params = pinned(config.value if isinstance(config.value, dict) else {})
    carrying.leave_others(config, PINNED | {"model"}, "config.", "see docs/gateway.md for what a provider is told")
    entry: Plain = {"provider": "anthropic" if model.startswith("claude") else "openai", "model": model}
    if params:
        entry["params"] = params
    return {model_name(model, {}): entry}
