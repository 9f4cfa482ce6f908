"""OpenAI's older registry: YAML with classes such as Match, and samples as JSONL.

Here: specs and samples to golden tasks. Not here: evals of the service (``openai_evals``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.domain import Assertion
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain, as_text
from gonogo.importing.conversations import asked, parsed
from gonogo.importing.expected import ExpectedAs
from gonogo.importing.models import STAND_IN, judge_of
from gonogo.importing.openai_files import Export
from gonogo.importing.prompting import FIRST_LINE
from gonogo.importing.source import Source, items, mapping_at, number_at, text_at
from gonogo.importing.systems import place_systems

_PLACE: Final = re.compile(r"\{(\w+)\}")
_READ: Final = frozenset({
    "samples_jsonl", "ignore_case", "modelgraded_spec", "modelgraded_spec_file", "eval_type", "max_tokens",
})  # fmt: skip
_BY_HAND: Final = "write the assertion by hand: docs/mission.md lists every kind"
_GRADED: Final = "ModelBasedClassify"


def import_registry(
    export: Export, assertions: Assertions, how: ExpectedAs = "auto", judges: frozenset[str] | None = None
) -> Carried:
    """Read the specs of a registry, and the samples that they name.

    Raises:
        BadInput: no spec of a known class has samples that can be asked.
    """
    root = export.registry[0]
    carrying = Carrying("OpenAI Evals", root.file, PurePosixPath(root.file).stem, assertions, judges)
    if judges is None:
        carrying.carried.note_stand_in()
        carrying.carried.mission = {"mission": carrying.carried.name, "models": {"standin": dict(STAND_IN)}}
    named = [pair for tree in export.registry for pair in _mapping(tree).items()]
    specs = [(name, spec) for name, spec in named if text_at(spec, "class")]
    for name, spec in specs:
        _Spec(name, spec, export.source, carrying, tagged=len(specs) > 1).bring()
    if not carrying.carried.tasks:
        first = f": {carrying.carried.left[0]}" if carrying.carried.left else ""
        raise BadInput(f"no eval of {root.file} could be carried{first}")
    place_systems(carrying)
    if carrying.carried.mission is not None:
        carrying.carried.files.setdefault("prompts/system.md", FIRST_LINE)
        carrying.carried.mission.setdefault("prompt", {"system": "prompts/system.md"})
    return carrying.carried


def _mapping(node: YamlNode) -> dict[str, YamlNode]:
    return node.value if isinstance(node.value, dict) else {}


class _Spec:
    """One eval of a registry."""

    def __init__(self, name: str, spec: YamlNode, source: Source, carrying: Carrying, *, tagged: bool) -> None:
        self._name, self._spec, self._source, self._carrying, self._tagged = name, spec, source, carrying, tagged
        self._class = re.split("[:.]", text_at(spec, "class"))[-1]
        self._args = mapping_at(spec, "args")
        self._kinds: dict[str, Callable[[Plain, YamlNode], Assertion | None]] = {
            "Match": self._match,
            "Includes": self._includes,
            "FuzzyMatch": self._fuzzy,
            "JsonMatch": self._json,
            "JsonValidator": lambda sample, node: Assertion(kind="is-json"),
            _GRADED: self._graded,
        }

    def bring(self) -> None:
        """Every sample as a task."""
        if self._class not in self._kinds:
            why = f"{self._class} is a class of its own, and code of a source is not run"
            self._carrying.leave(self._spec, self._name, why, "`gonogo import table` takes its samples")
            return
        for key in self._args:
            if key not in (
                "samples_jsonl",
                "ignore_case",
                "modelgraded_spec",
                "modelgraded_spec_file",
                "eval_type",
                "max_tokens",
            ):
                place = self._spec.at("args", key)
                instead = "put examples into turns of the tasks" if "few_shot" in key else "leave it"
                self._carrying.leave(place, f"{self._name}.args.{key}", "has no counterpart here", instead)
        for row in self._samples():
            plain = row.plain(as_written=True)
            if not isinstance(plain, dict) or not plain.get("input"):
                self._carrying.leave(row, "input", "is missing or empty", 'a sample is {"input": ..., "ideal": ...}')
                continue
            self._add(plain, row)

    def _add(self, sample: Plain, row: YamlNode) -> None:
        made = asked(sample["input"])
        assertion = self._kinds[self._class](sample, row)
        expect = self._carrying.take(assertion, row, self._name) if assertion is not None else []
        task: Plain = {
            "question": made.question,
            "reference": next(iter(_ideals(sample)), ""),
            "expect": expect,
            "draft": not expect,
            "turns": made.turns,
            "tags": [f"eval={self._name}"] if self._tagged else [],
        }
        self._carrying.add(task, row, system=made.system)

    def _samples(self) -> tuple[YamlNode, ...]:
        name = text_at(self._spec.at("args"), "samples_jsonl")
        place = self._spec.at("args", "samples_jsonl")
        if not name or "://" in name:
            why = "its samples stand at an address" if name else "names no samples_jsonl"
            self._carrying.leave(
                place, f"{self._name}.samples_jsonl", why, "put them beside it as JSONL, and name that"
            )
            return ()
        found = [one for one in (name, f"data/{name}", PurePosixPath(name).name) if self._source.has(one)]
        return items(self._source.tree(found[0] if found else name))

    def _match(self, sample: Plain, node: YamlNode) -> Assertion | None:
        ideals = _ideals(sample)
        if len(ideals) == 1:
            return Assertion(kind="starts-with", value=ideals[0], options={"case": True})
        if not ideals:
            self._without(node)
            return None
        return Assertion(kind="regex", value=rf"\A\s*(?:{'|'.join(map(re.escape, ideals))})")

    def _includes(self, sample: Plain, node: YamlNode) -> Assertion | None:
        ideals = _ideals(sample)
        ignore = "ignore_case" in self._args and self._args["ignore_case"].value is True
        return self._any(ideals, node, {} if ignore else {"case": True})

    def _fuzzy(self, sample: Plain, node: YamlNode) -> Assertion | None:
        self._carrying.note(
            "FuzzyMatch became `contains-any`: it also took answers that are a part of the expected one, without "
            "articles and punctuation."
        )
        return self._any(_ideals(sample), node, {})

    def _any(self, ideals: list[str], node: YamlNode, options: Plain) -> Assertion | None:
        if not ideals:
            self._without(node)
            return None
        if len(ideals) == 1:
            return Assertion(kind="contains", value=ideals[0], options=options)
        return Assertion(kind="contains-any", value=ideals, options=options)

    def _json(self, sample: Plain, node: YamlNode) -> Assertion | None:
        ideals = [value for value in map(parsed, _ideals(sample)) if isinstance(value, dict | list)]
        if len(ideals) != 1:
            why = "has several expected outputs" if ideals else "expects no JSON"
            self._carrying.leave(node, self._name, why, _BY_HAND)
            return None
        return Assertion(kind="equals", value=ideals[0])

    def _without(self, node: YamlNode) -> None:
        self._carrying.leave(node, "ideal", "is missing or empty: the task is a draft", "write what is expected")

    def _graded(self, sample: Plain, node: YamlNode) -> Assertion | None:
        args = self._spec.at("args")
        spec = text_at(args, "modelgraded_spec") or text_at(args, "modelgraded_spec_file")
        key = f"{self._name}.modelgraded_spec"
        if spec == "fact" and _ideals(sample):
            self._carrying.note("`fact` became `factual-correctness`, which counts claims (F1) in place of a letter.")
            judge = judge_of("factual-correctness", None, self._spec, key, self._carrying)
            return Assertion(kind="factual-correctness", options=_by(judge, "factual-correctness")) if judge else None
        rubric = str(sample.get("criteria") or "") if spec == "closedqa" else self._rubric(spec, sample, key)
        if not rubric:
            return None
        judge = judge_of("llm-rubric", None, self._spec, key, self._carrying)
        return Assertion(kind="llm-rubric", value=rubric, options=_by(judge, "llm-rubric")) if judge else None

    def _rubric(self, spec: str, sample: Plain, key: str) -> str:
        name = next((one for one in (f"modelgraded/{spec}.yaml", f"{spec}.yaml") if self._source.has(one)), "")
        grader = _mapping(self._source.tree(name)).get(spec) or self._source.tree(name) if name else None
        if grader is None:
            instead = f"put modelgraded/{spec}.yaml beside it, or write a rubric (docs/judges.md)"
            self._carrying.leave(self._spec, key, f"the spec {spec or '?'} is not here", instead)
            return ""
        passing = [choice for choice in mapping_at(grader, "choice_scores")
                   if (number_at(grader.at("choice_scores"), choice) or 0) >= 0.5]  # fmt: skip
        if not passing:
            why = f"{spec} does not say which of its choices are good (choice_scores)"
            self._carrying.leave(self._spec, key, why, "write a rubric (docs/judges.md)")
            return ""
        known = {"completion": "[the answer that is judged]", "input": "[the question]"}
        known |= {name: as_text(value) for name, value in sample.items() if name != "input"}
        text = _PLACE.sub(lambda found: known.get(found[1], found[0]), text_at(grader, "prompt"))
        return f"{text}\n\nThe answer passes where the choice is {' or '.join(passing)}."


def _by(judge: str, kind: str) -> Plain:
    return {} if judge == kind else {"judge": judge}


def _ideals(sample: Plain) -> list[str]:
    written = sample.get("ideal")
    values = written if isinstance(written, list) else [] if written is None else [written]
    return [text for value in values if (text := as_text(value)).strip()]
