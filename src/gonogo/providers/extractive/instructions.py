"""Instructions: what the built-in models obey of a system prompt, and what they do not understand.

Here: the documented set, read sentence by sentence: first by rules over concepts, then, for what has no direction and
no number, by similarity to exemplars with a margin over unrelated sentences.
Not here: obeying them (``large``, ``small``).

==================== ===================================================== =====================================
name                 what it asks                                          parameter
==================== ===================================================== =====================================
only-from-documents  nothing but the documents                             ``on``
cite-sources         ``[page]`` behind each statement                      ``on``, ``off``
at-most-sentences    a limit                                               the number
at-most-words        a limit                                               the number
prefer-newest        of pages that disagree, the newest counts             ``on``
prefer-first         of pages that disagree, the first in document order   ``on``
prefer-oldest        of pages that disagree, the oldest counts             ``on``
say-when-unknown     admit that the documents do not say                   ``on``, ``off``, or the words to say
numbered-steps       one numbered line per step                            ``on``, ``off``
bullet-list          one bullet per statement                              ``on``, ``off``
quote-verbatim       statements in quotation marks                         ``on``, ``off``
answer-then-source   the sources on a line of their own after the answer   ``on``, ``off``
include-date         the date of the page behind each statement            ``on``, ``off``
==================== ===================================================== =====================================

Nothing else is understood: tone, politeness, persona, language, length without a number. Such sentences are listed as
ignored, so that nobody believes they had an effect. Where two sentences contradict one another, the later one counts.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from msgspec import Struct

from gonogo.contracts import TextReader
from gonogo.contracts.text import TextFeatures
from gonogo.providers.extractive.exemplars import EXEMPLARS, UNRELATED
from gonogo.providers.extractive.lexicon import Wording
from gonogo.providers.extractive.rules import RULES, Parameter

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

INSTRUCTION_NAMES = tuple(RULES)
_DIRECTIONS = ("prefer-newest", "prefer-first", "prefer-oldest")
MIN_SIMILARITY = 0.62
MIN_MARGIN = 0.12
_BLOCK_MARK = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”')\]]?\s+(?=[A-Z\"“(\[])")
_PLACEHOLDER = re.compile(r"\{\{[^{}\n]*\}\}")


class Understood(Struct, frozen=True):
    """One instruction: its name, the sentence that states it, and its parameter (see the table above)."""

    name: str
    sentence: str
    parameter: Parameter

    def __str__(self) -> str:
        value = "" if self.parameter == "on" else f" = {self.parameter}"
        return f"{self.name}{value}: {self.sentence}"


class Instructions(Struct, frozen=True, kw_only=True, dict=True):
    """What was understood, in the order of the prompt, and the sentences that were not."""

    understood: tuple[Understood, ...] = ()
    ignored: tuple[str, ...] = ()

    @cached_property
    def _effective(self) -> dict[str, Parameter]:
        return {found.name: found.parameter for found in self.understood}

    def parameter(self, name: str) -> Parameter | None:
        """The parameter that counts (the last one stated), or ``None`` where the prompt does not mention it."""
        return self._effective.get(name)

    def on(self, name: str) -> bool:
        """Whether an instruction is stated and not switched off."""
        return self._effective.get(name, "off") != "off"

    def limit(self, name: str, default: int | None = None) -> int | None:
        """The number of a limit, or the default."""
        value = self._effective.get(name)
        return value if isinstance(value, int) else default

    @property
    def direction(self) -> str | None:
        """The last stated of ``prefer-newest``, ``prefer-first`` and ``prefer-oldest``."""
        return next((found.name for found in reversed(self.understood) if found.name in _DIRECTIONS), None)

    def __str__(self) -> str:
        lines = [f"understood  {found}" for found in self.understood]
        return "\n".join(lines + [f"ignored     {sentence}" for sentence in self.ignored])


def understand(system: str, reader: TextReader) -> Instructions:
    """Read a system prompt.

    Args:
        system: the prompt as it is sent, Markdown allowed.
        reader: gives the vectors for phrasings that no rule knows.
    """
    understood: list[Understood] = []
    ignored: list[str] = []
    for sentence in sentences_of(system):
        found = [Understood(name, sentence, parameter) for name, parameter in _stated(sentence)]
        found = found or _similar(sentence, reader)
        understood += found
        if not found:
            ignored.append(sentence)
    return Instructions(understood=tuple(understood), ignored=tuple(ignored))


def sentences_of(system: str) -> list[str]:
    """Sentences of a prompt; lines of a list, headings and paragraphs end a sentence, a wrapped line does not."""
    blocks: list[str] = []
    for line in system.splitlines():
        text = _BLOCK_MARK.sub("", line).strip()
        continues = bool(blocks and blocks[-1]) and not _BLOCK_MARK.match(line)
        if not text:
            blocks.append("")
        elif continues:
            blocks[-1] += f" {text}"
        else:
            blocks.append(text)
    texts = (sentence.strip() for block in blocks for sentence in _SENTENCE_END.split(block))
    return [text for text in texts if re.search(r"\w", _PLACEHOLDER.sub("", text))]


def _stated(sentence: str) -> list[tuple[str, Parameter]]:
    wording = Wording(sentence)
    found = []
    for name, rule in RULES.items():
        parameter = rule(wording)
        if parameter is not None:
            found.append((name, parameter))
    if any(name == "answer-then-source" for name, _ in found):
        return [(name, parameter) for name, parameter in found if name != "cite-sources"]
    return found


def _similar(sentence: str, reader: TextReader) -> list[Understood]:
    """The instruction of the nearest exemplar, if it is near, nearer than unrelated ones, and as affirmative."""
    features = reader.read(sentence)
    exemplars = _Exemplars.of(reader)
    similarities = exemplars.vectors @ features.vector
    best = int(np.argmax(similarities))
    name, exemplar = exemplars.phrasings[best]
    unrelated = float(np.max(exemplars.unrelated @ features.vector))
    near = similarities[best] >= MIN_SIMILARITY and similarities[best] - unrelated >= MIN_MARGIN
    if not near or features.negated != exemplar.negated:
        return []
    return [Understood(name, sentence, "on")]


class _Exemplars:
    """The exemplars as vectors of one embedder, computed once."""

    _by_embedder: ClassVar[dict[str, _Exemplars]] = {}

    def __init__(self, reader: TextReader) -> None:
        self.phrasings: list[tuple[str, TextFeatures]] = [
            (name, reader.read(phrasing)) for name, phrasings in EXEMPLARS.items() for phrasing in phrasings
        ]
        self.vectors: Matrix = np.stack([features.vector for _, features in self.phrasings])
        self.unrelated: Matrix = np.stack([reader.read(sentence).vector for sentence in UNRELATED])

    @classmethod
    def of(cls, reader: TextReader) -> _Exemplars:
        digest = reader.embedder.digest
        if digest not in cls._by_embedder:
            cls._by_embedder[digest] = cls(reader)
        return cls._by_embedder[digest]
