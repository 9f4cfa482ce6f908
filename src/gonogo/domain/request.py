"""Request, ModelRequest and Delta: what came in, what a model is asked, and the pieces it answers with.

Here: the nouns every step of the pipeline passes on. Not here: the wire format (``gateway``, ``providers``).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gonogo.domain.chunk import RetrievedChunk
from gonogo.domain.endpoint import EndpointUse
from gonogo.domain.mission import Json
from gonogo.domain.usage import Usage

EARLIER_THINKING = "x-gonogo-thinking"
"""Field of an assistant message: blocks of earlier reasoning, each {type, thinking, signature} or redacted, as a wire
format that returns them holds them. A provider whose models take no reasoning back leaves it out."""
FAILED_RESULT = "x-gonogo-is-error"
"""Field of a tool message whose wire format says that the tool failed; others let the result's text say it."""
CACHE_MARK = "x-gonogo-cache-control"
"""Field of a message, part or tool at whose end the client wants the provider to keep the prompt; no answer depends on
it, and a provider that knows no such marks leaves it out."""


class Request(Struct, frozen=True, kw_only=True):
    """One question to a Mission, parsed.

    ``messages`` are OpenAI messages as they came, oldest first; ``question`` is the text of the last user message.
    ``parameters`` are the client's model parameters the Mission allowed; ``extra`` are unknown fields that pass
    through. ``metadata`` is what the client says beside the conversation, such as columns for a classifier of routing
    rules; no model sees it. ``tenant`` and ``key_id`` say who asks; ``scope`` names whose cache may be shared.
    ``nonce`` is what the mark around documents is made from; empty: ``id``, so that each request has its own.
    ``obliged`` names parameters that a wire format makes every client send: where the Mission does not allow them they
    are left out, and the reply says so. ``most_output``: tokens that the key allows all answers together; ``None``: no
    limit of the key's. ``parent`` is the caller's own trace and span (``TRACE-SPAN``).
    """

    id: str
    question: str
    messages: tuple[Json, ...]
    received_at: float
    environment: str = ""
    parameters: Json = {}
    extra: Json = {}
    metadata: Json = {}
    tools: tuple[Json, ...] = ()
    response_format: Json | None = None
    stream: bool = False
    tenant: str = "default"
    key_id: str = ""
    user: str = ""
    session: str = ""
    use_cache: bool = True
    parent: str = ""
    nonce: str = ""
    obliged: tuple[str, ...] = ()
    most_output: int | None = None

    @property
    def earlier_turns(self) -> tuple[Json, ...]:
        """Everything before the last user message."""
        for position in range(len(self.messages) - 1, -1, -1):
            if self.messages[position].get("role") == "user":
                return self.messages[:position]
        return self.messages


class ModelRequest(Struct, frozen=True, kw_only=True):
    """What a provider is asked. ``messages`` are complete; ``system``, ``question`` and ``chunks`` are the same
    content apart, for models that read structure (the extractive ones). ``stream``: whoever asks reads along, so that
    the first piece counts; otherwise one whole reply is as good and costs less to read."""

    model: str
    messages: tuple[Json, ...]
    system: str = ""
    question: str = ""
    chunks: tuple[RetrievedChunk, ...] = ()
    parameters: Json = {}
    tools: tuple[Json, ...] = ()
    response_format: Json | None = None
    extra: Json = {}
    stream: bool = True


class Delta(Struct, frozen=True, kw_only=True):
    """One piece of an answer. The last one of an answer carries ``finish_reason``; ``usage`` comes once, with or
    after it. ``model`` and ``fingerprint`` are what the provider says it ran, ``endpoint`` is the address that is
    asked. ``citations`` are sources that it rests on, ``passages`` the ids of the Chunks. ``extra`` holds unknown wire
    fields."""

    content: str = ""
    reasoning: str = ""
    tool_calls: tuple[Json, ...] = ()
    finish_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    fingerprint: str | None = None
    endpoint: EndpointUse | None = None
    choice: int = 0
    citations: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    extra: dict[str, Any] = {}
