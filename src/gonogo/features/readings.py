"""Readings: other texts that the same characters may carry.

Here: which readings are offered, and what is looked at first so that ordinary text costs next to nothing; leet and
signs between letters. All only offered, for a text may well contain numbers and codes.
Not here: codes of characters (``encodings``), letters exchanged or turned round (``ciphers``), what replaces the text
(``normalisation``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gonogo.features.ciphers import deciphered
from gonogo.features.encodings import decoded, is_readable

LONGEST_READING = 4096
MOST_READINGS = 8
_DEPTH = 2
"""A reading may hide another one."""

__all__ = ["LONGEST_READING", "MOST_READINGS", "Shape", "hidden_readings", "is_readable", "shape_of"]

_FIGURES = re.compile(r"[0-9@$!]")
_LEET_HINT = re.compile(r"[0134578@$!][A-Za-z]")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!]+")
_NOT_ALWAYS_LEET = frozenset("269")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_ALL_LEET = str.maketrans("0134578@$!269", "oieastbasizgg")
_NUMERONYM = re.compile(r"[A-Za-z][0-9]{1,3}[A-Za-z]")
_QUANTITY = re.compile(r"[0-9]+[A-Za-z]{1,4}")
"""Such as "10th" or "30min"."""
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_SIGNS = re.compile(r"(?<![^\W_])[^\W_](?:([*/|+,;:~=^<>\\]| ?[.\-_*/|+,;:~=·•] ?)[^\W_](?:\1[^\W_])*)(?![^\W_])")
_SIGNS_HINT = re.compile(r"([*/|+,;:~=^<>\\.\-_·•] ?)[^\W_]\1[^\W_]\1[^\W_]\1")
_LETTERS_TO_JOIN, _WORDS_TO_JOIN, _WORD_OF = 10, 2, 4
_VOWELS = frozenset("aeiouAEIOU")


class Shape(NamedTuple):
    """What is cheap to know of a text, and tells which disguises it cannot be wearing."""

    tokens: list[str]
    """Its parts between blanks."""
    longest: int
    """Characters of the longest of them."""
    apart: bool
    """Whether five letters may stand apart, by blanks or signs; never wrongly no."""


def shape_of(text: str) -> Shape:
    """The shape of a text."""
    tokens = text.split()
    sizes = list(map(len, tokens))
    longest = max(sizes, default=0)
    return Shape(tokens, longest, longest >= 9 or sizes.count(1) >= 3)


def hidden_readings(text: str, shape: Shape) -> tuple[tuple[str, ...], frozenset[str]]:
    """Candidate readings of a text, and the names of the disguises they were found under.

    Names: ``base64``, ``hex``, ``escapes`` (letters as percent, HTML or Unicode escapes), ``binary``, ``morse``,
    ``leet``, ``rot13``, ``reversed``, ``atbash``, ``upside down``, ``spelled`` (signs between all letters). At most 8
    readings of at most 4,096 characters each.
    """
    names: set[str] = set()
    newest = _readings(text, shape, names)
    if not newest:
        return (), frozenset()
    readings: list[str] = []
    for _ in range(_DEPTH):
        newest = [one for one in dict.fromkeys(newest) if one not in readings and one != text]
        readings += newest
        newest = [deeper for one in newest[:MOST_READINGS] for deeper in _readings(one, shape_of(one), names)]
    return tuple(readings[:MOST_READINGS]), frozenset(names)


def _readings(text: str, shape: Shape, names: set[str]) -> list[str]:
    figures = _FIGURES.search(text) is not None
    found = [*decoded(text, shape.longest, figures), *deciphered(text, shape.tokens)]
    if figures and _LEET_HINT.search(text) and (read := _leet(text)):
        found.append(("leet", read))
    if shape.apart and _SIGNS_HINT.search(text):
        found += [("spelled", joined) for joined in _joined(text)]
    names.update(name for name, _ in found)
    return [reading[:LONGEST_READING] for _, reading in found]


def _leet(text: str) -> str | None:
    """The text with leet words read as letters, where there are enough of them to mean it."""
    disguised: set[str] = set()
    hint = _LEET_HINT.search(text)
    part = text[max(0, hint.start() - LONGEST_READING // 4) :][:LONGEST_READING] if hint else ""
    for word in _LEET_WORD.findall(part):
        bare = word.strip("@$!")
        if len(bare) > 3 and _NOT_ALWAYS_LEET.isdisjoint(bare) and _is_leet(bare) and not _QUANTITY.fullmatch(bare):
            disguised.add(bare)
    enough = len(disguised) >= 3 or (len(disguised) == 2 and max(map(len, disguised)) >= 6)
    if len(disguised) < 3:
        return _LEET_WORD.sub(lambda found: _as_letters(found.group(), _LEET), part) if enough else None
    return _LEET_WORD.sub(lambda found: _surely(found.group()), part)


def _as_letters(word: str, table: dict[int, int]) -> str:
    return word.translate(table) if _is_leet(word) else word


def _surely(word: str) -> str:
    """A word of a text that is leet throughout: short ones too, and those of stand-ins alone ("15" is "is")."""
    plain = word.translate(_ALL_LEET)
    return plain if plain.isalpha() and (len(word) <= 3 or not word.isdigit()) else word


def _is_leet(word: str) -> bool:
    """Letters and stand-ins mixed, a stand-in before the last letter; no hexadecimal number, no "i18n"."""
    if not 3 <= len(word) <= 40 or word.isalpha() or _HEXADECIMAL.issuperset(word) or _NUMERONYM.fullmatch(word):
        return False
    letters = [place for place, character in enumerate(word) if character.isalpha()]
    return bool(letters) and any(not character.isalpha() for character in word[: letters[-1]])


def _joined(text: str) -> list[str]:
    """The text with letters put together that stand apart by a sign ("i*g*n*o*r*e"), where there are many of them."""
    count = 0
    words: set[str] = set()

    def joined(found: re.Match[str]) -> str:
        nonlocal count
        letters = found.group().split(found.group(1))
        if sum(map(str.isalpha, letters)) < 0.6 * len(letters):
            return found.group()
        word = "".join(letters)
        count += len(word)
        if len(word) >= _WORD_OF and not _VOWELS.isdisjoint(word) and sorted(word) != letters:
            words.add(word)
        return word

    plain = _SIGNS.sub(joined, text[:LONGEST_READING])
    return [plain] if count >= _LETTERS_TO_JOIN and len(words) >= _WORDS_TO_JOIN else []
