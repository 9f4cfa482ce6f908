"""Windows: a long text as overlapping parts, so that a short attack inside it is not diluted.

Here: where the parts begin and end. Not here: reading them (``text_features``), judging them (``classifiers``).
"""

from __future__ import annotations

MOST_WINDOWS = 400
"""Longer texts get longer windows: reading stays linear, and what is judged stays bounded."""


def windows_of(text: str, characters: int) -> list[str]:
    """Parts of about ``characters`` each, half overlapping, cut at a blank where one is near. All text is covered.

    Raises:
        ValueError: ``characters`` is under 16: too little to hold a word and its neighbours.
    """
    if characters < 16:
        raise ValueError(f"a window holds at least 16 characters, not {characters}")
    size = max(characters, 2 * len(text) // MOST_WINDOWS + 1)
    parts: list[str] = []
    start = 0
    while True:
        end = min(len(text), start + size)
        parts.append(text[start : _after_blank(text, end, size // 8)])
        if end == len(text):
            return parts
        start = _after_blank(text, start + size // 2, size // 8)


def _after_blank(text: str, place: int, reach: int) -> int:
    """The first place behind a blank within reach, else the place itself."""
    if place >= len(text):
        return len(text)
    blank = text.find(" ", place, place + reach)
    return place if blank < 0 else blank + 1
