"""Words: what a text is made of, in the spelling that search, overlap and caches compare.

Here: splitting into words, stop words, English stems, negations.
Not here: numbers (``numbers``), names and codes (``names``), sentences (``sentences``).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from itertools import chain
from typing import Protocol

from gonogo.features.figures import canonical

_DIGITS = frozenset("0123456789")
LONGEST_WORD = 64
REMEMBERED_STEMS, REMEMBERED_TOKENS = 50_000, 20_000

_ASCII_WORDS = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+|(?<=[0-9])[.,:][0-9]+)*")
# Chinese and Japanese write no blanks: each character is a word of its own.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[^\W_{_UNSPACED}]+(?:['’][^\W_{_UNSPACED}]+|(?<=[0-9])[.,:][0-9]+)*|[{_UNSPACED}]")

_STOPS = """
    a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing done down during each either else etc few for from further had has have having he her
    here hers herself him himself his how i if in into is it its itself just let like may me might more most much must
    my myself neither no nor not now of on once only onto or other our ours ourselves out over own per please shall she
    should so some such than that the their theirs them themselves then there these they this those through thus to
    too under until up upon us very via was we were what when where whether which while who whom whose why will with
    would yes you your yours yourself yourselves
    ain't aren't can't cannot couldn't didn't doesn't don't hadn't hasn't haven't he's i'd i'll i'm i've isn't it's
    let's mustn't she's shouldn't that's there's they're they've wasn't we'd we'll we're we've weren't what's who's
    won't wouldn't you'd you'll you're you've
    """
STOP_WORDS = frozenset(_STOPS.split())
"""English words that carry no content: articles, pronouns, auxiliaries, prepositions, question words."""

_NEGATIVES = """
    not no never without cannot nor neither none nobody nothing nowhere non off unable impossible unavailable invalid
    inactive exclude excludes excluded excluding deny denies denied forbid forbids forbidden prohibit prohibits
    prohibited disable disables disabled disabling deactivate deactivates deactivated deactivating
    """
_NEGATIONS = frozenset(_NEGATIVES.split())


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - PyStemmer's own spelling


class Stems:
    """English stems (Snowball), remembered. The stemmer is loaded with the first word and guarded by a lock."""

    def __init__(self) -> None:
        self._remembered: dict[str, str] = {}
        self._lock = threading.Lock()
        self._stemmer: _Stemmer | None = None

    def __call__(self, words: Iterable[str]) -> list[str]:
        """The stems of words that are no stop words, in order; accents folded, numbers as they are."""
        remembered = self._remembered
        return [remembered.get(word) or self._stem(word) for word in words if word not in STOP_WORDS]

    def _stem(self, word: str) -> str:
        plain = fold_accents(word.replace("’", "'"))
        with self._lock:
            if self._stemmer is None:
                import Stemmer

                self._stemmer = Stemmer.Stemmer("english", 0)
            stem = canonical(plain) if plain[0] in _DIGITS and plain[-1] in _DIGITS else self._stemmer.stemWord(plain)
            if len(self._remembered) >= REMEMBERED_STEMS:
                self._remembered.clear()
            self._remembered[word] = stem = stem or plain
        return stem


stems = Stems()
"""The one memory of stems of this process."""


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers in order; "don't", "1,200" and "3.5" are one word each.

    A word of more than 64 characters is cut there: it is no word of any language.
    """
    lower = text.lower()
    if lower.isascii():
        return list(chain.from_iterable(map(_remembered_words.__getitem__, lower.split())))
    return _cut(_WORDS.findall(lower))


def _cut(words: list[str]) -> list[str]:
    return [word if len(word) <= LONGEST_WORD else word[:LONGEST_WORD] for word in words]


class _WordsOfTokens(dict[str, list[str]]):
    """What stands between two blanks, to the words in it, worked out when first met: no word spans a blank."""

    def __missing__(self, token: str) -> list[str]:
        words = _cut(_ASCII_WORDS.findall(token))
        if len(token) <= LONGEST_WORD:
            if len(self) >= REMEMBERED_TOKENS:
                self.clear()
            self[token] = words
        return words


_remembered_words = _WordsOfTokens()


def fold_accents(word: str) -> str:
    """ "café" as "cafe"; letters that are no Latin letter with a mark stay."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFD", word)
    folded = "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
    return folded if folded.isascii() else word


def count_negations(words: Iterable[str]) -> int:
    """How often the words say no: "not", "n't", "never", "without", and the negative half of pairs (on/off,
    enable/disable, able/unable, include/exclude)."""
    words = list(words)
    spaced = f"{' '.join(words)} "
    return len([word for word in words if word in _NEGATIONS]) + spaced.count("n't ") + spaced.count("n’t ")
