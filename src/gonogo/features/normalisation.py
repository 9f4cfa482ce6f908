"""Normalisation: undoes what is done to a text to slip it past a reader, and leaves ordinary text alone.

Here: look-alike, invisible, reversed, spaced and decorated letters put back; hidden readings (base64, leet) offered
beside the text, never in its place. Everything runs in linear time.
Not here: judging the text (``guardrails``), lower case, words and numbers (``words``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from gonogo.features.confusables import CONFUSABLE_LETTERS, TABLE
from gonogo.features.readings import hidden_readings

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .\-_*|/])[^\W\d_](?:\1[^\W\d_])*)(?![^\W_])")
_SPACED_HINT = re.compile(r"([ .\-_*|/])[^\W\d_]\1[^\W\d_]\1")
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0001-\U000e007f]+")
_OVERRIDE = re.compile("\u202e([^\u202a-\u202e]*)\u202c?")
_BIDI_CONTROLS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SOFT = re.compile("\u00ad|^\ufeff")
_INVISIBLE = re.compile(
    "[\u200b\u2060-\u2064\ufeff\u180e\u115f\u1160\u3164\uffa0\u034f\U000e0100-\U000e01ef]"
    "|(?<=[\x00-\u024f])[\u200c\u200d\ufe00-\ufe0f](?![\u20e3])"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20df\u20e1\u20e4-\u20f0\ufe20-\ufe2f"
_MARK = re.compile(f"[{_MARKS}]")
_STRAY_MARKS = re.compile(f"(?<=[A-Za-z{_MARKS}])[{_MARKS}]+")
_WORD = re.compile(r"[^\W\d_]+")
# In Chinese and Japanese text these full-width forms are ordinary punctuation.
_WIDE_PUNCTUATION = frozenset("，！？：；（）～＂＇．")
_LETTERS_TO_JOIN = 5
_MARKS_PER_LETTER = 0.6


class Normalised(Struct, frozen=True):
    """A text with evasion undone.

    ``undone`` names what had to be done, sorted, empty for plain text. ``readings`` are other texts that the same
    characters may carry (decoded base64, leet read as letters): candidates, not replacements.
    """

    text: str
    undone: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


def normalise(text: str) -> Normalised:
    """Undo evasion. Case, accents, numbers, codes and other scripts stay as they are.

    Names in ``undone``: ``control`` (control characters and lone surrogates), ``tags`` (invisible tag characters,
    decoded), ``bidi`` (direction overrides, unwound), ``invisible`` (zero-width characters), ``compatibility``
    (letters of other styles: full-width, mathematical, circled), ``combining`` (decorated letters), ``homoglyphs``
    (letters of other scripts inside Latin words), ``spaced`` (s p a c e d letters), ``base64`` and ``leet`` (a reading
    is offered).
    """
    undone: set[str] = set()
    plain = text
    if _CONTROLS.search(plain):
        plain = _CONTROLS.sub(lambda found: "\ufffd" if found.group() >= "\ud800" else "", plain)
        undone.add("control")
    if not plain.isascii():
        plain = _reveal(plain, undone)
        plain = _restyle(plain, undone)
        plain = _undecorate(plain, undone)
        plain = _unmask(plain, undone)
    plain = _join_spaced(plain, undone)
    readings, names = hidden_readings(plain)
    undone |= names
    return Normalised(plain, tuple(sorted(undone)), readings)


def _reveal(text: str, undone: set[str]) -> str:
    """Take invisible characters out; what tag characters spell is put in their place."""
    if _TAGS.search(text):
        text = _TAGS.sub(lambda found: _spelled(found.group()), text)
        undone.add("tags")
    if _BIDI_CONTROLS.search(text):
        overridden = "\u202e" in text
        text = _BIDI_CONTROLS.sub("", _OVERRIDE.sub(lambda found: found.group(1)[::-1], text))
        if overridden or not _RIGHT_TO_LEFT.search(text):
            undone.add("bidi")
    text = _SOFT.sub("", text)
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
        undone.add("invisible")
    return text


def _spelled(tags: str) -> str:
    """Tag characters mirror ASCII at U+E0000; those outside printable ASCII spell nothing."""
    return "".join(chr(ord(tag) - 0xE0000) for tag in tags if 0x20 <= ord(tag) - 0xE0000 < 0x7F)


def _restyle(text: str, undone: set[str]) -> str:
    """Letters of other styles to plain ones; ligatures, ellipses and hard blanks too, but those are ordinary."""
    replacements: dict[int, str] = {}
    for character in set(text):
        plain = _plain_form(character) if character > "\x7f" else None
        if plain is not None:
            replacements[ord(character)] = plain
            if plain.isalpha() and plain.isascii() and len(plain) == 1:
                undone.add("compatibility")
    return unicodedata.normalize("NFC", text.translate(replacements) if replacements else text)


@lru_cache(maxsize=8192)
def _plain_form(character: str) -> str | None:
    """NFKC of a styled character, or ``None`` where the character says more than its plain form ("x²", "½")."""
    decomposition = unicodedata.decomposition(character)
    if not decomposition.startswith("<") or character in _WIDE_PUNCTUATION:
        return None
    if decomposition.startswith(("<super>", "<sub>", "<fraction>")) and unicodedata.category(character) != "Lm":
        return None
    return unicodedata.normalize("NFKC", character)


def _undecorate(text: str, undone: set[str]) -> str:
    """Marks that no language puts on a letter go; accents stay, unless nearly every letter carries one."""
    decomposed = unicodedata.normalize("NFD", text)
    marks = len(_MARK.findall(decomposed))
    if not marks:
        return text
    letters = sum(map(str.isalpha, decomposed))
    if marks >= 4 and marks > _MARKS_PER_LETTER * letters:
        undone.add("combining")
        return _MARK.sub("", decomposed)
    if _STRAY_MARKS.search(text):
        undone.add("combining")
        return _STRAY_MARKS.sub("", text)
    return text


def _unmask(text: str, undone: set[str]) -> str:
    """Letters of other scripts become Latin inside a Latin word, or where all of a foreign word is look-alikes."""
    if CONFUSABLE_LETTERS.isdisjoint(text):
        return text
    foreign = _has_real_foreign_words(text)

    def unmasked(found: re.Match[str]) -> str:
        word = found.group()
        if word.isascii() or CONFUSABLE_LETTERS.isdisjoint(word):
            return word
        if any("A" <= letter <= "z" for letter in word):
            return word.translate(TABLE)
        # Small capitals make no word of any language; short Russian and Greek words may be look-alikes by chance.
        shortest = 4 if any("\u0370" <= letter <= "\u058f" for letter in word) else 2
        if not foreign and len(word) >= shortest and CONFUSABLE_LETTERS.issuperset(word):
            return word.translate(TABLE)
        return word

    plain = _WORD.sub(unmasked, text)
    if plain != text:
        undone.add("homoglyphs")
    return plain


def _has_real_foreign_words(text: str) -> bool:
    """Whether Cyrillic, Greek or Armenian letters occur that look like no Latin letter."""
    return any("\u0370" <= letter <= "\u058f" and letter not in CONFUSABLE_LETTERS for letter in set(text))


def _join_spaced(text: str, undone: set[str]) -> str:
    """Put "i g n o r e" back together; shorter runs and the alphabet itself are ordinary."""

    def joined(found: re.Match[str]) -> str:
        letters = found.group()[::2]
        if len(letters) < _LETTERS_TO_JOIN or _is_alphabet(letters.lower()):
            return found.group()
        undone.add("spaced")
        return letters

    return _SPACED.sub(joined, text) if _SPACED_HINT.search(text) else text


def _is_alphabet(letters: str) -> bool:
    return all(ord(after) > ord(before) for before, after in pairwise(letters))
