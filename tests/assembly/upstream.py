"""An OpenAI-compatible upstream on a thread, whose answers a function gives; it remembers who asked what."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Says = Callable[[str], "str | int"]
"""Of a question: the answer, or the status of a refusal."""


class Upstream:
    """Use ``url``; ``close`` when done."""

    def __init__(self, says: Says) -> None:
        self.says = says
        self.asked: list[str] = []
        self.keys: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def heard(self, question: str, key: str) -> str | int:
        with self._lock:
            self.asked.append(question)
            self.keys.add(key)
        return self.says(question)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                said = upstream.heard(str(body["messages"][-1]["content"]), self.headers.get("authorization") or "")
                message = {"role": "assistant", "content": said}
                reply: dict[str, Any] = {
                    "id": "x", "object": "chat.completion", "created": 1, "model": body["model"],
                    "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                    "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
                }  # fmt: skip
                if isinstance(said, int):
                    reply = {"error": {"message": "not now", "type": "x"}}
                content = json.dumps(reply).encode()
                try:
                    self.send_response(said if isinstance(said, int) else 200)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(content)))
                    if said == 429:
                        self.send_header("retry-after", "1")
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    return  # whoever asked was stopped meanwhile

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        return Handler
