"""Tests of promptfoo: where they stand, and the variables each one runs with.

Here: lists, files and CSV tables of tests, ``defaultTest``, variables with several values. Not here: what is asserted
(``promptfoo_assertions``), prompts (``promptfoo``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.errors import BadInput
from gonogo.importing.carried import MAX_TASKS, Carrying, Plain
from gonogo.importing.source import Source, child, items, mapping_at, node_of, text_at
from gonogo.importing.templates import filled

MOST_VALUES: Final = 1_000
"""Combinations of variables that one test may stand for."""
_SHORT: Final = re.compile(
    r"(?P<type>(?:not-)?[a-z][a-z-]*(?::(?:cosine|dot|euclidean))?)(?:\((?P<threshold>\d+(?:\.\d+)?)\))?"
    r"(?::(?P<value>.*))?",
    re.DOTALL,
)
_SHORTHANDS: Final = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}
_BARE: Final = frozenset({
    "is-json", "contains-json", "is-xml", "contains-xml", "is-html", "contains-html", "is-sql", "contains-sql",
    "is-refusal", "latency", "cost", "answer-relevance", "context-faithfulness", "guardrails", "moderation",
})  # fmt: skip
_WITH_VALUE: Final = frozenset({
    "equals", "contains", "icontains", "contains-any", "contains-all", "icontains-any", "icontains-all", "starts-with",
    "regex", "similar", "similar:cosine", "levenshtein", "rouge-n", "bleu", "gleu", "meteor", "llm-rubric", "g-eval",
    "factuality", "model-graded-factuality", "model-graded-closedqa", "context-recall", "context-relevance",
    "javascript", "python", "word-count", "finish-reason", "classifier", "webhook", "ruby",
})  # fmt: skip
TRANSFORMED: Final = (
    "code that changes an answer before it is judged is not run: the answer is judged as it was given",
    "a `python` assertion that changes it itself (docs/mission.md), or a prompt that asks for the form",
)
_OPTIONS: Final = {
    "transform": TRANSFORMED,
    "postprocess": TRANSFORMED,
    "transformVars": ("code that changes variables is not run", "write the changed values into the tests"),
    "prefix": ("what stands before each prompt is told to the model by the Mission's prompt", "prompts/user.md"),
    "suffix": ("what stands behind each prompt is told to the model by the Mission's prompt", "prompts/user.md"),
    "rubricPrompt": (
        "our judges have prompts of their own, which hold what is judged apart from the instructions",
        "put what it says into the rubric",
    ),
    "runSerially": ("tasks share nothing here", "leave it"),
    "storeOutputAs": ("one task cannot use the answer of another", "a task with follow_ups (docs/mission.md)"),
}
"""Why an option of a test is left behind, and what to do instead."""
_TEST_KEYS: Final = {"vars", "assert", "description", "threshold", "metadata", "options"}


@dataclass(slots=True)
class Test:
    """One test with one value for each variable. ``node`` is where it stands."""

    node: YamlNode
    vars: Plain
    asserts: list[YamlNode]
    description: str = ""
    threshold: float | None = None
    tags: list[str] = field(default_factory=list)
    grader: YamlNode | None = None


def tests_of(root: YamlNode, source: Source, carrying: Carrying) -> Iterator[Test]:
    """Every test of a configuration, defaults laid under, one for each combination of values."""
    default = child(root, "defaultTest")
    if default is not None and isinstance(default.value, str):
        default = source.tree(default.value.removeprefix("file://"))
    if default is not None:
        carrying.leave_others(default, _TEST_KEYS, "defaultTest.", "leave it, or write it into the tasks by hand")
    made = 0
    for node in _written(child(root, "tests"), source, carrying):
        for test in _expanded(node, default, source, carrying):
            made += 1
            if made > MAX_TASKS:
                raise BadInput(f"{root.file} has more than {MAX_TASKS:,} tests: import it in several pieces")
            yield test


def _written(tests: YamlNode | None, source: Source, carrying: Carrying) -> Iterator[YamlNode]:
    for item in items(tests) if tests is not None else ():
        if isinstance(item.value, dict):
            yield item
            continue
        name = item.spelling.removeprefix("file://")
        if not name.partition("#")[0].endswith((".yaml", ".yml", ".json", ".jsonl", ".csv", ".tsv")):
            why = "tests that code or a service makes are not run here"
            carrying.leave(item, "tests", f"{name[:60]}: {why}", "save them as YAML, JSONL or CSV, and import that")
            continue
        for file in source.matching(name):
            tree = source.tree(file)
            table = file.endswith((".csv", ".tsv"))
            for row in items(tree):
                if isinstance(row.value, dict):
                    yield _row(row) if table else row
                else:
                    carrying.leave(row, "tests", "is no test", "a test is a mapping with vars and assert")


def _row(row: YamlNode) -> YamlNode:
    """A row of a table as the test it means."""
    cells = {key: node.spelling for key, node in (row.value.items() if isinstance(row.value, dict) else ())}
    test: Plain = {"vars": {key: text for key, text in cells.items() if not key.startswith("__")}}
    asserts = [_short(text) for key, text in cells.items() if re.fullmatch(r"__expected\d*", key) and text.strip()]
    if cells.get("__metric", "").strip():
        asserts = [{**one, "metric": cells["__metric"].strip()} for one in asserts]
    test["assert"] = asserts
    test["metadata"] = {
        key.partition(":")[2].removesuffix("[]"): text
        for key, text in cells.items()
        if key.startswith("__metadata:") and text.strip()
    }
    if cells.get("__description", "").strip():
        test["description"] = cells["__description"]
    threshold = cells.get("__threshold", "").strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", threshold):
        test["threshold"] = float(threshold)
    known = {"__metric", "__description", "__threshold"}
    test |= {key: text for key, text in cells.items()
             if key.startswith("__") and text.strip() and key not in known
             and not re.fullmatch(r"__expected\d*", key) and not key.startswith("__metadata:")}  # fmt: skip
    return node_of(test, row.file, row.line)


def _short(text: str) -> Plain:
    """``similar(0.8): the text`` and its like; any other text must be equalled."""
    found = _SHORT.fullmatch(text.strip())
    if text.startswith("file://"):
        return {"type": "python" if ".py" in text else "javascript", "value": text}
    if found is not None:
        name = found["type"]
        name = _SHORTHANDS.get(name, name)
        kind = name.removeprefix("not-")
        if (found["value"] is not None and kind in _WITH_VALUE | _BARE) or (found["value"] is None and kind in _BARE):
            made: Plain = {"type": name}
            if value := (found["value"] or "").strip():
                made["value"] = value
            if found["threshold"]:
                made["threshold"] = float(found["threshold"])
            return made
    return {"type": "equals", "value": text}


def _expanded(node: YamlNode, default: YamlNode | None, source: Source, carrying: Carrying) -> Iterator[Test]:
    carrying.leave_others(node, _TEST_KEYS, "tests.", "leave it, or make a task by hand")
    layers = [layer for layer in (default, node) if layer is not None]
    values = {key: value for layer in layers for key, value in _vars(layer, source).items()}
    options = {key: value for layer in layers for key, value in mapping_at(layer, "options").items()}
    no_defaults = "disableDefaultAsserts" in options and options["disableDefaultAsserts"].value is True
    asserts = [item for layer in (layers[-1:] if no_defaults else layers) for item in _asserts(layer, source)]
    for key, value in options.items():
        if key not in ("provider", "disableDefaultAsserts"):
            told = _OPTIONS.get(key, ("has no counterpart here", "leave it, or say it in the prompt"))
            carrying.leave(value, f"options.{key}", *told)
    threshold = next((found.value for layer in reversed(layers) if (found := child(layer, "threshold"))), None)
    tags = [tag for layer in layers for tag in _tags(layer)]
    many = {key: list(value) for key, value in values.items() if isinstance(value, list)}
    for key in [key for key, choices in many.items() if not choices]:
        carrying.leave(node, f"vars.{key}", "is an empty list, so it stands for no test", "give it a value")
    combinations = 1
    for choices in many.values():
        combinations *= max(1, len(choices))
    if combinations > MOST_VALUES:
        carrying.leave(node, "vars", f"stands for {combinations:,} tests", f"at most {MOST_VALUES:,} can be carried")
        return
    for chosen in itertools.product(*many.values()):
        yield Test(
            node=node,
            vars=_once_filled({**values, **dict(zip(many, chosen, strict=True))}),
            asserts=asserts,
            description=text_at(node, "description"),
            threshold=float(threshold) if isinstance(threshold, int | float) else None,
            tags=tags,
            grader=options.get("provider"),
        )


def _once_filled(values: Plain) -> Plain:
    """Variables whose values name other variables, filled in once."""
    return {key: filled(value, values)[0] if isinstance(value, str) else value for key, value in values.items()}


def _asserts(layer: YamlNode, source: Source) -> tuple[YamlNode, ...]:
    found = child(layer, "assert")
    if found is not None and isinstance(found.value, str) and found.value.startswith("file://"):
        found = source.tree(found.value.removeprefix("file://"))
    return items(found) if found is not None else ()


def _tags(layer: YamlNode) -> list[str]:
    """Metadata that tests are picked by becomes tags that say the same."""
    tags: list[str] = []
    for key, value in mapping_at(layer, "metadata").items():
        tags += [f"{key}={item.spelling}" for item in items(value) if not isinstance(item.value, dict | tuple)]
    return tags


def _vars(layer: YamlNode, source: Source) -> Plain:
    found = child(layer, "vars")
    if found is None:
        return {}
    if isinstance(found.value, dict):
        return {key: _value(node, source) for key, node in found.value.items()}
    merged: Plain = {}
    for item in items(found):
        for file in source.matching(item.spelling.removeprefix("file://")):
            merged |= {key: _value(node, source) for key, node in _mapping(source.tree(file)).items()}
    return merged


def _mapping(node: YamlNode) -> dict[str, YamlNode]:
    return node.value if isinstance(node.value, dict) else {}


def _value(node: YamlNode, source: Source) -> Any:
    plain = node.plain(as_written=True)
    if not isinstance(plain, str) or not plain.startswith("file://"):
        return plain
    name = plain.removeprefix("file://")
    if name.endswith((".yaml", ".yml", ".json")):
        return source.tree(name).plain()
    if name.endswith((".js", ".py", ".pdf", ".png", ".jpg", ".jpeg")):
        return plain
    return source.text(name)
