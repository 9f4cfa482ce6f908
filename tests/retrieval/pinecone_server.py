"""A local Pinecone: the data plane of one index as its published OpenAPI (2026-04) describes it.

Checks headers, refuses unknown fields and filters, and lags behind writes: what was written is counted, listed, found
and fetched only after ``lag`` more requests. The vendor was never called; what is not in the OpenAPI is a guess.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from jsonschema import Draft202012Validator

TEXT = {"type": "string"}
FLOATS = {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 20_000}
VECTOR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 512},
        "values": FLOATS,
        "metadata": {"type": "object"},
    },
}
BODIES = {
    "/vectors/upsert": {
        "type": "object",
        "additionalProperties": False,
        "required": ["vectors"],
        "properties": {
            "vectors": {"type": "array", "minItems": 1, "maxItems": 1000, "items": VECTOR},
            "namespace": TEXT,
        },
    },
    "/query": {
        "type": "object",
        "additionalProperties": False,
        "required": ["topK"],
        "properties": {
            "namespace": TEXT,
            "topK": {"type": "integer", "minimum": 1, "maximum": 10_000},
            "filter": {"type": "object"},
            "includeValues": {"type": "boolean"},
            "includeMetadata": {"type": "boolean"},
            "vector": FLOATS,
            "id": {"type": "string", "maxLength": 512},
        },
    },
    "/describe_index_stats": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"filter": {"type": "object"}},
    },
}
OPERATORS = {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists"}
KEY = "pc-test"


class PineconeIndex:
    """One index. ``faults`` are answered first, one a request: (status, message)."""

    def __init__(self, dimension: int = 256, metric: str = "cosine", lag: int = 0) -> None:
        self.dimension, self.metric, self.lag = dimension, metric, lag
        self.written: dict[str, dict[str, dict[str, Any]]] = {}
        self.shown: dict[str, dict[str, dict[str, Any]]] = {}
        self.pending: list[tuple[int, str, dict[str, Any]]] = []
        self.faults: list[tuple[int, str]] = []
        self.paths: list[str] = []
        self.bodies: list[Any] = []
        self.searchable: list[tuple[int, int]] = []
        self.reconciled = 0
        self.upserted = self.lsn = self.clock = self.port = 0
        self.lock = threading.Lock()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], Any]:
        with self.lock:
            if self.faults:
                status, message = self.faults.pop(0)
                return _refused(status, message)
            if not headers.get("x-pinecone-api-version", "").startswith("20"):
                return _refused(400, "X-Pinecone-Api-Version is missing")
            if headers.get("api-key") != KEY:
                return _refused(401, "Invalid API Key")
            self.clock += 1
            self._catch_up()
            url = urlsplit(target)
            query = parse_qs(url.query)
            self.paths.append(f"{method} {url.path}")
            if method == "POST":
                asked = json.loads(body or b"{}")
                self.bodies.append(asked)
                wrong = next(iter(Draft202012Validator(BODIES[url.path]).iter_errors(asked)), None)
                if wrong is not None:
                    return _refused(400, wrong.message[:200])
                return getattr(self, f"_{url.path.strip('/').replace('/', '_')}")(asked)
            if url.path == "/vectors/fetch":
                return self._fetch(query)
            if url.path == "/vectors/list":
                return self._list(query)
            if url.path == "/namespaces":
                return self._namespaces(query)
            if method == "DELETE" and url.path.startswith("/namespaces/"):
                name = url.path.rpartition("/")[2]
                self.written.pop(name, None)
                if self.shown.pop(name, None) is None:
                    return _refused(404, "Namespace not found")
                self.pending = [one for one in self.pending if one[1] != name]
                return 200, {}, {}
            return _refused(404, f"{method} {url.path}")

    def _catch_up(self) -> None:
        while self.pending and self.pending[0][0] <= self.clock:
            _, name, vector = self.pending.pop(0)
            self.shown.setdefault(name, {})[vector["id"]] = vector

        while self.searchable and self.searchable[0][0] <= self.clock:
            self.reconciled = self.searchable.pop(0)[1]

    def _vectors_upsert(self, asked: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        for vector in asked["vectors"]:
            if len(vector["values"]) != self.dimension:
                text = f"Vector dimension {len(vector['values'])} does not match the dimension of the index "
                return _refused(400, f"{text}{self.dimension}")
            for value in vector.get("metadata", {}).values():
                strings = isinstance(value, list) and all(isinstance(one, str) for one in value)
                if not strings and not isinstance(value, (str, int, float, bool)):
                    return _refused(400, "Metadata value must be a string, number, boolean or list of strings")
        name = asked.get("namespace", "")
        for vector in asked["vectors"]:
            self.written.setdefault(name, {})[vector["id"]] = vector
            self.pending.append((self.clock + self.lag, name, vector))
            self.upserted += 1
        self.lsn += 1
        self.searchable.append((self.clock + 2 * self.lag, self.lsn))
        if not self.lag:
            self._catch_up()
        return 200, {"x-pinecone-lsn-committed": str(self.lsn)}, {"upsertedCount": len(asked["vectors"])}

    def _query(self, asked: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        rows = list(self.shown.get(asked.get("namespace", ""), {}).values())
        try:
            rows = [row for row in rows if _passes(row.get("metadata", {}), asked.get("filter", {}))]
        except ValueError as error:
            return _refused(400, str(error))
        if len(asked["vector"]) != self.dimension:
            return _refused(400, "Query vector dimension does not match the dimension of the index")
        wanted = np.asarray(asked["vector"])
        scored = []
        for row in rows:
            held = np.asarray(row["values"])
            length = float(np.linalg.norm(held) * np.linalg.norm(wanted)) or 1.0
            scored.append((float(held @ wanted) / (length if self.metric == "cosine" else 1.0), row["id"]))
        scored.sort(key=lambda one: -one[0])
        matches = [{"id": name, "score": score, "values": []} for score, name in scored[: asked["topK"]]]
        return (
            200,
            {"x-pinecone-lsn-reconciled": str(self.reconciled)},
            {"matches": matches, "namespace": asked.get("namespace", ""), "usage": {"readUnits": 1}},
        )

    def _describe_index_stats(self, asked: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        counts = {name: {"vectorCount": len(rows)} for name, rows in self.shown.items()}
        total = sum(one["vectorCount"] for one in counts.values())
        found = {"namespaces": counts, "dimension": self.dimension, "indexFullness": 0.0, "totalVectorCount": total}
        return 200, {}, {**found, "metric": self.metric, "vectorType": "dense"}

    def _fetch(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        name = query.get("namespace", [""])[0]
        rows = self.shown.get(name, {})
        found = {one: rows[one] for one in query["ids"] if one in rows}
        return 200, {}, {"vectors": found, "namespace": name, "usage": {"readUnits": 1}}

    def _list(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        limit = int(query.get("limit", ["100"])[0])
        if not 1 <= limit < 101:
            return _refused(400, "limit must be between 1 and 100")
        name = query.get("namespace", [""])[0]
        return 200, {}, {
            **_page("vectors", [{"id": one} for one in sorted(self.shown.get(name, {}))], query, limit),
            "namespace": name, "usage": {"readUnits": 1},
        }  # fmt: skip

    def _namespaces(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        prefix = query.get("prefix", [""])[0]
        names = sorted(name for name in self.shown if name.startswith(prefix))
        rows = [{"name": name, "record_count": len(self.shown[name])} for name in names]
        return 200, {}, {**_page("namespaces", rows, query, 100), "total_count": len(rows)}


def _page(field: str, rows: list[dict[str, Any]], query: dict[str, list[str]], limit: int) -> dict[str, Any]:
    start = int(query.get("paginationToken", ["0"])[0])
    more = {"pagination": {"next": str(start + limit)}} if start + limit < len(rows) else {}
    return {field: rows[start : start + limit], **more}


def _passes(metadata: dict[str, Any], asked: dict[str, Any]) -> bool:
    """As the documentation of filters says; what is not in it is refused."""
    for field, rule in asked.items():
        if field == "$and":
            if not all(_passes(metadata, one) for one in rule):
                return False
        elif field == "$or":
            if not any(_passes(metadata, one) for one in rule):
                return False
        elif field.startswith("$"):
            raise ValueError(f"unknown operator {field}")
        elif not _holds(metadata.get(field), rule):
            return False
    return True


def _holds(value: Any, rule: Any) -> bool:
    if not isinstance(rule, dict):
        rule = {"$eq": rule}
    held = value if isinstance(value, list) else [] if value is None else [value]
    for operator, wanted in rule.items():
        if operator not in OPERATORS:
            raise ValueError(f"unknown operator {operator}")
        if operator == "$in" and not set(held) & set(wanted):
            return False
        if operator == "$eq" and wanted not in held:
            return False
    return True


def _refused(status: int, message: str) -> tuple[int, dict[str, str], Any]:
    return status, {}, {"code": 3, "message": message, "details": []}


@contextmanager
def pinecone_index(**options: Any) -> Iterator[PineconeIndex]:
    """Serves one index until the block ends."""
    index = PineconeIndex(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, said = index.answer(self.command, self.path, headers, self.rfile.read(length))
            content = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **more}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_DELETE = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    index.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
