"""Questions taken apart and laid beside one another, word by word.

Here: reduced words in order, content and small words, the kind of question, and which words of two questions meet: the
same, synonyms, forms of one word, misspellings. Not here: what follows from it (``equivalence``), the tables
(``equivalence_words``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gonogo.classifiers.feature_sets.equivalence_words import (
    ASKING,
    CONTRACTED,
    FRAME,
    FUNCTION,
    MAY_DIFFER,
    MEASURES,
    MODALS,
    SYNONYMS,
    WAYS,
    reduced,
)

MOST_LEFT = 12
"""Words left over on a side that are compared with each of the other side."""
_EDGE = ""
_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True, slots=True)
class Question:
    """One question, taken apart. ``tokens`` are reduced words in order, ``content`` those that carry meaning."""

    tokens: tuple[str, ...]
    content: tuple[str, ...]
    small: frozenset[str]
    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    modals: frozenset[str]
    kind: str
    slots: dict[tuple[str, str], str]
    forms: dict[str, str]


def taken_apart(words: Sequence[str]) -> Question:
    """Contractions in full, words reduced, small words apart."""
    plain = [part for word in words for part in CONTRACTED.get(word, (word,))]
    tokens, content, small, forms = [], [], [], {}
    for word in plain:
        if word in FRAME or word in _ARTICLES:
            continue
        if word in FUNCTION:
            tokens.append(word)
            if word not in MAY_DIFFER and word not in ASKING and word not in MODALS:
                small.append(word)
            continue
        stem = reduced(word)
        tokens.append(stem)
        content.append(stem)
        forms[stem] = word
    around = (_EDGE, *tokens, _EDGE)
    slots = {(around[place - 1], around[place + 1]): around[place] for place in range(1, len(around) - 1)}
    modals = frozenset(MODALS[word] for word in plain if word in MODALS)
    return Question(
        tuple(tokens), tuple(content), frozenset(small), frozenset(tokens), frozenset(pairwise(tokens)), modals,
        _kind(plain), slots, forms,
    )  # fmt: skip


def _kind(words: Sequence[str]) -> str:
    """The kind of question: its first asking word, "how" for "what is the best way to", or "" where none is."""
    for place, word in enumerate(words[:12]):
        if word in ASKING:
            after = words[place + 1 : place + 7]
            if word in ("what", "which") and not WAYS.isdisjoint(after):
                return "how"
            if word in ("what", "which") and after[:1] in (["time"], ["date"], ["day"]):
                return "when"
            if word == "what" and "reason" in after:
                return "why"
            if word == "how" and after[:1] == ["come"]:
                return "why"
            if word == "how" and after and after[0] in MEASURES:
                return f"how {after[0]}"
            return {"which": "what", "whom": "who"}.get(word, word)
    return ""


@dataclass(slots=True)
class Pairs:
    """What is left over on each side; for each paired word, in the order of the left side, its place on the right."""

    left: list[str]
    right: list[str]
    places: list[int]
    alike: int = 0


def aligned(left: Question, right: Question) -> Pairs:
    """Content words paired: the same, then synonyms, other forms and misspellings."""
    free: dict[str, list[int]] = {}
    for place, stem in enumerate(right.content):
        free.setdefault(stem, []).append(place)
    met: dict[int, int] = {}
    over: list[int] = []
    for place, stem in enumerate(left.content):
        where = free.get(stem)
        if where:
            met[place] = where.pop(0)
        else:
            over.append(place)
    rest = [place for where in free.values() for place in where]
    alike = 0
    if 0 < len(over) <= MOST_LEFT and 0 < len(rest) <= MOST_LEFT:
        rest.sort()
        same = len(met)
        for rule in (_synonymous, _one_root, _misspelled):
            _pair(over, rest, left.content, right.content, rule, met)
        alike = len(met) - same
    places = [met[place] for place in sorted(met)] if alike else list(met.values())
    return Pairs([left.content[place] for place in over], [right.content[place] for place in rest], places, alike)


def _pair(
    over: list[int], rest: list[int], left: Sequence[str], right: Sequence[str], alike: Callable[[str, str], bool],
    met: dict[int, int],
) -> None:  # fmt: skip
    """Move the pairs that are alike from what is left over to what has met."""
    for place in list(over):
        for other in rest:
            if alike(left[place], right[other]):
                met[place] = other
                over.remove(place)
                rest.remove(other)
                break


def _synonymous(one: str, other: str) -> bool:
    groups = SYNONYMS.get(one)
    return groups is not None and not groups.isdisjoint(SYNONYMS.get(other, frozenset()))


def _one_root(one: str, other: str) -> bool:
    """ "cancel" and "cancellation": the shorter, but for its last letter, begins the longer."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    return len(shorter) >= 4 and not shorter[-1].isdigit() and longer.startswith(shorter[: max(4, len(shorter) - 1)])


def _misspelled(one: str, other: str) -> bool:
    """One letter more, less or other, or two exchanged, in words of five letters and more without digits."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(shorter) < 5 or len(longer) - len(shorter) > 1 or not (one.isalpha() and other.isalpha()):
        return False
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    rest, others = shorter[start:], longer[start:]
    return rest[1:] == others[1:] or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
