"""Which sources a Mission vouches for."""

from __future__ import annotations

import pytest

from gonogo.domain import RetrievalPolicy


@pytest.mark.parametrize(
    ("source", "trusted"),
    [("knowledge/a.md", True), ("knowledge/web/a.md", False), ("knowledge/web/own/a.md", True), ("other/a.md", True)],
)
def test_the_longest_pattern_that_fits_decides(source: str, trusted: bool) -> None:
    trust = {"knowledge/web/own/*": "trusted", "knowledge/web/**/*": "untrusted", "knowledge/*": "trusted"}
    for order in (trust, dict(reversed(trust.items()))):
        assert RetrievalPolicy(sources=("x",), trust=order).trusts(source) is trusted  # type: ignore[arg-type]


def test_of_two_patterns_as_long_the_careful_one_decides() -> None:
    policy = RetrievalPolicy(sources=("x",), trust={"a/*.md": "trusted", "a/b.*": "trusted", "*/b.md": "untrusted"})
    assert not policy.trusts("a/b.md")
