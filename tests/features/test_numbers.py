"""Numbers in one canonical spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.features import numbers_of
from gonogo.features.figures import canonical


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("1,200", "1200"),
        ("1,200,000.50", "1200000.5"),
        ("1,5", "1.5"),
        ("3.50", "3.5"),
        ("4.00", "4"),
        ("007", "7"),
        ("0", "0"),
        ("0.5", "0.5"),
        ("1.2.3", "1.2.3"),
        ("09:30", "9:30"),
        ("10:00", "10"),
    ],
)
def test_one_number_has_one_spelling(written: str, spelling: str) -> None:
    assert canonical(written) == spelling


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a 26-month warranty", {"26"}),
        ("$1,200.50 or 1200.5 dollars", {"1200.5"}),
        ("20% off, 3rd place, 10GB", {"20", "3", "10"}),
        ("two million users", {"2000000"}),
        ("1.5 million, 5k items", {"1500000", "5000"}),
        ("twenty-four hours and thirty days", {"24", "30"}),
        ("the fourth and the tenth-largest", {"4", "10"}),
        ("this one is one of them", set()),
        ("one day, one business day", {"1"}),
        ("2024-05-01", {"2024", "5", "1"}),
        ("-5 °C and (-7)", {"-5", "-7"}),
        ("BL-20X, GPT-4, COVID-19, v2, h2o", set()),
        ("mid-2020, page-3", {"2020", "3"}),
        ("2-3 days", {"2", "3"}),
        ("٣ أيام", {"3"}),
        ("no numbers here", set()),
        ("", set()),
    ],
)
def test_numbers_are_found(text: str, numbers: set[str]) -> None:
    assert numbers_of(text) == numbers


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_do_not_matter(number: int) -> None:
    assert numbers_of(f"It is {number:,} today") == numbers_of(f"It is {number} today") == {str(number)}


@given(st.text(max_size=60))
def test_any_text_has_a_set_of_numbers(text: str) -> None:
    assert all(number for number in numbers_of(text))
