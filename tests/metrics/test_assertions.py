"""Assertions: every kind holds and fails as described, is checked as written, and can be turned round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.contracts.judging import Answer, Assertions
from gonogo.domain import Assertion
from gonogo.features import Reader
from gonogo.metrics import KINDS, BuiltInAssertions, judged_assertions

Make = Callable[..., Answer]


@pytest.fixture
def assertions(reader: Reader) -> Assertions:
    return BuiltInAssertions(reader)


def wanted(kind: str, value: Any = None, **options: Any) -> Assertion:
    return Assertion(kind=kind, value=value, options=options)


TOOL = ({"type": "function", "function": {"name": "refund", "arguments": '{"order": 7, "why": "late"}'}},)
CALLS = (
    {"name": "lookup", "arguments": {"order": 6}},
    {"type": "function", "function": {"name": "lookup", "arguments": '{"order": 7}'}},
    *TOOL,
)
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
    (wanted("cost", None, threshold=0.004), ANSWER, {"cost": 0.0}),
    (wanted("equals", {"days": 30, "ok": True}), '{"ok": true, "days": 30}', {}),
    (wanted("contains", "Handbook says", case=True), ANSWER, {}),
    (wanted("icontains", "HANDBOOK"), ANSWER, {}),
    (wanted("icontains-any", ["moon", "HANDBOOK"]), ANSWER, {}),
    (wanted("icontains-all", ["REFUNDS", "HANDBOOK"]), ANSWER, {}),
    (wanted("ends-with", "HANDBOOK says."), ANSWER, {}),
    (wanted("word-count", 3), "one  two\nthree", {}),
    (wanted("word-count", None, min=1, max=3), "one two", {}),
    (wanted("is-json"), "[1, null]", {}),
    (wanted("is-json", None, schema=SCHEMA), '{"days": 30}', {}),
    (wanted("contains-json"), 'Here: {"a": [1, 2]} and so on', {}),
    (wanted("contains-json", None, schema=SCHEMA), 'Not {this}, not [1], but {"days": 3}.', {}),
    (wanted("is-xml"), "<order><item n='1'/>&amp;</order>\n", {}),
    (wanted("is-xml", ["order.item"]), "<order><item/></order>", {}),
    (wanted("contains-xml"), "I think: <a><b>1</b></a> is right, 3 < 4", {}),
    (wanted("contains-xml", None, elements="a.b"), "<x/> or <a><b>1</b></a>, <a>2</a>", {}),
    (wanted("is-html"), "<!doctype html><ul><li>One<li>Two<br></ul>", {}),
    (wanted("contains-html"), "See <b>here</b>.", {}),
    (wanted("levenshtein", "kitten"), "sitting", {}),
    (wanted("levenshtein", None, to=["moon", "kitten"], max=3), "sitting", {}),
    (wanted("rouge-n", "Refunds take 30 days, says the handbook"), "Refunds take 30 days, the handbook says", {}),
    (wanted("rouge-n", "police killed the gunman", n="L", threshold=0.7), "police kill the gunman", {}),
    (wanted("bleu", "The cat is on the mat ."), "The cat is on the mat.", {}),
    (wanted("gleu", None, to=["The cat is on the mat"], min=0.6), "The cat is on a mat", {}),
    (wanted("meteor", None, to="The cats sat on the mat", min=0.9), "The cat sat on the mat", {}),
    (wanted("is-refusal"), "I do not know.", {}),
    (wanted("tool-called", ["refund", "lookup"]), "", {"tool_calls": CALLS}),
    (wanted("tool-called", "lookup", min=2, max=2), "", {"tool_calls": CALLS}),
    (wanted("trajectory:tool-used", "lookup"), "", {"tool_calls": CALLS}),
    (wanted("tool-call-f1", ["lookup", "refund"]), "", {"tool_calls": CALLS}),
    (wanted("tool-call-f1", ["lookup", "refund", "mail"], threshold=0.8), "", {"tool_calls": CALLS}),
    (wanted("trajectory:tool-sequence", ["lookup", "refund"]), "", {"tool_calls": CALLS}),
    (
        wanted("trajectory:tool-sequence", None, steps=["lookup", "lookup", "refund"], mode="exact"),
        "",
        {"tool_calls": CALLS},
    ),
    (wanted("trajectory:tool-args-match", "lookup", arguments={"order": 7}), "", {"tool_calls": CALLS}),
    (
        wanted("trajectory:tool-args-match", None, name="refund", arguments={"order": 7, "why": "late"}, mode="exact"),
        "",
        {"tool_calls": CALLS},
    ),
    (wanted("trajectory:step-count", None, min=2, max=3), "", {"tool_calls": CALLS}),
    (wanted("trajectory:step-count", None, max=1, name="ref*"), "", {"tool_calls": CALLS}),
    (wanted("finish-reason", "stop"), ANSWER, {"finish_reason": "stop"}),
    (wanted("finish-reason", ["stop", "length"]), ANSWER, {"finish_reason": "length"}),
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
    (wanted("equals", [1]), "[1, 2]", {}, "the answer is [1, 2]"),
    (wanted("equals", {"a": 1}), "a: 1", {}, "no JSON"),
    (wanted("contains", "HANDBOOK", case=True), ANSWER, {}, "missing: 'HANDBOOK'"),
    (wanted("icontains", "moon"), ANSWER, {}, "missing"),
    (wanted("icontains-any", ["moon"]), ANSWER, {}, "none of"),
    (wanted("icontains-all", ["moon", "30"]), ANSWER, {}, "missing"),
    (wanted("ends-with", "handbook"), ANSWER, {}, "ends with"),
    (wanted("word-count", 3), "one two", {}, "2 words, expected 3"),
    (wanted("word-count", None, max=1), "one two", {}, "2 words, expected 0 to 1"),
    (wanted("is-json"), '```json\n{"a": 1}\n```', {}, "no JSON"),
    (wanted("is-json"), '{"a": NaN}', {}, "NaN is not JSON"),
    (wanted("is-json", None, schema=SCHEMA), '{"days": "x"}', {}, "at days"),
    (wanted("contains-json"), "{not json} [either", {}, "contains no JSON"),
    (wanted("contains-json", None, schema=SCHEMA), 'x {"days": "many"} y', {}, "at days"),
    (wanted("is-xml"), "<a><b></a>", {}, "mismatched tag"),
    (wanted("is-xml"), "text <a/>", {}, "no XML"),
    (wanted("is-xml"), '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', {}, "document type"),
    (wanted("is-xml", "order.item"), "<order><thing/></order>", {}, "it has no order.item"),
    (wanted("contains-xml"), "a < b and <c> stays open", {}, "contains no XML"),
    (wanted("contains-xml", "a.b"), "so <a/> it is", {}, "its XML has no a.b"),
    (wanted("is-html"), "Text <b>here</b>", {}, "text outside"),
    (wanted("is-html"), "<b>here</b> text <b>there</b>", {}, "text outside"),
    (wanted("is-html"), "<order></order>", {}, "no element of HTML"),
    (wanted("is-html"), "<div><b>here</div>", {}, "<b> is not closed"),
    (wanted("contains-html"), "a < b, <order/>", {}, "contains no HTML"),
    (wanted("levenshtein", None, to="kitten", max=2), "sitting", {}, "3 edits away, the limit is 2"),
    (wanted("rouge-n", "moon far away"), ANSWER, {}, "ROUGE 0.00 against 0.75"),
    (wanted("bleu", "moon far away"), ANSWER, {}, "BLEU 0.00 against 0.5"),
    (wanted("gleu", "moon far away"), ANSWER, {}, "GLEU 0.00 against 0.5"),
    (wanted("meteor", "moon far away"), ANSWER, {}, "METEOR 0.00 against 0.5"),
    (wanted("is-refusal"), ANSWER, {}, "does not refuse"),
    (wanted("tool-called", ["refund", "mail"]), "", {"tool_calls": CALLS}, "mail was not called"),
    (wanted("tool-called", "lookup", max=1), "", {"tool_calls": CALLS}, "lookup was called 2 times"),
    (wanted("trajectory:tool-used", "mail"), "", {"tool_calls": CALLS}, "mail was not called"),
    (wanted("tool-call-f1", ["lookup", "refund", "mail"]), "", {"tool_calls": CALLS}, "F1 0.80 against 1"),
    (
        wanted("tool-call-f1", [{"name": "refund", "arguments": {"order": 8}}]),
        "",
        {"tool_calls": CALLS},
        "F1 0.00 against 1",
    ),
    (wanted("trajectory:tool-sequence", ["refund", "lookup"]), "", {"tool_calls": CALLS}, "called: lookup, lookup"),
    (
        wanted("trajectory:tool-sequence", None, steps=["lookup", "refund"], mode="exact"),
        "",
        {"tool_calls": CALLS},
        "expected: lookup, refund",
    ),
    (
        wanted("trajectory:tool-args-match", None, name="refund", arguments={"order": 7}, mode="exact"),
        "",
        {"tool_calls": CALLS},
        '"why": "late"',
    ),
    (
        wanted("trajectory:tool-args-match", "mail", arguments={}),
        "",
        {"tool_calls": CALLS},
        "mail was not called",
    ),
    (wanted("trajectory:step-count", None, max=2), "", {"tool_calls": CALLS}, "3 calls, expected 0 to 2"),
    (wanted("finish-reason", "stop"), ANSWER, {"finish_reason": "length"}, "ended with 'length'"),
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
        (wanted("finish-reason", "stop"), ANSWER, {}),
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


MALFORMED: list[tuple[Assertion, str]] = [
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
    (wanted("cost", None, max=1, threshold=2), "threshold and max mean the same"),
    (wanted("latency", None, threshold=5000), "unknown option 'threshold'; it knows max"),
    (wanted("contains", "x", case="yes"), "case must be true or false"),
    (wanted("contains", "x", wieght=2), "unknown option 'wieght'; did you mean weight?"),
    (wanted("icontains", ""), "not empty"),
    (wanted("icontains-any", []), "at least one"),
    (wanted("icontains-all", "x"), "needs a list"),
    (wanted("equals", True), "got the boolean true"),
    (wanted("starts-with"), "needs a text"),
    (wanted("ends-with"), "needs a text"),
    (wanted("word-count"), "needs a number of words, or min and max"),
    (wanted("word-count", "many"), "needs a whole number of words"),
    (wanted("word-count", 3, max=4), "not both"),
    (wanted("word-count", None, min=-1), "min must be a whole number of at least 0"),
    (wanted("is-json", "x"), "needs a JSON Schema"),
    (wanted("is-json", None, schema={"type": "objct"}), "not valid"),
    (wanted("contains-json", [1]), "needs a JSON Schema"),
    (wanted("is-xml", []), "elements: needs a list"),
    (wanted("contains-xml", None, elements=[True]), "elements: item 1"),
    (wanted("is-html", "x"), "takes no argument"),
    (wanted("contains-html", False), "takes no argument"),
    (wanted("levenshtein", None, max=2), "to: needs a text"),
    (wanted("levenshtein", "x", max=0.5), "max must be a whole number"),
    (wanted("rouge-n", "x", n=7), "n must be one of 1, 2, 3, 4, L, got 7"),
    (wanted("rouge-n", "x", threshold=7), "min must be between 0 and 1, got 7"),
    (wanted("bleu", []), "to: needs a list"),
    (wanted("gleu", "x", min="high"), "min must be a number"),
    (wanted("meteor", None), "to: needs a text"),
    (wanted("is-refusal", "no"), "needs true or false"),
    (wanted("tool-called", "x", min="one"), "min must be a whole number"),
    (wanted("trajectory:tool-used", []), "at least one text"),
    (wanted("tool-call-f1"), "item 1: needs a text"),
    (wanted("tool-call-f1", []), "needs a list of calls"),
    (wanted("tool-call-f1", [{"name": "x", "args": {}}]), "item 1: needs name and arguments"),
    (wanted("trajectory:tool-sequence", "x"), "needs a list of names"),
    (wanted("trajectory:tool-sequence", ["x"], mode="any"), "mode must be in_order or exact"),
    (wanted("trajectory:tool-args-match", "x"), "needs arguments: a mapping"),
    (wanted("trajectory:tool-args-match", "x", arguments={}, mode="all"), "mode must be partial or exact"),
    (wanted("trajectory:step-count"), "needs min or max"),
    (wanted("trajectory:step-count", 3), "takes options only"),
    (wanted("trajectory:step-count", None, max="few"), "max must be a whole number"),
    (wanted("trajectory:tool-sequense", ["x"]), "did you mean trajectory:tool-sequence?"),
    (wanted("finish-reason", "end"), "must be one of stop, length"),
    (Assertion(kind="contains", value="x", weight=-1.0), "weight must be a number of 0 or more"),
    (Assertion(kind="contains", value="x", weight=float("nan")), "weight must be a number of 0 or more"),
    (Assertion(kind="regex", value="[", negate=True), "not-regex: the pattern does not compile at position 1"),
]


@pytest.mark.parametrize(("assertion", "said"), MALFORMED, ids=name_of)
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
    names = [kind.name for kind in KINDS if kind not in judged_assertions.KINDS]
    elsewhere = {"is-sql", "contains-sql", "source-recall", "source-precision", "reference-recall", "reference-noise"}
    elsewhere |= {"python", "assert-set"}
    assert len(names) == len(set(names))
    assert all(kind.summary and kind.argument for kind in KINDS)
    tested = {*names, *(alias for kind in KINDS for alias in kind.aliases)} - elsewhere
    assert tested == {case[0].kind for case in HOLDING} == {case[0].kind for case in FAILING}
    assert tested <= {case[0].kind for case in MALFORMED}


def test_a_graded_assertion_counts_what_it_measured_and_its_opposite_the_rest(
    assertions: Assertions, answer: Make
) -> None:
    likeness = assertions.judge(wanted("rouge-n", "a b c d", min=0.9), answer("a b x y"))
    assert (likeness.passed, likeness.value, likeness.credit) == (False, 0.5, 0.5)
    opposite = Assertion(kind="rouge-n", value="a b c x", options={"min": 0.9}, negate=True)
    assert assertions.judge(opposite, answer("a b c d")).credit == 0.25
    assert assertions.judge(wanted("contains", "30"), answer(ANSWER)).credit is None


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
