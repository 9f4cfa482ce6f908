"""Ciphers: letters put for letters, or in another order, so plainly that anybody can read it back.

Here: rot13, atbash, text written backwards (whole, or word by word) and upside down. A text is read back only where
common English words appear that way which no ordinary text contains.
Not here: codes of characters (``encodings``), which readings are kept (``readings``).
"""

from __future__ import annotations

import codecs
import string
from collections.abc import Callable, Sequence

from gonogo.features.confusables import UPSIDE_DOWN

_COMMON = """
    the and you your that this with what for all from have will would about which their them then these where how
    could should please write tell show give make say word words answer question ignore forget previous above
    instruction instructions system prompt rules reveal repeat print secret password instead everything
    der die und das ist nicht du ein eine einen sie wie was mit auf alle alles nun jetzt vergiss ignoriere anweisungen
    schreibe sage mir dein deine
    """
_ATBASH = str.maketrans(string.ascii_letters, string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1])
_MEAN_SOMETHING = frozenset((
    "jung", "jura", "evil", "dna", "yas", "zoo", "trev", "uli", "red", "saw", "sad", "tim", "rim", "nun", "nie", "ella",
    "eid", "aha", "nhs", "lla", "qre", "wrg",
))  # fmt: skip
"""Turned words that are words or names themselves."""


def _atbash(text: str) -> str:
    return text.translate(_ATBASH)


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def _backwards(text: str) -> str:
    return text[::-1]


def _word_by_word(text: str) -> str:
    return " ".join(word[::-1] for word in text.split(" "))


def _known(turn: Callable[[str], str]) -> frozenset[str]:
    return frozenset(turned for word in _COMMON.split() if (turned := turn(word)) not in _MEAN_SOMETHING)


_CIPHERS: tuple[tuple[str, frozenset[str], tuple[Callable[[str], str], ...]], ...] = (
    ("rot13", _known(_rot13), (_rot13,)),
    ("reversed", _known(_backwards), (_backwards, _word_by_word)),
    ("atbash", _known(_atbash), (_atbash,)),
)
_EVERY = frozenset().union(*(words for _, words, _ in _CIPHERS))
_TURNED = _EVERY | {word.capitalize() for word in _EVERY} | {word.upper() for word in _EVERY}
_PLAIN = frozenset(_COMMON.split())
_WORDS_NEEDED, _SHORT = 2, 12
"""Words of a cipher that are needed, and of how many words a text may be that needs but one."""
_STANDING_ON_HEAD = frozenset(UPSIDE_DOWN)
_TURNS_INTO = str.maketrans({**UPSIDE_DOWN, **dict(zip("bdnopqsuxzaehmwy", "qpuodbsnxzaehmwy", strict=True))})
_LETTERS_NEEDED = 4


def deciphered(text: str, tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Names of the ciphers a text seems to be written in, each with the text read back."""
    found: list[tuple[str, str]] = []
    if not _TURNED.isdisjoint(tokens):
        words = {token.strip(string.punctuation).lower() for token in tokens}
        for name, known, turns in _CIPHERS:
            read_back = len(known & words)
            enough = read_back >= _WORDS_NEEDED or (read_back and len(words) <= _SHORT and words.isdisjoint(_PLAIN))
            if enough:
                found += [(name, turn(text)) for turn in turns]
    if not text.isascii() and len(_STANDING_ON_HEAD.intersection(text)) >= _LETTERS_NEEDED:
        found.append(("upside down", text.translate(_TURNS_INTO)[::-1]))
    return found
