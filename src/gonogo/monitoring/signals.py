"""Signals: what an answer looks like, in a few numbers that need no judge and no label.

Here: eight signals and a refusal flag of one Trace, and a bounded memory of them.
Not here: what is usual (``drift``), whether an answer is right (that is what Scores are for).

Each is plain text maths; only ``closeness`` asks for vectors, which the TextReader shares with everything else.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from gonogo.contracts import TextReader
from gonogo.domain import Trace

if TYPE_CHECKING:
    from gonogo.contracts.text import Vector

IsRefusal = Callable[[str], bool]
"""Whether an answer as a whole says "I do not know" or "I cannot help with that"."""

LONGEST_READ = 20_000
"""Characters of an answer that are looked at; beyond it, only the length goes on counting."""

_MARKUP = str.maketrans("", "", "#*_`|~<>{}[]\\=^")
_VOWELS = frozenset("aeiouyàâäáãåæèéêëìíîïòóôöõøœùúûüýÿ")
_SHORTEST_JUDGED_WORD = 4
_LONGEST_WORD = 25
_LONGEST_CONSONANT_RUN = 5
_LEAST_VOWELS = 0.11
_GRAM = 4


class Signals(Struct, frozen=True, kw_only=True):
    """What one answer looks like.

    ``length``: natural logarithm of 1 + characters. ``density``: compressed bytes for each byte (low: repetitive).
    ``stop_words``, ``markup``, ``odd_words``: shares 0..1 of words, characters, words. ``variety``: distinct words for
    each word. ``repetition``: share of runs of four words that were there before. ``closeness``: cosine of question
    and answer, -1..1. ``refused``: a guardrail refused, or the answer declines.
    """

    length: float
    density: float
    stop_words: float
    markup: float
    variety: float
    closeness: float
    odd_words: float
    repetition: float
    refused: bool


class SignalReading(NamedTuple):
    """Signals of a Trace, with the vector of its question for topics."""

    signals: Signals
    question: Vector


class SignalMemory:
    """Signals by Trace id, so that a monitor that looks every few seconds reads each Trace once.

    Args:
        most: Traces to keep; the oldest read go first.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._known: dict[str, SignalReading] = {}

    def __len__(self) -> int:
        return len(self._known)

    def read(self, trace: Trace, reader: TextReader, is_refusal: IsRefusal) -> SignalReading:
        """From memory, or read now."""
        known = self._known.get(trace.id)
        if known is None:
            known = self._known[trace.id] = read_signals(trace, reader, is_refusal)
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return known


def shows_behaviour(trace: Trace) -> bool:
    """Whether there is an answer to look at: not after a failure or an abort, not where only tools were called."""
    return trace.outcome in ("answered", "cached", "refused") and not (trace.tool_calls and not trace.answer)


def refused(trace: Trace, is_refusal: IsRefusal) -> bool:
    """Whether the Trace ended in a refusal, the guardrail's or the answer's own."""
    return trace.outcome == "refused" or is_refusal(trace.answer)


def read_signals(trace: Trace, reader: TextReader, is_refusal: IsRefusal) -> SignalReading:
    """Signals of one Trace. An empty answer has length 0, density 1 and 0 elsewhere."""
    question, answer = reader.read(trace.question), reader.read(trace.answer[:LONGEST_READ])
    words, text = answer.words, answer.text
    signals = Signals(
        length=math.log1p(len(trace.answer)),
        density=density(text),
        stop_words=1.0 - len(answer.stems) / len(words) if words else 0.0,
        markup=1.0 - len(text.translate(_MARKUP)) / len(text) if text else 0.0,
        variety=len(set(words)) / len(words) if words else 0.0,
        closeness=float(question.vector @ answer.vector),
        odd_words=odd_words(words),
        repetition=repetition(words),
        refused=refused(trace, is_refusal),
    )
    return SignalReading(signals, question.vector)


def density(text: str) -> float:
    """Bytes after compression for each byte before; 1 for an empty text. Short texts lie above 1."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(zlib.compress(raw, 1)) / len(raw) if raw else 1.0


def odd_words(words: Sequence[str]) -> float:
    """Share of words that look like no word: hardly a vowel, six consonants in a row, or over 25 letters."""
    judged = [word for word in words if len(word) >= _SHORTEST_JUDGED_WORD and word.isalpha()]
    return sum(map(_is_odd, judged)) / len(judged) if judged else 0.0


def _is_odd(word: str) -> bool:
    if not word.isascii() and not _VOWELS.intersection(word):
        # Another script has other vowels: nothing can be said of it.
        return False
    run = longest = vowels = 0
    for letter in word:
        if letter in _VOWELS:
            run, vowels = 0, vowels + 1
        else:
            run += 1
            longest = max(longest, run)
    return longest > _LONGEST_CONSONANT_RUN or vowels / len(word) < _LEAST_VOWELS or len(word) > _LONGEST_WORD


def repetition(words: Sequence[str]) -> float:
    """Share of four-word runs that repeat an earlier one; 0 for fewer than five words."""
    grams = list(zip(*(words[start:] for start in range(_GRAM)), strict=False))
    return 1.0 - len(set(grams)) / len(grams) if len(grams) > 1 else 0.0
