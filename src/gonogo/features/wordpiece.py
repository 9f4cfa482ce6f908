"""WordPiece: text to the row numbers of an uncased BERT vocabulary, in plain Python.

Here: cleaning, splitting and the greedy longest match of uncased BERT, in linear time, with a bounded memory of words.
Not here: special tokens (a static embedder wants none), vectors (``static_embedder``).

Rules: Devlin et al. 2018 (arXiv 1810.04805) and its published tokeniser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from gonogo.errors import BadInput

UNKNOWN = "[UNK]"
LONGEST_WORD = 100
REMEMBERED_WORDS = 20_000
_REMEMBERED_CHARACTERS = 20_000
_CHARACTERS_OF_A_WORD = 8
"""More than words have on average, the blank included."""

_ASCII_PIECES = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0xF900, 0xFAFF), (0x20000, 0x2CEAF), (0x2F800, 0x2FA1F))


class WordPiece:
    """A tokeniser over one vocabulary. ``[UNK]`` must be in it.

    Threads may share one: its two memories are plain dicts, and losing an entry only costs time.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        if UNKNOWN not in vocabulary:
            raise ValueError(f"a WordPiece vocabulary needs {UNKNOWN}")
        self.unknown = vocabulary[UNKNOWN]
        self._vocabulary = vocabulary
        self._longest = _longest_by_start(vocabulary)
        self._remembered = _Remembered(self._read)
        self._characters = _CharacterTable()

    @classmethod
    def from_file(cls, path: Path) -> WordPiece:
        """Read a vocabulary: one entry a line, the line number (from 0) is its row.

        Raises:
            BadInput: the file is missing or is no vocabulary.
        """
        try:
            entries = path.read_text("utf-8").rstrip("\n").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{path}: the vocabulary cannot be read ({error}); install gonogo again") from error
        if UNKNOWN not in entries:
            raise BadInput(f"{path}: not a WordPiece vocabulary, {UNKNOWN} is missing; install gonogo again")
        return cls({entry: row for row, entry in enumerate(entries)})

    def rows(self, text: str, limit: int | None = None) -> list[int]:
        """The vocabulary rows of a text in order, at most ``limit`` of them."""
        words = self._words(text) if limit is None else self._first_words(text, limit)
        return list(islice(chain.from_iterable(map(self._remembered.__getitem__, words)), limit))

    def _first_words(self, text: str, limit: int) -> Sequence[str]:
        """At least the first ``limit`` words where there are so many: each gives a row or more."""
        near = limit * _CHARACTERS_OF_A_WORD
        if len(text) > near and text.isascii():
            words = self._words(text[: text.rfind(" ", 0, near) + 1])
            if len(words) >= limit:
                return words
        return self._words(text)

    def _words(self, text: str) -> Sequence[str]:
        """What stands between blanks: words, of ASCII text with the signs that cling to them."""
        if text.isascii():
            plain = text if text.isprintable() else _ASCII_CONTROLS.sub("", text)
            return plain.lower().split()
        return unicodedata.normalize("NFD", text).translate(self._characters).split()

    def _read(self, word: str) -> tuple[int, ...]:
        parts = _ASCII_PIECES.findall(word) if word.isascii() else (word,)
        return tuple(chain.from_iterable(map(self._longest_matches, parts)))

    def _longest_matches(self, word: str) -> tuple[int, ...]:
        """Greedy from the left; one piece that is missing makes the whole word unknown."""
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        rows: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            longest = self._longest.get(prefix + word[start], 0)
            for end in range(min(len(word), start + longest), start, -1):
                row = self._vocabulary.get(prefix + word[start:end])
                if row is not None:
                    break
            else:
                return (self.unknown,)
            rows.append(row)
            start = end
        return tuple(rows)


def _longest_by_start(vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Characters of the longest piece by the first one, behind ``##`` where a word goes on: no longer one is looked
    for, and of a number none is long."""
    longest: dict[str, int] = {}
    for entry in vocabulary:
        goes_on = entry.startswith("##") and len(entry) > 2
        start, size = (entry[:3], len(entry) - 2) if goes_on else (entry[:1], len(entry))
        if size > longest.get(start, 0):
            longest[start] = size
    return longest


class _Remembered(dict[str, tuple[int, ...]]):
    """What stands between blanks to its rows, worked out when first met."""

    def __init__(self, read: Callable[[str], tuple[int, ...]]) -> None:
        self._read = read

    def __missing__(self, word: str) -> tuple[int, ...]:
        pieces = self._read(word)
        if len(word) <= LONGEST_WORD:
            if len(self) >= REMEMBERED_WORDS:
                self.clear()
            self[word] = pieces
        return pieces


class _CharacterTable(dict[int, str]):
    """What a character of decomposed text becomes, worked out when first met; for ``str.translate``."""

    def __missing__(self, codepoint: int) -> str:
        if len(self) >= _REMEMBERED_CHARACTERS:
            self.clear()
        self[codepoint] = replacement = _cleaned(chr(codepoint))
        return replacement


def _cleaned(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r" or character.isspace():
        return " "
    if character == "\ufffd" or category == "Mn" or category[0] == "C":
        return ""
    if _stands_alone(character, category):
        return f" {character} "
    return character.lower()


def _stands_alone(character: str, category: str) -> bool:
    if category[0] == "P" or (character.isascii() and not character.isalnum()):
        return True
    return any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
