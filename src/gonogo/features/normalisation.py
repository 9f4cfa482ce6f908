"""Normalisation: undoes what is done to a text to slip it past a reader, and leaves ordinary text alone.

Here: look-alike, invisible, reversed, spaced and decorated letters put back. Everything runs in linear time, and
normalising twice changes nothing more.
Not here: other texts that the same characters may carry (``readings``), judging the text (``guardrails``,
``classifiers``), lower case, words and numbers (``words``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from gonogo.features.confusables import unmask
from gonogo.features.readings import hidden_readings, is_readable, shape_of

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .\-_·•・⋅])[^\W\d_](?:\1[^\W\d_])*)(?![^\W_])")
_SPACED_HINT = re.compile(r"([ .\-_·•・⋅])[^\W\d_]\1[^\W\d_]\1")
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0001-\U000e007f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_OVERRIDE = re.compile("\u202e([^\u202a-\u202e]*)\u202c?")
_BIDI_CONTROLS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SOFT = re.compile("\u00ad|^\ufeff")
_INVISIBLE = re.compile(
    "[\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\u180b-\u180e\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5"
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef]|(?<=[\x00-\u024f])[\u200c\u200d\ufe00-\ufe0f](?![\u20e3])"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20df\u20e1\u20e4-\u20f0\ufe20-\ufe2f"
_MARK = re.compile(f"[{_MARKS}]")
_STRAY_MARKS = re.compile(f"(?<=[A-Za-z{_MARKS}])[{_MARKS}]+")
# Single letters of another style are mathematics (the reals, x to the n), so are one or two raised or lowered ones.
_RAISED = "\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2071\u207f\u2090-\u209c\u2c7c\u2c7d"
_KEPT = re.compile(
    "((?<![^\\W\\d_])[\u2102-\u2149\U0001d400-\U0001d7cb](?![^\\W\\d_])"
    f"|(?<![{_RAISED}])[{_RAISED}]{{1,2}}(?![{_RAISED}]))"
)
# Negative circled and squared letters; alone or in pairs they are signs (blood types, car parks).
_BOXED = re.compile("[\U0001f150-\U0001f169\U0001f170-\U0001f189]{3,}")
# In Chinese and Japanese text these full-width forms are ordinary punctuation.
_WIDE_PUNCTUATION = frozenset("，！？：；（）～＂＇．")
_LETTERS_TO_JOIN = 5
_MARKS_PER_LETTER = 0.6
_PASSES = 4
"""One disguise may hide another; hardly any text needs more than two passes."""


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

    Names in ``undone``: ``control`` (control characters and lone surrogates), ``tags`` (invisible tag characters and
    variation selectors that spell something, decoded), ``bidi`` (direction overrides, unwound), ``invisible``
    (zero-width characters), ``compatibility`` (letters of other styles: full-width, mathematical, circled),
    ``combining`` (decorated letters), ``homoglyphs`` (letters of other scripts inside Latin words), ``spaced``
    (s p a c e d letters); and the names of ``hidden_readings`` where a reading is offered.
    """
    undone: set[str] = set()
    plain = text
    if not plain.isprintable() and _CONTROLS.search(plain):
        plain = _CONTROLS.sub(lambda found: "\ufffd" if found.group() >= "\ud800" else "", plain)
        undone.add("control")
    if not plain.isascii():
        plain = _uncovered(plain, undone)
    shape = shape_of(plain)
    if shape.apart and _SPACED_HINT.search(plain):
        plain = _together(plain, undone)
        shape = shape_of(plain) if "spaced" in undone else shape
    readings, names = hidden_readings(plain, shape)
    if not undone and not names:
        return Normalised(plain)
    return Normalised(plain, tuple(sorted(undone | names)), readings)


def _uncovered(text: str, undone: set[str]) -> str:
    """Everything that only other characters than ASCII can hide."""
    for _ in range(_PASSES):
        before = text
        text = _undecorate(_restyle(_reveal(text, undone), undone), undone)
        plain = unmask(text)
        if plain != text:
            undone.add("homoglyphs")
        text = plain
        if text == before:
            break
    return text


