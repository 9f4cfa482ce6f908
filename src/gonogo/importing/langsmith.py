"""LangSmith: exports of data sets and of prompts.

Here: telling the two apart, what stands in its rows beside inputs and outputs, serialised prompts to a Mission.
Not here: rows of data sets (``dataset``), which variable is the question (``prompting``).

Prompts are the objects that LangChain writes, ``{"lc": 1, "id": [..., "ChatPromptTemplate"], "kwargs": {...}}``: alone,
in a chain with a model, or under ``manifest``. Nothing of them is constructed: they are read as the mappings they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain
from gonogo.importing.columns import NONE, Columns
from gonogo.importing.conversations import QUESTIONS
from gonogo.importing.dataset import import_dataset
from gonogo.importing.expected import ExpectedAs
from gonogo.importing.models import STAND_IN, model_name, pinned
from gonogo.importing.prompting import Prompt, framing, write_prompts
from gonogo.importing.secrets import NEVER_WRITTEN
from gonogo.importing.source import Source, child, items, listed, mapping_at, text_at, usable
from gonogo.importing.templates import names_in

_FORMAT: Final = "LangSmith"
_ROLES: Final = {
    "SystemMessagePromptTemplate": "system", "SystemMessage": "system", "HumanMessagePromptTemplate": "user",
    "HumanMessage": "user", "AIMessagePromptTemplate": "assistant", "AIMessage": "assistant",
}  # fmt: skip
_MODELS: Final = {"ChatOpenAI": "openai", "OpenAI": "openai", "ChatAnthropic": "anthropic", "ChatOllama": "ollama"}
_FIELD: Final = re.compile(r"\{\{|\}\}|\{\s*([A-Za-z_]\w*)\s*\}")
_NO_EVALUATORS: Final = (
    "An export of LangSmith holds no evaluators: what an answer must show comes from its outputs alone. Add assertions."
)
_CONFIG: Final = {"model", "model_name", "openai_api_key", "anthropic_api_key", "api_key"}


def import_langsmith(
    path: Path,
    assertions: Assertions,
    how: ExpectedAs = "auto",
    judges: frozenset[str] | None = None,
    columns: Columns = NONE,
) -> Carried:
    """Read an export of a data set (JSON, JSONL, CSV, or rows for fine-tuning), or a prompt (JSON).

    Raises:
        BadInput: the file cannot be read, or is neither.
    """
    source = Source(usable(path))
    rows = listed(source.tree(source.name))
    found = [object for row in rows for object in _prompts(row)]
    if not found:
        carried = import_dataset(_FORMAT, path, rows, assertions, how, judges, columns)
        carried.notes.append(_NO_EVALUATORS)
        return carried
    if judges is not None:
        raise BadInput(f"{path.name} holds a prompt, and a Mission has its own already: import it into a new folder")
    carrying = Carrying(_FORMAT, path.name, path.stem, assertions)
    prompts = [_read(node, carrying) for node in found]
    carrying.carried.mission = {"mission": carrying.carried.name, "models": _models(rows, carrying)}
    write_prompts(prompts, framing(prompts[0], (), carrying), carrying)
    return carrying.carried


def _kind(node: YamlNode) -> str:
    """The class that a serialised object names, without its module."""
    written = child(node, "id")
    names = items(written) if written is not None and child(node, "lc") is not None else ()
    return names[-1].spelling if names else ""


def _objects(node: YamlNode) -> Iterator[YamlNode]:
    """Every serialised object inside, itself first. Depth is bounded by the reader."""
    if _kind(node):
        yield node
    inside = (
        node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, tuple) else ()
    )
    for one in inside:
        yield from _objects(one)


def _prompts(row: YamlNode) -> list[YamlNode]:
    """Prompts in a row: those of chats; where there is none, single templates."""
    every = list(_objects(row))
    chats = [one for one in every if _kind(one) in ("ChatPromptTemplate", "StructuredPrompt")]
    return chats or [one for one in every if _kind(one) == "PromptTemplate"][:1]


def _read(node: YamlNode, carrying: Carrying) -> Prompt:
    kwargs = child(node, "kwargs") or node
    if _kind(node) == "PromptTemplate":
        text = _template(node)
        framed = any(name in QUESTIONS for name in names_in(text))
        return Prompt(node=node, system="" if framed else text, user=text if framed else "")
    for key in ("schema_", "partial_variables", "structured_output_kwargs"):
        if mapping_at(kwargs, key):
            instead = "params.response_format of the model" if key == "schema_" else "prompt.variables"
            carrying.leave(kwargs.at(key), key, "has no counterpart under this name", instead)
    texts: dict[str, list[str]] = {"system": [], "user": [], "assistant": []}
    messages = child(kwargs, "messages")
    for message in items(messages) if messages is not None else ():
        role = _ROLES.get(_kind(message))
        if role is None:
            named = text_at(message.at("kwargs"), "variable_name") or _kind(message) or "a message"
            carrying.leave(message, f"messages.{named}", "earlier messages come with the request", "leave it")
            continue
        if role == "user" and texts["user"]:
            texts["assistant"].append(texts["user"].pop())
        texts[role].append(_message(message))
    for text in texts["assistant"]:
        why = f"an example in the prompt ({text[:40]!r}) has no place in a Mission"
        carrying.leave(node, "messages", why, "write it into prompts/system.md")
    return Prompt(node=node, system="\n\n".join(texts["system"]), user="\n\n".join(texts["user"]))


def _message(message: YamlNode) -> str:
    kwargs = child(message, "kwargs") or message
    inside = child(kwargs, "prompt")
    if inside is None:
        return text_at(kwargs, "content")
    return "\n".join(_template(one) for one in items(inside))


def _template(node: YamlNode) -> str:
    """A template with our placeholders."""
    kwargs = child(node, "kwargs") or node
    found = child(kwargs, "template")
    text = found.spelling if found is not None else ""
    if (text_at(kwargs, "template_format") or "f-string") != "f-string":
        return text
    return _FIELD.sub(lambda match: f"{{{{ {match[1]} }}}}" if match[1] else match[0][0], text)


def _models(rows: tuple[YamlNode, ...], carrying: Carrying) -> Plain:
    found = next((one for row in rows for one in _objects(row) if _kind(one) in _MODELS), None)
    kwargs = child(found, "kwargs") if found is not None else None
    model = (text_at(kwargs, "model") or text_at(kwargs, "model_name")) if kwargs is not None else ""
    if found is None or kwargs is None or not model:
        carrying.note("The export names no model: the built-in one stands in its place. Name yours under models.")
        return {"standin": dict(STAND_IN)}
    written = mapping_at(found, "kwargs")
    params = pinned(written)
    for key, node in written.items():
        if key.endswith("api_key") and isinstance(node.value, str):
            carrying.leave(node, key, NEVER_WRITTEN, "put it into an environment variable")
        elif key not in params and key not in _CONFIG and node.value not in (None, {}, (), False):
            carrying.leave(node, f"{_kind(found)}.{key}", "has no counterpart under params", "see docs/gateway.md")
    entry: Plain = {"provider": _MODELS[_kind(found)], "model": model}
    return {model_name(model, {}): {**entry, **({"params": params} if params else {})}}
