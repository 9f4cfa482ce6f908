"""Word diff: two texts as runs of words that stayed, went and came.

Here: the comparison (Myers 1986, An O(ND) Difference Algorithm, Algorithmica 1:251), bounded in time for any text.
Not here: colours and columns (``cli``, ``console``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, Literal

from msgspec import Struct

MOST_PIECES: Final = 2_000
MOST_EDITS: Final = 400
"""A passage with more lines or words, or more edits, than these is shown as replaced whole."""

RunKind = Literal["same", "removed", "added"]
_Edit = tuple[RunKind, str]
_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")


class WordRun(Struct, frozen=True, kw_only=True):
    """A stretch of text that stayed, went or came."""

    kind: RunKind
    text: str


def word_diff(old: str, new: str) -> tuple[WordRun, ...]:
    """Runs in reading order; those that are not ``added`` join to ``old``, those that are not ``removed`` to ``new``.

    Lines are matched first and words within lines that differ, so that a long prompt costs no more than its changes.
    """
    pieces = _by_words(_edits(old.splitlines(keepends=True), new.splitlines(keepends=True)))
    runs = ((kind, "".join(text for _, text in group)) for kind, group in groupby(pieces, key=lambda piece: piece[0]))
    return tuple(WordRun(kind=kind, text=text) for kind, text in runs)


def _by_words(lines: Sequence[_Edit]) -> Iterator[_Edit]:
    for stayed, group in groupby(lines, key=lambda line: line[0] == "same"):
        passage = list(group)
        if stayed:
            yield from passage
        else:
            went = "".join(text for kind, text in passage if kind == "removed")
            came = "".join(text for kind, text in passage if kind == "added")
            yield from _edits(_WORD.findall(went), _WORD.findall(came))


def _edits(old: Sequence[str], new: Sequence[str]) -> list[_Edit]:
    shorter = min(len(old), len(new))
    head = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    rest = shorter - head
    tail = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    middle = _shortest(left, right) if max(len(left), len(right)) <= MOST_PIECES else None
    if middle is None:
        middle = [*_all("removed", left), *_all("added", right)]
    return [*_all("same", old[:head]), *middle, *_all("same", old[len(old) - tail :])]


def _all(kind: RunKind, texts: Sequence[str]) -> list[_Edit]:
    return [(kind, text) for text in texts]


def _shortest(old: Sequence[str], new: Sequence[str]) -> list[_Edit] | None:
    """The shortest edit script; ``None`` where it takes more than `MOST_EDITS`.

    ``furthest[k]`` is how far into ``old`` the best path on diagonal k (place in old less place in new) has come.
    """
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(MOST_EDITS + 1):
        history.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            while x < len(old) and 0 <= x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _script(old, new, history)
    return None


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
    return furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1


def _script(old: Sequence[str], new: Sequence[str], history: list[dict[int, int]]) -> list[_Edit]:
    backwards: list[_Edit] = []
    x, y = len(old), len(new)
    for edits in range(len(history) - 1, -1, -1):
        furthest, diagonal = history[edits], x - y
        start = _step(furthest, diagonal, edits)
        while x > start:
            x, y = x - 1, y - 1
            backwards.append(("same", old[x]))
        if edits:
            if diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]):
                y -= 1
                backwards.append(("added", new[y]))
            else:
                x -= 1
                backwards.append(("removed", old[x]))
    return backwards[::-1]
