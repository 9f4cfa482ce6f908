"""How Missions, Environments and Versions are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.assembly.reference import Reference, _remembered, parse_reference
from gonogo.errors import BadInput

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,10}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("support", Reference("support")),
        ("support:staging", Reference("support", environment="staging")),
        ("support@7", Reference("support", version=7)),
        ("support@v7", Reference("support", version=7)),
        ("  support@07\n", Reference("support", version=7)),
        ("2nd.line_support-eu:pre-prod", Reference("2nd.line_support-eu", environment="pre-prod")),
    ],
)
def test_a_reference_is_read(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@given(
    st.builds(Reference, names, st.none(), st.none() | names) | st.builds(Reference, names, st.integers(0, 10**9 - 1))
)
def test_what_is_written_is_read_again(reference: Reference) -> None:
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    ["", " ", "@7", ":staging", "support@", "support@x", "support@-1", "support@7:staging", "support:a@7", "a b",
     "../support", "support/x", "-support", "support@1234567890", "support@٣", "support\nx", "support@7\n@8", "süd"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(BadInput, match="write support, support:staging or support@7"):
        parse_reference(text)


def test_a_long_name_is_read_and_not_remembered() -> None:
    before = _remembered.cache_info().currsize

    assert parse_reference("a" * 300).mission == "a" * 300
    assert _remembered.cache_info().currsize == before
