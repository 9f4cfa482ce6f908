"""Measures: what ``GET /metrics`` counts, read off each Trace once it is recorded.

Here: which numbers, under which names and labels. Not here: the page's format (``prometheus``), OpenTelemetry's own
metrics (``genai_metrics``).

Labels are names that a team chose (Missions, models, checks) or closed lists; never users, keys, sessions or texts.
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.domain import Trace
from gonogo.telemetry.instruments import Instrument

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
GATEWAY_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class Measures:
    """Counts Traces of this process; one for the life of a server."""

    def __init__(self) -> None:
        where = ("mission", "version")
        self.requests = Instrument(
            "gonogo_requests_total",
            "Requests by outcome; model is the one that was asked last, empty where none was",
            (*where, "environment", "outcome", "model"),
        )
        self.tokens = Instrument(
            "gonogo_tokens_total",
            "Tokens by kind; cached and cache_written are part of input, reasoning is part of output",
            (*where, "model", "kind"),
        )
        self.cost = Instrument("gonogo_cost_dollars_total", "Dollars of calls with a known price", (*where, "model"))
        self.unpriced = Instrument(
            "gonogo_unpriced_calls_total", "Model calls without a known price", (*where, "model")
        )
        self.calls = Instrument(
            "gonogo_model_calls_total", "Calls of models, each attempt one", ("provider", "model", "result")
        )
        self.cache_hits = Instrument("gonogo_cache_hits_total", "Answers from the cache", (*where, "kind"))
        self.guardrails = Instrument(
            "gonogo_guardrail_actions_total", "Findings of guardrails", (*where, "stage", "check", "action")
        )
        self.whole = Instrument(
            "gonogo_request_seconds",
            "From the first step to the last piece of the answer",
            ("mission",),
            bounds=SECONDS,
        )
        self.own = Instrument(
            "gonogo_gateway_seconds",
            "The same less the time spent waiting for models: steps of the Mission, and a client that reads slowly",
            ("mission",),
            bounds=GATEWAY_SECONDS,
        )
        self.first_token = Instrument(
            "gonogo_first_token_seconds", "Until the first piece of an answer left", ("mission",), bounds=SECONDS
        )
        self.upstream = Instrument(
            "gonogo_upstream_seconds", "Waiting for one call of a model", ("provider", "model"), bounds=SECONDS
        )
        self.in_flight: Callable[[], float] = lambda: 0
        self.dropped: Callable[[], float] = lambda: 0
        self.waiting: Callable[[], float] = lambda: 0
        self.resting: dict[tuple[str, str], bool] = {}

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """All of them, in the order of the page."""
        return tuple(found for found in vars(self).values() if isinstance(found, Instrument))

    def observe(self, trace: Trace) -> None:
        """Count one Trace of our own; one that was made elsewhere is not ours to count."""
        if trace.foreign:
            return
        where = (trace.mission, str(trace.version))
        model = trace.calls[-1].model if trace.calls else ""
        self.requests.add((*where, trace.environment, trace.outcome, model))
        self.whole.add((trace.mission,), trace.wall)
        self.own.add((trace.mission,), max(0.0, trace.wall - sum([call.wall for call in trace.calls])))
        if trace.first_token is not None:
            self.first_token.add((trace.mission,), trace.first_token)
        if trace.cache is not None:
            self.cache_hits.add((*where, trace.cache))
        for finding in trace.findings:
            self.guardrails.add((*where, finding.stage, finding.check, finding.action))
        self._calls(trace, where)

    def _calls(self, trace: Trace, where: tuple[str, str]) -> None:
        for call in trace.calls:
            usage = call.usage
            for kind, tokens in (
                ("input", usage.input),
                ("output", usage.output),
                ("cached", usage.cached),
                ("cache_written", usage.cache_written),
                ("reasoning", usage.reasoning),
            ):
                if tokens:
                    self.tokens.add((*where, call.model, kind), tokens)
            if call.cost is None:
                self.unpriced.add((*where, call.model))
            else:
                self.cost.add((*where, call.model), call.cost)
            self.calls.add((call.provider, call.model, "failed" if call.error else "answered"))
            self.upstream.add((call.provider, call.model), call.wall)
            if call.endpoint is not None:
                self.resting[call.provider, call.endpoint.name] = call.endpoint.probe and call.error is not None
                for name in call.endpoint.resting:
                    self.resting[call.provider, name] = True
