"""A model server for tests of commands: says what it is told to, refuses where it is told to, counts who asked."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}


class Answers(ThreadingHTTPServer):
    """``says`` gets the question and how often it was asked, and gives the answer or an HTTP status."""

    def __init__(self, says: Callable[[str, int], str | int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says, self.asked = says, Counter[str]()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Answers

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        question = str(body["messages"][-1]["content"])
        self.server.asked[question] += 1
        said = self.server.says(question, self.server.asked[question])
        if said == 429:
            self._limited()
            return
        if isinstance(said, int):
            self._send(said, "application/json", json.dumps({"error": {"message": "not now", "type": "down"}}))
            return
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "finish_reason": "stop"}
        if body.get("stream"):
            chunk = {"choices": [{**choice, "delta": message}], "usage": USAGE}
            self._send(200, "text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")
        else:
            whole = {"choices": [{**choice, "message": message}], "usage": USAGE}
            self._send(200, "application/json", json.dumps(whole))

    def _limited(self) -> None:
        """A limit that asks for more rest than anybody has patience for."""
        self.send_response(429)
        self.send_header("retry-after", "100000")
        self.send_header("content-length", "0")
        self.end_headers()

    def _send(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


MISSION = """mission: support
models:
  small: {provider: mine, model: m-2024-01-01}
prompt: {system: prompts/system.md}
golden: golden/*.yaml
gate:
  require: {pass_rate: {margin: 0.1}}
"""


def write_mission(
    shell: Any, answers: Answers, *, tasks: int = 70, gate: str = "", expect: str = "contains: 'yes'"
) -> None:
    """``support/`` asks this server ``tasks`` questions; each expects the word yes."""
    shell.settings(f'[providers.mine]\nbase_url = "{answers.url}"\n')
    (shell.folder / "support/mission.yaml").write_text(MISSION + gate)
    lines = (f"- id: t{n}\n  question: is t{n} so?\n  expect: {{{expect}}}\n" for n in range(tasks))
    (shell.folder / "support/golden/tasks.yaml").write_text("".join(lines))
