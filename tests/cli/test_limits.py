"""An upstream that limits: waited out, given up in bounded time, and left at once with Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

ANSWER = json.dumps(
    {
        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "30 days"}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }
).encode()  # fmt: skip


class Limiter:
    """Answers 429 with ``retry_after`` to the first ``times`` requests."""

    def __init__(self) -> None:
        self.times, self.retry_after, self.limited, self.answered = 0, "0", 0, 0
        self.refusing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                limits = server.limited < server.times
                server.limited += limits
                server.answered += not limits
                body = b'{"error": {"message": "Rate limit reached"}}' if limits else ANSWER
                self.send_response(429 if limits else 200)
                if limits:
                    self.send_header("retry-after", server.retry_after)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if limits:
                    server.refusing.set()

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        return Handler


@pytest.fixture
def limiter(support) -> Iterator[Limiter]:
    """The Mission asks it instead of the built-in models."""
    made = Limiter()
    support.settings(f'[providers.tight]\nbase_url = "{made.url}"\n')
    for size in ("small", "large"):
        support.edit(
            "support/mission.yaml", f"provider: builtin, model: extractive-{size}",
            "provider: tight, model: m-2024-01-01",
        )  # fmt: skip
    # A critical task that fails is asked again, which is not what is counted here.
    support.edit("support/mission.yaml", '  critical: ["tag:safety"]\n', "")
    yield made
    made.close()


def test_limits_are_waited_out_and_no_task_is_lost_to_them(support, limiter):
    limiter.times = 3
    said = support("evaluate", "support", "--json")
    results = support("verdict", said.json["mission"] + "@1", "--json").json["results"]
    assert [one["error"] for one in results] == [None] * 6
    assert (limiter.limited, limiter.answered) == (3, 6)


def test_an_upstream_that_asks_for_an_hour_is_given_up_and_the_verdict_says_so(support, limiter):
    limiter.times, limiter.retry_after = 10_000, "3600"
    said = support("evaluate", "support")
    words = " ".join(said.out.split())
    assert said.code == 4
    assert "6 of 6 tasks of the candidate gave no result" in words
    assert "given up, as the upstream asks for 3600 s of rest: tight answered 429: Rate limit reached" in words
    assert limiter.limited <= 6
    limiter.times = 0
    support("evaluate", "support")
    assert limiter.answered == 6


def test_ctrl_c_is_heard_while_the_upstream_is_waited_for(support, limiter):
    limiter.times, limiter.retry_after = 10_000, "100"
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "evaluate", "support"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert limiter.refusing.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from there" in err
    assert "Traceback" not in out + err
