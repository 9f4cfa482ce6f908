"""Each kind of value reads what it should and says what it wanted otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.building.findings import Findings
from gonogo.building.schema import (
    SHARE,
    UNUSABLE,
    Choice,
    Duration,
    Flag,
    FreeObject,
    Kind,
    ListOf,
    MapOf,
    Number,
    Text,
)
from gonogo.building.yaml_nodes import YamlNode

Parse = Callable[[str], YamlNode]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Text(), "4.10", "4.10"),
        (Text(), "on", "on"),
        (SHARE, "1", 1.0),
        (Number(whole=True), "3", 3),
        (Number(whole=True), "3.0", 3),
        (Flag(), "true", True),
        (Choice(words=("a", "b")), "b", "b"),
        (Duration(), "24h", 86_400.0),
        (Duration(), "3s", 3.0),
        (Duration(), "250ms", 0.25),
        (Duration(), "1.5m", 90.0),
        (Duration(), "2d", 172_800.0),
        (Duration(), "7", 7.0),
        (ListOf(of=Text()), "[a, b]", ("a", "b")),
        (ListOf(of=Text()), "a", ("a",)),
        (ListOf(of=Text()), "[]", ()),
        (MapOf(of=SHARE), "{a: 0.5}", {"a": 0.5}),
        (FreeObject(), "{a: {b: [1]}}", {"a": {"b": [1]}}),
    ],
)
def test_a_value_is_read(kind: Kind, text: str, value: object, node: Parse, findings: Findings) -> None:
    assert kind.read(node(text), "key", findings) == value
    assert findings.problems == []


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Text(), "true", "must be text, not true"),
        (Text(), "", "must be text, not nothing"),
        (Text(), "[a]", "must be text, not a list"),
        (SHARE, "1.1", "must be a number at least 0 at most 1, not 1.1"),
        (SHARE, "'0.5'", "must be a number at least 0 at most 1, not '0.5'"),
        (SHARE, "true", "must be a number at least 0 at most 1, not true"),
        (Number(above=0, below=1), "0", "must be a number above 0 below 1, not 0"),
        (Number(whole=True), "2.5", "must be a whole number, not 2.5"),
        (Flag(), "yes", "must be true or false, not 'yes'"),
        (Duration(), "24 hours", "must be a duration such as 250ms, 3s or 24h, not '24 hours'"),
        (Duration(), "0s", "must be a duration such as 250ms, 3s or 24h, not '0s'"),
        (Duration(), "-3", "must be a duration such as 250ms, 3s or 24h, not -3"),
        (ListOf(of=Text(), least=1), "[]", "must be a list; each item text, not a list"),
        (MapOf(of=Text()), "[a]", "must be names, each with text, not a list"),
        (FreeObject(), "1", "must be a mapping that is passed on as it is, not 1"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_words(
    kind: Kind, text: str, message: str, node: Parse, findings: Findings
) -> None:
    assert kind.read(node(text), "key", findings) in (UNUSABLE, {})
    assert [problem.message for problem in findings.problems] == [message]


def test_a_misspelt_choice_names_the_nearest(node: Parse, findings: Findings) -> None:
    Choice(words=("enforced", "advisory")).read(node("advisery"), "gate.mode", findings)
    assert findings.problems[0].hint == "did you mean 'advisory'?"


def test_every_faulty_item_of_a_list_is_told(node: Parse, findings: Findings) -> None:
    ListOf(of=SHARE).read(node("[0.5, 2, x]"), "list", findings)
    assert [problem.key for problem in findings.problems] == ["list[1]", "list[2]"]
