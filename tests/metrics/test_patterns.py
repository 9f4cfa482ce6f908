"""Patterns: what may stand in a golden file's regex."""

from __future__ import annotations

import pytest

from gonogo.metrics.judgement import seconds
from gonogo.metrics.patterns import LONGEST_PATTERN, pattern_problem


@pytest.mark.parametrize("pattern", [r"(a+)+", r"(a*)*b", r"((x{2,}))*", r"(?:a|b+)+", r"(\d+,)*$", r"([^)]+)+"])
def test_a_repetition_of_a_repetition_is_refused(pattern: str) -> None:
    assert "may take for ever" in (pattern_problem(pattern) or "")


@pytest.mark.parametrize(
    "pattern",
    [r"(abc)+", r"a+b*", r"(a++)+", r"(a{1,3})+", r"[(a+)+]+", r"\(a+\)+", r"(a+)?", r"[]+]+", r"(?i)30 days?", "[[a]"],
)
def test_ordinary_patterns_are_allowed(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "said"), [("a)", "position 2"), ("*a", "position 1"), ("a{99999999999}", "compile")]
)
def test_a_broken_pattern_is_explained(pattern: str, said: str) -> None:
    assert said in (pattern_problem(pattern) or "")


def test_a_very_long_pattern_is_refused() -> None:
    assert "the limit is" in (pattern_problem("a" * (LONGEST_PATTERN + 1)) or "")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("3s", 3.0),
        ("500ms", 0.5),
        ("2 min", 120.0),
        ("1.5", 1.5),
        (2, 2.0),
        ("0s", None),
        (0, None),
        ("soon", None),
        (True, None),
        (None, None),
        ("3 hours", None),
    ],
)
def test_durations_are_read(written: object, value: float | None) -> None:
    assert seconds(written) == value
