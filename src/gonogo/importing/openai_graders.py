"""Graders of OpenAI Evals: ``testing_criteria`` to assertions of golden tasks.

Here: string_check, text_similarity, multi, and what is left of python. Not here: graders that ask a model
(``openai_judges``), rows and templates (``openai_evals``).

A grader's templates are filled with each row; the answer must be compared whole: what a template makes of a part of it
cannot be carried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import Assertion
from gonogo.importing.carried import Carrying, Plain, Written, slug
from gonogo.importing.expected import NO_SYNONYMS
from gonogo.importing.openai_judges import OpenAIJudges
from gonogo.importing.secrets import looks_like_key
from gonogo.importing.source import child, items, mapping_at, number_at, text_at
from gonogo.importing.templates import filled, names_in

ANSWERS: Final = frozenset({"sample.output_text", "sample.choices[0].message.content"})
"""Paths that are the whole answer."""
_CHECKS: Final[dict[str, tuple[str, bool, Plain]]] = {
    "eq": ("equals", False, {}),
    "ne": ("equals", True, {}),
    "like": ("contains", False, {"case": True}),
    "ilike": ("icontains", False, {}),
}
_LIKENESS: Final[dict[str, tuple[str, Plain]]] = {
    "bleu": ("bleu", {}),
    "gleu": ("gleu", {}),
    "meteor": ("meteor", {}),
    "cosine": ("similar", {}),
    "rouge_1": ("rouge-n", {}),
    "rouge_2": ("rouge-n", {"n": 2}),
    "rouge_3": ("rouge-n", {"n": 3}),
    "rouge_4": ("rouge-n", {"n": 4}),
    "rouge_l": ("rouge-n", {"n": "L"}),
}
_USUAL: Final = 0.5
"""The threshold where a grader names none."""
_TERM: Final = re.compile(r"\s*(?:(\d+(?:\.\d+)?)\s*\*\s*)?([A-Za-z_]\w*)(?:\s*\*\s*(\d+(?:\.\d+)?))?\s*")
_SUM: Final = re.compile(r"\s*\(?([^()]+?)\)?\s*(?:/\s*(\d+(?:\.\d+)?)\s*)?")


@dataclass(slots=True)
class Graded:
    """What the graders ask of one row's answer; ``reference`` and ``threshold`` where they said one."""

    expect: list[Written] = field(default_factory=list)
    reference: str = ""
    threshold: float | None = None


