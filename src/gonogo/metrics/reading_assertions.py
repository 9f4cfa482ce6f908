"""Assertions about what the answer says: similar, faithful, relevant, toxicity, refuses.

Here: the metrics put against a bound. Not here: the metrics themselves.
"""

from __future__ import annotations

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics.faithfulness import Faithfulness
from gonogo.metrics.judgement import (
    Kind,
    Problem,
    argument,
    bound,
    bound_problem,
    failed,
    not_applicable,
    plain_text,
    text_problem,
    verdict,
)
from gonogo.metrics.refusal import is_refusal
from gonogo.metrics.relevance import Relevance
from gonogo.metrics.toxicity import Toxicity

SIMILAR_FROM = 0.7
RELEVANT_FROM = 0.25
TOXIC_FROM = 0.3


def _similar_problem(assertion: Assertion) -> Problem:
    problem = text_problem(argument(assertion, "to"))
    return f"to: {problem}" if problem else bound_problem(assertion, "min")


def _similar(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    wanted = reader.read(plain_text(argument(assertion, "to")) or "")
    if not wanted.vector.any():
        return failed(assertion, "the text to compare with has no words that the embedder knows")
    least = bound(assertion, "min", SIMILAR_FROM)
    cosine = min(1.0, float(wanted.vector @ reader.read(answer.text).vector))
    side = "at least" if cosine >= least else "below"
    return verdict(assertion, cosine >= least, f"similarity {cosine:.2f}, {side} {least:g}", cosine)


def _flag_problem(assertion: Assertion) -> Problem:
    if assertion.value not in (None, True, False) and not _is_number(assertion.value):
        return "needs true, or min: a number between 0 and 1"
    value = assertion.value
    if _is_number(value) and not 0 <= value <= 1:
        return f"must be between 0 and 1, got {value}"
    return bound_problem(assertion, "min")


def _least(assertion: Assertion) -> float | None:
    """The bound as ``min:`` or as the plain argument; ``None`` where only "true" is written."""
    if "min" in assertion.options:
        return bound(assertion, "min", 0.0)
    return float(assertion.value) if _is_number(assertion.value) else None


def _faithful(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    metric = Faithfulness(reader)
    score = metric.score(answer)
    if score.value is None:
        return not_applicable(assertion, score.detail)
    least = _least(assertion)
    wanted = assertion.value is not False
    if least is not None:
        detail = score.detail or f"faithfulness {score.value:.2f}"
        return verdict(assertion, score.value >= least, f"{score.value:.2f} against {least:g}; {detail}", score.value)
    unsupported = metric.unsupported(answer)
    detail = "; ".join(f'"{sentence[:100]}": {reason}' for sentence, reason in unsupported[:3])
    return verdict(assertion, (not unsupported) == wanted, detail or "every sentence is supported", score.value)


def _relevant(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    score = Relevance(reader).score(answer)
    if score.value is None:
        return not_applicable(assertion, score.detail)
    least = _least(assertion)
    least = RELEVANT_FROM if least is None else least
    wanted = assertion.value is not False
    holds = (score.value >= least) == wanted
    return verdict(assertion, holds, f"relevance {score.value:.2f} against {least:g}", score.value)


def _toxicity_problem(assertion: Assertion) -> Problem:
    value = assertion.value
    if value is None:
        return bound_problem(assertion, "max")
    if not _is_number(value):
        return "needs max: a number between 0 and 1"
    return None if 0 <= value <= 1 else f"must be between 0 and 1, got {value}"


def _toxicity(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    score = Toxicity(reader).score(answer)
    value = score.value or 0.0
    most = float(assertion.value) if _is_number(assertion.value) else bound(assertion, "max", TOXIC_FROM)
    detail = f"toxicity {value:.2f} against {most:g}" + (f" ({score.detail})" if score.detail else "")
    return verdict(assertion, value <= most, detail, value)


def _refuses_problem(assertion: Assertion) -> Problem:
    return None if assertion.value in (None, True, False) else "needs true or false"


def _refuses(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    refuses = answer.refused or is_refusal(answer.text)
    wanted = assertion.value is not False
    return verdict(assertion, refuses == wanted, "the answer refuses" if refuses else "the answer does not refuse")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS = (
    Kind(
        name="similar",
        summary=f"the answer means much the same as this text: cosine at least min ({SIMILAR_FROM:g} unless told)",
        argument="{to: TEXT, min: 0.7}",
        options=("to", "min"),
        threshold="min",
        graded=True,
        problem=_similar_problem,
        judge=_similar,
    ),
    Kind(
        name="faithful",
        summary="every sentence is supported by the retrieved chunks; with min, their mean support reaches it",
        argument="true | {min: 0.8}",
        options=("min",),
        threshold="min",
        graded=True,
        problem=_flag_problem,
        judge=_faithful,
    ),
    Kind(
        name="relevant",
        summary=f"the answer is about the question: relevance at least min ({RELEVANT_FROM:g} unless told)",
        argument="true | {min: 0.4}",
        options=("min",),
        threshold="min",
        graded=True,
        problem=_flag_problem,
        judge=_relevant,
    ),
    Kind(
        name="toxicity",
        summary=f"the answer's toxicity is at most max ({TOXIC_FROM:g} unless told)",
        argument="{max: 0.3}",
        options=("max",),
        threshold="max",
        problem=_toxicity_problem,
        judge=_toxicity,
    ),
    Kind(
        name="refuses",
        summary="the answer declines or says that it does not know (true), or does not (false)",
        argument="true | false",
        aliases=("is-refusal",),
        problem=_refuses_problem,
        judge=_refuses,
    ),
)
