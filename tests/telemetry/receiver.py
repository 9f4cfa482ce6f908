"""An OTLP/HTTP receiver on 127.0.0.1, which reads with the official messages and nothing of ours."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

KINDS = {
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse),
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse),
}


class Receiver:
    """What came in. ``answers``: statuses to give first, with their headers."""

    def __init__(self) -> None:
        self.address = ""
        self.spans: list[Any] = []
        self.resources: list[Any] = []
        self.metrics: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.came = threading.Condition()

    def wait_for(self, done: Any) -> None:
        """Until a condition holds."""
        with self.came:
            assert self.came.wait_for(done, timeout=30)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """One accepted request."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        message = KINDS[path][0]()
        if headers["content-type"] == "application/json":
            Parse(hexadecimal_ids_as_base64(body), message)
        else:
            message.ParseFromString(body)
        for found in getattr(message, "resource_spans", ()):
            self.resources.append(found.resource)
            self.spans += [span for scope in found.scope_spans for span in scope.spans]
        for found in getattr(message, "resource_metrics", ()):
            self.metrics += [metric for scope in found.scope_metrics for metric in scope.metrics]


def hexadecimal_ids_as_base64(body: bytes) -> str:
    """OTLP/JSON writes ids in hexadecimal, where protobuf's own JSON has base64."""
    import base64
    import json

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(one) for one in value]
        if not isinstance(value, dict):
            return value
        ids = ("traceId", "spanId", "parentSpanId")
        return {
            key: base64.b64encode(bytes.fromhex(one)).decode() if key in ids else changed(one)
            for key, one in value.items()
        }

    return json.dumps(changed(json.loads(body)))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            with receiver.came:
                receiver.headers.append(headers)
                status, more = receiver.answers.pop(0) if receiver.answers else (200, {})
                if status == 200:
                    receiver.take(self.path, headers, body)
                receiver.came.notify_all()
            reply = KINDS[self.path][1]().SerializeToString()
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(reply))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def plain(attributes: Any) -> dict[str, Any]:
    """KeyValues as a dictionary."""

    def value(one: Any) -> Any:
        kind = one.WhichOneof("value")
        if kind == "array_value":
            return [value(item) for item in one.array_value.values]
        return getattr(one, kind)

    return {pair.key: value(pair.value) for pair in attributes}
