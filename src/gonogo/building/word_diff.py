"""Word diff: two texts as runs of words that stayed, went and came.

Here: the comparison, bounded in time for long texts. Not here: colours and columns (``cli``, ``console``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal

from msgspec import Struct

MOST_LINES: Final = 2_000
MOST_WORDS: Final = 1_000
"""A passage with more lines, or more changed words, than these on a side is shown as replaced whole."""

_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")


class WordRun(Struct, frozen=True, kw_only=True):
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


def word_diff(old: str, new: str) -> tuple[WordRun, ...]:
    """Runs in reading order; those that are not ``added`` join to ``old``, those that are not ``removed`` to ``new``.

    Lines are matched first and words within lines that differ, so that a long prompt costs no more than its changes.
    """
    runs: list[WordRun] = []
    for kind, text in _pieces(old, new):
        if runs and runs[-1].kind == kind:
            runs[-1] = WordRun(kind=kind, text=runs[-1].text + text)
        elif text:
            runs.append(WordRun(kind=kind, text=text))
    return tuple(runs)


def _pieces(old: str, new: str) -> Iterator[tuple[Literal["same", "removed", "added"], str]]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if max(len(before), len(after)) > MOST_LINES:
        yield "removed", old
        yield "added", new
        return
    for _, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        left, right = _WORD.findall("".join(before[i:j])), _WORD.findall("".join(after[k:m]))
        if left == right:
            yield "same", "".join(left)
        elif max(len(left), len(right)) > MOST_WORDS:
            yield "removed", "".join(left)
            yield "added", "".join(right)
        else:
            yield from _words(left, right)


def _words(left: list[str], right: list[str]) -> Iterator[tuple[Literal["same", "removed", "added"], str]]:
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(left[i:j])
        else:
            yield "removed", "".join(left[i:j])
            yield "added", "".join(right[k:m])
