"""Prompting: foreign templates become the prompt of a Mission and the questions of its golden tasks.

Here: which variable is the question, which never change, and what the files under ``prompts/`` say.
Not here: reading templates from a source (one module a format).

A template with one variable that changes from row to row becomes ``prompt.user`` around ``{{ question }}``; variables
that never change become ``prompt.variables``. Where several change, each question is the whole user message, filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.importing.carried import Carrying, Plain, as_text
from gonogo.importing.conversations import QUESTIONS
from gonogo.importing.templates import expressions_in, filled, lookup, names_in

FIRST_LINE: Final = "You are a helpful assistant.\n"
BUILT_IN: Final = ("question", "context")
"""Names that every request fills in."""
_QUESTION: Final = "{{ question }}"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template: what the model is told, and the last message of the user. ``label`` names it for people."""

    node: YamlNode
    system: str
    user: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Framing:
    """What the variables of a template are here.

    ``question`` is the path of the one that is asked, empty where the whole message is. ``constants`` are values by
    path.
    """

    question: str
    constants: dict[str, str] = field(default_factory=dict)


def framing(prompt: Prompt, rows: Sequence[Row], carrying: Carrying) -> Framing:
    """Tell the question from constants.

    Args:
        rows: the variables of each test; none where the source has a template only.
    """
    for text in dict.fromkeys(expressions_in(prompt.system + prompt.user)):
        why = f"{text[:60]} is more than a name and stays as written"
        carrying.leave(prompt.node, "prompt", why, "nothing is executed in a prompt: write it out")
    in_user, in_system = names_in(prompt.user), names_in(prompt.system)
    seen = {path: [_value(path, row) for row in rows] for path in (*in_user, *in_system)}
    changing = [path for path in in_user if len(set(seen[path])) > 1]
    if not changing and in_user:
        changing = [next((path for path in in_user if _last(path) in QUESTIONS), in_user[-1])]
    question = changing[0] if len(changing) == 1 else ""
    if len(changing) > 1:
        carrying.note(
            f"{', '.join(changing)} change from test to test: each question is the whole user message, filled in, and "
            "prompt.user is left out."
        )
    fixed = (*in_user, *in_system) if question else in_system
    constants = {path: _constant(path, seen[path], prompt, carrying) for path in fixed if path != question}
    return Framing(question=question, constants=constants)


def _constant(path: str, values: Sequence[str], prompt: Prompt, carrying: Carrying) -> str:
    if len(set(values)) > 1:
        why = f"{{{{{path}}}}} of the system prompt changes from test to test; the first value stands for all"
        carrying.leave(prompt.node, "prompt", why, "put it into the question, or make Missions of their own")
    if not any(values) and path not in BUILT_IN:
        why, instead = "has no value in the source; it is empty", "write it under prompt.variables"
        carrying.leave(prompt.node, f"prompt.{{{{{path}}}}}", why, instead)
    return next((value for value in values if value), "")


def asked_of(prompt: Prompt, frame: Framing, row: Row) -> str:
    """The question of one row; a variable without a value is empty."""
    if frame.question:
        return _value(frame.question, row)
    values = {path: _value(path, row) for path in names_in(prompt.user)}
    return _put(prompt.user, values)


def write_prompts(prompts: Sequence[Prompt], frame: Framing, carrying: Carrying) -> None:
    """Write the first as the Mission's prompt, and the others beside it."""
    carried = carrying.carried
    written = {number: _texts(prompt, frame) for number, prompt in enumerate(prompts)}
    names = _variables(frame)
    section: Plain = {}
    for number, texts in written.items():
        place = "prompts" if number == 0 else f"prompts/other-{number + 1}"
        for key, text in texts.items():
            if text and text != _QUESTION:
                carried.files[f"{place}/{key}.md"] = f"{text}\n"
                section |= {key: f"{place}/{key}.md"} if number == 0 else {}
        if number:
            why = f"a Mission has one prompt; this one stands in {place}/"
            instead = "copy the folder, exchange the prompt, and `gonogo compare`"
            carrying.leave(prompts[number].node, "prompts", why, instead)
    if not section:
        carried.files["prompts/system.md"] = FIRST_LINE
        section["system"] = "prompts/system.md"
        carrying.note("The source tells the model nothing beside the question: prompts/system.md is a first line.")
    if kept := {names[path]: value for path, value in frame.constants.items() if path not in BUILT_IN}:
        section["variables"] = kept
    if carried.mission is not None:
        carried.mission["prompt"] = section


def literal(text: str) -> tuple[str, dict[str, str]]:
    """(a prompt that says exactly this text, its variables): what looks like a placeholder is one for itself."""
    names = {path: _name(path) for path in names_in(text)}
    made = _put(text, {path: f"{{{{ {name} }}}}" for path, name in names.items()})
    return made, {name: f"{{{{ {path} }}}}" for path, name in names.items()}


def _texts(prompt: Prompt, frame: Framing) -> dict[str, str]:
    names = _variables(frame)
    places = {path: f"{{{{ {names.get(path) or _name(path)} }}}}" for path in names_in(prompt.system + prompt.user)}
    # A fixed value under a name that every request fills in goes into the text itself.
    places |= {path: value for path, value in frame.constants.items() if path in BUILT_IN}
    if frame.question:
        places[frame.question] = _QUESTION
    user = _put(prompt.user, places) if frame.question or not names_in(prompt.user) else ""
    return {"system": _put(prompt.system, places).strip(), "user": user.strip()}


def _variables(frame: Framing) -> dict[str, str]:
    """A name of its own for each constant."""
    made: dict[str, str] = {}
    for path in frame.constants:
        base = name = _name(path)
        number = 1
        while name in made.values():
            number += 1
            name = f"{base}_{number}"
        made[path] = name
    return made


def _name(path: str) -> str:
    name = re.sub(r"\W+", "_", path, flags=re.ASCII).strip("_") or "value"
    return f"{name}_" if name in BUILT_IN else name


def _put(text: str, values: Mapping[str, str]) -> str:
    return filled(text, values, whole=True)[0]


def _value(path: str, row: Row) -> str:
    found, known = lookup(path, row)
    return as_text(found) if known and found is not None else ""


def _last(path: str) -> str:
    return path.rpartition(".")[2].lower()
