"""Assertions of promptfoo: types of its ``assert`` lists to kinds of ours.

Here: one function a family of types, and the list of those without a counterpart. Not here: tests and variables
(``promptfoo_tests``), judging.

Its ``contains`` minds the case, ours asks for that with ``case: true``; its thresholds of latency are milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import JUDGE_KINDS, NEEDS_REFERENCE, Assertion
from gonogo.importing.carried import Carrying, Plain, Written, as_text, slug
from gonogo.importing.expected import NO_SYNONYMS
from gonogo.importing.models import foreign_model, judge_of
from gonogo.importing.promptfoo_tests import TRANSFORMED
from gonogo.importing.python_checks import as_function, python_file
from gonogo.importing.source import Source, child, items, number_at, text_at
from gonogo.importing.templates import filled

_CASE: Final = {"case": True}
_PLAIN: Final[dict[str, tuple[str, Plain]]] = {
    "equals": ("equals", {}),
    "contains": ("contains", _CASE),
    "icontains": ("icontains", {}),
    "starts-with": ("starts-with", _CASE),
    "regex": ("regex", {}),
    "finish-reason": ("finish-reason", {}),
}
_LISTS: Final[dict[str, tuple[str, Plain]]] = {
    "contains-any": ("contains-any", _CASE),
    "contains-all": ("contains-all", _CASE),
    "icontains-any": ("icontains-any", {}),
    "icontains-all": ("icontains-all", {}),
}
_LIKENESS: Final = {
    "rouge-n": ("rouge-n", "min", 0.75),
    "bleu": ("bleu", "min", 0.5),
    "gleu": ("gleu", "min", 0.5),
    "meteor": ("meteor", "min", 0.5),
    "levenshtein": ("levenshtein", "max", 5),
    "similar": ("similar", "min", 0.75),
    "similar:cosine": ("similar", "min", 0.75),
}
_JUDGED: Final = {
    "llm-rubric": "llm-rubric",
    "model-graded-closedqa": "llm-rubric",
    "g-eval": "g-eval",
    "factuality": "factual-correctness",
    "model-graded-factuality": "factual-correctness",
    "answer-relevance": "answer-relevancy",
    "context-faithfulness": "context-faithfulness",
    "context-recall": "context-recall",
}
_RETRIEVED: Final = frozenset({"context-faithfulness", "context-recall"})
_INSTEAD: Final = {
    "javascript": "write it in Python: `python: checks/NAME.py` (docs/mission.md)",
    "ruby": "write it in Python: `python: checks/NAME.py` (docs/mission.md)",
    "webhook": "write it in Python: `python: checks/NAME.py` (docs/mission.md)",
    "moderation": "the guardrail toxicity, or the assertion `toxicity: {max: 0.3}`",
    "guardrails": "guardrails of the Mission (docs/guardrails.md)",
    "classifier": "a classifier of your own (docs/classifiers.md)",
    "select-best": "`gonogo compare` puts models and Versions side by side",
    "max-score": "`gonogo compare` puts models and Versions side by side",
    "human": "`gonogo annotate` keeps what people say",
    "context-relevance": "context-precision: a judge over the ranked chunks",
    "similar:dot": "similar, which is the cosine",
    "similar:euclidean": "similar, which is the cosine",
    "perplexity": "no model here tells it; a judge or a metric",
    "perplexity-score": "no model here tells it; a judge or a metric",
    "is-valid-openai-tools-call": "tool-called, or trajectory:tool-args-match",
    "is-valid-openai-function-call": "tool-called, or trajectory:tool-args-match",
    "is-valid-function-call": "tool-called, or trajectory:tool-args-match",
    "trajectory:goal-success": "llm-rubric over the last answer, or a judge named under gate.require",
    "conversation-relevance": "a judge named under gate.require hears whole conversations",
}
_OTHERWISE: Final = "llm-rubric, or `python: checks/NAME.py` (docs/mission.md)"
_READ: Final = {"type", "value", "threshold", "weight", "metric", "provider", "rubricPrompt", "assert", "transform"}


@dataclass(slots=True)
class Expected:
    """What the assertions of one test became; ``reference`` and ``threshold`` where they said one."""

    expect: list[Written] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    reference: str = ""
    threshold: float | None = None


class Asserting:
    """Turns the assertions of one file.

    Args:
        grader: the model that grades where an assertion names none.
        templates: ``assertionTemplates`` of the file, for ``$ref``.
    """

    def __init__(
        self,
        source: Source,
        carrying: Carrying,
        templates: Mapping[str, YamlNode],
        grader: Plain | None = None,
    ) -> None:
        self._source, self._carrying, self._templates = source, carrying, templates
        self.grader = grader

    def expected(self, nodes: list[YamlNode], values: Mapping[str, Any]) -> Expected:
        """All assertions of a test, with its variables filled into their values."""
        made = Expected()
        for node in nodes:
            self._one(node, values, made, alone=len(nodes) == 1)
        return made

    def _one(self, node: YamlNode, values: Mapping[str, Any], made: Expected, *, alone: bool) -> None:
        reference = text_at(node, "$ref").rpartition("/")[2]
        if reference in self._templates:
            node = self._templates[reference]
        written = text_at(node, "type")
        if written == "assert-set":
            self._set(node, values, made, alone=alone)
            return
        kind, negate = written.removeprefix("not-"), written.startswith("not-")
        self._carrying.leave_others(node, _READ, f"assert.{written}.", "leave it, or write it by hand")
        if child(node, "transform") is not None:
            self._carrying.leave(node, f"assert.{written}.transform", *TRANSFORMED)
            return  # what it would judge is not what was answered
        if child(node, "rubricPrompt") is not None:
            why = "our judges have prompts of their own, which hold what is judged apart from the instructions"
            self._carrying.leave(node, f"assert.{written}.rubricPrompt", why, "put what it says into the rubric")
        assertion = self._assertion(kind, negate, node, values, made)
        if assertion is None:
            return
        made.expect += self._carrying.take(assertion, node, f"assert.{written}")
        if metric := text_at(node, "metric"):
            made.tags.append(metric)

    def _set(self, node: YamlNode, values: Mapping[str, Any], made: Expected, *, alone: bool) -> None:
        inside, inner = child(node, "assert"), Expected(reference=made.reference)
        for item in items(inside) if inside is not None else ():
            self._one(item, values, inner, alone=False)
        made.reference = inner.reference
        made.tags += inner.tags
        threshold, weight = number_at(node, "threshold"), number_at(node, "weight")
        if alone and threshold is not None:
            made.threshold = threshold
        elif inner.expect and (threshold is not None or weight is not None):
            made.expect += self._grouped(node, inner.expect, threshold, weight)
            return
        made.expect += inner.expect

    def _grouped(
        self, node: YamlNode, expect: list[Written], threshold: float | None, weight: float | None
    ) -> list[Written]:
        """The assertions of a set as one; where one of them cannot stand in a set, all of them beside the others."""
        options = {"of": expect} | ({} if threshold is None else {"min": threshold})
        assertion = Assertion(kind="assert-set", options=options, weight=1.0 if weight is None else float(weight))
        problem = self._carrying.problem(assertion)
        if problem is None:
            return self._carrying.take(assertion, node, "assert-set")
        why = f"{problem}; its assertions stand beside the others now and must all hold"
        self._carrying.leave(node, "assert-set.threshold", why, "make it a task of its own, with threshold")
        return expect

    def _assertion(
        self, kind: str, negate: bool, node: YamlNode, values: Mapping[str, Any], made: Expected
    ) -> Assertion | None:
        value = self._value(node, values, kind)
        weight = number_at(node, "weight")
        common: Plain = {"negate": negate, "weight": 1.0 if weight is None else float(weight)}
        if kind in _PLAIN:
            ours, options = _PLAIN[kind]
            plain = value if isinstance(value, dict | list) and kind == "equals" else as_text(value)
            return Assertion(kind=ours, value=plain, options=dict(options), **common)
        if kind in _LISTS:
            ours, options = _LISTS[kind]
            return Assertion(kind=ours, value=_texts(value), options=dict(options), **common)
        if kind in _LIKENESS:
            return self._likeness(kind, value, node, common)
        if kind in _JUDGED:
            return self._judged(kind, value, node, common, made)
        if kind == "python":
            return self._python(value, node, common)
        make = _OTHERS.get(kind)
        if make is None:
            instead = _INSTEAD.get(kind, _OTHERWISE)
            self._carrying.leave(node, f"assert.{kind or '?'}", "has no counterpart here", instead)
            return None
        ours, plain, options = make(value, node)
        return Assertion(kind=ours, value=plain, options=options, **common)

    def _value(self, node: YamlNode, values: Mapping[str, Any], kind: str) -> Any:
        found = child(node, "value")
        if found is None:
            return None
        plain = found.plain()
        if isinstance(plain, str) and plain.startswith("file://"):
            name = plain.removeprefix("file://")
            if name.partition(":")[0].endswith((".js", ".mjs", ".cjs", ".ts", ".py", ".rb")):
                return plain
            parsed = name.endswith((".json", ".yaml", ".yml"))
            return self._source.tree(name).plain() if parsed else self._source.text(name)
        if kind in ("python", "javascript"):
            return plain
        return _filled(found.spelling if not isinstance(plain, dict | list | str) else plain, values)

    def _likeness(self, kind: str, value: Any, node: YamlNode, common: Plain) -> Assertion:
        ours, bound, usual = _LIKENESS[kind]
        threshold = number_at(node, "threshold")
        if ours == "similar":
            self._carrying.note(
                "`similar` compares by the embedder that is built in here: look at its thresholds before they gate."
            )
        if ours == "meteor":
            self._carrying.note(NO_SYNONYMS)
        to = [as_text(one) for one in value] if isinstance(value, list) else as_text(value)
        options = {"to": to, bound: usual if threshold is None else threshold}
        if ours == "levenshtein" and threshold is not None:
            options["max"] = int(threshold)
        return Assertion(kind=ours, options=options, **common)

    def _judged(self, kind: str, value: Any, node: YamlNode, common: Plain, made: Expected) -> Assertion | None:
        ours, key = _JUDGED[kind], f"assert.{kind}"
        grader = self.grader
        named = child(node, "provider")
        if named is not None:
            name = named.spelling if isinstance(named.value, str) else text_at(named, "id")
            grader = foreign_model(name, named, child(named, "config"), self._carrying) or grader
        if ours in ("llm-rubric", "g-eval") and not (as_text(value).strip() if value else ""):
            self._carrying.leave(node, key, "says no rubric", "write what a good answer shows as its value")
            return None
        if ours in NEEDS_REFERENCE:
            reference = as_text(value) if value is not None else ""
            if not reference or made.reference not in ("", reference):
                why = "needs a reference" if not reference else "has another reference than the one before it"
                self._carrying.leave(node, key, f"{why}, and a task has one", "a task of its own, with reference")
                return None
            made.reference = reference
        if ours in _RETRIEVED and self._carrying.judges is None:
            why = "judges what a Mission retrieves, and this one retrieves nothing yet"
            instead = "put the texts under knowledge, name retrieval.sources (docs/retrieval.md), and write it again"
            self._carrying.leave(node, key, why, instead)
            return None
        judge = judge_of(ours, grader, node, key, self._carrying)
        if judge is None:
            return None
        options: Plain = {} if judge == ours and ours in JUDGE_KINDS else {"judge": judge}
        threshold = number_at(node, "threshold")
        if threshold is not None:
            options["threshold"] = threshold
        text = " ".join(map(as_text, value)) if isinstance(value, list) else as_text(value) if value else None
        if ours in ("llm-rubric", "g-eval"):
            return Assertion(kind=ours, value=text, options=options, **common)
        if kind in ("factuality", "model-graded-factuality"):
            self._carrying.note(
                "`factuality` became `factual-correctness`, which counts claims (F1) where promptfoo asks a letter."
            )
        return Assertion(kind=ours, options=options, **common)

    def _python(self, value: Any, node: YamlNode, common: Plain) -> Assertion | None:
        text = as_text(value or "")
        function = ""
        if text.startswith("file://"):
            name, _, function = text.removeprefix("file://").partition(".py")
            code, stem = self._source.text(f"{name}.py"), slug(name.rpartition("/")[2])
        else:
            code, stem = as_function(text), f"line-{node.line}"
        file = python_file(code, stem, node, "assert.python", self._carrying)
        if file is None:
            return None
        options: Plain = {"code": code}
        threshold = number_at(node, "threshold")
        if threshold is not None:
            options["min"] = threshold
        return Assertion(kind="python", value=f"{file}{function}", options=options, **common)


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return filled(value, values)[0]
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if isinstance(value, dict):
        return {key: _filled(one, values) for key, one in value.items()}
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return [part.strip() for part in as_text(value or "").split(",") if part.strip()]


_Made = tuple[str, Any, Plain]


def _schema(kind: str) -> Callable[[Any, YamlNode], _Made]:
    return lambda value, node: (kind, None, {"schema": value} if isinstance(value, dict) else {})


def _xml(kind: str) -> Callable[[Any, YamlNode], _Made]:
    def make(value: Any, node: YamlNode) -> _Made:
        named = value.get("requiredElements", ()) if isinstance(value, dict) else value or ()
        elements = _texts(list(named) if not isinstance(named, str) else named)
        return kind, None, {"elements": elements} if elements else {}

    return make


def _sql(kind: str) -> Callable[[Any, YamlNode], _Made]:
    def make(value: Any, node: YamlNode) -> _Made:
        said = value if isinstance(value, dict) else {}
        options: Plain = {}
        if said.get("databaseType"):
            options["dialect"] = str(said["databaseType"]).lower()
        for theirs, ours in (("allowedTables", "tables"), ("allowedColumns", "columns")):
            if said.get(theirs):
                # Theirs are written select::schema::orders.
                options[ours] = sorted({name.rpartition("::")[2] for name in _texts(said[theirs])})
        return kind, None, options

    return make


def _words(value: Any, node: YamlNode) -> _Made:
    if isinstance(value, dict):
        return "word-count", None, {key: value[key] for key in ("min", "max") if key in value}
    text = str(value)
    return "word-count", int(text) if text.isdecimal() and len(text) < 10 else value, {}


def _latency(value: Any, node: YamlNode) -> _Made:
    threshold = number_at(node, "threshold")
    return "latency", None if threshold is None else f"{threshold:g}ms", {}


def _cost(value: Any, node: YamlNode) -> _Made:
    return "cost", number_at(node, "threshold"), {}


def _tool_used(value: Any, node: YamlNode) -> _Made:
    if isinstance(value, dict):
        options = {key: value[key] for key in ("name", "min", "max") if key in value}
        return "trajectory:tool-used", None, options | ({"name": value["pattern"]} if "pattern" in value else {})
    return "trajectory:tool-used", value, {}


def _sequence(value: Any, node: YamlNode) -> _Made:
    if isinstance(value, dict):
        return "trajectory:tool-sequence", None, {key: value[key] for key in ("steps", "mode") if key in value}
    return "trajectory:tool-sequence", value, {}


def _arguments(value: Any, node: YamlNode) -> _Made:
    said = value if isinstance(value, dict) else {}
    arguments = said.get("arguments", said.get("args"))
    options = {"name": said.get("name"), "arguments": arguments}
    if "mode" in said:
        options["mode"] = said["mode"]
    return "trajectory:tool-args-match", None, options


def _steps(value: Any, node: YamlNode) -> _Made:
    said = value if isinstance(value, dict) else {}
    options = {key: said[key] for key in ("min", "max") if key in said}
    if "pattern" in said:
        options["name"] = said["pattern"]
    return "trajectory:step-count", None, options


def _tool_f1(value: Any, node: YamlNode) -> _Made:
    threshold = number_at(node, "threshold")
    calls = _texts(value) if isinstance(value, str) else value
    return "tool-call-f1", None, {"calls": calls, **({} if threshold is None else {"min": threshold})}


_OTHERS: Final[dict[str, Callable[[Any, YamlNode], _Made]]] = {
    "is-json": _schema("is-json"),
    "contains-json": _schema("contains-json"),
    "is-xml": _xml("is-xml"),
    "contains-xml": _xml("contains-xml"),
    "is-html": lambda value, node: ("is-html", True, {}),
    "contains-html": lambda value, node: ("contains-html", True, {}),
    "is-sql": _sql("is-sql"),
    "contains-sql": _sql("contains-sql"),
    "is-refusal": lambda value, node: ("refuses", True, {}),
    "word-count": _words,
    "latency": _latency,
    "cost": _cost,
    "trajectory:tool-used": _tool_used,
    "trajectory:tool-sequence": _sequence,
    "trajectory:tool-args-match": _arguments,
    "trajectory:step-count": _steps,
    "tool-call-f1": _tool_f1,
}
