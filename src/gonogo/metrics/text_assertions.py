"""Assertions about the answer's text as it stands: equals, contains, starts-with, regex, json-schema.

Here: their checks and judgements. Comparisons ignore case (but ``equals`` and ``regex``), runs of blanks and the
shape of quotation marks. Not here: meaning (``reading_assertions``).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import NoReturn

import jsonschema_rs

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics.judgement import Kind, Problem, argument, failed, plain_text, text_problem, verdict
from gonogo.metrics.patterns import pattern_problem

LONGEST_MATCHED = 20_000
LONGEST_JSON = 1_000_000
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
_FENCED = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


def comparable(text: str) -> str:
    """The spelling that ``contains`` and its like compare: case folded, blanks single, quotation marks straight."""
    return " ".join(text.translate(_QUOTES).casefold().split())


def _value_problem(assertion: Assertion) -> Problem:
    return text_problem(assertion.value)


def _list_problem(assertion: Assertion) -> Problem:
    values = assertion.value
    if not isinstance(values, (list, tuple)):
        return "needs a list of texts"
    if not values:
        return "needs a list with at least one text"
    problems = (text_problem(value) for value in values)
    return next((f"item {place}: {problem}" for place, problem in enumerate(problems, 1) if problem), None)


def _texts(assertion: Assertion) -> list[str]:
    values = assertion.value if isinstance(assertion.value, (list, tuple)) else (assertion.value,)
    return [plain_text(value) or "" for value in values]


def _equals(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    wanted = " ".join(_texts(assertion)[0].split())
    holds = " ".join(answer.text.split()) == wanted
    return verdict(assertion, holds, f"the answer is {'' if assertion.negate else 'not '}{wanted[:80]!r}")


def _contains(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text = comparable(answer.text)
    missing = [wanted for wanted in _texts(assertion) if comparable(wanted) not in text]
    detail = f"missing: {_shown(missing)}" if missing else f"found: {_shown(_texts(assertion))}"
    return verdict(assertion, not missing, detail)


def _contains_any(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    text = comparable(answer.text)
    found = [wanted for wanted in _texts(assertion) if comparable(wanted) in text]
    return verdict(
        assertion, bool(found), f"found: {_shown(found)}" if found else f"none of {_shown(_texts(assertion))}"
    )


def _starts_with(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    holds = comparable(answer.text).startswith(comparable(_texts(assertion)[0]))
    return verdict(assertion, holds, f"the answer starts with {' '.join(answer.text.split())[:60]!r}")


def _regex_problem(assertion: Assertion) -> Problem:
    return text_problem(assertion.value) or pattern_problem(_texts(assertion)[0])


def _regex(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    pattern = _texts(assertion)[0]
    found = re.search(pattern, answer.text[:LONGEST_MATCHED])
    cut = f" in the first {LONGEST_MATCHED} characters" if len(answer.text) > LONGEST_MATCHED else ""
    detail = f"matches {found.group()[:60]!r}" if found else f"nothing matches {pattern[:80]!r}{cut}"
    return verdict(assertion, found is not None, detail)


def _schema_problem(assertion: Assertion) -> Problem:
    schema = argument(assertion, "schema")
    if not isinstance(schema, (dict, bool)):
        return "needs a JSON Schema (a mapping)"
    try:
        _validator(json.dumps(schema))
    except (ValueError, TypeError) as error:
        return f"the JSON Schema is not valid: {_first_line(error)}"
    return None


def _schema(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_JSON:
        return failed(assertion, f"the answer has over {LONGEST_JSON} characters and was not parsed")
    fenced = _FENCED.match(answer.text)
    try:
        document = json.loads(fenced.group(1) if fenced else answer.text)
    except (ValueError, RecursionError) as error:
        return verdict(assertion, False, f"the answer is no JSON: {_first_line(error)}")
    try:
        _validator(json.dumps(argument(assertion, "schema"))).validate(document)
    except jsonschema_rs.ValidationError as error:
        place = "/".join(map(str, error.instance_path)) or "the top"
        return verdict(assertion, False, f"at {place}: {error.message}")
    except ValueError as error:
        return failed(assertion, f"the answer's JSON cannot be checked: {_first_line(error)}")
    return verdict(assertion, True, "the answer fits the schema")


@lru_cache(maxsize=256)
def _validator(schema: str) -> jsonschema_rs.Validator:
    """A compiled schema. Patterns run on a linear-time engine; references are never fetched."""
    return jsonschema_rs.validator_for(
        json.loads(schema), retriever=_refuse_to_fetch, pattern_options=jsonschema_rs.RegexOptions()
    )


def _refuse_to_fetch(uri: str, /) -> NoReturn:
    raise ValueError(f"{uri} is not fetched; put the schema in place of the reference")


def _shown(texts: list[str]) -> str:
    return ", ".join(repr(text[:60]) for text in texts[:5])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


KINDS = (
    Kind(
        name="equals",
        summary="the answer is exactly this text, blanks at its ends and runs of blanks aside",
        argument="TEXT",
        problem=_value_problem,
        judge=_equals,
    ),
    Kind(
        name="contains",
        summary="the answer contains this text, whatever its case",
        argument="TEXT",
        problem=_value_problem,
        judge=_contains,
    ),
    Kind(
        name="contains-any",
        summary="the answer contains at least one of these texts, whatever its case",
        argument="[TEXT, ...]",
        problem=_list_problem,
        judge=_contains_any,
    ),
    Kind(
        name="contains-all",
        summary="the answer contains all of these texts, whatever their case",
        argument="[TEXT, ...]",
        problem=_list_problem,
        judge=_contains,
    ),
    Kind(
        name="starts-with",
        summary="the answer starts with this text, whatever its case",
        argument="TEXT",
        problem=_value_problem,
        judge=_starts_with,
    ),
    Kind(
        name="regex",
        summary=f"this regular expression is found in the answer's first {LONGEST_MATCHED} characters",
        argument="PATTERN",
        problem=_regex_problem,
        judge=_regex,
    ),
    Kind(
        name="json-schema",
        summary="the answer is JSON (a code fence around it is allowed) that fits this schema",
        argument="{JSON Schema}",
        options=("schema",),
        problem=_schema_problem,
        judge=_schema,
    ),
)
