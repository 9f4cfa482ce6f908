"""Windows over long texts: everything is covered, and never more than a bounded number of parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.features.windows import MOST_WINDOWS, windows_of


@given(st.text(alphabet="ab \n", min_size=0, max_size=3000), st.integers(16, 500))
def test_windows_cover_the_whole_text_in_order(text: str, characters: int) -> None:
    place = 0
    for part in windows_of(text, characters):
        start = text.index(part, 0 if place == 0 else max(0, place - 2 * characters)) if part else place
        assert start <= place
        place = max(place, start + len(part))
    assert place == len(text)


def test_windows_overlap_by_about_half() -> None:
    parts = windows_of("word " * 1000, 600)
    assert all(parts[n][-250:].strip()[:100] in parts[n + 1] for n in range(len(parts) - 2))


def test_a_huge_text_has_a_bounded_number_of_windows() -> None:
    assert len(windows_of("a" * 5_000_000, 600)) <= MOST_WINDOWS


def test_a_window_too_small_to_hold_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        windows_of("text", 3)
