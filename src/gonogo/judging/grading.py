"""Grading: an answer judged by a text - llm-rubric, g-eval, pairwise.

Here: what each asks and how its reply becomes a value. Not here: metrics that count statements (``claims``).
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from gonogo.contracts.judges import JudgedCase
from gonogo.domain import FIRST_TWICE, SECOND_TWICE, Json, Judge
from gonogo.judging import prompts
from gonogo.judging.asking import Asker, Bill, Question, Said
from gonogo.judging.blocks import marked
from gonogo.judging.measures import expected_grade, unit
from gonogo.judging.replies import flag_of, grade_of, text_of, word_of

Found = tuple[float, str]
"""(value 0..1, why)."""

_GRADE = re.compile(r'"score"\s*:\s*"?(?=\d)')


async def rubric(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Pass or fail, or a grade on the judge's scale, by the rubric."""
    text, user = case.rubric or spec.rubric, marked(_said(case))
    if spec.binary:
        question = Question(system=prompts.told(prompts.RUBRIC_PASS, rubric=text), user=user)
        (passed, why), _ = await asker.ask(question, _pass, bill)
        return float(passed), why
    question = Question(system=prompts.told(_scaled(prompts.RUBRIC_GRADE, spec), rubric=text), user=user)
    (grade, why), _ = await asker.ask(question, _grade(spec), bill)
    return unit(grade, spec.scale), why


async def g_eval(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """The grade expected over the likely tokens where the provider tells them, else the grade that was written."""
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(spec.steps, start=1))
    system = prompts.told(_scaled(prompts.G_EVAL, spec), criteria=case.rubric or spec.rubric, steps=steps)
    question = Question(system=system, user=marked(_said(case)))
    (grade, why), said = await asker.ask(question, _grade(spec), bill, logprobs=True)
    expected = expected_grade(likely_grades(said), spec.scale)
    return unit(grade if expected is None else expected, spec.scale), why


async def pairwise(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """1 where the answer is preferred to the reference in both orders, 0 where the reference is, else 0.5."""
    forward, backward = await asyncio.gather(
        _prefers(spec, case, asker, bill, answer_first=True), _prefers(spec, case, asker, bill, answer_first=False)
    )
    (ours, why), (theirs, _) = forward, backward
    if ours == "first" and theirs == "second":
        return 1.0, why
    if ours == "second" and theirs == "first":
        return 0.0, why
    if ours == theirs != "tie":
        return 0.5, FIRST_TWICE if ours == "first" else SECOND_TWICE
    return 0.5, why


async def _prefers(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill, *, answer_first: bool) -> tuple[str, str]:
    first, second = (case.answer, case.reference) if answer_first else (case.reference, case.answer)
    criteria = case.rubric or spec.rubric or prompts.PAIRWISE_CRITERIA
    parts = {
        "question": case.question,
        "first answer": first or "(no answer)",
        "second answer": second,
    }
    question = Question(system=prompts.told(prompts.PAIRWISE, criteria=criteria), user=marked(parts))
    found, _ = await asker.ask(question, _better, bill)
    return found


def likely_grades(said: Said) -> dict[str, float]:
    """Log probability by token at the place of the grade; empty where the provider told none."""
    text = "".join(str(item.get("token", "")) for item in said.tokens)
    places = list(_GRADE.finditer(text))
    if not places:
        return {}
    place, at = places[-1].end(), 0
    for item in said.tokens:
        at += len(str(item.get("token", "")))
        if at > place:
            return _likely(item)
    return {}


def _likely(item: Json) -> dict[str, float]:
    top = item.get("top_logprobs")
    found: dict[str, float] = {}
    for one in top if isinstance(top, list) else ():
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if isinstance(token, str) and isinstance(logprob, int | float):
            found[token] = float(logprob)
    return found


def _said(case: JudgedCase) -> dict[str, str]:
    return {"question": case.question, "reference": case.reference, "answer": case.answer or "(no answer)"}


def _scaled(system: str, spec: Judge) -> str:
    low, high = spec.scale
    return system.replace("LOWEST", str(low)).replace("HIGHEST", str(high))


def _pass(found: dict[str, Any]) -> tuple[bool, str]:
    return flag_of(found, "pass"), text_of(found, "reason")


def _grade(spec: Judge) -> Any:
    def read(found: dict[str, Any]) -> tuple[int, str]:
        return grade_of(found, "score", spec.scale), text_of(found, "reason")

    return read


def _better(found: dict[str, Any]) -> tuple[str, str]:
    return word_of(found, "better", ("first", "second", "tie")), text_of(found, "reason")
