"""TraceBuilder: collects what happened while a request runs, and freezes it into one Trace.

Here: the only mutable object of the request path. Not here: storing the Trace (``store``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import structs

from gonogo.clock import Clock
from gonogo.contracts import CacheKey
from gonogo.domain import (
    Delta,
    Finding,
    Json,
    JudgedText,
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
from gonogo.pipeline.redaction import Recording
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.source_names import shown_names

Outcome = Literal["answered", "cached", "refused", "failed", "aborted"]


class TraceBuilder:
    """Steps write to it; ``finish`` gives the Trace. Nothing of the request is in the Trace before
    ``record_request``: a request that failed before it was checked leaves a Trace without its words."""

    def __init__(self, request: Request, version: Version, clock: Clock, recording: Recording) -> None:
        self.request, self.version, self.clock, self.recording = request, version, clock, recording
        self.recorded_question = ""
        self.recorded_messages: tuple[Json, ...] = ()
        self.recorded_metadata: Json | None = None
        self.outcome: Outcome = "answered"
        self.error: str | None = None
        self.finish_reason: str | None = None
        self.spans: list[Span] = []
        self.findings: list[Finding] = []
        self.calls: list[ModelCall] = []
        self.scores: tuple[Score, ...] = ()
        self.judged: tuple[JudgedText, ...] = ()
        self.chunks: tuple[RetrievedChunk, ...] = ()
        self.routing: RoutingDecision | None = None
        self.cache: Literal["exact", "semantic"] | None = None
        self.cached_from: str | None = None
        self.cache_key: CacheKey | None = None
        self.citations: list[str] = []
        self.passages: list[str] = []
        self.tool_calls: list[Json] = []
        self.choices: set[int] = set()
        self.replayable = True
        self.first_token: float | None = None
        self._text: list[str] = []
        self.others = 0.0
        self.started, self._cpu = clock.monotonic(), clock.cpu()

    @property
    def answer(self) -> str:
        """What the user has read so far, first choice."""
        return "".join(self._text)

    def step(self, name: str) -> Step:
        """Time one step; what is put into the dictionary it gives becomes the Span's attributes."""
        return Step(self, name)

    def passed(self, name: str, attributes: dict[str, Any]) -> None:
        """Note a step that had nothing to work out: reading the clocks would take longer than it did."""
        self.spans.append(Span(name=name, start=self.since_start(), wall=0.0, cpu=0.0, attributes=attributes))

    def since_start(self) -> float:
        """Seconds from the Trace's start."""
        return self.clock.monotonic() - self.started

    def others_used(self, seconds: float) -> None:
        """Note CPU that the thread spent on other requests while this one waited."""
        self.others += seconds

    def own_cpu(self) -> float:
        """CPU seconds of this request from the Trace's start."""
        return self.clock.cpu() - self._cpu - self.others

    def record_request(self) -> None:
        """Take the request's words over in the form a store may keep."""
        self.recorded_messages = tuple([self.recording.message(message) for message in self.request.messages])
        self.recorded_question = self.recording.text(self.request.question)
        policy = self.version.mission.retrieval
        if policy is not None and policy.filter_by:
            said = self.request.metadata
            self.recorded_metadata = self.recording.message({key: said[key] for key in policy.filter_by if key in said})

    def saw(self, delta: Delta) -> None:
        """Note a Delta that goes to the user."""
        if delta.choice not in self.choices:
            self.choices.add(delta.choice)
        if self.first_token is None and (delta.content or delta.reasoning or delta.tool_calls):
            self.first_token = self.since_start()
        if delta.choice == 0:
            if delta.content:
                self._text.append(delta.content)
            if delta.finish_reason:
                self.finish_reason = delta.finish_reason
            if delta.tool_calls:
                self.tool_calls.extend(delta.tool_calls)
        if delta.extra and self.replayable:
            self.replayable = not any(_says_something(delta.extra.get(name)) for name in ("choice", "delta"))
        if delta.passages:
            self.passages.extend(one for one in dict.fromkeys(delta.passages) if one not in self.passages)
        if delta.citations:
            # A model that was shown other names cites those.
            names = {name: source for source, name in shown_names(self.chunks, self.version.mission.retrieval).items()}
            cited = dict.fromkeys(names.get(one, one) for one in delta.citations)
            self.citations.extend(source for source in cited if source not in self.citations)

    def found(self, findings: Iterable[Finding]) -> None:
        """Note Findings."""
        self.findings.extend(findings)

    def refused(self, refusal: Refusal) -> list[Delta]:
        """Note the Refusal; gives the Deltas that tell the user, in every choice. Text already streamed stays said."""
        self.outcome = "refused"
        separator = "\n\n" if self._text else ""
        choices = sorted(self.choices | {0})
        said = [Delta(content=separator + refusal.text, choice=choice) for choice in choices]
        return said + [Delta(finish_reason="content_filter", choice=choice) for choice in choices]

    def aborted(self) -> None:
        """The request was cancelled before the end."""
        self.outcome = "aborted"
        self.error = "stopped before the answer was complete: the client left, or the server was shut down"

    def failed(self, message: str) -> None:
        """A step raised."""
        self.outcome, self.error = "failed", message

    def finish(self) -> Trace:
        """Freeze. Cost is unknown when any call's is. Every text is in the form a store may keep."""
        request, version, safe = self.request, self.version, self.recording.text
        return Trace(
            id=request.id,
            created_at=request.received_at,
            mission=version.mission.name,
            version=version.number,
            behaviour_digest=version.behaviour_digest,
            environment=request.environment,
            question=self.recorded_question,
            answer=safe(self.answer),
            outcome=self.outcome,
            tenant=request.tenant,
            key_id=request.key_id,
            user=request.user and safe(request.user),
            session=request.session and safe(request.session),
            messages=self.recorded_messages,
            finish_reason=self.finish_reason,
            spans=tuple(self.spans),
            chunks=self.chunks,
            citations=tuple(self.citations),
            findings=tuple(self.findings),
            routing=self.routing,
            calls=tuple([_safe_call(call, self.recording) if call.error else call for call in self.calls]),
            usage=total_usage([call.usage for call in self.calls]),
            cost=_total_cost(self.calls),
            cache=self.cache,
            cached_from=self.cached_from,
            scores=self.scores and tuple([structs.replace(score, detail=safe(score.detail)) for score in self.scores]),
            judged=self.judged,
            tool_calls=tuple([self.recording.message(call) for call in self.tool_calls]),
            wall=self.clock.monotonic() - self.started,
            cpu=self.own_cpu(),
            error=self.error and safe(self.error),
            first_token=self.first_token if request.stream else None,
            parent=request.parent,
            metadata=self.recorded_metadata,
        )


