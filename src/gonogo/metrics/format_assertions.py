"""Assertions about the form of an answer: json-schema, is-json, contains-json, is-xml, contains-xml, is-html,
contains-html.

Here: parsing an answer without believing it: schemas fetch nothing, XML declares no entities.
Not here: SQL (``sql_assertions``), the answer's words (``text_assertions``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NoReturn

import jsonschema_rs

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics.judgement import Kind, Problem, argument, failed, texts, texts_problem, verdict
from gonogo.metrics.markup import html_problem, longest_element, missing_elements, xml_elements, xml_fragments

LONGEST_PARSED = 1_000_000
MOST_PLACES = 200
"""Places of an answer that are tried as the start of a JSON value or an XML element."""
_FENCED = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
_OPENS = re.compile(r"[{\[]")
_TOO_LONG = f"the answer has over {LONGEST_PARSED} characters and was not parsed"


def _schema_problem(assertion: Assertion) -> Problem:
    schema = argument(assertion, "schema")
    if not isinstance(schema, (dict, bool)):
        return "needs a JSON Schema (a mapping)"
    return _invalid(schema)


def _optional_schema_problem(assertion: Assertion) -> Problem:
    schema = argument(assertion, "schema")
    if schema is None or schema is True:
        return None
    return _invalid(schema) if isinstance(schema, dict) else "needs a JSON Schema (a mapping), or nothing"


def _invalid(schema: object) -> Problem:
    try:
        _validator(json.dumps(schema))
    except (ValueError, TypeError) as error:
        return f"the JSON Schema is not valid: {_first_line(error)}"
    return None


def _fenced_json(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    fenced = _FENCED.match(answer.text[: LONGEST_PARSED + 1])
    return _json(assertion, answer, fenced.group(1) if fenced else answer.text)


def _is_json(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    return _json(assertion, answer, answer.text)


def _json(assertion: Assertion, answer: Answer, text: str) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return verdict(assertion, False, f"the answer is no JSON: {_first_line(error)}")
    try:
        misfit = _misfit(document, argument(assertion, "schema"))
    except ValueError as error:
        return failed(assertion, f"the answer's JSON cannot be checked: {_first_line(error)}")
    return verdict(assertion, misfit is None, misfit or "the answer is JSON that fits")


def _contains_json(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    said = "the answer contains no JSON object or array"
    for document in _json_values(answer.text):
        try:
            misfit = _misfit(document, argument(assertion, "schema"))
        except ValueError as error:
            return failed(assertion, f"the answer's JSON cannot be checked: {_first_line(error)}")
        if misfit is None:
            return verdict(assertion, True, "the answer contains JSON that fits")
        said = misfit
    return verdict(assertion, False, said)


def _json_values(text: str) -> Iterator[object]:
    """JSON objects and arrays that stand in a text, from left to right, none inside another."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    place, tried = 0, 0
    while (found := _OPENS.search(text, place)) and tried < MOST_PLACES:
        tried += 1
        try:
            document, place = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            place = found.end()
            continue
        yield document


def _misfit(document: object, schema: object) -> str | None:
    """Where a document does not fit its schema.

    Raises:
        ValueError: the validator cannot read the document.
    """
    if schema is None:
        return None
    try:
        _validator(json.dumps(schema)).validate(document)
    except jsonschema_rs.ValidationError as error:
        place = "/".join(map(str, error.instance_path)) or "the top"
        return f"at {place}: {error.message}"
    return None


@lru_cache(maxsize=256)
def _validator(schema: str) -> jsonschema_rs.Validator:
    """A compiled schema. Patterns run on a linear-time engine; references are never fetched."""
    return jsonschema_rs.validator_for(
        json.loads(schema), retriever=_refuse_to_fetch, pattern_options=jsonschema_rs.RegexOptions()
    )


def _refuse_to_fetch(uri: str, /) -> NoReturn:
    raise ValueError(f"{uri} is not fetched; put the schema in place of the reference")


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _elements_problem(assertion: Assertion) -> Problem:
    wanted = argument(assertion, "elements")
    problem = None if wanted is None or wanted is True else texts_problem(wanted)
    return f"elements: {problem}" if problem else None


def _elements(assertion: Assertion) -> list[str]:
    wanted = argument(assertion, "elements")
    return [] if wanted is None or wanted is True else texts(wanted)


def _is_xml(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    try:
        found = xml_elements(answer.text.strip())
    except ValueError as error:
        return verdict(assertion, False, f"the answer is no XML: {error}")
    missing = missing_elements(_elements(assertion), found)
    return verdict(assertion, not missing, f"it has no {', '.join(missing)}" if missing else "the answer is XML")


def _contains_xml(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    said = "the answer contains no XML"
    for fragment in xml_fragments(answer.text, MOST_PLACES):
        missing = missing_elements(_elements(assertion), fragment)
        if not missing:
            return verdict(assertion, True, "the answer contains XML")
        said = f"its XML has no {', '.join(missing)}"
    return verdict(assertion, False, said)


def _nothing_problem(assertion: Assertion) -> Problem:
    return None if assertion.value in (None, True) else f"takes no argument, got {assertion.value!r}"


def _is_html(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    problem = html_problem(answer.text.strip())
    return verdict(assertion, problem is None, problem or "the answer is HTML")


def _contains_html(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST_PARSED:
        return failed(assertion, _TOO_LONG)
    found = longest_element(answer.text)
    return verdict(assertion, bool(found), f"the answer contains <{found}>" if found else "the answer contains no HTML")


KINDS = (
    Kind(
        name="json-schema",
        summary="the answer is JSON (a code fence around it is allowed) that fits this schema",
        argument="{JSON Schema}",
        options=("schema",),
        problem=_schema_problem,
        judge=_fenced_json,
    ),
    Kind(
        name="is-json",
        summary="the whole answer is JSON, and fits this schema where one is given",
        argument="{schema: {JSON Schema}}",
        options=("schema",),
        problem=_optional_schema_problem,
        judge=_is_json,
    ),
    Kind(
        name="contains-json",
        summary="a JSON object or array stands in the answer, and fits this schema where one is given",
        argument="{schema: {JSON Schema}}",
        options=("schema",),
        problem=_optional_schema_problem,
        judge=_contains_json,
    ),
    Kind(
        name="is-xml",
        summary="the whole answer is one XML element; with elements, these are in it (a.b: b inside a, from the root)",
        argument="{elements: [root.child, ...]}",
        options=("elements",),
        problem=_elements_problem,
        judge=_is_xml,
    ),
    Kind(
        name="contains-xml",
        summary="an XML element stands in the answer; with elements, one that has them",
        argument="{elements: [root.child, ...]}",
        options=("elements",),
        problem=_elements_problem,
        judge=_contains_xml,
    ),
    Kind(
        name="is-html",
        summary="the whole answer is HTML: known tags, closed where HTML closes them, and no text outside",
        argument="true",
        problem=_nothing_problem,
        judge=_is_html,
    ),
    Kind(
        name="contains-html",
        summary="an HTML element stands in the answer",
        argument="true",
        problem=_nothing_problem,
        judge=_contains_html,
    ),
)
