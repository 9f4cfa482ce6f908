"""Step ``route``: which model answers.

Here: asking the router, or taking the first model. Not here: difficulty (``routing``).
"""

from __future__ import annotations

from gonogo.contracts import Components, TextFeatures
from gonogo.domain import Request, RetrievedChunk, RoutingDecision, Version
from gonogo.pipeline.trace_builder import TraceBuilder

NO_ROUTING = ("the Mission has no routing: its first model answers",)


def route(
    request: Request,
    question: TextFeatures,
    chunks: tuple[RetrievedChunk, ...],
    version: Version,
    parts: Components,
    trace: TraceBuilder,
) -> RoutingDecision:
    """The decision; without a router, the first model written in the Mission."""
    if parts.router is None:
        first = next(iter(version.mission.models))
        trace.routing = decision = RoutingDecision(model=first, reasons=NO_ROUTING)
        trace.passed("route", {"model": first})
        return decision
    with trace.step("route") as span:
        decision = parts.router.route(question, len(request.earlier_turns), len(chunks), request.metadata)
        span["model"] = decision.model
        trace.routing = decision
        return decision