class OpenAIGraders:
    """Turns the graders of one eval.

    Args:
        graders: its ``testing_criteria``.
    """

    def __init__(self, graders: tuple[YamlNode, ...], carrying: Carrying) -> None:
        self._graders, self._carrying = graders, carrying
        self._judges = OpenAIJudges(carrying)
        self._kinds: dict[str, Callable[[YamlNode, Mapping[str, Any], float, Graded], Assertion | None]] = {
            "string_check": self._checked,
            "text_similarity": self._likened,
            "score_model": self._judges.scored,
            "label_model": self._judges.labelled,
            "python": self._python,
        }

    def references(self) -> frozenset[str]:
        """Keys of rows that graders compare answers with."""
        texts = [text_at(grader, key) for grader in self._graders for key in ("reference", "input")]
        return frozenset(path.split(".")[1] for text in texts for path in names_in(text) if path.startswith("item."))

    def expected(self, item: Mapping[str, Any]) -> Graded:
        """All graders, with one row filled into their templates."""
        made, values = Graded(), {"item": item}
        for grader in self._graders:
            if text_at(grader, "type") == "multi":
                self._multi(grader, values, made)
            else:
                self._one(grader, values, 1.0, made)
        return made

    def _one(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> None:
        kind = text_at(grader, "type")
        make = self._kinds.get(kind)
        if make is None:
            self._carrying.leave(grader, named(grader), f"{kind or 'a grader without a type'} is not known", _BY_HAND)
            return
        assertion = make(grader, values, weight, made)
        if assertion is not None:
            made.expect += self._carrying.take(assertion, grader, named(grader))

    def _checked(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> Assertion | None:
        operation = text_at(grader, "operation")
        if operation not in _CHECKS:
            self._carrying.leave(grader, named(grader), f"the operation {operation!r} is not known", _BY_HAND)
            return None
        kind, negate, options = _CHECKS[operation]
        reference = self._reference(grader, values, swap=operation in ("eq", "ne"))
        if reference is None:
            return None
        if operation == "eq" and not made.reference:
            made.reference = reference
        return Assertion(kind=kind, value=reference, options=dict(options), negate=negate, weight=weight)

    def _likened(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> Assertion | None:
        metric = text_at(grader, "evaluation_metric")
        reference = self._reference(grader, values, swap=True)
        if reference is None:
            return None
        made.reference = made.reference or reference
        least = number_at(grader, "pass_threshold")
        least = _USUAL if least is None else least
        if metric == "fuzzy_match":
            self._carrying.note(
                "`fuzzy_match` became `levenshtein`: as many edits as the threshold leaves of the reference's length. "
                "Look at it before it gates."
            )
            most = max(0, int((1 - least) * len(reference)))
            return Assertion(kind="levenshtein", options={"to": reference, "max": most}, weight=weight)
        if metric not in _LIKENESS:
            self._carrying.leave(grader, named(grader), f"{metric or 'no metric'} is not computed here", _LIKE_IT)
            return None
        if metric == "meteor":
            self._carrying.note(NO_SYNONYMS)
        if metric == "cosine":
            self._carrying.note(
                "`cosine` became `similar`, by the embedder that is built in here: look at its threshold first."
            )
        kind, options = _LIKENESS[metric]
        return Assertion(kind=kind, options={"to": reference, **options, "min": least}, weight=weight)

    def _reference(self, grader: YamlNode, values: Mapping[str, Any], *, swap: bool) -> str | None:
        """What the whole answer is compared with; ``None``, and left, where only a part of it is."""
        sides = [text_at(grader, key) for key in ("input", "reference")]
        answer = [is_answer(side) for side in sides]
        if answer == [False, True] and swap:
            sides.reverse()
        elif answer != [True, False]:
            why = "does not compare the whole answer ({{ sample.output_text }}) with a text of the row"
            self._carrying.leave(grader, named(grader), why, _BY_HAND)
            return None
        text, missing = filled(sides[1], values)
        if missing or not text.strip():
            lacks = missing[0] if missing else "its reference"
            self._carrying.leave(
                grader, named(grader), f"{lacks} has no value in some rows", "write it into those tasks"
            )
            return None
        return text

    def _python(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> Assertion | None:
        """Left, with its source as a text beside the Mission: the service that kept it goes away."""
        source = child(grader, "source")
        code = source.spelling if source is not None else ""
        why = "grade(sample, item) is called otherwise than get_assert(output, context), and nothing of it was run"
        where = f"graders/{slug(text_at(grader, 'name')) or 'grader'}.py.txt"
        if looks_like_key(code):
            why, where = "holds what looks like a key, and a key is never written into a Mission, nor shown", ""
        elif code:
            self._carrying.carried.files[where] = code
        kept = f"its source stands in {where}: " if where else ""
        self._carrying.leave(grader, named(grader), why, f"{kept}write checks/NAME.py (docs/mission.md)")
        return None

    def _multi(self, grader: YamlNode, values: Mapping[str, Any], made: Graded) -> None:
        inside = child(grader, "graders")
        named_graders = mapping_at(grader, "graders")
        if inside is not None and text_at(inside, "type"):
            named_graders = {text_at(inside, "name") or "grader": inside}
        elif inside is not None and not named_graders:
            named_graders = {text_at(one, "name") or f"grader_{at}": one for at, one in enumerate(items(inside))}
        weights = _weights(text_at(grader, "calculate_output"), set(named_graders))
        alone = len(self._graders) == 1
        if weights is None or not alone:
            why = "its formula is no weighted sum" if weights is None else "its formula stands beside other graders"
            instead = "its graders were carried and must all hold; weight and threshold of a task can weigh them"
            self._carrying.leave(grader, f"{named(grader)}.calculate_output", why, instead)
            weights = None
        for name, one in named_graders.items():
            self._one(one, values, 1.0 if weights is None else weights[name], made)
        if weights is not None:
            least = number_at(grader, "pass_threshold")
            made.threshold = _USUAL if least is None else least


_BY_HAND: Final = "write the assertion by hand: docs/mission.md lists every kind"
_LIKE_IT: Final = "rouge-n, bleu, gleu or llm-rubric"


def named(grader: YamlNode) -> str:
    """How a grader is called in a list."""
    return f"testing_criteria.{text_at(grader, 'name') or text_at(grader, 'type') or '?'}"


def is_answer(template: str) -> bool:
    """Whether a template is the whole answer and nothing else."""
    names = names_in(template)
    return len(names) == 1 and names[0] in ANSWERS and filled(template.strip(), {names[0]: ""}, whole=True)[0] == ""


def _weights(formula: str, names: set[str]) -> dict[str, float] | None:
    """The weight of each grader in a sum such as ``0.7 * a + 0.3 * b`` or ``(a + b) / 2``; else ``None``."""
    whole = _SUM.fullmatch(formula)
    if whole is None:
        return None
    divisor = float(whole[2]) if whole[2] else 1.0
    found: dict[str, float] = {}
    for part in whole[1].split("+"):
        term = _TERM.fullmatch(part)
        if term is None or term[2] in found or (term[1] and term[3]) or not divisor:
            return None
        found[term[2]] = float(term[1] or term[3] or 1) / divisor
    return found if set(found) == names and any(found.values()) else None
