"""Exact: when two questions are the same question typed twice.

Here: one spelling for case, width, blanks and closing marks. Not here: other ways of asking (``meaning``).
"""

from __future__ import annotations

import re
import unicodedata

_CAPITALS = re.compile(r"\b[A-Z]{2,4}\b")
_CASE_MATTERS = frozenset(
    {"US", "IT", "WHO", "IS", "OR", "IN", "ON", "AM", "PM", "ME", "AND", "MAY", "AID", "ALL", "CAN"}
)


def same_spelling(question: str) -> str:
    """Two questions with the same result are answered alike.

    Case is dropped, except in short capital words that mean something else without it ("ship to US", "ship to us"),
    unless everything is in capitals.
    """
    plain = " ".join(unicodedata.normalize("NFKC", question).split()).rstrip(" ?.!")
    kept = weighty_capitals(plain)
    if not kept:
        return plain.casefold()
    parts, done = [], 0
    for match in _CAPITALS.finditer(plain):
        if match.group() in kept:
            parts += [plain[done : match.start()].casefold(), match.group()]
            done = match.end()
    return "".join(parts) + plain[done:].casefold()


def weighty_capitals(text: str) -> frozenset[str]:
    """The capital words whose meaning hangs on their case; none where everything is in capitals."""
    return frozenset() if text.isupper() else frozenset(_CAPITALS.findall(text)) & _CASE_MATTERS
