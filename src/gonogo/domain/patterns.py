"""Patterns: names of files with ``*``, ``?`` and ``**``, matched the same way on every machine.

Here: matching. Not here: which files there are (``building``), what a pattern stands for.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache


def matches(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether a name, split at its slashes, fits. ``*`` and ``?`` stay within one folder, ``**`` spans any number."""
    reached = _after_folders(pattern, name[:-1])
    return len(pattern) in (_step(pattern, reached, name[-1]) if name else reached)


@lru_cache(maxsize=4_096)
def _after_folders(pattern: tuple[str, ...], folders: tuple[str, ...]) -> frozenset[int]:
    """Which prefixes of the pattern can have used up these folders, remembered for the other files in them."""
    # One pass, no backtracking over folders.
    reached = _skip_stars(pattern, frozenset({0}))
    for step in folders:
        reached = _step(pattern, reached, step)
    return reached


def _step(pattern: tuple[str, ...], reached: frozenset[int], step: str) -> frozenset[int]:
    following: set[int] = set()
    for place in reached:
        if place == len(pattern):
            continue
        if pattern[place] == "**":
            following.add(place)
        elif fnmatchcase(step, pattern[place]):
            following.add(place + 1)
    return _skip_stars(pattern, frozenset(following))


def _skip_stars(pattern: tuple[str, ...], places: frozenset[int]) -> frozenset[int]:
    reached = set(places)
    for place in places:
        following = place
        while following < len(pattern) and pattern[following] == "**":
            following += 1
            reached.add(following)
    return frozenset(reached)
