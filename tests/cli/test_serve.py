"""serve: one process with gateway and pages, started and stopped."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest


class Server:
    """``gonogo serve`` in another process."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gonogo", "serve", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.announced = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.announced)
        self.address = found[0] if found else ""

    def get(self, path: str, body: object = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"content-type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return reply.read().decode()

    def stop(self) -> str:
        """What it wrote to standard error."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate()[1]


@pytest.fixture
def server(live) -> Iterator[Server]:
    made = Server()
    yield made
    if made.process.poll() is None:
        made.stop()


def test_what_is_live_answers_is_recorded_and_can_be_looked_at(server, live):
    question = "How many days do I have to return a light?"
    body = {"model": "support", "messages": [{"role": "user", "content": question}]}
    answer = json.loads(server.get("/v1/chat/completions", body))
    assert "30 days" in answer["choices"][0]["message"]["content"]
    assert json.loads(server.get("/health"))["status"] == "ok"
    assert json.loads(server.get("/v1/models"))["data"][0]["version"] == "support@1"
    assert "support" in server.get("/")
    assert question in live.fine("traces").out


def test_the_announcement_names_base_url_and_page(server):
    assert f"OpenAI base_url {server.address}/v1" in server.announced
    assert f"page {server.address}/" in server.announced


def test_it_stops_when_asked_without_a_word(server):
    assert server.stop() == ""
    assert server.process.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def test_before_anything_is_live_it_serves_and_says_so(support):
    server = Server()
    assert "Nothing is live yet" in server.stop()


def test_a_port_in_use_names_it_and_ends_with_75(live):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = live("serve", "--port", str(port))
    assert said.code == 75
    assert f"port {port}" in said.err
    assert "--port" in said.err


def test_without_a_key_it_listens_to_this_machine_only(live):
    said = live("serve", "--host", "0.0.0.0", "--port", "0")
    assert said.code == 65
    assert "gonogo keys create" in said.err


def test_a_request_reaches_an_opentelemetry_receiver_and_the_metrics_page(live, monkeypatch):
    pytest.importorskip("opentelemetry.proto")
    from tests.telemetry.receiver import receiving

    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address)
        server = Server()
        server.get("/v1/chat/completions", {"model": "support", "messages": [{"role": "user", "content": "How long?"}]})
        page = server.get("/metrics")
        server.stop()

    assert "invoke_agent support" in [span.name for span in receiver.spans]
    assert "gen_ai.client.token.usage" in [metric.name for metric in receiver.metrics]
    assert 'gonogo_requests_total{mission="support",version="1",environment="production"' in page
    assert "How long?" not in str(receiver.spans)
