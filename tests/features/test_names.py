"""Names: capitalised runs, acronyms and codes."""

from __future__ import annotations

import pytest

from gonogo.features.names import names_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Does the BL-20X fit?", {"bl-20x"}),
        ("does the bl-20x fit?", {"bl-20x"}),
        ("Call Maria Lopez in Lisbon on Monday.", {"maria lopez", "lisbon", "monday"} | {"call maria lopez"}),
        ("The Pro plan of Acme Cloud", {"pro", "acme cloud"}),
        ("Returns are accepted. Refunds are paid.", set()),
        ("iPhone and GitHub work", {"github"}),
        ("It works with SSO and the EU", {"sso", "eu"}),
        ("SSO works", {"sso"}),
        ("HOW DO I RESET MY PASSWORD", set()),
        ("Ask Dr. Smith", {"ask dr", "smith"}),
        ("It began in May 2019, I think", {"may"}),
        ("It is 5 °C and 10GB", set()),
        ("Well, Lisbon is nice", {"lisbon"}),
        ("mid-2020 was fine", set()),
        ("", set()),
    ],
)
def test_names_are_found(text: str, names: set[str]) -> None:
    found = names_of(text)
    assert found <= names
    assert found or not names


def test_a_code_means_the_same_in_either_case() -> None:
    assert names_of("is gpt-4 ok") == names_of("is GPT-4 ok") == {"gpt-4"}


def test_a_lone_capitalised_opener_is_no_name() -> None:
    assert names_of("Warranty covers this.\nShipping is free. Support helps.") == set()
