"""GenAI metrics: OpenTelemetry's own metrics of models, read off each Trace.

Here: names, units and buckets of the GenAI conventions v1.41, and those that replace them. Not here: our own metrics
(``measures``), sending (``export``).
"""

from __future__ import annotations

from gonogo.domain import ModelCall, Trace
from gonogo.telemetry.genai_spans import SCOPE, Convention, nanoseconds
from gonogo.telemetry.instruments import Instrument, Labels, Series
from gonogo.telemetry.wire import Message, attribute

TOKENS = tuple(4.0**power for power in range(14))
SECONDS = tuple(0.01 * 2**power for power in range(14))
_CUMULATIVE = 2
_CALL = (
    "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "error.type",
)  # fmt: skip
_SERVED = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "error.type")


class GenAiMetrics:
    """Adds up from the start of the process; ``latest`` counts under the newer names."""

    def __init__(self, convention: Convention, started: float) -> None:
        self._latest, self._started = convention.latest, started
        client = "gen_ai.client.inference" if self._latest else "gen_ai.client.operation"
        self._duration = Instrument(f"{client}.duration", "GenAI operation duration", _CALL, unit="s", bounds=SECONDS)
        self._first = Instrument(
            f"{client}.time_to_first_chunk", "Time to the first chunk of a streamed answer", _CALL, unit="s",
            bounds=SECONDS,
        )  # fmt: skip
        self._tokens = Instrument(
            "gen_ai.client.token.usage", "Tokens used", (*_CALL, "gen_ai.token.type"), unit="{token}", bounds=TOKENS
        )
        self._counters = {
            kind: Instrument(f"gen_ai.client.inference.usage.{kind}", "Tokens used", _CALL, unit="{token}")
            for kind in (
                "input_tokens", "output_tokens", "cache_read.input_tokens", "cache_write.input_tokens",
                "reasoning.output_tokens",
            )
        }  # fmt: skip
        self._request = Instrument(
            "gen_ai.server.request.duration", "Request duration", _SERVED, unit="s", bounds=SECONDS
        )
        self._first_token = Instrument(
            "gen_ai.server.time_to_first_token", "Time to the first token of successful answers", _SERVED, unit="s",
            bounds=SECONDS,
        )  # fmt: skip

    def observe(self, trace: Trace) -> None:
        """Count one Trace of our own."""
        if trace.foreign:
            return
        for call in trace.calls:
            self._call(call)
        failed = "_OTHER" if trace.outcome in ("failed", "aborted") else ""
        served = ("invoke_agent", "gonogo", trace.mission, failed)
        self._request.add(served, trace.wall)
        if trace.first_token is not None and not failed:
            self._first_token.add(served, trace.first_token)

    def _call(self, call: ModelCall) -> None:
        where = ("chat", call.provider, call.model, call.returned_model or "", "_OTHER" if call.error else "")
        self._duration.add(where, call.wall)
        if call.first_token is not None:
            self._first.add(where, call.first_token)
        usage = call.usage
        if not self._latest:
            self._tokens.add((*where, "input"), usage.input)
            self._tokens.add((*where, "output"), usage.output)
            return
        counts = (usage.input, usage.output, usage.cached, usage.cache_written, usage.reasoning)
        for counter, count in zip(self._counters.values(), counts, strict=True):
            if count:
                counter.add(where, count)

    def message(self, resource: Message, now: float) -> Message | None:
        """``ExportMetricsServiceRequest``, or ``None`` where there is nothing to tell. ``now``: seconds since 1970."""
        instruments = [one for one in (*vars(self).values(), *self._counters.values()) if isinstance(one, Instrument)]
        metrics = [self._metric(one, now) for one in instruments if any(one.series())]
        if not metrics:
            return None
        return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"scope": SCOPE, "metrics": metrics}]}]}

    def _metric(self, instrument: Instrument, now: float) -> Message:
        points = [self._point(instrument, labels, series, now) for labels, series in instrument.series()]
        data: Message = {"dataPoints": points, "aggregationTemporality": _CUMULATIVE}
        kind = "histogram" if instrument.bounds else "sum"
        if kind == "sum":
            data["isMonotonic"] = True
        return {"name": instrument.name, "description": instrument.about, "unit": instrument.unit, kind: data}

    def _point(self, instrument: Instrument, labels: Labels, series: Series, now: float) -> Message:
        named = zip(instrument.labels, labels, strict=True)
        point: Message = {
            "startTimeUnixNano": nanoseconds(self._started),
            "timeUnixNano": nanoseconds(now),
            "attributes": [attribute(name, value) for name, value in named if value],
        }
        if not instrument.bounds:
            return {**point, "asDouble": series.total}
        counts = list(series.counts)
        return {
            **point,
            "count": str(sum(counts)),
            "sum": series.total,
            "bucketCounts": [str(count) for count in counts],
            "explicitBounds": list(instrument.bounds),
        }