def _reveal(text: str, undone: set[str]) -> str:
    """Take invisible characters out; what tag characters or selectors spell is put in their place."""
    if _TAGS.search(text):
        text = _TAGS.sub(lambda found: _spelled(found.group()), text)
        undone.add("tags")
    if _SELECTORS.search(text):
        text = _SELECTORS.sub(lambda found: _selected(found.group(), undone), text)
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


def _selected(selectors: str, undone: set[str]) -> str:
    """The text whose bytes a run of the 256 variation selectors stands for; a run that spells none is left."""
    codes = map(ord, selectors)
    carried = bytes(code - 0xFE00 if code < 0xE0000 else code - 0xE0100 + 16 for code in codes)
    spelled = carried.decode("utf-8", "replace")
    if not is_readable(spelled):
        return selectors
    undone.add("tags")
    return spelled


def _restyle(text: str, undone: set[str]) -> str:
    """Letters of other styles to plain ones; ligatures, ellipses and hard blanks too, but those are ordinary."""
    replacements: dict[int, str] = {}
    for character in set(text):
        plain = _plain_form(character) if character > "\x7f" else None
        if plain is not None:
            replacements[ord(character)] = plain
    if replacements:
        parts = _KEPT.split(text)
        for place in range(0, len(parts), 2):
            styled = parts[place]
            parts[place] = styled.translate(replacements)
            if parts[place] != styled and "compatibility" not in undone and _has_styled_letter(styled, replacements):
                undone.add("compatibility")
        text = "".join(parts)
    text = unicodedata.normalize("NFC", text)
    if _BOXED.search(text):
        text = _BOXED.sub(_unboxed, text)
        undone.add("compatibility")
    return text


def _has_styled_letter(text: str, replacements: dict[int, str]) -> bool:
    plain = (replacements.get(ord(character), "") for character in set(text))
    return any(len(one) == 1 and one.isascii() and one.isalpha() for one in plain)


@lru_cache(maxsize=8192)
def _plain_form(character: str) -> str | None:
    """NFKC of a styled character, or ``None`` where the character says more than its plain form ("x²", "½")."""
    decomposition = unicodedata.decomposition(character)
    if not decomposition.startswith("<") or character in _WIDE_PUNCTUATION:
        return None
    if decomposition.startswith(("<super>", "<sub>", "<fraction>")) and unicodedata.category(character) != "Lm":
        return None
    return unicodedata.normalize("NFKC", character)


def _unboxed(found: re.Match[str]) -> str:
    return "".join(chr(ord("A") + (ord(box) - 0x1F150) % 32) for box in found.group())


def _undecorate(text: str, undone: set[str]) -> str:
    """Marks that no language puts on a letter go; accents stay, unless nearly every letter carries one."""
    decomposed = unicodedata.normalize("NFD", text)
    marks = len(_MARK.findall(decomposed))
    if not marks:
        return text
    letters = sum(map(str.isalpha, decomposed))
    if marks >= 4 and marks > _MARKS_PER_LETTER * letters:
        undone.add("combining")
        return unicodedata.normalize("NFC", _MARK.sub("", decomposed))
    if _STRAY_MARKS.search(text):
        undone.add("combining")
        return _STRAY_MARKS.sub("", text)
    return text


def _together(text: str, undone: set[str]) -> str:
    """Put "i g n o r e" back together; shorter runs and the alphabet itself are ordinary.

    Where a long run stands apart, shorter ones apart by the same sign belong to it: "i g n o r e   a l l".
    """
    words = {(found.group(1), found.group()[::2]) for found in _SPACED.finditer(text)}
    long = [(sign, letters) for sign, letters in words if _is_word(letters)]
    if len(long) == 1 and long[0][0] == "." and long[0][1].isupper():  # an acronym, S.P.E.L.L.E.D so
        return text
    signs = {sign for sign, _ in long}
    if not signs:
        return text
    undone.add("spaced")
    plain = _SPACED.sub(lambda found: found.group()[::2] if found.group(1) in signs else found.group(), text)
    return re.sub(" {2,}", " ", plain) if " " in signs else plain


def _is_word(letters: str) -> bool:
    return len(letters) >= _LETTERS_TO_JOIN and not _is_alphabet(letters.lower())


def _is_alphabet(letters: str) -> bool:
    return all(ord(after) > ord(before) for before, after in pairwise(letters))
