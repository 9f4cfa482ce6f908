"""Features of ``injection``: whether a text tries to override, extract or forge the instructions of an assistant.

Here: the named signals, what all of them come to, the shape of a text that gives orders to an assistant, n-grams.
Not here: the patterns (``injection_signals``), undoing evasion (``features``), acting on a judgement (``guardrails``).

Long texts are judged in windows of about 600 characters: signals add up only when they stand together, and a short
attack is not diluted. What a text hides (base64, leet, rot13 ...) is judged beside it. Length is no feature: public
jailbreaks are long, and a classifier that learns this accuses every long document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from gonogo.classifiers.code_digest import code_digest
from gonogo.classifiers.feature_sets import injection_signals
from gonogo.classifiers.feature_sets.injection_signals import SIGNALS, UNDONE_WEIGHTS, signals_of
from gonogo.contracts.classifying import Example
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

VERSION = 2
WINDOW = 600
LONGEST = 700
"""Characters of a text that is judged whole."""

DECISIVE, MOST_DOUBT = 0.7, 4.0
"""What signals come to when hardly a harmless text shows them; the logarithm of doubt beyond which nothing is new."""

_KINDS: dict[str, str] = {
    "second person": "you your yours yourself u you're you'll you've du dein deine dir sie ihre",
    "first person": "i my me i'm i'll i've mine we our us ich mein meine",
    "orders": "ignore forget disregard pretend act respond reply answer say print repeat output tell write show reveal "
    "stop start begin follow obey remember imagine simulate roleplay play behave speak become display list translate "
    "vergiss ignoriere schreibe sage antworte zeige",
    "assistant": "ai chatgpt gpt assistant bot chatbot llm model openai claude gemini dan agi ki",
    "rules": "rules rule instructions instruction guidelines policy policies restrictions restriction prompt prompts "
    "system programming commands command constraints filter filters limitations anweisungen aufgaben regeln befehle",
    "absolutes": "never always must any anything everything all cannot can't only regardless every nothing",
    "turns": "now instead previous above new earlier before prior former preceding henceforth from nun jetzt",
    "refusals": "refuse refusal sorry apologize warn warning warnings disclaimer disclaimers ethical ethics unethical "
    "illegal moral morals immoral legal inappropriate harmful offensive censorship uncensored unfiltered",
    "play": "character role persona named called hypothetical fictional story simulate simulation mode game scenario",
}
_KIND_OF: dict[str, int] = {word: place for place, words in enumerate(_KINDS.values()) for word in words.split()}
_NONE = (0.0,) * len(injection_signals.NAMES)
_MARKUP = re.compile(r"[<>{}\[\]|#*=~_\\]")
_QUOTED = re.compile(r"[\"“”«»„]")
_ASKS = frozenset(
    ("what", "how", "why", "when", "where", "who", "which", "is", "are", "can", "could", "do", "does", "did", "will")
)

NAMES: tuple[str, ...] = (
    *injection_signals.NAMES,
    "signals together",
    "doubt taken",
    "decisive",
    *_KINDS,
    "orders to the assistant",
    "rules of the assistant",
    "markup",
    "quotes",
    "asks",
)


class InjectionFeatures:
    """The contract ``FeatureSet``."""

    name = "injection"
    version = VERSION
    names = NAMES
    directions = (1,) * (NAMES.index("decisive") + 1) + (0,) * (len(NAMES) - NAMES.index("decisive") - 1)
    """A signal never speaks for a text: where harmless rows happen to show one, it may only count for nothing."""

    @cached_property
    def digest(self) -> Digest:
        """Over this file and the table of signals."""
        here = Path(__file__)
        return code_digest(here, here.with_name("injection_signals.py"))

    def dense(self, example: Example) -> list[float]:
        """Signals 0..1, shares of words 0..1, in the order of ``names``."""
        text = example.text
        words = text.words
        signals = signals_of(text.normalised.lower(), words)
        score = together(signals, text.undone)
        return [
            *([signals.get(name, 0.0) for name in injection_signals.NAMES] if signals else _NONE),
            score,
            min(1.0, -math.log(max(1e-9, 1.0 - score)) / MOST_DOUBT),
            float(score >= DECISIVE),
            *_shape(text.normalised, words),
        ]

    def buckets(self, example: Example) -> Buckets | None:
        """Those of the text."""
        return example.text.buckets

    def vector(self, example: Example) -> Vector | None:
        """None: texts about attacks are near to attacks in meaning, and harmless."""
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        """The parts of a long text, and those of everything that it hides."""
        text = example.text
        if len(text.normalised) <= LONGEST and not text.readings:
            return (example,)
        parts = [part for whole in (text, *text.hidden()) for part in _parts(whole)]
        return [structs.replace(example, text=part) for part in parts]


def _parts(text: TextFeatures) -> Sequence[TextFeatures]:
    return (text,) if len(text.normalised) <= LONGEST else text.windows(WINDOW)


def together(signals: Mapping[str, float], undone: Sequence[str] = ()) -> float:
    """What signals come to, 0..1: 1 - product of (1 - weight), as if each took away a share of the doubt.

    Orders that only a document has no business to give (``CONTEXT_SIGNALS``) do not count.

    Args:
        undone: names of what normalisation had to undo; they count with the signals.
    """
    if not signals and not undone:
        return 0.0
    doubt = 1.0
    for name in undone:
        doubt *= 1.0 - UNDONE_WEIGHTS.get(name, 0.0)
    for signal in SIGNALS:
        if signal.name in signals:
            doubt *= 1.0 - signal.weight * signals[signal.name]
    return 1.0 - doubt


def _shape(text: str, words: Sequence[str]) -> list[float]:
    counts = [0] * len(_KINDS)
    for place in map(_KIND_OF.get, words):
        if place is not None:
            counts[place] += 1
    total = max(8, len(words))
    shares = [count / total for count in counts]
    you, _, orders, assistant, rules, absolutes, turns, *_ = shares
    letters = max(20, len(text))
    return [
        *shares,
        (orders * max(you, assistant, turns)) ** 0.5,
        (rules * max(orders, absolutes, turns)) ** 0.5,
        min(1.0, 4.0 * len(_MARKUP.findall(text)) / letters),
        min(1.0, 10.0 * len(_QUOTED.findall(text)) / letters),
        float(bool(words) and (words[0] in _ASKS or text.rstrip().endswith("?"))),
    ]
