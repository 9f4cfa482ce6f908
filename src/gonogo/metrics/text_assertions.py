"""Assertions about the answer's text as it stands: equals, contains, starts-with, ends-with, regex, word-count.

Here: their checks and judgements. Comparisons ignore case (but ``equals`` and ``regex``, and where ``case: true`` is
written), runs of blanks and the shape of quotation marks.
Not here: formats (``format_assertions``), likeness (``overlap_assertions``), meaning (``reading_assertions``).
"""

from __future__ import annotations

import json
import re

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics.judgement import Kind, Problem, count_problem, text_problem, texts, texts_problem, verdict
from gonogo.metrics.patterns import pattern_problem

LONGEST_MATCHED = 20_000
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


def comparable(text: str, *, case: bool = False) -> str:
    """The spelling that ``contains`` and its like compare: blanks single, quotation marks straight, case folded unless
    ``case`` counts."""
    straight = " ".join(text.translate(_QUOTES).split())
    return straight if case else " ".join(straight.casefold().split())


def _value_problem(assertion: Assertion) -> Problem:
    return text_problem(assertion.value) or _case_problem(assertion)


def _list_problem(assertion: Assertion) -> Problem:
    if not isinstance(assertion.value, (list, tuple)):
        return "needs a list of texts"
    return texts_problem(assertion.value) or _case_problem(assertion)


def _case_problem(assertion: Assertion) -> Problem:
    case = assertion.options.get("case", False)
    return None if isinstance(case, bool) else f"case must be true or false, got {case!r}"


def _equals_problem(assertion: Assertion) -> Problem:
    return None if isinstance(assertion.value, (dict, list)) else text_problem(assertion.value)


def _equals(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if isinstance(assertion.value, (dict, list)):
        return _equals_json(assertion, answer)
    wanted = " ".join(texts(assertion.value)[0].split())
    holds = " ".join(answer.text.split()) == wanted
    return verdict(assertion, holds, f"the answer is {'' if assertion.negate else 'not '}{wanted[:80]!r}")


def _equals_json(assertion: Assertion, answer: Answer) -> Score:
    try:
        document = json.loads(answer.text)
    except (ValueError, RecursionError):
        return verdict(assertion, False, "the answer is no JSON")
    return verdict(assertion, document == assertion.value, f"the answer is {json.dumps(document)[:120]}")


def _wanted(assertion: Assertion, answer: Answer) -> tuple[str, list[tuple[str, str]]]:
    """The answer and each text looked for (as written, as compared)."""
    case = assertion.options.get("case", False)
    pairs = [(text, comparable(text, case=case)) for text in texts(assertion.value)]
    return comparable(answer.text, case=case), pairs


def _contains(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text, pairs = _wanted(assertion, answer)
    missing = [written for written, wanted in pairs if wanted not in text]
    detail = f"missing: {_shown(missing)}" if missing else f"found: {_shown(texts(assertion.value))}"
    return verdict(assertion, not missing, detail)


def _contains_any(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text, pairs = _wanted(assertion, answer)
    found = [written for written, wanted in pairs if wanted in text]
    detail = f"found: {_shown(found)}" if found else f"none of {_shown(texts(assertion.value))}"
    return verdict(assertion, bool(found), detail)


def _starts_with(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text, pairs = _wanted(assertion, answer)
    holds = text.startswith(pairs[0][1])
    return verdict(assertion, holds, f"the answer starts with {' '.join(answer.text.split())[:60]!r}")


def _ends_with(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text, pairs = _wanted(assertion, answer)
    holds = text.endswith(pairs[0][1])
    return verdict(assertion, holds, f"the answer ends with {' '.join(answer.text.split())[-60:]!r}")


def _words_problem(assertion: Assertion) -> Problem:
    if assertion.value is None and not assertion.options:
        return "needs a number of words, or min and max"
    if assertion.value is not None and (type(assertion.value) is not int or assertion.value < 0):
        return f"needs a whole number of words, got {assertion.value!r}"
    if assertion.value is not None and assertion.options:
        return "takes a number, or min and max, not both"
    return count_problem(assertion, "min") or count_problem(assertion, "max")


def _word_count(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    words = len(answer.text.split())
    least = assertion.options.get("min", assertion.value or 0)
    most = assertion.options.get("max", assertion.value)
    holds = words >= least and (most is None or words <= most)
    wanted = f"at least {least}" if most is None else f"{most}" if least == most else f"{least} to {most}"
    return verdict(assertion, holds, f"{words} words, expected {wanted}", float(words))


def _regex_problem(assertion: Assertion) -> Problem:
    return text_problem(assertion.value) or pattern_problem(texts(assertion.value)[0])


def _regex(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    pattern = texts(assertion.value)[0]
    found = re.search(pattern, answer.text[:LONGEST_MATCHED])
    cut = f" in the first {LONGEST_MATCHED} characters" if len(answer.text) > LONGEST_MATCHED else ""
    detail = f"matches {found.group()[:60]!r}" if found else f"nothing matches {pattern[:80]!r}{cut}"
    return verdict(assertion, found is not None, detail)


def _shown(texts: list[str]) -> str:
    return ", ".join(repr(text[:60]) for text in texts[:5])


KINDS = (
    Kind(
        name="equals",
        summary="the answer is exactly this text, runs of blanks aside; or JSON equal to this mapping or list",
        argument="TEXT | {...} | [...]",
        problem=_equals_problem,
        judge=_equals,
    ),
    Kind(
        name="contains",
        summary="the answer contains this text, whatever its case",
        argument="TEXT",
        options=("case",),
        aliases=("icontains",),
        problem=_value_problem,
        judge=_contains,
    ),
    Kind(
        name="contains-any",
        summary="the answer contains at least one of these texts, whatever its case",
        argument="[TEXT, ...]",
        options=("case",),
        aliases=("icontains-any",),
        problem=_list_problem,
        judge=_contains_any,
    ),
    Kind(
        name="contains-all",
        summary="the answer contains all of these texts, whatever their case",
        argument="[TEXT, ...]",
        options=("case",),
        aliases=("icontains-all",),
        problem=_list_problem,
        judge=_contains,
    ),
    Kind(
        name="starts-with",
        summary="the answer starts with this text, whatever its case",
        argument="TEXT",
        options=("case",),
        problem=_value_problem,
        judge=_starts_with,
    ),
    Kind(
        name="ends-with",
        summary="the answer ends with this text, whatever its case",
        argument="TEXT",
        options=("case",),
        problem=_value_problem,
        judge=_ends_with,
    ),
    Kind(
        name="regex",
        summary=f"this regular expression is found in the answer's first {LONGEST_MATCHED} characters",
        argument="PATTERN",
        problem=_regex_problem,
        judge=_regex,
    ),
    Kind(
        name="word-count",
        summary="the answer has this many words, or min to max of them",
        argument="NUMBER | {min: 5, max: 80}",
        options=("min", "max"),
        problem=_words_problem,
        judge=_word_count,
    ),
)
