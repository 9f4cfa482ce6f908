"""Judges of OpenAI Evals: graders that ask a model become judges and rubrics.

Here: score_model and label_model. Not here: graders that compute (``openai_graders``).

A judge here is shown question, answer and reference apart from its instructions; so the messages of a grader become a
rubric, and the places of the answer in it are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import Assertion
from gonogo.importing.carried import Carrying, Plain, slug
from gonogo.importing.conversations import content_of
from gonogo.importing.models import judge_of, pinned
from gonogo.importing.source import child, items, mapping_at, number_at, text_at, texts_at
from gonogo.importing.templates import filled, names_in

if TYPE_CHECKING:
    from gonogo.importing.openai_graders import Graded

ANSWER: Final = "[the answer that is judged]"
_KIND: Final = "llm-rubric"
_LARGEST: Final = 100


class OpenAIJudges:
    """Turns graders that ask a model; each becomes one judge of the Mission."""

    def __init__(self, carrying: Carrying) -> None:
        self._carrying = carrying
        self._names: dict[int, str | None] = {}
        self._whole: set[str] = set()

    def scored(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> Assertion | None:
        """score_model: grades on a scale of whole numbers, or pass and fail where its scale has none."""
        low, high = _range(grader)
        least = number_at(grader, "pass_threshold")
        whole = low.is_integer() and high.is_integer() and 0 <= low < high <= _LARGEST and (low, high) != (0, 1)
        if whole:
            options = {} if least is None else {"threshold": round(min(1.0, max(0.0, (least - low) / (high - low))), 6)}
            return self._asked(grader, values, weight, "", [int(low), int(high)], options)
        bound = (low + high) / 2 if least is None else least
        self._carrying.note(
            "Graders that score in fractions became judges that say pass or fail: pass where the score reaches the "
            "threshold."
        )
        ending = f"The answer passes where its score, from {low:g} to {high:g}, is at least {bound:g}."
        return self._asked(grader, values, weight, ending, None, {})

    def labelled(self, grader: YamlNode, values: Mapping[str, Any], weight: float, made: Graded) -> Assertion | None:
        """label_model: pass where the label is one of those that pass."""
        labels, passing = texts_at(grader, "labels"), texts_at(grader, "passing_labels")
        if not passing:
            self._carrying.leave(grader, _key(grader), "names no passing_labels", "write a rubric: docs/judges.md")
            return None
        ending = f"Choose one of the labels {', '.join(labels or passing)}. The answer passes where it is labelled "
        return self._asked(grader, values, weight, f"{ending}{' or '.join(passing)}.", None, {})

    def _asked(
        self, grader: YamlNode, values: Mapping[str, Any], weight: float, ending: str, scale: list[int] | None,
        options: Plain,
    ) -> Assertion | None:  # fmt: skip
        judge = self._judge(grader, scale, ending)
        if judge is None:
            return None
        if judge in self._whole:
            return Assertion(kind="judge", value=judge, options=options, weight=weight)
        rubric = _with(self._filled(grader, values), ending)
        named = {} if judge == _KIND else {"judge": judge}
        return Assertion(kind=_KIND, value=rubric, options={**named, **options}, weight=weight)

    def _judge(self, grader: YamlNode, scale: list[int] | None, ending: str) -> str | None:
        if id(grader) in self._names:
            return self._names[id(grader)]
        if ANSWER not in _template(grader):
            self._names[id(grader)] = None
            why = "its messages do not show the answer ({{ sample.output_text }}), so it judges the row"
            self._carrying.leave(grader, _key(grader), why, "write a rubric for the answer: docs/judges.md")
            return None
        model = text_at(grader, "model")
        asked = {"provider": "openai", "model": model} if model else None
        params = pinned(mapping_at(grader, "sampling_params"))
        more: Plain = {"params": params} if asked and params else {}
        more |= {"scale": scale} if scale else {}
        name = f"{slug(text_at(grader, 'name')) or 'grader'}-judge"
        made = judge_of(_KIND, asked, grader, _key(grader), self._carrying, name=name, more=more)
        self._names[id(grader)] = made
        if made is None:
            return None
        self._carrying.note(
            "Messages of graders became rubrics: a judge here sees question, answer and reference beside them, and "
            "replies in a form of its own. Label some answers before you believe it (docs/judges.md)."
        )
        mission, text = self._carrying.carried.mission, _template(grader)
        if mission is not None and not any(path.startswith("item") for path in names_in(text)):
            file = f"judges/{made}.md"
            self._carrying.carried.files[file] = _with(text, ending) + "\n"
            mission["judges"][made]["rubric"] = file
            self._whole.add(made)
        return made

    def _filled(self, grader: YamlNode, values: Mapping[str, Any]) -> str:
        text, missing = filled(_template(grader), values)
        for path in dict.fromkeys(missing):
            self._carrying.leave(
                grader, f"{_key(grader)}.{{{{{path}}}}}", "has no value in some rows", "write it there"
            )
        return text


def _template(grader: YamlNode) -> str:
    """What the messages of a grader say, with the places of the answer named."""
    texts: list[str] = []
    written = child(grader, "input")
    for message in items(written) if written is not None else ():
        content = child(message, "content") if isinstance(message.value, dict) else message
        plain = content.plain() if content is not None else ""
        texts.append(content_of([plain] if isinstance(plain, dict) else plain).strip())
    text = "\n\n".join(part for part in texts if part)
    return filled(text, {path: ANSWER for path in names_in(text) if path.startswith("sample.")}, whole=True)[0]


def _with(text: str, ending: str) -> str:
    return "\n\n".join(part for part in (text, ending) if part) or "The answer is good."


def _key(grader: YamlNode) -> str:
    return f"testing_criteria.{text_at(grader, 'name') or text_at(grader, 'type')}"


def _range(grader: YamlNode) -> tuple[float, float]:
    written = child(grader, "range")
    ends = [one.value for one in items(written)] if written is not None else []
    numbers = [float(end) for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    return (numbers[0], numbers[1]) if len(numbers) == 2 and numbers[0] < numbers[1] else (0.0, 1.0)
