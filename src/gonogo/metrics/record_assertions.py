"""Assertions about what is recorded with the answer: cites, finish-reason, latency, cost.

Here: their checks and judgements. What was not recorded is not applicable, never 0.
Not here: calls of tools (``tool_assertions``), measuring latency and cost (``pipeline``, ``providers``).
"""

from __future__ import annotations

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics.judgement import (
    Kind,
    Problem,
    argument,
    not_applicable,
    plain_text,
    seconds,
    text_problem,
    texts,
    texts_problem,
    verdict,
)


def _cites_problem(assertion: Assertion) -> Problem:
    wanted = argument(assertion, "source")
    if isinstance(wanted, (list, tuple)):
        problems = [text_problem(source) for source in wanted] or ["needs a source path"]
        return next((problem for problem in problems if problem), None)
    problem = text_problem(wanted)
    return "needs a source path, such as refunds.md or refunds.md#returns" if problem == "needs a text" else problem


def _cites(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    wanted = argument(assertion, "source")
    sources = [plain_text(source) or "" for source in (wanted if isinstance(wanted, (list, tuple)) else (wanted,))]
    missing = [source for source in sources if not _is_cited(source, answer)]
    cited = ", ".join(answer.citations[:5]) or "nothing"
    detail = f"does not cite {', '.join(missing)}; it cites {cited}" if missing else f"cites {', '.join(sources)}"
    return verdict(assertion, not missing, detail)


def _is_cited(source: str, answer: Answer) -> bool:
    """Whether a citation or the text names the source. Without "#heading", any heading of the page will do; a file
    name without folders stands for any file of that name."""
    wanted = source.strip().strip("/").lower()
    if wanted in answer.text.lower():
        return True
    return any(is_same_source(wanted, citation.strip().strip("/").lower()) for citation in answer.citations)


def is_same_source(wanted: str, cited: str) -> bool:
    """Whether a citation, "page" or "page#heading", is of the wanted source; both in lower case."""
    wanted_page, _, wanted_heading = wanted.partition("#")
    cited_page, _, cited_heading = cited.partition("#")
    same_page = cited_page == wanted_page or cited_page.endswith(f"/{wanted_page}")
    return same_page and (not wanted_heading or wanted_heading == cited_heading)


FINISH_REASONS = ("stop", "length", "content_filter", "tool_calls", "function_call")


def _finish_problem(assertion: Assertion) -> Problem:
    problem = texts_problem(assertion.value)
    if problem:
        return problem
    unknown = [reason for reason in texts(assertion.value) if reason not in FINISH_REASONS]
    return f"must be one of {', '.join(FINISH_REASONS)}, got {unknown[0]!r}" if unknown else None


def _finish(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if answer.finish_reason is None:
        return not_applicable(assertion, "no finish reason was recorded")
    holds = answer.finish_reason in texts(assertion.value)
    return verdict(assertion, holds, f"it ended with {answer.finish_reason!r}")


def _latency_problem(assertion: Assertion) -> Problem:
    if seconds(argument(assertion, "max")) is not None:
        return None
    return f"needs a time such as 3s or 500ms, got {argument(assertion, 'max')!r}"


def _latency(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if answer.latency is None:
        return not_applicable(assertion, "the latency was not recorded")
    most = seconds(argument(assertion, "max")) or 0.0
    detail = f"took {answer.latency:.3g} s, the limit is {most:g} s"
    return verdict(assertion, answer.latency <= most, detail, answer.latency)


def _cost_problem(assertion: Assertion) -> Problem:
    most = argument(assertion, "max")
    if isinstance(most, (int, float)) and not isinstance(most, bool) and most >= 0:
        return None
    return f"needs dollars, such as 0.004, got {most!r}"


def _cost(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if answer.cost is None:
        return not_applicable(assertion, "the cost is unknown: no price is known for the model")
    most = argument(assertion, "max")
    limit = float(most) if isinstance(most, (int, float)) else 0.0
    detail = f"cost ${answer.cost:.6f}, the limit is ${limit:g}"
    return verdict(assertion, answer.cost <= limit, detail, answer.cost)


KINDS = (
    Kind(
        name="cites",
        summary="a citation or the answer's text names this source; without #heading any part of the page",
        argument="PATH | PATH#heading | [PATH, ...]",
        options=("source",),
        problem=_cites_problem,
        judge=_cites,
    ),
    Kind(
        name="finish-reason",
        summary="the model ended for this reason (or one of these); not applicable where none was recorded",
        argument=" | ".join(FINISH_REASONS),
        problem=_finish_problem,
        judge=_finish,
    ),
    Kind(
        name="latency",
        summary="the answer took at most this long; not applicable where it was not measured",
        argument="3s | {max: 500ms}",
        options=("max",),
        problem=_latency_problem,
        judge=_latency,
    ),
    Kind(
        name="cost",
        summary="the answer cost at most this many dollars; not applicable where the price is unknown",
        argument="0.004 | {max: 0.004}",
        options=("max",),
        threshold="max",
        problem=_cost_problem,
        judge=_cost,
    ),
)
