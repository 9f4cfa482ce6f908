"""Trace and Span: one request as it ran.

Here: the nouns as they are stored. Not here: collecting them while a request runs (``pipeline.trace_builder``).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from gonogo.domain.chunk import RetrievedChunk
from gonogo.domain.endpoint import EndpointUse
from gonogo.domain.finding import Finding
from gonogo.domain.routing_decision import RoutingDecision
from gonogo.domain.score import Score
from gonogo.domain.usage import NO_USAGE, Usage

Outcome = Literal["answered", "cached", "refused", "failed", "aborted"]
EVALUATIONS = "evaluation/"
"""Before the Mission's name in Traces of what an evaluation took: no Mission can be called so."""


class Span(Struct, frozen=True, kw_only=True):
    """One step. ``start`` and ``wall`` in seconds from the Trace's start; ``cpu`` in CPU seconds of the thread."""

    name: str
    start: float
    wall: float
    cpu: float
    attributes: dict[str, Any] = {}


class ModelCall(Struct, frozen=True, kw_only=True):
    """One call of a model. ``returned_model`` and ``fingerprint`` are the provider's own words; ``cost`` in dollars,
    ``None`` where no price is known: unknown is unknown. ``endpoint`` is the address, where the provider has any.
    ``start``: seconds from the Trace's start; ``wall``: seconds spent waiting for it; ``first_token``: seconds of those
    until it first said something."""

    name: str
    provider: str
    model: str
    usage: Usage
    cost: float | None = None
    returned_model: str | None = None
    fingerprint: str | None = None
    endpoint: EndpointUse | None = None
    error: str | None = None
    start: float = 0.0
    wall: float = 0.0
    first_token: float | None = None


class JudgedText(Struct, frozen=True, kw_only=True):
    """What a classifier read and said while a request was served, so that training can be held against serving.

    ``signals`` are its named features as they were then; ``features`` names their set and version.
    """

    classifier: str
    digest: str
    features: str
    probability: float
    positive: bool
    signals: dict[str, float] = {}


class Trace(Struct, frozen=True, kw_only=True):
    """One request as it ran. Redaction has happened already: a store remembers what it once held.

    ``cpu`` and ``wall`` in seconds; ``cost`` in dollars or ``None`` if any priced part is unknown.
    ``judged``: what classifiers read, kept for a share of Traces.
    ``cache`` says ``exact``, ``semantic`` or nothing; ``instructions`` are those an extractive model understood.
    ``first_token``: seconds until the first piece of a stream left. ``parent``: the caller's own trace and span, as
    W3C ``traceparent`` gave them (``TRACE-SPAN``). ``foreign``: made elsewhere and only shown here, in no rate.
    ``metadata``: what of the client's metadata narrowed the search (``retrieval.filter_by``); ``None``: none could.
    """

    id: str
    created_at: float
    mission: str
    version: int
    behaviour_digest: str
    environment: str
    question: str
    answer: str
    outcome: Outcome
    tenant: str = "default"
    key_id: str = ""
    user: str = ""
    session: str = ""
    messages: tuple[dict[str, Any], ...] = ()
    finish_reason: str | None = None
    spans: tuple[Span, ...] = ()
    chunks: tuple[RetrievedChunk, ...] = ()
    citations: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    routing: RoutingDecision | None = None
    calls: tuple[ModelCall, ...] = ()
    usage: Usage = NO_USAGE
    cost: float | None = None
    cache: Literal["exact", "semantic"] | None = None
    cached_from: str | None = None
    scores: tuple[Score, ...] = ()
    signals: dict[str, float] = {}
    judged: tuple[JudgedText, ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    wall: float = 0.0
    cpu: float = 0.0
    error: str | None = None
    first_token: float | None = None
    parent: str = ""
    foreign: bool = False
    metadata: dict[str, Any] | None = None
    format: int = 1
