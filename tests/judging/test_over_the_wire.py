"""A judge over a real OpenAI-compatible server: log probabilities, refusals of them, streams."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gonogo.domain import Judge, Price
from gonogo.judging import ModelJudge
from gonogo.providers.openai_compatible import OpenAICompatibleProvider


class Server(ThreadingHTTPServer):
    """Grades 4, with 5 as likely; refuses log probabilities where ``plain``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.plain = False


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        if self.server.plain and "logprobs" in body:
            return self.say(400, {"error": {"message": "logprobs are not supported", "type": "invalid_request_error"}})
        content = '{"reason": "Good.", "score": 4}'
        choice: dict[str, Any] = {
            "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content},
        }  # fmt: skip
        if body.get("logprobs"):
            pieces = ('{"reason": "Good.", "score": ', "4", "}")
            likely = [{"token": grade, "logprob": math.log(0.5)} for grade in ("4", "5")]
            choice["logprobs"] = {"content": [
                {"token": piece, "logprob": 0.0, "top_logprobs": likely if piece == "4" else []} for piece in pieces
            ]}  # fmt: skip
        usage = {"prompt_tokens": 50, "completion_tokens": 9, "total_tokens": 59}
        return self.say(
            200, {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}
        )

    def say(self, status: int, reply: dict[str, Any]) -> None:
        data = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Cheap:
    """A dollar for a million tokens of anything."""

    def price(self, provider: str, model: str) -> Price:
        return Price(input=1.0, output=1.0)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
async def grader(server):
    """A g-eval judge over the server."""
    provider = OpenAICompatibleProvider("local", f"http://127.0.0.1:{server.server_port}/v1")
    spec = Judge(name="g", kind="g-eval", provider="local", model="m", rubric="Good.", scale=(1, 5))
    yield ModelJudge(spec, provider, Cheap(), None)  # type: ignore[arg-type] # g-eval compares no questions
    await provider.close()


async def test_the_expected_grade_comes_from_what_the_server_tells_of_its_tokens(server, grader, case):
    judged = await grader.judge(case())
    assert judged.score.value == pytest.approx((4.5 - 1) / 4)
    assert (judged.usage.input, judged.usage.output, judged.cost) == (50, 9, pytest.approx(59e-6))
    assert server.asked[0]["top_logprobs"] == 20
    assert server.asked[0].get("stream") is not True


async def test_a_server_that_refuses_log_probabilities_gives_the_written_grade(server, grader, case):
    server.plain = True
    judged = await grader.judge(case())
    assert judged.score.value == 0.75
    assert ["logprobs" in body for body in server.asked] == [True, False]
