"""Readable: a text as patterns should see it, character by character, so that every offset still holds.

Here: digits of any script, wide letters, odd blanks and hyphens in their plain form; invisible characters left out.
Not here: undoing evasion for classifiers, where offsets do not matter (``features``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_BLANKS = dict.fromkeys(
    map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"), " "
)

_ESCAPED = re.compile(r"\\[nrt]")


class _Plain(dict[int, str]):
    """Translation table that learns each character once; bounded by the size of Unicode."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.decimal(char, None)
        if digit is not None:
            plain = str(digit)
        elif unicodedata.category(char) == "Cf":
            plain = ""
        else:
            wide = unicodedata.normalize("NFKC", char)
            plain = wide if len(wide) == 1 and wide.isascii() else char
        self[code] = plain
        return plain


_PLAIN = _Plain({**{code: chr(code) for code in range(128)}, **_HYPHENS, **_BLANKS})


@dataclass(frozen=True, slots=True)
class Readable:
    """``plain`` is what patterns are matched against; ``positions[i]`` is where its character i stands in the original
    (``None``: the same place)."""

    plain: str
    positions: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of ``plain[start:end]``, which must not be empty."""
        if self.positions is None:
            return start, end
        return self.positions[start], self.positions[end - 1] + 1


def readable(text: str) -> Readable:
    """The text in plain characters, with the way back to its own offsets."""
    # Inside JSON a line break is written as two characters, and its letter must not cling to a number.
    text = _ESCAPED.sub("  ", text) if "\\" in text else text
    if text.isascii():
        return Readable(text, None)
    plain = text.translate(_PLAIN)
    if len(plain) == len(text):
        return Readable(plain, None)
    return Readable(plain, tuple(place for place, char in enumerate(text) if _PLAIN[ord(char)]))
