"""Features of ``toxicity``: does a text insult, threaten or demean?

Here: counts of words by kind, phrases by severity, who is spoken to or about, denial and quotation, shouting; n-grams
and the embedding of the text go beside them.
Not here: the tables (``toxicity_words``, ``toxicity_patterns``), the weights (``shipped``).

A word that names a group of people is no feature: it counts only together with abuse, so that no sentence becomes
more toxic by naming somebody. What n-grams and embedding learn of such words is held down by the training rows and
measured on every card (``identity``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo.classifiers.code_digest import code_digest
from gonogo.classifiers.feature_sets.toxicity_patterns import KINDS as PHRASES
from gonogo.classifiers.feature_sets.toxicity_patterns import found_kinds
from gonogo.classifiers.feature_sets.toxicity_words import KINDS, WORDS
from gonogo.contracts.classifying import Example
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

WINDOW: Final = 300
"""Characters of a part: abuse inside a long text is not thinned out by the rest of it."""
READ: Final = 2_000
"""Characters that are looked at for capitals and marks."""
_COUNTED: Final = tuple(kind for kind in KINDS if kind != "group")
_DENSITIES: Final = ("slur", "vulgar", "crude", "insult", "demean")
_MEETINGS: Final = (
    "you_abused", "they_abused", "they_accused", "i_abused", "group_abused", "group_accused", "group_disliked",
    "group_praised", "group_defended", "denied_abuse",
)  # fmt: skip
_STYLE: Final = ("praise_less_blame", "shouting", "exclaiming", "asking", "quoting", "masked_word",
                 "drawn_out", "length")  # fmt: skip
_NAMES: Final = (
    *_COUNTED,
    *(f"{kind}_density" for kind in _DENSITIES),
    *(f"{kind}_phrase" for kind in PHRASES),
    "worst_phrase",
    *_MEETINGS,
    *_STYLE,
)
_NO_PHRASES: Final = (0.0,) * len(PHRASES)
_MASKS: Final = frozenset("*$!")
_QUOTES: Final = frozenset('"“”‘«')
_MASKED: Final = re.compile(r"[A-Za-z][*$!]{1,6}[A-Za-z]|[A-Za-z][*]{2}")
_DRAWN_OUT: Final = re.compile(r"([A-Za-z!?])\1\1")
_ASCII: Final = bytes(range(256))
_NO_CAPITALS: Final = bytes(code for code in _ASCII if not 65 <= code <= 90)
_NO_LETTERS: Final = bytes(code for code in _ASCII if not (65 <= code <= 90 or 97 <= code <= 122))
_PLACES: Final = {kind: place for place, kind in enumerate(KINDS)}
_SLUR, _VULGAR, _CRUDE, _INSULT, _DEMEAN, _VIOLENCE = (
    _PLACES[kind] for kind in ("slur", "vulgar", "crude", "insult", "demean", "violence")
)
_DEHUMANISE, _STEREOTYPE, _NEGATIVE, _POSITIVE, _COUNTER = (
    _PLACES[kind] for kind in ("dehumanise", "stereotype", "negative", "positive", "counter")
)
_YOU, _THEY, _I, _NEGATION, _GROUP = (_PLACES[kind] for kind in ("you", "they", "i", "negation", "group"))
_MANY: Final = 63
_ORDINARY: Final = 12
"""Words that a text without any is taken to have: being all emoji or marks is no sign of abuse."""
_LOGS: Final = tuple(math.log1p(count) for count in range(_MANY + 1))


class ToxicityFeatures:
    """The contract ``FeatureSet``; reads the text alone."""

    name = "toxicity"
    version = 2
    names = _NAMES

    @property
    def digest(self) -> Digest:
        """Over this module and its tables."""
        folder = Path(__file__).parent
        own = (folder / f"toxicity{part}.py" for part in ("", "_words", "_patterns"))
        return code_digest(*own, Path(__file__).parents[2] / "abuse.py")

    def dense(self, example: Example) -> list[float]:
        """One number for each of ``names``; 0 everywhere for a text without words."""
        text = example.text
        counts = _counts(text)
        root = math.sqrt(max(1, len(text.words)))
        abuse = counts[_SLUR] + counts[_VULGAR] + counts[_INSULT] + counts[_DEMEAN]
        found = found_kinds(text.normalised, text.words, abuse + counts[_CRUDE] > 0)
        calm = 1.0
        for severity in found.values():
            calm *= 1.0 - severity
        return [
            *[_LOGS[min(_MANY, count)] for count in counts[:_GROUP]],
            *[counts[place] / root for place in (_SLUR, _VULGAR, _CRUDE, _INSULT, _DEMEAN)],
            *([found.get(kind, 0.0) for kind in PHRASES] if found else _NO_PHRASES),
            1.0 - calm,
            *_meetings(counts, abuse > 0),
            *_style(text, counts),
        ]

    def buckets(self, example: Example) -> Buckets | None:
        """Those of the text."""
        return example.text.buckets

    def vector(self, example: Example) -> Vector | None:
        """That of the text."""
        return example.text.vector

    def windows(self, example: Example) -> Sequence[Example]:
        """Parts of about 300 characters of a longer text."""
        parts = example.text.windows(WINDOW)
        return [example] if len(parts) == 1 else [Example(text=part, context=example.context) for part in parts]


def _counts(text: TextFeatures) -> list[int]:
    """How many words of each kind; those of a hidden reading ("1d10t") count as well."""
    counts = [0] * len(KINDS)
    words = text.words
    if text.readings:
        seen = set(words)
        hidden = " ".join(text.readings)[:READ].lower().split()
        words = (*words, *(word for word in hidden if word not in seen))
    for places in map(WORDS.get, words):
        if places is not None:
            for place in places:
                counts[place] += 1
    return counts


def _meetings(counts: Sequence[int], abused: bool) -> list[float]:
    """Who is spoken to or about, together with what is said."""
    they, group = counts[_THEY] > 0, counts[_GROUP] > 0
    accused = counts[_STEREOTYPE] + counts[_DEHUMANISE] + counts[_VIOLENCE] > 0
    return [
        float(abused and counts[_YOU] > 0),
        float(abused and they),
        float(accused and they),
        float(abused and counts[_I] > 0),
        float(abused and group),
        float(accused and group),
        float(group and counts[_NEGATIVE] > 0),
        float(group and counts[_POSITIVE] > 0),
        float(group and counts[_COUNTER] > 0),
        float(abused and counts[_NEGATION] > 0),
    ]


def _style(text: TextFeatures, counts: Sequence[int]) -> list[float]:
    """Balance of praise and blame, capitals, marks, quotation, masked and drawn-out words, length."""
    plain = text.normalised[:READ]
    raw = plain.encode("ascii", "ignore")
    letters = len(raw.translate(None, _NO_LETTERS))
    seen = set(plain)
    return [
        math.tanh((counts[_POSITIVE] - counts[_NEGATIVE] - counts[_DEMEAN]) / 2.0),
        len(raw.translate(None, _NO_CAPITALS)) / letters if letters > 8 else 0.0,
        _LOGS[min(_MANY, plain.count("!"))],
        _LOGS[min(_MANY, plain.count("?"))],
        float(not _QUOTES.isdisjoint(seen)),
        float(not _MASKS.isdisjoint(seen) and _MASKED.search(plain) is not None),
        float(_DRAWN_OUT.search(plain) is not None),
        math.log1p(len(text.words) or _ORDINARY),
    ]
