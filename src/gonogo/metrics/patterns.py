"""Patterns: regular expressions that a golden file may hold.

Here: compiling them with a message that points at the fault, and refusing those that may never end.
Not here: matching answers (``text_assertions``).
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

LONGEST_PATTERN = 2000
REMEMBERED = 1024
"""Patterns whose problem is remembered: golden tasks share a few, each looked at when read and with every answer."""
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,\}")


@lru_cache(maxsize=REMEMBERED)
def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, with the position counted from 1, or ``None``."""
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern has {len(pattern)} characters, the limit is {LONGEST_PATTERN}"
    try:
        with warnings.catch_warnings():
            # `[[a]` may mean something else to a later Python; here and now it means what it says.
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern)
    except re.error as error:
        place = "" if error.pos is None else f" at position {error.pos + 1}"
        return f"the pattern does not compile{place}: {error.msg}"
    except (OverflowError, RecursionError) as error:
        return f"the pattern does not compile: {error}"
    repetition = _nested_repetition(pattern)
    if repetition is not None:
        return (
            f"the repetition at position {repetition + 1} repeats a group that itself repeats, which may take for ever;"
            " make the inner one possessive (a++) or bounded (a{1,20})"
        )
    return None


def _nested_repetition(pattern: str) -> int | None:
    """Where an unbounded repetition follows a group that holds one itself, as in "(a+)+".

    Possessive repetitions (``a++``) give nothing back and are safe. Alternatives that overlap are not looked for.
    """
    open_groups = [False]
    place = 0
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 2
            continue
        if character == "[":
            place = _end_of_class(pattern, place)
            continue
        if character == "(":
            open_groups.append(False)
        elif character == ")" and len(open_groups) > 1:
            inner = open_groups.pop()
            repeated = _UNBOUNDED.match(pattern, place + 1)
            if inner and repeated and pattern[repeated.end() : repeated.end() + 1] != "+":
                return place + 1
            open_groups[-1] = open_groups[-1] or inner
        elif repeated := _UNBOUNDED.match(pattern, place):
            possessive = pattern[repeated.end() : repeated.end() + 1] == "+"
            open_groups[-1] = open_groups[-1] or not possessive
            place = repeated.end() + possessive
            continue
        place += 1
    return None


def _end_of_class(pattern: str, place: int) -> int:
    """The place behind a "[...]"."""
    place += 2 if pattern[place + 1 : place + 2] == "^" else 1
    place += pattern[place : place + 1] == "]"
    while place < len(pattern) and pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1
