"""A local server that answers ``/v1/embeddings`` as published, and checks every request by the specification."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

import numpy as np
from jsonschema import Draft202012Validator

# `CreateEmbeddingRequest` of OpenAI's OpenAPI description, version 2.3.0 (openai/openai-openapi, MIT), texts only.
REQUEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "input": {
            "oneOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "minItems": 1, "maxItems": 2048, "items": {"type": "string", "minLength": 1}},
            ]
        },
        "model": {"type": "string"},
        "encoding_format": {"type": "string", "enum": ["float", "base64"]},
        "dimensions": {"type": "integer", "minimum": 1},
        "user": {"type": "string"},
    },
    "required": ["model", "input"],
}
_VALID = Draft202012Validator(REQUEST)


class EmbeddingsServer:
    """Keeps what it was asked. ``faults`` are answered first, one a request: (status, headers, body or ``None``)."""

    def __init__(self, dimensions: int, key: str) -> None:
        self.dimensions, self.key = dimensions, key
        self.bodies: list[dict[str, Any]] = []
        self.faults: list[tuple[int, dict[str, str], bytes | None]] = []
        self.connections = 0
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path != "/v1/embeddings":
            return _error(404, f"Invalid URL (POST {path})", "unknown_url")
        if authorization != f"Bearer {self.key}":
            return _error(401, f"Incorrect API key provided: {authorization[7:]}", "invalid_api_key")
        if self.faults:
            status, headers, said = self.faults.pop(0)
            return (status, headers, said) if said is not None else (status, headers, _error(status, "no", "x")[2])
        asked = json.loads(body)
        wrong = next(iter(_VALID.iter_errors(asked)), None)
        if wrong is not None:
            return _error(400, wrong.message, "invalid_request_error")
        self.bodies.append(asked)
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        size = asked.get("dimensions", self.dimensions)
        data = [
            {"object": "embedding", "index": place, "embedding": _vector(text, size)}
            for place, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        data.reverse()  # the specification promises an index and no order
        return 200, {}, json.dumps({"object": "list", "data": data, "model": asked["model"], "usage": usage}).encode()


def _vector(text: str, size: int) -> list[float]:
    return list(np.random.default_rng(crc32(text.encode())).normal(size=size))


def _error(status: int, message: str, code: str) -> tuple[int, dict[str, str], bytes]:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return status, {}, json.dumps({"error": error}).encode()


@contextmanager
def embeddings_server(dimensions: int = 8, key: str = "sk-test") -> Iterator[EmbeddingsServer]:
    """Run one for the length of a block."""
    state = EmbeddingsServer(dimensions, key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            state.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, said = state.answer(self.path, self.headers.get("Authorization", ""), body)
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
