"""Assertions about likeness to a reference text: levenshtein, rouge-n, bleu, gleu, meteor.

Here: their checks and bounds. Not here: the formulas (``overlap``, ``meteor``), likeness in meaning
(``reading_assertions``).
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics import overlap
from gonogo.metrics.judgement import (
    Kind,
    Problem,
    argument,
    bound,
    bound_problem,
    count_problem,
    failed,
    texts,
    texts_problem,
    verdict,
)
from gonogo.metrics.meteor import meteor

LONGEST = 20_000
EDITS = 5
ROUGE_FROM = 0.75
BLEU_FROM = 0.5
_ORDERS = (1, 2, 3, 4, "L")
_Judge = Callable[[Assertion, Answer, TextReader], Score]


def _distance_problem(assertion: Assertion) -> Problem:
    problem = texts_problem(argument(assertion, "to"))
    return f"to: {problem}" if problem else count_problem(assertion, "max")


def _levenshtein(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST:
        return failed(assertion, f"the answer has over {LONGEST} characters and was not compared")
    references = texts(argument(assertion, "to"))
    distance = min(overlap.levenshtein(reference[:LONGEST], answer.text) for reference in references)
    most = assertion.options.get("max", EDITS)
    return verdict(assertion, distance <= most, f"{distance} edits away, the limit is {most}", float(distance))


def _likeness_problem(assertion: Assertion) -> Problem:
    problem = texts_problem(argument(assertion, "to"))
    if problem:
        return f"to: {problem}"
    order = assertion.options.get("n", 1)
    if isinstance(order, bool) or order not in _ORDERS:
        return f"n must be one of 1, 2, 3, 4, L, got {order!r}"
    return bound_problem(assertion, "min")


def _rouge(text: str, references: list[str], assertion: Assertion) -> float:
    order = assertion.options.get("n", 1)
    if order == "L":
        return max(overlap.rouge_l(text, reference) for reference in references)
    return max(overlap.rouge_n(text, reference, order) for reference in references)


def _bleu(text: str, references: list[str], _: Assertion) -> float:
    return overlap.bleu(text, references)


def _gleu(text: str, references: list[str], _: Assertion) -> float:
    return overlap.gleu(text, references)


def _meteor(text: str, references: list[str], _: Assertion) -> float:
    return meteor(text, references)


def _at_least(name: str, measure: Callable[[str, list[str], Assertion], float], default: float) -> _Judge:
    def judge(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
        if len(answer.text) > LONGEST:
            return failed(assertion, f"the answer has over {LONGEST} characters and was not compared")
        references = [reference[:LONGEST] for reference in texts(argument(assertion, "to"))]
        value = measure(answer.text, references, assertion)
        least = bound(assertion, "min", default)
        return verdict(assertion, value >= least, f"{name} {value:.2f} against {least:g}", value)

    return judge


KINDS = (
    Kind(
        name="levenshtein",
        summary=f"at most max ({EDITS} unless told) edits of characters lead from this text to the answer",
        argument="{to: TEXT, max: 5}",
        options=("to", "max"),
        threshold="max",
        problem=_distance_problem,
        judge=_levenshtein,
    ),
    Kind(
        name="rouge-n",
        summary=f"ROUGE-N as F1 against this text is at least min ({ROUGE_FROM:g} unless told); n is 1 to 4, or L",
        argument="{to: TEXT | [TEXT, ...], n: 1, min: 0.75}",
        options=("to", "n", "min"),
        threshold="min",
        graded=True,
        problem=_likeness_problem,
        judge=_at_least("ROUGE", _rouge, ROUGE_FROM),
    ),
    Kind(
        name="bleu",
        summary=f"sentence BLEU against these texts, 0 to 1, is at least min ({BLEU_FROM:g} unless told)",
        argument="{to: TEXT | [TEXT, ...], min: 0.5}",
        options=("to", "min"),
        threshold="min",
        graded=True,
        problem=_likeness_problem,
        judge=_at_least("BLEU", _bleu, BLEU_FROM),
    ),
    Kind(
        name="gleu",
        summary=f"sentence GLEU against these texts, 0 to 1, is at least min ({BLEU_FROM:g} unless told)",
        argument="{to: TEXT | [TEXT, ...], min: 0.5}",
        options=("to", "min"),
        threshold="min",
        graded=True,
        problem=_likeness_problem,
        judge=_at_least("GLEU", _gleu, BLEU_FROM),
    ),
    Kind(
        name="meteor",
        summary=f"METEOR by spelling and stems, without synonyms, is at least min ({BLEU_FROM:g} unless told)",
        argument="{to: TEXT | [TEXT, ...], min: 0.5}",
        options=("to", "min"),
        threshold="min",
        graded=True,
        problem=_likeness_problem,
        judge=_at_least("METEOR", _meteor, BLEU_FROM),
    ),
)
