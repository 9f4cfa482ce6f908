"""Metrics: ``GET /metrics`` for a Prometheus server.

Here: the page of this process. Not here: what is counted (``telemetry.measures``).
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.telemetry import Measures
from gonogo.telemetry.prometheus import CONTENT_TYPE, gauge, page


class MetricsPage:
    """The handler; its numbers are those of this process alone."""

    def __init__(self, serving: Serving, measures: Measures) -> None:
        self._serving, self._measures = serving, measures

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """The page, made anew for each scrape."""
        return HttpReply(body=page(self._measures.instruments, self._gauges()), content_type=CONTENT_TYPE)

    def _gauges(self) -> list[str]:
        measures, nothing = self._measures, ()
        resting: dict[tuple[tuple[str, str], ...], float] = {
            (("provider", provider), ("endpoint", name)): float(out)
            for (provider, name), out in sorted(measures.resting.items())
        }
        read: dict[str, tuple[str, Callable[[], float]]] = {
            "gonogo_requests_in_flight": ("Requests worked on now", measures.in_flight),
            "gonogo_requests_waiting": ("Requests that wait for a place", measures.waiting),
            "gonogo_spool_bytes": ("Traces that wait for the store", self._serving.spooled),
        }
        return [
            *(gauge(name, about, {nothing: ask()}) for name, (about, ask) in read.items()),
            gauge(
                "gonogo_telemetry_dropped_total",
                "Traces that did not reach the OpenTelemetry receiver",
                {nothing: measures.dropped()},
                "counter",
            ),
            gauge("gonogo_endpoint_resting", "1: this address was left out when it was last looked at", resting),
        ]
