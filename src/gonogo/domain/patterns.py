"""Patterns: names of files with ``*``, ``?`` and ``**``, matched the same way on every machine.

Here: matching. Not here: which files there are (``building``), what a pattern stands for.
"""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether a name, split at its slashes, fits. ``*`` and ``?`` stay within one folder, ``**`` spans any number."""
    # Which prefixes of the pattern can have used up the name so far: one pass, no backtracking over folders.
    reached = _skip_stars(pattern, {0})
    for step in name:
        following: set[int] = set()
        for place in reached:
            if place == len(pattern):
                continue
            if pattern[place] == "**":
                following.add(place)
            elif fnmatchcase(step, pattern[place]):
                following.add(place + 1)
        reached = _skip_stars(pattern, following)
    return len(pattern) in reached


def _skip_stars(pattern: tuple[str, ...], places: set[int]) -> set[int]:
    reached = set(places)
    for place in places:
        following = place
        while following < len(pattern) and pattern[following] == "**":
            following += 1
            reached.add(following)
    return reached
