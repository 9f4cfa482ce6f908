"""YAML with places, bounds and no surprises."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.building.yaml_nodes import MAX_ALIASED, MAX_DEPTH, Unreadable, read_yaml


def parsed(text: str | bytes) -> object:
    raw = text if isinstance(text, bytes) else text.encode()
    return read_yaml(raw, "a.yaml").plain()


def refusal(text: str | bytes, limit: int = 1_000_000) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Unreadable) as caught:
        read_yaml(raw, "a.yaml", limit)
    return str(caught.value.problem)


@pytest.mark.parametrize(
    "text",
    ["on", "no", "yes", "Off", "24h", "2024-01-31", "12:30:45", "007", "0x1F", "0o17", "1_000", ".nan", ".inf", "+3"],
)
def test_what_older_yaml_would_turn_into_something_else_stays_text(text: str) -> None:
    assert parsed(f"key: {text}") == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-2", -2),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_the_spellings_of_json_are_typed(text: str, value: object) -> None:
    result = parsed(f"key: {text}")
    assert result == {"key": value}
    assert isinstance(result, dict)
    assert type(result["key"]) is type(value)


def test_quoted_numbers_are_text() -> None:
    assert parsed("a: '3'\nb: \"true\"") == {"a": "3", "b": "true"}


def test_a_number_that_would_become_infinite_stays_text() -> None:
    assert parsed("a: 1e999") == {"a": "1e999"}


def test_every_key_and_value_knows_its_line_and_column() -> None:
    root = read_yaml(b"a: 1\nb:\n  c: [x,\n      y]\n", "a.yaml")
    inner = root.at("b", "c")
    assert (inner.line, inner.column) == (3, 6)
    assert isinstance(inner.value, tuple)
    assert inner.value[1].line == 4
    assert root.at("b").keys["c"].line == 3


def test_a_duplicate_key_names_both_lines() -> None:
    assert refusal("a: 1\nb: 2\na: 3") == "a.yaml:3: the key 'a' is written twice; first on line 1 (keep one of them)"


def test_aliases_give_the_anchored_value() -> None:
    assert parsed("a: &x [1, 2]\nb: *x") == {"a": [1, 2], "b": [1, 2]}


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert f"more than {MAX_ALIASED:,} values" in refusal("\n".join(lines))


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert "inside its own anchor" in refusal("a: &x [*x]")


def test_an_alias_without_anchor_is_refused() -> None:
    assert "no anchor &x" in refusal("a: *x")


def test_deep_nesting_is_refused_and_never_a_crash() -> None:
    assert f"more than {MAX_DEPTH} levels" in refusal("[" * 20_000)


@pytest.mark.parametrize(
    "text", ["!!python/object:os.system x", "!thing {a: 1}", "!!set {a}", "!!binary aGk=", "!!int x"]
)
def test_tags_that_could_build_anything_else_are_refused(text: str) -> None:
    assert "cannot be used here" in refusal(f"a: {text}")


def test_a_tag_that_says_text_makes_text() -> None:
    assert parsed("a: !!str 12") == {"a": "12"}


def test_a_second_document_is_refused() -> None:
    assert "a.yaml:2: a second document" in refusal("--- 1\n--- 2")


def test_merge_keys_are_refused() -> None:
    assert "merge keys" in refusal("a: &x {b: 1}\nc: {<<: *x}")


def test_bytes_that_are_not_utf8_are_named_by_offset() -> None:
    assert "a.yaml:2: is not UTF-8: byte 0xff at offset 5" in refusal(b"a: 1\n\xff")


def test_a_byte_order_mark_and_windows_line_endings_change_nothing() -> None:
    assert parsed(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n") == parsed("a: |\n  x\n  y\n")


def test_a_file_over_the_limit_is_refused_before_it_is_parsed() -> None:
    assert "is 11 bytes; the limit is 10" in refusal("a: 12345678", limit=10)


def test_a_tab_gets_a_hint() -> None:
    assert "indent with spaces" in refusal("a:\n\tb: 1")


def test_a_placeholder_without_quotes_gets_a_hint() -> None:
    assert "quotes" in refusal("a: {{ question }}")


def test_a_control_character_is_named_by_line() -> None:
    assert refusal("a: 1\nb: \x01").startswith("a.yaml:2")


def test_an_empty_file_is_nothing() -> None:
    assert parsed("# only a comment\n") is None


NUMBERS = st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text("abc: é#{}-\n\"'", max_size=8)
KEYS = st.text("abc", min_size=1, max_size=3)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_json_reads_as_itself(value: object) -> None:
    assert read_yaml(json.dumps(value).encode(), "a.yaml").plain() == value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text("a: -[]{}&*!|>'\"#\n\t<?,%@`", max_size=40).map(str.encode))
def test_any_bytes_give_a_value_or_one_problem(raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read_yaml(raw, "a.yaml").plain()
