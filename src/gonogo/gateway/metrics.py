"""Metrics: ``GET /metrics`` for a Prometheus server.

Here: the page of this process, and of its like. Not here: what is counted (``telemetry.measures``).
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.errors import NotAllowed
from gonogo.gateway.worker_pages import WorkerPages
from gonogo.telemetry import Measures
from gonogo.telemetry.prometheus import CONTENT_TYPE, gauge, page


class MetricsPage:
    """The handler; its numbers are those of this process, or of all ``workers`` of this server."""

    def __init__(self, serving: Serving, measures: Measures, workers: WorkerPages | None = None) -> None:
        self._serving, self._measures, self._workers = serving, measures, workers

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """The page, made anew for each scrape.

        Raises:
            NotAllowed: the key is for some Missions only.
        """
        if http.caller.missions:
            raise NotAllowed("metrics are over all Missions: ask with a key that is for all of them")
        mine = self.mine()
        body = mine if self._workers is None else self._workers.answer(mine)
        return HttpReply(body=body, content_type=CONTENT_TYPE)

    def mine(self) -> bytes:
        """The numbers of this process alone."""
        return page(self._measures.instruments, self._gauges())

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
