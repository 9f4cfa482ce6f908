"""Export: Traces and metrics to an OTLP/HTTP receiver, from a thread of its own.

Here: the bounded queue, batches, tries, what is dropped. Not here: what is told (``genai_spans``, ``genai_metrics``).

Nothing waits for it: a full queue or a receiver that is down drops spans, and says how many. Traces in the store are
complete all the same. opentelemetry.io/docs/specs/otlp (OTLP/HTTP, retryable answers).
"""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from gonogo.domain import Trace
from gonogo.telemetry.genai_metrics import GenAiMetrics
from gonogo.telemetry.genai_spans import SCOPE, Convention, spans_of
from gonogo.telemetry.wire import Message, attribute, to_protobuf

log = logging.getLogger("gonogo.telemetry")
AT_ONCE = 128
"""Traces in one request."""
LINGER = 1.0
"""Seconds in which further Traces may join a batch."""
TRIES = 4
FIRST_REST = 0.5
LONGEST_REST = 5.0
"""Seconds between tries; a receiver that asks for more loses the batch."""
RETRYABLE = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to and how. ``traces`` and ``metrics`` are whole addresses, empty for none; ``timeout`` of one request and
    ``interval`` between metrics in seconds; ``queue`` in Traces."""

    traces: str = ""
    metrics: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    protocol: Literal["http/protobuf", "http/json"] = "http/protobuf"
    compress: bool = False
    timeout: float = 10.0
    interval: float = 60.0
    queue: int = 2048
    service: str = "gonogo"
    resource: Mapping[str, str] = field(default_factory=dict)
    convention: Convention = field(default_factory=Convention)


class Exporter:
    """Takes Traces from any thread; ``start`` and ``stop`` once."""

    def __init__(self, target: Target, now: Callable[[], float] = time.time) -> None:
        self.dropped = 0
        self.sent = 0
        self._target, self._now = target, now
        self._metrics = GenAiMetrics(target.convention, now())
        self._queue: deque[Trace] = deque()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="gonogo-telemetry", daemon=True)
        self._failing = False
        named = {**target.resource, "service.name": target.service}
        self._resource: Message = {"attributes": [attribute(key, value) for key, value in named.items()]}

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def offer(self, trace: Trace) -> None:
        """Take a Trace, or count it as dropped where the queue is full; never waits, never raises."""
        if self._target.metrics:
            self._metrics.observe(trace)
        if not self._target.traces or trace.foreign:
            return
        if len(self._queue) >= self._target.queue:
            self.dropped += 1
            return
        self._queue.append(trace)
        self._wake.set()

    def stop(self, within: float = 5.0) -> None:
        """Send what is left, for at most ``within`` seconds; the rest is lost."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(within)

    def _run(self) -> None:
        due = time.monotonic() + self._target.interval
        while True:
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            self._stopping.wait(LINGER)
            while self._queue:
                self._send_traces()
            if time.monotonic() >= due or self._stopping.is_set():
                self._send_metrics()
                due = time.monotonic() + self._target.interval
            if self._stopping.is_set() and not self._queue:
                return

    def _send_traces(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
        try:
            spans = [span for trace in batch for span in self._told(trace)]
            message = {
                "resourceSpans": [{"resource": self._resource, "scopeSpans": [{"scope": SCOPE, "spans": spans}]}]
            }
            kept = self._deliver(self._target.traces, "ExportTraceServiceRequest", message)
        except Exception:  # a Trace that cannot be told must not end the telling
            log.exception("Traces could not be put into OpenTelemetry's words")
            kept = False
        if kept:
            self.sent += len(batch)
        else:
            self.dropped += len(batch)

    def _told(self, trace: Trace) -> Sequence[Message | bytes]:
        spans: Sequence[Message | bytes] = spans_of(trace, self._target.convention)
        if self._target.protocol == "http/protobuf":
            spans = [to_protobuf("Span", span) for span in spans if isinstance(span, dict)]
        # After each Trace the interpreter is handed over, so that the loop that answers requests goes first.
        time.sleep(0)
        return spans

    def _send_metrics(self) -> None:
        message = self._metrics.message(self._resource, self._now())
        if message is not None and self._target.metrics:
            self._deliver(self._target.metrics, "ExportMetricsServiceRequest", message)

    def _deliver(self, address: str, name: str, message: Message) -> bool:
        json_wanted = self._target.protocol == "http/json"
        body = json.dumps(message).encode() if json_wanted else to_protobuf(name, message)
        kind = "application/json" if json_wanted else "application/x-protobuf"
        headers = {"content-type": kind, "user-agent": f"gonogo/{SCOPE['version']}", **self._target.headers}
        if self._target.compress:
            body, headers["content-encoding"] = gzip.compress(body), "gzip"
        rest, problem = FIRST_REST, ""
        for attempt in range(TRIES):
            if attempt:
                self._stopping.wait(rest)
                rest = min(2 * rest, LONGEST_REST)
            status, problem, asked = _post(address, body, headers, self._target.timeout)
            if 200 <= status < 300:
                self._say_it_works()
                return True
            if (status and status not in RETRYABLE) or (asked or 0.0) > LONGEST_REST:
                break
            rest = max(rest, asked or 0.0)
        self._say_it_fails(address, problem)
        return False

    def _say_it_works(self) -> None:
        if self._failing:
            log.info("telemetry reaches its receiver again; %d Traces were dropped so far", self.dropped)
        self._failing = False

    def _say_it_fails(self, address: str, problem: str) -> None:
        if not self._failing:
            log.warning("telemetry does not reach %s: %s; what cannot be sent is dropped", _shown(address), problem)
        self._failing = True


def _post(address: str, body: bytes, headers: Mapping[str, str], timeout: float) -> tuple[int, str, float | None]:
    """(status or 0, what went wrong, seconds the receiver asks to wait)."""
    import http.client  # late: TLS and e-mail headers, which no command needs that only reads settings

    parts = urlsplit(address)
    secure = parts.scheme == "https"
    made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=timeout)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path or "/", body, dict(headers))
        reply = connection.getresponse()
        reply.read(65_536)
        return reply.status, f"it answers {reply.status} {reply.reason}", _seconds(reply.getheader("retry-after"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, str(error) or type(error).__name__, None
    finally:
        connection.close()


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"