class Step:
    """A step that runs. A class of its own: as a generator it would cost twice as much, seven times a request."""

    __slots__ = ("_attributes", "_cpu", "_name", "_start", "_trace")

    def __init__(self, trace: TraceBuilder, name: str) -> None:
        self._trace, self._name = trace, name
        self._attributes: dict[str, Any] = {}

    def __enter__(self) -> dict[str, Any]:
        trace = self._trace
        self._start, self._cpu = trace.clock.monotonic(), trace.clock.cpu() - trace.others
        return self._attributes

    def __exit__(self, *raised: object) -> None:
        trace = self._trace
        clock, start = trace.clock, self._start
        wall, cpu = clock.monotonic() - start, clock.cpu() - trace.others - self._cpu
        trace.spans.append(
            Span(name=self._name, start=start - trace.started, wall=wall, cpu=cpu, attributes=self._attributes)
        )


def _says_something(unknown: object) -> bool:
    # Many servers send fields without a value in every chunk: an answer loses nothing without them.
    return isinstance(unknown, dict) and any(value not in (None, [], {}) for value in unknown.values())


def _safe_call(call: ModelCall, recording: Recording) -> ModelCall:
    # An upstream's error may repeat what it was asked.
    return structs.replace(call, error=recording.text(call.error or ""))


def _total_cost(calls: list[ModelCall]) -> float | None:
    total = 0.0
    for call in calls:
        if call.cost is None:
            return None
        total += call.cost
    return total
