"""promptfoo: a ``promptfooconfig.yaml`` becomes a Mission with golden tasks.

Here: prompts and providers. Not here: tests (``promptfoo_tests``), assertions (``promptfoo_assertions``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gonogo.building.yaml_nodes import Unreadable, YamlNode, read_yaml
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import OWN_PROMPT, Carried, Carrying, Plain, as_text
from gonogo.importing.json_text import read_json
from gonogo.importing.models import STAND_IN, foreign_model, model_name, routing
from gonogo.importing.promptfoo_assertions import Asserting
from gonogo.importing.promptfoo_tests import TRANSFORMED, Test, tests_of
from gonogo.importing.prompting import Framing, Prompt, asked_of, framing, write_prompts
from gonogo.importing.source import Source, child, items, mapping_at, text_at, usable

_READ: Final = {
    "prompts", "providers", "targets", "tests", "defaultTest", "description", "assertionTemplates", "$schema",
}  # fmt: skip
_INSTEAD: Final = {
    "scenarios": "write the tests out under tests",
    "redteam": "its tests are made by a service: save them as YAML and import that",
    "env": "variables of the environment are set outside of a Mission",
    "nunjucksFilters": "nothing is executed in a prompt",
    "outputPath": "`gonogo evaluate` writes reports: see docs/evaluation.md",
    "evaluateOptions": "`gonogo evaluate --concurrency`, `--repeats` and their like",
    "derivedMetrics": "slices by tag and gate.require",
}


def import_promptfoo(path: Path, assertions: Assertions, judges: frozenset[str] | None = None) -> Carried:
    """Read a configuration of promptfoo (YAML or JSON).

    Args:
        path: the file; what it names is read from its folder only.
        assertions: the kinds that golden tasks may use.
        judges: kinds of judges of the Mission that the tasks go to; ``None`` where a Mission is made.

    Raises:
        BadInput: a file cannot be read, or is no configuration of promptfoo.
    """
    source = Source(usable(path))
    root = source.tree(source.name)
    if not isinstance(root.value, dict):
        known = "a mapping with prompts, providers and tests"
        raise BadInput(f"{path.name} is no configuration of promptfoo, but {root.kind} (it would be {known})")
    if not {"prompts", "providers", "targets", "tests", "defaultTest"} & set(root.value):
        raise BadInput(f"{path.name} is no configuration of promptfoo: it has no prompts, no providers and no tests")
    name = text_at(root, "description") or source.root.name
    carrying = Carrying("promptfoo", path.name, name, assertions, judges)
    for key in root.value:
        if key not in _READ:
            why = "has no counterpart here"
            carrying.leave(root.keys.get(key, root), key, why, _INSTEAD.get(key, "see docs/moving.md"))
    models = _models(root, carrying)
    prompts = _prompts(root, source, carrying)
    carrying.carried.mission = {"mission": carrying.carried.name, "models": models} if judges is None else None
    tests = list(tests_of(root, source, carrying))
    frame = framing(prompts[0], [test.vars for test in tests], carrying)
    asserting = Asserting(source, carrying, mapping_at(root, "assertionTemplates"))
    for test in tests:
        _add(test, prompts[0], frame, asserting, carrying)
    if judges is not None:
        carrying.note(OWN_PROMPT)
    else:
        write_prompts(prompts, frame, carrying)
        found = routing(models, carrying)
        if found is not None and carrying.carried.mission is not None:
            carrying.carried.mission["routing"] = found
    return carrying.carried


def _models(root: YamlNode, carrying: Carrying) -> Plain:
    models: Plain = {}
    for key in ("providers", "targets"):
        written = child(root, key)
        for item in items(written) if written is not None else ():
            for name, label, config in _providers(item, carrying):
                entry = foreign_model(name, item, config, carrying)
                if entry is not None:
                    models[model_name(label or entry["model"], models)] = entry
    if not models:
        carrying.note(
            "No provider could be carried: the built-in model, which quotes documents and is no language model, stands "
            "in its place. Name yours under models."
        )
        models["standin"] = dict(STAND_IN)
    return models


def _providers(item: YamlNode, carrying: Carrying) -> list[tuple[str, str, YamlNode | None]]:
    """(id, label, configuration) of what one item of ``providers`` names."""
    if isinstance(item.value, str):
        return [(item.value, "", None)]
    if not isinstance(item.value, dict):
        return []
    if "id" in item.value:
        if (transform := child(item, "transform")) is not None:
            carrying.leave(transform, "providers.transform", *TRANSFORMED)
        carrying.leave_others(item, {"id", "label", "config", "transform"}, "providers.", "leave it")
        return [(text_at(item, "id"), text_at(item, "label"), child(item, "config"))]
    return [(name, text_at(node, "label"), child(node, "config")) for name, node in item.value.items()]


def _prompts(root: YamlNode, source: Source, carrying: Carrying) -> list[Prompt]:
    found: list[Prompt] = []
    written = child(root, "prompts")
    for item in _listed_prompts(written) if written is not None else ():
        label = text_at(item, "label") or (text_at(item, "id") if isinstance(item.value, dict) else "")
        raw = child(item, "raw") or child(item, "id") if isinstance(item.value, dict) else item
        text = raw.spelling if raw is not None else ""
        found += _prompt(text, label, item, source, carrying)
    if not found:
        found.append(Prompt(node=root, label="", system="", user="{{question}}"))
        carrying.note("No prompt could be carried: each question stands alone. Write prompts/system.md.")
    return found


def _listed_prompts(written: YamlNode) -> tuple[YamlNode, ...]:
    """The prompts of a list, or the keys of a mapping from files to labels."""
    if isinstance(written.value, dict) and not {"raw", "id", "label"} & set(written.value):
        return tuple(written.keys.values())
    return items(written)


def _prompt(text: str, label: str, item: YamlNode, source: Source, carrying: Carrying) -> list[Prompt]:
    name = text.removeprefix("file://").strip()
    is_file = text.startswith("file://") or (
        "\n" not in text and "{{" not in text and name.endswith((".txt", ".md", ".json", ".yaml", ".yml", ".j2"))
    )
    if not is_file:
        return [_messages(text, label, item, carrying)]
    if name.partition(":")[0].endswith((".js", ".mjs", ".ts", ".py", ".cjs")):
        why = "a prompt that code makes is not run here"
        carrying.leave(item, f"prompts.{name}", why, "write what it makes into prompts/system.md and user.md")
        return []
    made: list[Prompt] = []
    for file in source.matching(name):
        pieces = source.text(file).split("\n---\n") if file.endswith((".txt", ".md")) else [source.text(file)]
        made += [_messages(piece, label or file, item, carrying) for piece in pieces if piece.strip()]
    return made


def _messages(text: str, label: str, item: YamlNode, carrying: Carrying) -> Prompt:
    listed = _chat(text)
    if listed is None:
        return Prompt(node=item, label=label, system="", user=text.strip())
    system = [as_text(one.get("content", "")) for one in listed if one.get("role") in ("system", "developer")]
    others = [one for one in listed if one.get("role") not in ("system", "developer")]
    if len(others) > 1:
        why = "earlier messages of a prompt have no place in a Mission; the last one was carried"
        carrying.leave(item, "prompts", why, "write them as examples into prompts/system.md")
    user = as_text(others[-1].get("content", "")) if others else "{{question}}"
    return Prompt(node=item, label=label, system="\n\n".join(system).strip(), user=user.strip())


def _chat(text: str) -> list[Plain] | None:
    """The messages that a prompt is, where it is a list of them in JSON or YAML."""
    if not text.lstrip().startswith(("[", "- role")):
        return None
    try:
        value = read_json(text, "prompt").plain()
    except Unreadable:
        try:
            value = read_yaml(text.encode(), "prompt").plain()
        except Unreadable:
            return None
    if isinstance(value, list) and value and all(isinstance(one, dict) and "role" in one for one in value):
        return value
    return None


def _add(test: Test, prompt: Prompt, frame: Framing, asserting: Asserting, carrying: Carrying) -> None:
    if test.grader is not None:
        node = test.grader
        named = node.spelling if isinstance(node.value, str) else text_at(node, "id") or text_at(node, "text")
        asserting.grader = foreign_model(named, node, child(node, "config"), carrying)
    made = asserting.expected(test.asserts, test.vars)
    task: Plain = {
        "question": asked_of(prompt, frame, test.vars),
        "reference": made.reference,
        "expect": made.expect,
        "tags": list(dict.fromkeys([*test.tags, *made.tags])),
        "threshold": test.threshold if test.threshold is not None else made.threshold,
    }
    if not made.expect:
        task["draft"] = True
    carrying.add(task, test.node, test.description)
