"""Sentences: where a paragraph too long for one chunk may be divided.

Here: a cautious rule that rather leaves two sentences together than cuts one.
Not here: sentences as features (``TextFeatures.sentences``), which judge texts and need another rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…][\"'”’)\]]{0,3}\s+|[。！？][」』”’）]{0,3}\s*")
_LAST_WORD = re.compile(r"[^\s(\[\"“‘]{1,12}$")
_SHORT_FORMS = (
    "approx bzw ca cf d.h dept dr e.g ed eq est etc fig figs ggf hr hrs i.e inc jr ltd max min mr mrs ms mt no nos nr "
    "op p pp prof resp sec sr st tel usw vol vs z.b"
)
_ABBREVIATIONS = frozenset(_SHORT_FORMS.split())


def divide_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, sentence); joined they are the whole text, blanks included.

    A full stop ends no sentence behind an abbreviation, an initial, a number that opens the text, or before a
    lower-case letter.
    """
    start = 0
    for match in _END.finditer(text):
        if match.end() < len(text) and not _continues(text, start, match):
            yield start, text[start : match.end()]
            start = match.end()
    if start < len(text):
        yield start, text[start:]


def divide_words(text: str, limit: int) -> Iterator[tuple[int, str]]:
    """Yield (offset, part), each of at most ``limit`` characters, cut at blanks where there are any."""
    start = 0
    while len(text) - start > limit:
        blank = max(text.rfind(" ", start + 1, start + limit), text.rfind("\n", start + 1, start + limit))
        end = blank + 1 if blank > 0 else start + limit
        yield start, text[start:end]
        start = end
    if start < len(text):
        yield start, text[start:]


def _continues(text: str, start: int, end: re.Match[str]) -> bool:
    if text[end.end()].islower():
        return True
    if text[end.start()] != ".":
        return False
    last = _LAST_WORD.search(text, max(start, end.start() - 13), end.start())
    if last is None:
        return False
    word = last.group()
    opens = not text[start : last.start()].strip()
    return word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or (opens and word.isdigit())
