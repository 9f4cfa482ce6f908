"""TraceBuilder: collects what happened while a request runs, and freezes it into one Trace.

Here: the only mutable object of the request path. Not here: storing the Trace (``store``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from gonogo.clock import Clock
from gonogo.domain import (
    Delta,
    Finding,
    ModelCall,
    Request,
    RetrievedChunk,
    RoutingDecision,
    Score,
    Span,
    Trace,
    Version,
    total_usage,
)
from gonogo.pipeline.refusal import Refusal

Outcome = Literal["answered", "cached", "refused", "failed", "aborted"]


class TraceBuilder:
    """Steps write to it; ``finish`` gives the Trace. ``request`` is replaced by its redacted form as soon as known."""

    def __init__(self, request: Request, version: Version, clock: Clock) -> None:
        self.request, self.version, self.clock = request, version, clock
        self.recorded_question = request.question
        self.recorded_messages = request.messages
        self.outcome: Outcome = "answered"
        self.error: str | None = None
        self.finish_reason: str | None = None
        self.spans: list[Span] = []
        self.findings: list[Finding] = []
        self.calls: list[ModelCall] = []
        self.scores: tuple[Score, ...] = ()
        self.chunks: tuple[RetrievedChunk, ...] = ()
        self.routing: RoutingDecision | None = None
        self.cache: Literal["exact", "semantic"] | None = None
        self.cached_from: str | None = None
        self.citations: list[str] = []
        self.tool_calls: list[dict[str, Any]] = []
        self._text: list[str] = []
        self._started, self._cpu = clock.monotonic(), clock.cpu()

    @property
    def answer(self) -> str:
        """What the user has read so far, first choice."""
        return "".join(self._text)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Time one step; what is put into the yielded dictionary becomes the Span's attributes."""
        attributes: dict[str, Any] = {}
        start, cpu = self.clock.monotonic(), self.clock.cpu()
        try:
            yield attributes
        finally:
            self.spans.append(
                Span(
                    name=name,
                    start=start - self._started,
                    wall=self.clock.monotonic() - start,
                    cpu=self.clock.cpu() - cpu,
                    attributes=attributes,
                )
            )

    def saw(self, delta: Delta) -> None:
        """Note a Delta that went to the user."""
        if delta.choice == 0:
            if delta.content:
                self._text.append(delta.content)
            if delta.finish_reason:
                self.finish_reason = delta.finish_reason
        self.tool_calls.extend(delta.tool_calls)
        for citation in delta.citations:
            if citation not in self.citations:
                self.citations.append(citation)

    def found(self, findings: Iterable[Finding]) -> None:
        """Note Findings."""
        self.findings.extend(findings)

    def refused(self, refusal: Refusal) -> Sequence[Delta]:
        """Note the Refusal; gives the Deltas that tell the user. Text already streamed stays said."""
        self.outcome = "refused"
        separator = "\n\n" if self._text else ""
        deltas = (Delta(content=separator + refusal.text), Delta(finish_reason="content_filter"))
        for delta in deltas:
            self.saw(delta)
        return deltas

    def aborted(self) -> None:
        """The client left before the end."""
        self.outcome, self.error = "aborted", "the client left before the answer was complete"

    def failed(self, message: str) -> None:
        """A step raised."""
        self.outcome, self.error = "failed", message

    def finish(self) -> Trace:
        """Freeze. Cost is unknown when any call's is."""
        request, version = self.request, self.version
        costs = [call.cost for call in self.calls]
        known = [cost for cost in costs if cost is not None]
        return Trace(
            id=request.id,
            created_at=request.received_at,
            mission=version.mission.name,
            version=version.number,
            behaviour_digest=version.behaviour_digest,
            environment=request.environment,
            question=self.recorded_question,
            answer=self.answer,
            outcome=self.outcome,
            tenant=request.tenant,
            key_id=request.key_id,
            user=request.user,
            session=request.session,
            messages=self.recorded_messages,
            finish_reason=self.finish_reason,
            spans=tuple(self.spans),
            chunks=self.chunks,
            citations=tuple(self.citations),
            findings=tuple(self.findings),
            routing=self.routing,
            calls=tuple(self.calls),
            usage=total_usage(call.usage for call in self.calls),
            cost=sum(known) if len(known) == len(costs) else None,
            cache=self.cache,
            cached_from=self.cached_from,
            scores=self.scores,
            tool_calls=tuple(self.tool_calls),
            wall=self.clock.monotonic() - self._started,
            cpu=self.clock.cpu() - self._cpu,
            error=self.error,
        )
