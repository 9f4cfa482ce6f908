"""Numbers: amounts, dates and counts in one canonical spelling.

Here: "1,200" = "1200", "3.50" = "3.5", "26-month" gives 26, "two million" = "2000000", "twenty-four" = 24.
Not here: codes such as "BL-20X" (``names``), units and currencies (they are words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from gonogo.features.figures import canonical
from gonogo.features.words import words_of

_PREFIXES = """
    mid pre post late early under over top age aged page step level day week month year part section chapter version
    first last next max min sub non
"""
COUNTED_PREFIXES = frozenset(_PREFIXES.split())
"""Words before a hyphen and a number that leave it a number ("mid-2020"); behind others it is a code ("gpt-4")."""

_FIGURES = re.compile(r"([0-9]+(?:[.,:][0-9]+)*)([a-z]*)(?=(?:[- ]?([a-z]{2,9}))?)")
"""A number, what clings to it, and the word right behind, where it could be a magnitude."""
_LONGEST_UNIT = 5
_MAGNITUDES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "k": 3, "bn": 9}
_BELOW_TWENTY = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_SMALL = {word: value for value, word in enumerate(_BELOW_TWENTY.split())}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ORDINALS_WRITTEN = """
    third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
    seventeenth eighteenth nineteenth twentieth
"""
# "first" and "second" are left out: mostly they order sentences, or count time.
_ORDINALS = {word: value for value, word in enumerate(_ORDINALS_WRITTEN.split(), start=3)}
_SPELLED = frozenset(_SMALL) | frozenset(_TENS) | frozenset(_ORDINALS)
_COUNTABLE_WORDS = """
    second minute hour day night week month quarter year decade hundred thousand million billion dollar euro percent
    time user license licence device item seat person gigabyte megabyte kilogram metre meter mile
"""
_COUNTABLE = frozenset(_COUNTABLE_WORDS.split())
_BETWEEN = frozenset(
    {"full", "whole", "more", "additional", "extra", "free", "business", "working", "calendar", "single"}
)


def numbers_of(text: str, words: Sequence[str] | None = None) -> frozenset[str]:
    """The distinct numbers of a text, canonical. "one" counts only where it counts something ("one day").

    Args:
        text: as it stands.
        words: its words, where they are known already.
    """
    if not text.isascii():
        text = _with_plain_digits(text)
    found = set(_figures(text.lower()))
    words = words_of(text) if words is None else words
    if not _SPELLED.isdisjoint(words):
        found.update(_spelled(words))
    return frozenset(found)


def _figures(text: str) -> Iterator[str]:
    """Numbers written in figures, of lower-case text."""
    for match in _FIGURES.finditer(text):
        digits, suffix, word = match.groups()
        before = text[match.start() - 1 : match.start()]
        if before.isalnum() or before == "_" or len(suffix) > _LONGEST_UNIT:
            continue
        sign = ""
        if before == "-":
            if _is_part_of_a_code(text, match.start() - 1):
                continue
            sign = "-" if text[max(0, match.start() - 2) : match.start() - 1] in ("", " ", "(", "=", ":") else ""
        yield sign + _scaled(digits if _is_plain(digits) else canonical(digits), suffix or word or "")


def _is_part_of_a_code(text: str, hyphen: int) -> bool:
    """Whether letters that make no counting word stand before the hyphen."""
    start = hyphen
    while start > 0 and hyphen - start < 12 and text[start - 1].isalpha():
        start -= 1
    return start < hyphen and text[start:hyphen] not in COUNTED_PREFIXES


def _spelled(words: Sequence[str]) -> Iterator[str]:
    """Numbers written as words."""
    used = -1
    for place in [place for place, word in enumerate(words) if word in _SPELLED]:
        if place == used:
            continue
        word = words[place]
        follower, second = (*words[place + 1 : place + 3], "", "")[:2]
        value = _SMALL.get(word, _TENS.get(word, _ORDINALS.get(word, 0)))
        if word in _TENS and 1 <= _SMALL.get(follower, 0) <= 9:
            value, used = value + _SMALL[follower], place + 1
            follower, second = second, ""
        if word != "one" or _counts(follower, second):
            yield _scaled(str(value), follower)


def _counts(follower: str, second: str) -> bool:
    """Whether "one" before these words is a count and no pronoun."""
    noun = second if follower in _BETWEEN else follower
    return noun in _COUNTABLE or noun.removesuffix("s") in _COUNTABLE


def _is_plain(digits: str) -> bool:
    return digits[0] != "0" and digits.isdigit()


def _scaled(number: str, word: str) -> str:
    """Apply "million" and its like; the decimal point is moved, so that nothing is rounded."""
    zeros = _MAGNITUDES.get(word)
    if zeros is None or number.count(".") > 1 or not number.replace(".", "").isdigit() or len(number) > 30:
        return number
    whole, _, fraction = number.partition(".")
    return canonical(f"{whole}{fraction[:zeros].ljust(zeros, '0')}.{fraction[zeros:]}")


def _with_plain_digits(text: str) -> str:
    """Decimal digits of other scripts as 0 to 9."""
    foreign = {letter for letter in set(text) if letter > "\x7f" and letter.isdecimal()}
    return text.translate({ord(letter): str(unicodedata.decimal(letter)) for letter in foreign}) if foreign else text
