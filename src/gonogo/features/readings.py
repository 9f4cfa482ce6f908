"""Readings: other texts that the same characters may carry.

Here: base64 decoded, leet read as letters; both only offered, for a text may well contain numbers and codes.
Not here: what replaces the text (``normalisation``).
"""

from __future__ import annotations

import base64
import binascii
import re

LONGEST_READING = 4096
MOST_READINGS = 8

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}")
_LEET_HINT = re.compile(r"[A-Za-z][0134578@$!]{1,3}[A-Za-z]|(?<![^\s])[0134578@$!][A-Za-z]")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!]+")
_NO_LEET = frozenset("269")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def hidden_readings(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Candidate readings of a text, and the names of the disguises they were found under."""
    names: set[str] = set()
    readings: list[str] = []
    if len(text) >= 20 and _BASE64.search(text):
        decoded = _decoded(text)
        readings += decoded
        names |= {"base64"} if decoded else set()
    if _LEET_HINT.search(text) and (read := _leet(text)):
        readings.append(read)
        names.add("leet")
    return tuple(readings), frozenset(names)


def _decoded(text: str) -> list[str]:
    """Runs of base64 that decode to readable UTF-8."""
    found: list[str] = []
    for run in _BASE64.finditer(text):
        code = run.group()[: LONGEST_READING // 3 * 4].replace("-", "+").replace("_", "/")
        if code.isalpha() and (code.islower() or code.isupper()):
            continue
        try:
            plain = base64.b64decode(code[: len(code) // 4 * 4] + _tail(code), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if _is_readable(plain):
            found.append(plain)
            if len(found) == MOST_READINGS:
                break
    return found


def _tail(code: str) -> str:
    """The last, incomplete group, padded; a single left-over letter carries no byte."""
    rest = code[len(code) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _is_readable(plain: str) -> bool:
    letters = sum(character.isalpha() or character == " " for character in plain)
    return plain.isprintable() and letters >= (0.6 if " " in plain else 0.75) * len(plain)


def _leet(text: str) -> str | None:
    """The text with leet words read as letters, where there are enough of them to mean it."""
    disguised: list[str] = []

    def read(found: re.Match[str]) -> str:
        word = found.group()
        if not _is_leet(word):
            return word
        if len(word) > 3:
            disguised.append(word)
        return word.translate(_LEET)

    plain = _LEET_WORD.sub(read, text[:LONGEST_READING])
    enough = len(disguised) >= 3 or (len(disguised) == 2 and max(map(len, disguised)) >= 6)
    return plain if enough else None


def _is_leet(word: str) -> bool:
    """Letters and stand-ins mixed, a stand-in before the last letter, no hexadecimal number."""
    if not 3 <= len(word) <= 40 or word.isalpha() or _HEXADECIMAL.issuperset(word) or not _NO_LEET.isdisjoint(word):
        return False
    letters = [place for place, character in enumerate(word) if character.isalpha()]
    return bool(letters) and any(not character.isalpha() for character in word[: letters[-1]])
