"""Judged assertions: kinds that a model is asked for.

Here: how they are written, and that they say nothing by themselves: whoever runs golden tasks asks the judge.
Not here: judges (``judging``), which judge is meant (``domain.judge``).
"""

from __future__ import annotations

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import BY_NAME, GRADING, JUDGE_KINDS, Assertion, JudgeKind, Score
from gonogo.metrics.judgement import Kind, Problem, bound_problem, not_applicable, text_problem

ASKED_LATER = "a judge is asked for it when golden tasks are evaluated"


def _asked_later(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    return not_applicable(assertion, ASKED_LATER)


def _by_name_problem(assertion: Assertion) -> Problem:
    if not isinstance(assertion.value, str) or not assertion.value.strip():
        return "needs the name of a judge under judges"
    if "rubric" in assertion.options and (problem := text_problem(assertion.options["rubric"])):
        return f"rubric {problem}"
    return bound_problem(assertion, "threshold")


def _text_problem(assertion: Assertion) -> Problem:
    value = assertion.value
    return (text_problem(value) if value is not None else None) or _options_problem(assertion)


def _bound_problem(assertion: Assertion) -> Problem:
    value = assertion.value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and 0 <= value <= 1):
        return f"needs a number between 0 and 1, got {value!r}"
    return _options_problem(assertion)


def _options_problem(assertion: Assertion) -> Problem:
    name = assertion.options.get(BY_NAME, "x")
    if not isinstance(name, str) or not name.strip():
        return "judge must be the name of a judge under judges"
    return bound_problem(assertion, "threshold")


SUMMARIES: dict[JudgeKind, tuple[str, str]] = {
    "llm-rubric": ("a judge finds that the answer passes by this rubric", '"Names the time limit."'),
    "g-eval": ("a judge's grade by these criteria reaches the threshold", '"Coherent and complete."'),
    "pairwise": ("a judge prefers the answer to the task's reference, or finds none better", '"The more exact one."'),
    "context-faithfulness": ("the chunks support this share of the answer's statements", "0.8"),
    "answer-relevancy": ("the answer answers the question that was asked, by this cosine", "0.7"),
    "context-precision": ("useful chunks stand first, by this average precision", "0.7"),
    "context-recall": ("the chunks hold this share of the reference's statements", "0.8"),
    "factual-correctness": ("claims of answer and reference agree by this F1", "0.7"),
    "noise-sensitivity": ("at most this share of the statements is wrong by the chunks' fault", "0.1"),
}
KINDS: tuple[Kind, ...] = (
    Kind(
        name=BY_NAME,
        summary="a judge of the Mission passes the answer; rubric and threshold in place of its own",
        argument="helpful",
        options=("rubric", "threshold"),
        problem=_by_name_problem,
        judge=_asked_later,
    ),
    *(
        Kind(
            name=name,
            summary=SUMMARIES[name][0],
            argument=SUMMARIES[name][1],
            options=(BY_NAME, "threshold"),
            problem=_text_problem if name in GRADING else _bound_problem,
            judge=_asked_later,
        )
        for name in JUDGE_KINDS
    ),
)
