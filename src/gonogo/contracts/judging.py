"""Guardrails, metrics and the cache: everything that looks at a text and says something about it.

Here: the Protocols. Not here: the implementations (``guardrails``, ``metrics``, ``caching``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from gonogo.contracts.text import TextFeatures
from gonogo.domain import Assertion, Finding, Json, RetrievedChunk, Score, Usage


class GuardrailContext(Struct, frozen=True, kw_only=True):
    """What a guardrail may know beside the text: where the text stands, and the rest of the request."""

    where: str
    system: str = ""
    question: str = ""
    chunks: tuple[RetrievedChunk, ...] = ()


class Guardrail(Protocol):
    """One configured check: the Mission's rule bound to its implementation."""

    @property
    def check(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def needs_whole_answer(self) -> bool:
        """Whether an output check must see the complete answer; others work on a stream with ``lookback``."""
        ...

    @property
    def lookback(self) -> int:
        """Characters a stream must hold back so that no pattern is cut in two; 0 where nothing is held."""
        ...

    def inspect(self, text: TextFeatures, context: GuardrailContext) -> tuple[Finding, ...]:
        """Findings, none if the text is fine. Never raises on any text."""
        ...

    def redact(self, text: str, findings: Sequence[Finding]) -> str:
        """The text with what the findings name replaced by ``[KIND]``."""
        ...


class Answer(Struct, frozen=True, kw_only=True):
    """An answer with what it rests on, as metrics and assertions see it. ``cost`` in dollars, ``latency`` in seconds;
    ``refused`` says that a guardrail or the model declined. ``tool_calls`` are those of all steps, in order.
    """

    question: str
    text: str
    chunks: tuple[RetrievedChunk, ...] = ()
    citations: tuple[str, ...] = ()
    tool_calls: tuple[Json, ...] = ()
    refused: bool = False
    usage: Usage | None = None
    cost: float | None = None
    latency: float | None = None
    finish_reason: str | None = None


class Metric(Protocol):
    """One quantity of an answer (faithfulness, relevance, toxicity)."""

    @property
    def name(self) -> str: ...
    def score(self, answer: Answer) -> Score: ...


class Assertions(Protocol):
    """Judges Answers by Assertions."""

    def problems(self, assertion: Assertion) -> str | None:
        """What is wrong with an Assertion as written (unknown kind, bad regex ...), or ``None``."""
        ...

    def judge(self, assertion: Assertion, answer: Answer) -> Score:
        """A Score named as the assertion, with ``passed`` set, or an error or not-applicable Score."""
        ...


class MissionPythonFailed(Exception):
    """A call of a Mission's own Python that gave no result; the text says why."""


class MissionPython(Protocol):
    """Runs Python files of a Mission. The local command line has one; a server has none."""

    def call(self, code: str, place: str, output: str, context: Json, patience: float) -> Json:
        """The reply of the file's function.

        Args:
            code: the file's text.
            place: ``file.py`` or ``file.py:function``; ``get_assert`` where none is named.
            output: the answer.
            context: what else the function may know.
            patience: seconds.

        Returns:
            ``result``, and its ``type`` by name.

        Raises:
            MissionPythonFailed: it raised, took too long, or its process ended.
        """
        ...


class CacheKey(Struct, frozen=True, kw_only=True):
    """The dictionary key: similarity is only ever looked for inside one scope. ``scope`` digests tenant, behaviour
    digest, earlier turns, tools, format, parameters and the key or user scope."""

    scope: str
    question: str


class CachedAnswer(Struct, frozen=True, kw_only=True):
    """An answer as it was given, with the Trace it came from. ``kind`` is ``exact`` or ``semantic``."""

    question: str
    text: str
    trace_id: str
    citations: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    chunks: tuple[RetrievedChunk, ...] = ()
    finish_reason: str = "stop"
    kind: str = "exact"
    similarity: float = 1.0
    stored_at: float = 0.0


class AnswerCache(Protocol):
    """Exact and semantic cache of answers."""

    def lookup(self, key: CacheKey, question: TextFeatures, now: float) -> CachedAnswer | None:
        """An answer safe to repeat, or ``None``. A semantic one only under the error bound with evidence for it."""
        ...

    def store(self, key: CacheKey, question: TextFeatures, answer: CachedAnswer, now: float) -> None:
        """Remember; also learns from an answer to a question that had a near neighbour (evidence)."""
        ...
