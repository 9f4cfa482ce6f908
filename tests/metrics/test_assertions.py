"""Assertions: every kind holds and fails as described, is checked as written, and can be turned round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.contracts.judging import Answer, Assertions
from gonogo.domain import Assertion
from gonogo.features import Reader
from gonogo.metrics import KINDS, BuiltInAssertions

Make = Callable[..., Answer]


@pytest.fixture
def assertions(reader: Reader) -> Assertions:
    return BuiltInAssertions(reader)


def wanted(kind: str, value: Any = None, **options: Any) -> Assertion:
    return Assertion(kind=kind, value=value, options=options)


TOOL = ({"type": "function", "function": {"name": "refund", "arguments": '{"order": 7, "why": "late"}'}},)
ANSWER = 'Refunds take "30 days",  as the Handbook says.'
SCHEMA = {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer"}}}

HOLDING: list[tuple[Assertion, str, dict[str, Any]]] = [
    (wanted("equals", 'Refunds take "30 days", as the Handbook says.'), ANSWER, {}),
    (wanted("equals", 30), " 30\n", {}),
    (wanted("contains", "HANDBOOK  says"), ANSWER, {}),
    (wanted("contains", "“30 days”"), ANSWER, {}),
    (wanted("contains", 30), ANSWER, {}),
    (wanted("contains-any", ["moon", "handbook"]), ANSWER, {}),
    (wanted("contains-all", ["refunds", "30"]), ANSWER, {}),
    (wanted("starts-with", "refunds take"), ANSWER, {}),
    (wanted("regex", r"\b\d+ days\b"), ANSWER, {}),
    (wanted("json-schema", SCHEMA), '```json\n{"days": 30}\n```', {}),
    (wanted("json-schema", None, schema=SCHEMA), '{"days": 30}', {}),
    (wanted("similar", None, to="A refund takes 30 days, says the handbook"), ANSWER, {}),
    (wanted("similar", "A refund takes 30 days, says the handbook", min=0.5), ANSWER, {}),
    (wanted("faithful", True), "Returns are accepted within 30 days of delivery.", {}),
    (wanted("faithful", None, min=0.8), "Returns are accepted within 30 days of delivery.", {}),
    (wanted("faithful", False), "Returns are accepted within 31 days of delivery.", {}),
    (wanted("relevant", True), "It is about it: the returns.", {"question": "What about the returns?"}),
    (wanted("toxicity", None, max=0.01), ANSWER, {}),
    (wanted("toxicity", 0.1), ANSWER, {}),
    (wanted("cites", "docs/warranty.md"), "x", {"citations": ("docs/warranty.md#returns",)}),
    (wanted("cites", "warranty.md#returns"), "x", {"citations": ("docs/warranty.md#returns",)}),
    (wanted("cites", ["warranty.md", "other.md"]), "x, see other.md", {"citations": ("docs/warranty.md",)}),
    (wanted("refuses", True), "I do not know: the documents do not say.", {}),
    (wanted("refuses"), "Blocked.", {"refused": True}),
    (wanted("refuses", False), ANSWER, {}),
    (wanted("tool-called", "refund"), "", {"tool_calls": TOOL}),
    (wanted("tool-called", None, name="refund", arguments={"order": 7}), "", {"tool_calls": TOOL}),
    (wanted("tool-called", "refund"), "", {"tool_calls": ({"name": "refund", "arguments": {}},)}),
    (wanted("latency", "3s"), ANSWER, {"latency": 2.9}),
    (wanted("latency", None, max="500ms"), ANSWER, {"latency": 0.5}),
    (wanted("latency", 2), ANSWER, {"latency": 1.0}),
    (wanted("cost", 0.004), ANSWER, {"cost": 0.004}),
    (wanted("cost", None, max=0.004), ANSWER, {"cost": 0.0}),
]
FAILING: list[tuple[Assertion, str, dict[str, Any], str]] = [
    (wanted("equals", "refunds"), "Refunds", {}, "the answer is not 'refunds'"),
    (wanted("contains", "moon"), ANSWER, {}, "missing: 'moon'"),
    (wanted("contains-any", ["moon", "sun"]), ANSWER, {}, "none of 'moon', 'sun'"),
    (wanted("contains-all", ["refunds", "moon"]), ANSWER, {}, "missing: 'moon'"),
    (wanted("starts-with", "30"), ANSWER, {}, "starts with 'Refunds"),
    (wanted("regex", r"^\d+$"), ANSWER, {}, "nothing matches"),
    (wanted("json-schema", SCHEMA), '{"days": "many"}', {}, "at days"),
    (wanted("json-schema", SCHEMA), "thirty", {}, "no JSON"),
    (wanted("similar", None, to="The moon is far away"), ANSWER, {}, "below 0.7"),
    (wanted("similar", None, to="The moon is far away"), "", {}, "similarity 0.00"),
    (wanted("faithful", True), "Returns are accepted within 31 days of delivery.", {}, "the number 31"),
    (wanted("faithful", 0.9), "Returns are accepted within 31 days of delivery.", {}, "0.00 against 0.9"),
    (wanted("relevant", None, min=0.9), "Something else.", {"question": "When do you open?"}, "against 0.9"),
    (wanted("toxicity", None, max=0.3), "You are an idiot.", {}, "insult"),
    (wanted("cites", "other.md"), "x", {"citations": ("docs/warranty.md",)}, "it cites docs/warranty.md"),
    (wanted("cites", "warranty.md#fees"), "x", {"citations": ("docs/warranty.md#returns",)}, "does not cite"),
    (wanted("cites", "ranty.md"), "x", {"citations": ("docs/warranty.md",)}, "does not cite"),
    (wanted("refuses", True), ANSWER, {}, "does not refuse"),
    (wanted("refuses", False), "I don't know.", {}, "the answer refuses"),
    (wanted("tool-called", "refund"), ANSWER, {}, "called: nothing"),
    (wanted("tool-called", None, name="refund", arguments={"order": 8}), "", {"tool_calls": TOOL}, '"order": 7'),
    (wanted("latency", "3s"), ANSWER, {"latency": 3.5}, "took 3.5 s, the limit is 3 s"),
    (wanted("cost", 0.004), ANSWER, {"cost": 0.01}, "limit is $0.004"),
]


def name_of(parameter: object) -> str | None:
    return f"{parameter.name}" if isinstance(parameter, Assertion) else None


@pytest.mark.parametrize(("assertion", "text", "changes"), HOLDING, ids=name_of)
def test_an_assertion_that_holds_passes(
    assertions: Assertions, answer: Make, assertion: Assertion, text: str, changes: dict[str, Any]
) -> None:
    score = assertions.judge(assertion, answer(text, **changes))
    assert (score.metric, score.state, score.passed, score.detail) == (assertion.kind, "value", True, "")


@pytest.mark.parametrize(("assertion", "text", "changes", "said"), FAILING, ids=name_of)
def test_an_assertion_that_does_not_hold_fails_and_says_why(
    assertions: Assertions, answer: Make, assertion: Assertion, text: str, changes: dict[str, Any], said: str
) -> None:
    score = assertions.judge(assertion, answer(text, **changes))
    assert (score.state, score.passed) == ("value", False)
    assert said in score.detail


@pytest.mark.parametrize(("assertion", "text", "changes"), HOLDING, ids=name_of)
def test_a_negated_assertion_that_holds_fails(
    assertions: Assertions, answer: Make, assertion: Assertion, text: str, changes: dict[str, Any]
) -> None:
    negated = Assertion(kind=assertion.kind, value=assertion.value, options=assertion.options, negate=True)
    score = assertions.judge(negated, answer(text, **changes))
    assert (score.metric, score.passed) == (f"not-{assertion.kind}", False)
    assert score.detail


@pytest.mark.parametrize(("assertion", "text", "changes", "said"), FAILING, ids=name_of)
def test_a_negated_assertion_that_does_not_hold_passes(
    assertions: Assertions, answer: Make, assertion: Assertion, text: str, changes: dict[str, Any], said: str
) -> None:
    negated = Assertion(kind=assertion.kind, value=assertion.value, options=assertion.options, negate=True)
    assert assertions.judge(negated, answer(text, **changes)).passed is True


@pytest.mark.parametrize(
    ("assertion", "text", "changes"),
    [
        (wanted("latency", "3s"), ANSWER, {}),
        (wanted("cost", 0.004), ANSWER, {}),
        (wanted("faithful", True), ANSWER, {"chunks": ()}),
        (wanted("faithful", True), "I don't know.", {}),
        (wanted("relevant", True), "I don't know.", {}),
    ],
    ids=name_of,
)
@pytest.mark.parametrize("negate", [False, True])
def test_what_was_not_recorded_is_not_applicable_either_way_round(
    assertions: Assertions, answer: Make, assertion: Assertion, text: str, changes: dict[str, Any], negate: bool
) -> None:
    either = Assertion(kind=assertion.kind, value=assertion.value, options=assertion.options, negate=negate)
    score = assertions.judge(either, answer(text, **changes))
    assert (score.state, score.value, score.passed) == ("not-applicable", None, None)
    assert score.detail


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        (wanted("contian", "x"), "contian: unknown kind of assertion; did you mean contains?"),
        (wanted("zzzz"), "known are equals, contains"),
        (wanted("contains"), "needs a text (write contains: TEXT)"),
        (wanted("contains", True), "got the boolean true; put it in quotes"),
        (wanted("contains", ["a"]), "got a list"),
        (wanted("contains", ""), "not empty"),
        (wanted("contains-any", "x"), "needs a list"),
        (wanted("contains-any", []), "at least one"),
        (wanted("contains-all", ["a", False]), "item 2"),
        (wanted("regex", "a(b"), "does not compile at position 2"),
        (wanted("regex", "(a+)+b"), "position 5 repeats a group that itself repeats"),
        (wanted("json-schema", "x"), "needs a JSON Schema"),
        (wanted("json-schema", {"type": "objct"}), "the JSON Schema is not valid"),
        (wanted("json-schema", {"$ref": "https://example.com/schema.json"}), "not valid"),
        (wanted("similar"), "to: needs a text"),
        (wanted("similar", None, to="x", min=1.5), "min must be between 0 and 1, got 1.5"),
        (wanted("similar", None, to="x", least=0.5), "unknown option 'least'; it knows to, min"),
        (wanted("equals", "x", min=0.5), "unknown option 'min'; it takes none"),
        (wanted("faithful", "yes"), "needs true, or min"),
        (wanted("faithful", 7), "between 0 and 1, got 7"),
        (wanted("relevant", None, min="high"), "min must be a number between 0 and 1"),
        (wanted("toxicity", True), "needs max"),
        (wanted("toxicity", None, max=-1), "max must be between 0 and 1"),
        (wanted("refuses", "no"), "needs true or false"),
        (wanted("cites"), "needs a source path"),
        (wanted("cites", []), "needs a source path"),
        (wanted("tool-called"), "needs the name of a tool"),
        (wanted("tool-called", "x", arguments=[1]), "arguments must be a mapping"),
        (wanted("latency", "soon"), "needs a time such as 3s or 500ms, got 'soon'"),
        (wanted("latency", -1), "needs a time"),
        (wanted("cost", "cheap"), "needs dollars"),
        (Assertion(kind="regex", value="[", negate=True), "not-regex: the pattern does not compile at position 1"),
    ],
    ids=name_of,
)
def test_an_assertion_that_is_not_well_written_is_explained(
    assertions: Assertions, answer: Make, assertion: Assertion, said: str
) -> None:
    problem = assertions.problems(assertion)
    assert problem is not None
    assert said in problem
    score = assertions.judge(assertion, answer(ANSWER))
    assert (score.state, score.passed, score.detail) == ("error", None, problem)


@pytest.mark.parametrize("assertion", [case[0] for case in HOLDING], ids=name_of)
def test_a_well_written_assertion_has_no_problem(assertions: Assertions, assertion: Assertion) -> None:
    assert assertions.problems(assertion) is None


def test_every_kind_is_described_once_and_tested() -> None:
    names = [kind.name for kind in KINDS]
    assert len(names) == len(set(names)) == 16
    assert all(kind.summary and kind.argument for kind in KINDS)
    assert set(names) == {case[0].kind for case in HOLDING} == {case[0].kind for case in FAILING}


def test_a_regex_sees_only_the_first_characters_of_a_long_answer(assertions: Assertions, answer: Make) -> None:
    score = assertions.judge(wanted("regex", "end$"), answer("a" * 20_000 + "end"))
    assert score.passed is False
    assert "in the first 20000 characters" in score.detail


def test_similar_to_a_text_without_words_is_an_error(assertions: Assertions, answer: Make) -> None:
    assert assertions.judge(wanted("similar", None, to="\ud800"), answer(ANSWER)).state == "error"


def test_graded_assertions_keep_what_was_measured(assertions: Assertions, answer: Make) -> None:
    assert assertions.judge(wanted("latency", "3s"), answer(ANSWER, latency=2.5)).value == 2.5
    assert assertions.judge(wanted("contains", "30"), answer(ANSWER)).value == 1.0
    assert assertions.judge(wanted("contains", "31"), answer(ANSWER)).value == 0.0


@pytest.mark.parametrize("text", ["", "\ud800", "[" * 5000, "😀", "null", "NaN"])
def test_no_answer_breaks_a_judge(assertions: Assertions, answer: Make, text: str) -> None:
    for assertion, _, changes in HOLDING:
        assert assertions.judge(assertion, answer(text, **changes)).metric == assertion.name
