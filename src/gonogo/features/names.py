"""Names: what a text calls by name - people, products, places, codes.

Here: capitalised runs that do not open a sentence, acronyms, codes such as "BL-20X". Rules, no model.
Not here: kinds of names, addresses and card numbers (``guardrails``).
"""

from __future__ import annotations

import re

from gonogo.features.numbers import COUNTED_PREFIXES
from gonogo.features.sentences import ABBREVIATIONS
from gonogo.features.words import STOP_WORDS

_CAPITALISED = re.compile(
    r"(?<![^\W_])[^\W\d_a-z][^\W_]*(?:['’&.+-][^\W_]+)*(?: [^\W\d_a-z][^\W_]*(?:['’&.+-][^\W_]+)*)*"
)
# The same where all letters are ASCII: a search for a capital runs ahead much faster than one that looks behind first.
_ASCII_CAPITALISED = re.compile(
    r"[A-Z](?<![A-Za-z0-9].)[A-Za-z0-9]*(?:['&.+-][A-Za-z0-9]+)*(?: [A-Z][A-Za-z0-9]*(?:['&.+-][A-Za-z0-9]+)*)*"
)
_FIGURE = re.compile(r"[0-9]")
_BLANK = re.compile(r"\s")
_COMMON_BLANKS = " \n\t\r"
_BEFORE_FIGURE = 16
"""Characters that a code may have before its first figure, and a few more."""
_CODES = re.compile(r"(?<![^\W_])[a-z]{1,12}(?:-?[0-9]+(?:[a-z]+[0-9]*)?(?:-[a-z0-9]+)*)(?![^\W_])", re.IGNORECASE)
_LEADING_DIGIT_CODES = re.compile(r"(?<![^\W_])[0-9]+-?[A-Z]+[0-9]+[A-Z0-9]*")
_OPENERS = frozenset('.!?:;\n•*-#>|"“(')
_INTERJECTIONS = """
    well ok okay oh lol hi hello hey dear thanks thank sorry sure however therefore moreover furthermore additionally
    yet note actually unfortunately certainly indeed maybe perhaps
"""
_NO_NAMES = STOP_WORDS | frozenset(_INTERJECTIONS.split())
_SHOUTED = 0.6


def names_of(text: str) -> frozenset[str]:
    """Lower-cased names of a text. A word that opens a sentence is a name only as an acronym or before another one."""
    found: set[str] = set()
    figures = _with_figures(text)
    if figures:
        found = {code.lower() for code in _CODES.findall(figures) if _is_code(code.lower())}
        found.update(map(str.lower, _LEADING_DIGIT_CODES.findall(figures)))
    if text.islower() or _is_shouted(text):
        return frozenset(found)
    capitalised = _ASCII_CAPITALISED if text.isascii() else _CAPITALISED
    for match in capitalised.finditer(text):
        run = match.group()
        if not run[0].isupper() or (run.lower() in _NO_NAMES and not _stands(run)):
            continue
        name = _without_opener(run) if _opens_a_sentence(text, match.start()) else _trimmed(run.split(" "))
        if len(name) > 1:
            found.add(name.lower())
    return frozenset(found)


def _with_figures(text: str) -> str:
    """The parts between blanks that hold figures, from shortly before the first one; only there can a code be."""
    parts: list[str] = []
    end = 0
    while figure := _FIGURE.search(text, end):
        place = figure.start()
        start = max(end, place - _BEFORE_FIGURE)
        blank = max(map(text[start:place].rfind, _COMMON_BLANKS))
        start += blank + 1
        closing = _BLANK.search(text, place)
        end = closing.start() if closing else len(text)
        parts.append(text[start:end])
    return " ".join(parts)


def _is_code(code: str) -> bool:
    prefix, hyphen, rest = code.partition("-")
    return not (hyphen and rest.isdigit() and prefix in COUNTED_PREFIXES)


def _is_shouted(text: str) -> bool:
    """Whether the text as a whole is in capitals, which then say nothing."""
    words = text.split(None, 40)[:40]
    return len(words) >= 4 and sum(map(str.isupper, words)) > _SHOUTED * len(words)


def _opens_a_sentence(text: str, position: int) -> bool:
    """Whether only blanks and a mark that ends or opens something stand before."""
    while position > 0 and text[position - 1] == " ":
        position -= 1
    if position == 0 or text[position - 1] not in _OPENERS:
        return position == 0
    word = text[max(0, position - 12) : position].rsplit(" ", 1)[-1]
    return word.rstrip(".").lower() not in ABBREVIATIONS


def _without_opener(run: str) -> str:
    """What of a run that opens a sentence is a name: all after a stop word, nothing of a lone plain word."""
    words = run.split(" ")
    if len(words) == 1 and not _is_marked(words[0]):
        return ""
    return _trimmed(words)


def _trimmed(words: list[str]) -> str:
    """The run without stop words at its ends ("The", "I")."""
    while words and words[0].lower().replace("’", "'") in _NO_NAMES and not _stands(words[0]):
        words = words[1:]
    while words and words[-1].lower() in _NO_NAMES and not _stands(words[-1]):
        words = words[:-1]
    return " ".join(words)


def _stands(word: str) -> bool:
    """Whether a word is a name although its lower-case form is none: acronyms ("IT"), the month of May."""
    return (len(word) > 1 and word.isupper()) or word == "May"


def _is_marked(word: str) -> bool:
    """Whether a word looks like a name wherever it stands: an acronym, or capitals inside ("iPhone", "GitHub")."""
    return not word[1:].islower() and len(word) > 1 and any(letter.isupper() for letter in word[1:])
